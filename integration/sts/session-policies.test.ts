import assert from "node:assert/strict";
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetUserCommand,
  ListUsersCommand,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  document,
  type TestRole,
  type TestUser,
  trust,
  withDetails,
} from "../fixtures.ts";

/** A valid policy with exactly this many characters. */
const ofLength = (length: number) => {
  const arn = "arn:aws:s3:::";
  const policy = (name: string) => document(allow("s3:GetObject", arn + name));
  return policy("x".repeat(length - policy("").length));
};

describe("session policies of AssumeRole", () => {
  const emu = emulator();
  let ann: TestUser;
  let role: TestRole;

  before(async () => {
    ann = await createUser(emu, "ann");
    role = await createRole(emu, "reader", {
      trusts: [trust(ann.arn)],
      statements: [allow(["iam:GetUser", "iam:ListUsers"])],
    });
  });

  const call = (more: Partial<AssumeRoleCommandInput>) =>
    emu.sts(ann.credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  const get = (credentials: Credentials) => emu.iam(credentials).send(new GetUserCommand({ UserName: "ann" }));
  const list = (credentials: Credentials) => emu.iam(credentials).send(new ListUsersCommand({}));
  const caller = "arn:aws:sts::000000000000:assumed-role/reader/session";

  it("leave of the role's permissions what they allow as well", async () => {
    const credentials = await assume(emu, ann.credentials, role, { Policy: document(allow("iam:GetUser")) });
    assert.ok((await get(credentials)).User);
    await assert.rejects(list(credentials), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${caller} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ because no session policy allows the iam:ListUsers action`,
      ),
    });
  });

  it("grant nothing that the role may not do", async () => {
    const poor = await createRole(emu, "poor", { trusts: [trust(ann.arn)] });
    const credentials = await assume(emu, ann.credentials, poor, { Policy: document(allow("*")) });
    await assert.rejects(get(credentials), { name: "AccessDenied" });
  });

  it("allow nothing any more once they are deleted", async () => {
    const input = { PolicyName: "brief", PolicyDocument: document(allow("iam:GetUser")) };
    const PolicyArn = (await emu.iam().send(new CreatePolicyCommand(input))).Policy!.Arn!;
    const credentials = await assume(emu, ann.credentials, role, { PolicyArns: [{ arn: PolicyArn }] });
    assert.ok((await get(credentials)).User);
    await emu.iam().send(new DeletePolicyCommand({ PolicyArn }));
    await assert.rejects(get(credentials), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${caller} is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/ann because no session policy allows the iam:GetUser action`,
      ),
    });
  });

  it("deny what they deny", async () => {
    const Policy = document(allow("*"), deny("iam:ListUsers"));
    const credentials = await assume(emu, ann.credentials, role, { Policy });
    assert.ok((await get(credentials)).User);
    await assert.rejects(list(credentials), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${caller} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ with an explicit deny in a session policy`,
      ),
    });
  });

  it("limit a chain of roles: what the session may not assume stays closed", async () => {
    const next = await createRole(emu, "next", { trusts: [trust("arn:aws:iam::000000000000:root")] });
    const link = await createRole(emu, "link", { trusts: [trust(ann.arn)], statements: [allow("sts:AssumeRole")] });
    const open = await assume(emu, ann.credentials, link);
    assert.ok(await assume(emu, open, next));
    const closed = await assume(emu, ann.credentials, link, { Policy: document(allow("iam:*")) });
    await assert.rejects(assume(emu, closed, next), {
      name: "AccessDenied",
      message: `User: arn:aws:sts::000000000000:assumed-role/link/session is not authorized to perform: sts:AssumeRole on resource: ${next.arn}`,
    });
  });

  it("tell their part of the largest token in PackedPolicySize", async () => {
    const answer = await call({ Policy: document(allow("iam:GetUser")) });
    assert.equal(answer.PackedPolicySize, answer.SessionTokenUtilization);
    assert.equal(answer.SessionTokenSize, answer.Credentials!.SessionToken!.length);
  });

  it("are refused where they are no policy", async () => {
    for (const Policy of ["not json", "{}", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}']) {
      await assert.rejects(call({ Policy }), { name: "MalformedPolicyDocumentException" });
    }
  });

  it("come to mind after authorization only", async () => {
    const eve = await createUser(emu, "eve");
    await assert.rejects(assume(emu, eve.credentials, role, { Policy: "not json" }), { name: "AccessDenied" });
  });

  describe("size", () => {
    it("may be 2048 characters, and the token is good", async () => {
      const answer = await call({ Policy: ofLength(2048) });
      assert.ok(answer.PackedPolicySize! <= 100);
      assert.equal((await emu.sts(credentialsOf(answer)).send(new GetCallerIdentityCommand({}))).Arn, caller);
    });

    it("may not be 2049", async () => {
      await assert.rejects(call({ Policy: ofLength(2049) }), {
        name: "PackedPolicyTooLargeException",
        message: "Packed policy consumes 101% of allotted space, please use smaller policy.",
      });
    });

    it("counts together with the tags", async () => {
      const tagged = await createRole(emu, "tagged", {
        trusts: [trust(ann.arn, ["sts:AssumeRole", "sts:TagSession"])],
      });
      const Tags = Array.from({ length: 10 }, (_, i) => ({ Key: `key-${i}`, Value: "v".repeat(200) }));
      const input = { RoleArn: tagged.arn, RoleSessionName: "session" };
      const send = (more: Partial<AssumeRoleCommandInput>) =>
        emu.sts(ann.credentials).send(new AssumeRoleCommand({ ...input, ...more }));
      assert.ok((await send({ Tags })).PackedPolicySize);
      assert.ok((await send({ Policy: ofLength(2000) })).PackedPolicySize);
      await assert.rejects(send({ Tags, Policy: ofLength(2000) }), {
        name: "PackedPolicyTooLargeException",
        message: /^Packed policy consumes 1\d\d% of allotted space, please use smaller policy\.$/,
      });
    });
  });

  describe("managed", () => {
    let getUser: string;

    before(async () => {
      const { Policy } = await emu
        .iam()
        .send(new CreatePolicyCommand({ PolicyName: "get-user", PolicyDocument: document(allow("iam:GetUser")) }));
      getUser = Policy!.Arn!;
    });

    it("limit the session to what they allow", async () => {
      const credentials = await assume(emu, ann.credentials, role, { PolicyArns: [{ arn: getUser }] });
      assert.ok((await get(credentials)).User);
      await assert.rejects(list(credentials), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${caller} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ because no session policy allows the iam:ListUsers action`,
        ),
      });
    });

    it("add to each other and to the inline one", async () => {
      const input = { PolicyArns: [{ arn: getUser }], Policy: document(allow("iam:ListUsers")) };
      const credentials = await assume(emu, ann.credentials, role, input);
      assert.ok((await get(credentials)).User);
      assert.ok((await list(credentials)).Users);
    });

    it("may be AWS's own", async () => {
      const arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
      assert.ok((await list(await assume(emu, ann.credentials, role, { PolicyArns: [{ arn }] }))).Users);
    });

    it("count in the version that is the default one now", async () => {
      const credentials = await assume(emu, ann.credentials, role, { PolicyArns: [{ arn: getUser }] });
      const version = { PolicyArn: getUser, PolicyDocument: document(deny("*")), SetAsDefault: true };
      const { PolicyVersion } = await emu.iam().send(new CreatePolicyVersionCommand(version));
      await assert.rejects(get(credentials), { name: "AccessDenied" });
      await emu.iam().send(new SetDefaultPolicyVersionCommand({ PolicyArn: getUser, VersionId: "v1" }));
      assert.notEqual(PolicyVersion!.VersionId, "v1");
      assert.ok((await get(credentials)).User);
    });

    it("are those of the role's account", async () => {
      const root = { accessKeyId: "111122223333", secretAccessKey: "test" };
      const user = await createUser(emu, "crosser", { statements: [allow("sts:AssumeRole")] });
      const remote = await createRole(emu, "remote", { root, trusts: [trust(user.arn)] });
      await assert.rejects(assume(emu, user.credentials, remote, { PolicyArns: [{ arn: getUser }] }), {
        name: "MalformedPolicyDocumentException",
        message: `Policy ${getUser} does not exist or is not attachable.`,
      });
    });

    it("are refused where they do not exist", async () => {
      const arn = "arn:aws:iam::000000000000:policy/nothing";
      await assert.rejects(call({ PolicyArns: [{ arn }] }), {
        name: "MalformedPolicyDocumentException",
        message: `Policy ${arn} does not exist or is not attachable.`,
      });
    });

    it("may be ten at most", async () => {
      const PolicyArns = Array.from({ length: 11 }, () => ({ arn: getUser }));
      assert.ok((await call({ PolicyArns: PolicyArns.slice(1) })).Credentials);
      await assert.rejects(call({ PolicyArns }), {
        name: "ValidationError",
        message: `1 validation error detected: Value '[${PolicyArns.map(({ arn }) => `PolicyDescriptorType(arn=${arn})`).join(", ")}]' at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10`,
      });
    });
  });
});
