import assert from "node:assert/strict";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { DecodeAuthorizationMessageCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { allow, createUser, credentialsOf, deny, document, type TestUser } from "../fixtures.ts";

const INSTANCE = "arn:aws:ec2:us-east-1:000000000000:instance/i-1";

describe("DecodeAuthorizationMessage", () => {
  const emu = emulator();
  let alice: TestUser;
  before(async () => {
    const Condition = { StringEquals: { "ec2:Tenancy": "dedicated" } };
    const statement = { Sid: "NoStop", ...deny("ec2:StopInstances"), Condition };
    alice = await createUser(emu, "alice", { statements: [statement, allow("sts:DecodeAuthorizationMessage")] });
  });

  const encode = async (context: object): Promise<string> => {
    const body = { principal: alice.arn, action: "ec2:StopInstances", resource: INSTANCE, context };
    return (await request(emu.server.endpoint).post("/_emulator/authorize").send(body).expect(200)).body.encodedMessage;
  };
  const decode = async (EncodedMessage: string, sts = emu.sts()) =>
    JSON.parse((await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage }))).DecodedMessage!);
  const refusal = { name: "InvalidAuthorizationMessageException", message: "Message is not valid" };

  it("tells who was denied what, and with which condition keys", async () => {
    const message = await decode(await encode({ "ec2:Tenancy": "default", "aws:TagKeys": ["a", "b"] }));
    const { conditions, ...context } = message.context;
    assert.deepEqual(
      { ...message, context },
      {
        allowed: false,
        explicitDeny: false,
        matchedStatements: { items: [] },
        failures: { items: [] },
        context: {
          principal: { id: alice.id, name: "alice", arn: alice.arn },
          action: "ec2:StopInstances",
          resource: INSTANCE,
        },
      },
    );
    const keys = new Map(conditions.items.map(({ key, values }: { key: string; values: object }) => [key, values]));
    assert.deepEqual(keys.get("ec2:Tenancy"), { items: [{ value: "default" }] });
    assert.deepEqual(keys.get("aws:TagKeys"), { items: [{ value: "a" }, { value: "b" }] });
    assert.deepEqual(keys.get("aws:username"), { items: [{ value: "alice" }] });
  });

  it("tells the statements that denied", async () => {
    const message = await decode(await encode({ "ec2:Tenancy": "dedicated" }));
    assert.equal(message.explicitDeny, true);
    assert.deepEqual(message.matchedStatements.items, [
      {
        statementId: "NoStop",
        effect: "DENY",
        principals: { items: [] },
        principalGroups: { items: [] },
        actions: { items: [{ value: "ec2:StopInstances" }] },
        resources: { items: [{ value: "*" }] },
        conditions: { items: [{ key: "ec2:Tenancy", values: { items: [{ value: "dedicated" }] } }] },
      },
    ]);
  });

  it("tells the statement of a permissions boundary that denied", async () => {
    const input = { PolicyName: "edge", PolicyDocument: document({ Sid: "Edge", ...deny("ec2:*") }) };
    const PermissionsBoundary = (await emu.iam().send(new CreatePolicyCommand(input))).Policy!.Arn!;
    const { arn } = await createUser(emu, "bounded", { statements: [allow("*")], PermissionsBoundary });
    const body = { principal: arn, action: "ec2:StopInstances", resource: INSTANCE };
    const answer = await request(emu.server.endpoint).post("/_emulator/authorize").send(body).expect(200);
    const { matchedStatements } = await decode(answer.body.encodedMessage);
    assert.deepEqual(
      matchedStatements.items.map(({ statementId, effect }: Record<string, string>) => [statementId, effect]),
      [["Edge", "DENY"]],
    );
  });

  it("refuses messages that are damaged, of another kind or of another account", async () => {
    const message = await encode({});
    await assert.rejects(decode("garbage"), refusal);
    await assert.rejects(
      decode(`${message.slice(0, 100)}${message[100] === "A" ? "B" : "A"}${message.slice(101)}`),
      refusal,
    );
    const { Credentials } = await emu.sts().send(new GetSessionTokenCommand({}));
    await assert.rejects(decode(Credentials!.SessionToken!), refusal);
    const foreign = emu.sts({ accessKeyId: "111122223333", secretAccessKey: "test" });
    await assert.rejects(decode(message, foreign), refusal);
  });

  it("makes no session of a message", async () => {
    const sessionToken = await encode({});
    const forged = emu.sts({ ...alice.credentials, sessionToken });
    await assert.rejects(decode(sessionToken, forged), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    });
  });

  it("needs a permission, whose refusal names no resource", async () => {
    const message = await encode({});
    await decode(message, emu.sts(alice.credentials));
    const bob = await createUser(emu, "bob");
    await assert.rejects(decode(message, emu.sts(bob.credentials)), {
      name: "AccessDenied",
      message: `User: ${bob.arn} is not authorized to perform: sts:DecodeAuthorizationMessage because no identity-based policy allows the sts:DecodeAuthorizationMessage action`,
    });
  });

  it("is refused to the credentials of GetSessionToken", async () => {
    const session = credentialsOf(await emu.sts().send(new GetSessionTokenCommand({})));
    await assert.rejects(decode(await encode({}), emu.sts(session)), {
      name: "AccessDenied",
      message: "Cannot call DecodeAuthorizationMessage with session credentials",
    });
  });

  it("ends with a reset, as sessions do", async () => {
    const message = await encode({});
    await emu.server.reset();
    await assert.rejects(decode(message), refusal);
  });
});
