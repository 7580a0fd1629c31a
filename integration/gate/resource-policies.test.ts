import assert from "node:assert/strict";
import { DeleteAccessKeyCommand, DeleteUserCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import {
  AddPermissionCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createUser, document, type Statement } from "../fixtures.ts";
import { MEMBER, organize, rootOf } from "../organization.ts";
import { gated } from "./gated.ts";

const OBJECTS = "arn:aws:s3:::box/*";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:q";

describe("a policy of a resource that has passed the gate", () => {
  const emu = emulator();
  const gate = gated(emu);
  const read = (credentials: Credentials, Bucket = "box") =>
    gate.s3(credentials).send(new GetObjectCommand({ Bucket, Key: "k" }));
  const setPolicy = (Policy: string, credentials?: Credentials, Bucket = "box") =>
    gate.s3(credentials).send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const granting = (AWS: string, more: Statement = {}) =>
    document({ Principal: { AWS }, Action: "s3:GetObject", Resource: OBJECTS, ...more });
  const away = (name: string, statements: readonly Statement[]) =>
    createUser(emu, name, { root: rootOf(emu, MEMBER), statements });
  const accessDenied = { name: "AccessDenied", message: "Access Denied" };

  it("lets callers of another account in, whom their own policies let out", async () => {
    const ada = await away("Ada", [allow("s3:GetObject")]);
    const bob = await away("Bob", []);
    await assert.rejects(read(ada.credentials), accessDenied);
    await setPolicy(granting(`arn:aws:iam::${MEMBER}:root`));
    await read(ada.credentials);
    await assert.rejects(read(bob.credentials), accessDenied);
    await gate.s3().send(new DeleteBucketPolicyCommand({ Bucket: "box" }));
    await assert.rejects(read(ada.credentials), accessDenied);
  });

  it("lets anybody in where it says so, also without a signature", async () => {
    const url = `${gate.endpoint}/box/k`;
    assert.equal((await fetch(url)).status, 403);
    await setPolicy(document({ Principal: "*", Action: "s3:GetObject", Resource: OBJECTS }));
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await fetch(url, { method: "DELETE" })).status, 403);
    await gate.s3().send(new DeleteBucketPolicyCommand({ Bucket: "box" }));
  });

  it("is about users and roles, not about their names", async () => {
    const { arn, name, credentials } = await createUser(emu, "Cleo");
    await setPolicy(granting(arn));
    await read(credentials);
    await emu.iam().send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId: credentials.accessKeyId }));
    await emu.iam().send(new DeleteUserCommand({ UserName: name }));
    const again = await createUser(emu, "Cleo");
    await assert.rejects(read(again.credentials), {
      name: "AccessDenied",
      message:
        `User: ${arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::box/k" ` +
        "because no identity-based policy allows the s3:GetObject action",
    });
  });

  it("cannot shut root out from itself", async () => {
    await setPolicy(
      document({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: ["arn:aws:s3:::box", OBJECTS] }),
    );
    await assert.rejects(read(emu.server.rootCredentials), {
      name: "AccessDenied",
      message: /with an explicit deny in a resource-based policy$/,
    });
    await gate.s3().send(new DeleteBucketPolicyCommand({ Bucket: "box" }));
    await read(emu.server.rootCredentials);
  });

  it("is refused in S3's words where it is none, and then the one there was still counts", async () => {
    const { credentials } = await away("Dora", [allow("s3:GetObject")]);
    await setPolicy(granting("*"));
    const seen = gate.behind.requests.length;
    const grant = { Principal: "*", Action: "s3:GetObject", Resource: OBJECTS };
    for (const [policy, message] of [
      ["nothing", "Policies must be valid JSON and the first byte must be '{'"],
      [` ${document(grant)}`, "Policies must be valid JSON and the first byte must be '{'"],
      [document({ ...grant, Resource: "arn:aws:s3:::other/*" }), "Policy has invalid resource"],
      [document({ ...grant, Resource: "*" }), "Policy has invalid resource"],
      [document({ ...grant, Action: "s3:ListBucket" }), "Action does not apply to any resource(s) in statement"],
      [document({ ...grant, Resource: "arn:aws:s3:::box" }), "Action does not apply to any resource(s) in statement"],
      [document({ ...grant, Action: "sqs:SendMessage" }), "Policy has invalid action"],
      [document({ ...grant, Action: "s3:Invent" }), "Policy has invalid action"],
      [document({ ...grant, Principal: undefined }), "Missing required field Principal"],
      [document({ ...grant, Principal: { AWS: "Dora" } }), "Invalid principal in policy"],
      [granting("arn:aws:iam::000000000000:user/Nobody"), "Invalid principal in policy"],
    ] as const) {
      await assert.rejects(setPolicy(policy), { name: "MalformedPolicy", message });
    }
    assert.equal(gate.behind.requests.length, seen);
    await read(credentials);
    await gate.s3().send(new DeleteBucketPolicyCommand({ Bucket: "box" }));
  });

  it("does not count where its service has refused it", async () => {
    const { credentials } = await away("Ed", [allow("s3:GetObject")]);
    gate.behind.answer = (message, response) =>
      message.resume().on("end", () => response.writeHead(500, { "content-type": "application/xml" }).end("<Error/>"));
    await assert.rejects(setPolicy(granting("*")));
    await assert.rejects(read(credentials), accessDenied);
    const event = emu.server.trail().find(({ eventName }) => eventName === "PutBucketPolicy");
    assert.equal(event!.httpStatus, 500);
  });

  it("goes with its bucket, which is its maker's", async () => {
    const maker = await away("Fay", [allow("s3:*")]);
    const s3 = gate.s3(maker.credentials);
    await s3.send(new CreateBucketCommand({ Bucket: "theirs", ACL: "private" }));
    await read(maker.credentials, "theirs");
    await assert.rejects(read(emu.server.rootCredentials, "theirs"), accessDenied);
    const grant = { Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::theirs/*" };
    await setPolicy(document(grant), maker.credentials, "theirs");
    await read(emu.server.rootCredentials, "theirs");
    await s3.send(new DeleteBucketCommand({ Bucket: "theirs" }));
    await read(emu.server.rootCredentials, "theirs");
    await assert.rejects(read(maker.credentials, "theirs"), accessDenied);
  });

  it("tells callers of the account, and of the organization, why they are refused, and no others", async () => {
    const { credentials, arn } = await createUser(emu, "Hans");
    const lists = (who: Credentials) => gate.s3(who).send(new ListBucketsCommand({}));
    await assert.rejects(lists(credentials), {
      name: "AccessDenied",
      message: `User: ${arn} is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action`,
    });
    const ida = await away("Ida", [allow("s3:GetObject")]);
    await assert.rejects(read(ida.credentials), accessDenied);
    await organize(emu, { root: { accounts: [MEMBER] }, delegatedAdministrators: [] });
    await assert.rejects(read(ida.credentials), {
      name: "AccessDenied",
      message:
        `User: ${ida.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::box/k" ` +
        "because no resource-based policy allows the s3:GetObject action",
    });
  });

  describe("of a queue", () => {
    const QueueUrl = () => `${gate.endpoint}/000000000000/q`;
    const sendTo = (credentials: Credentials) =>
      gate.sqs(credentials).send(new SendMessageCommand({ QueueUrl: QueueUrl(), MessageBody: "hello" }));
    const attributes = (Policy: string) =>
      new SetQueueAttributesCommand({ QueueUrl: QueueUrl(), Attributes: { Policy } });
    const queued = () => {
      gate.behind.answer = (message, response) =>
        message.resume().on("end", () => {
          response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
          response.end(JSON.stringify({ MessageId: "1", MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592" }));
        });
    };

    it("is set and taken away as an attribute", async () => {
      queued();
      const { credentials, arn } = await away("Gil", [allow("sqs:SendMessage")]);
      const lacking = { message: /because no resource-based policy allows the sqs:sendmessage action$/ };
      await assert.rejects(sendTo(credentials), lacking);
      await gate
        .sqs()
        .send(attributes(document({ Principal: { AWS: arn }, Action: "SQS:SendMessage", Resource: QUEUE })));
      await sendTo(credentials);
      await gate.sqs().send(attributes(""));
      await assert.rejects(sendTo(credentials), lacking);
      await assert.rejects(gate.sqs().send(attributes("{}")), {
        name: "InvalidAttributeValue",
        message: "Invalid value for the parameter Policy.",
      });
    });

    it("is put together of permissions", async () => {
      queued();
      const { credentials } = await away("Hal", [allow("sqs:SendMessage")]);
      const permission = { QueueUrl: QueueUrl(), Label: "friends" };
      const granted = { ...permission, AWSAccountIds: [MEMBER], Actions: ["SendMessage"] };
      await gate.sqs().send(new AddPermissionCommand(granted));
      await sendTo(credentials);
      await gate.sqs().send(new RemovePermissionCommand(permission));
      await assert.rejects(sendTo(credentials), /because no resource-based policy allows/);
    });
  });
});
