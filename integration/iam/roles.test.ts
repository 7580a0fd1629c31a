import assert from "node:assert/strict";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
  UpdateUserCommand,
  type CreateRoleCommandInput,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";

const CREATED = new Date("2026-11-24T12:00:00Z");
const TRUST = document(trust("*"));

const noRole = { name: "NoSuchEntityException", message: "The role with name nobody cannot be found." };
const malformed = (message: string) => ({ name: "MalformedPolicyDocumentException", message });
const invalidPrincipal = (principal: string) => malformed(`Invalid principal in policy: "AWS":"${principal}"`);
const outOfRange = (path: string, constraint: string) => ({
  name: "ValidationError",
  message: `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${constraint}`,
});

describe("roles", () => {
  const emu = emulator();

  const create = async (RoleName: string, more: Partial<CreateRoleCommandInput> = {}, iam = emu.iam()) =>
    (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }))).Role!;
  const get = async (RoleName: string, iam = emu.iam()) => (await iam.send(new GetRoleCommand({ RoleName }))).Role!;
  const remove = (RoleName: string, iam = emu.iam()) => iam.send(new DeleteRoleCommand({ RoleName }));
  const setTrust = (RoleName: string, PolicyDocument: string, iam = emu.iam()) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const shownTrust = async (name: string) => decodeURIComponent((await get(name)).AssumeRolePolicyDocument!);
  const arnOf = (resource: string) => `arn:aws:iam::${emu.server.account}:${resource}`;

  describe("CreateRole", () => {
    it("answers the role without description and session duration", async () => {
      const role = await create("ada", { Path: "/team/", Description: "d", MaxSessionDuration: 7200 });
      assert.match(role.RoleId!, /^AROA[A-Z2-7]{17}$/);
      assert.deepEqual(role, {
        Path: "/team/",
        RoleName: "ada",
        RoleId: role.RoleId,
        Arn: arnOf("role/team/ada"),
        CreateDate: CREATED,
        AssumeRolePolicyDocument: encodeURIComponent(TRUST).replace("*", "%2A"),
      });
    });

    it("has a path of / and sessions of an hour where nothing else is said", async () => {
      const { RoleId } = await create("bea");
      assert.deepEqual(await get("BEA"), {
        Path: "/",
        RoleName: "bea",
        RoleId,
        Arn: arnOf("role/bea"),
        CreateDate: CREATED,
        AssumeRolePolicyDocument: encodeURIComponent(TRUST).replace("*", "%2A"),
        MaxSessionDuration: 3600,
        RoleLastUsed: {},
      });
    });

    it("refuses a name that is taken, in any case and under any path", async () => {
      await create("Carl");
      await assert.rejects(create("cARL", { Path: "/other/" }), {
        name: "EntityAlreadyExistsException",
        message: "Role with name cARL already exists.",
      });
    });

    it("may have the name of a user", async () => {
      await emu.iam().send(new CreateUserCommand({ UserName: "dora" }));
      await create("dora");
    });

    it("lets one of several win that create the same name", async () => {
      const outcomes = await Promise.allSettled(["emil", "EMIL", "Emil"].map((name) => create(name)));
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
    });

    it("refuses what is out of range", async () => {
      const most = (n: number) => `Member must have length less than or equal to ${n}`;
      await assert.rejects(create("x".repeat(65)), outOfRange("roleName", most(64)));
      await assert.rejects(create("x", { Description: "d".repeat(1001) }), outOfRange("description", most(1000)));
      const seconds = (bound: string) => outOfRange("maxSessionDuration", `Member must have value ${bound}`);
      await assert.rejects(create("x", { MaxSessionDuration: 3599 }), seconds("greater than or equal to 3600"));
      await assert.rejects(create("x", { MaxSessionDuration: 43_201 }), seconds("less than or equal to 43200"));
      await create("x".repeat(64), { Description: "é".repeat(1000), MaxSessionDuration: 43_200 });
    });

    it("cannot be got round by a malformed boundary or one that does not exist", async () => {
      await assert.rejects(create("fritz", { PermissionsBoundary: "boundary-of-some-length" }), {
        name: "InvalidInputException",
        message: "ARN boundary-of-some-length is not valid.",
      });
      const missing = arnOf("policy/missing");
      await assert.rejects(create("fritz", { PermissionsBoundary: missing }), {
        name: "NoSuchEntityException",
        message: `Scope ARN: ${missing} does not exist or is not attachable.`,
      });
      await assert.rejects(get("fritz"), { name: "NoSuchEntityException" });
    });
  });

  describe("trust policies", () => {
    it("come back byte for byte", async () => {
      const text = `{ "Version" : "2012-10-17",\r\n"Statement":{"Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Effect":"Allow"}}\t`;
      await create("gina", { AssumeRolePolicyDocument: text });
      assert.equal(await shownTrust("gina"), text);
    });

    for (const [what, text, message] of [
      ["that is not JSON", "{", "This policy contains invalid Json"],
      [
        "for actions that assume no role",
        document(trust("*", "s3:GetObject")),
        "AssumeRole policy may only specify STS AssumeRole actions.",
      ],
      ["with a resource", document({ ...trust("*"), Resource: "*" }), "Has prohibited field Resource"],
      [
        'for everybody as "*"',
        document({ Principal: "*", Action: "sts:AssumeRole" }),
        'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
      ],
    ] as const) {
      it(`refuse a document ${what}`, async () => {
        await assert.rejects(create("never", { AssumeRolePolicyDocument: text }), malformed(message));
        await create("hans").catch(() => {});
        await assert.rejects(setTrust("hans", text), malformed(message));
        assert.equal(await shownTrust("hans"), TRUST);
      });
    }

    it("may have 2048 characters, blanks not counted", async () => {
      const ofSize = (size: number) => {
        const conditionOf = (length: number) => ({ StringEquals: { "sts:ExternalId": "x".repeat(length) } });
        const empty = document(trust("*", "sts:AssumeRole", conditionOf(0)));
        return `${document(trust("*", "sts:AssumeRole", conditionOf(size - empty.length)))}\n `;
      };
      const tooLarge = { name: "LimitExceededException", message: "Cannot exceed quota for ACLSizePerRole: 2048" };
      await create("ines", { AssumeRolePolicyDocument: ofSize(2048) });
      await assert.rejects(create("never", { AssumeRolePolicyDocument: ofSize(2049) }), tooLarge);
      await assert.rejects(setTrust("ines", ofSize(2049)), tooLarge);
      await assert.rejects(get("never"), { name: "NoSuchEntityException" });
    });

    it("may name accounts, services, providers, and users of accounts that the emulator does not know", async () => {
      await create("jan", {
        AssumeRolePolicyDocument: document(
          trust([emu.server.account, "arn:aws:iam::999988887777:root", "arn:aws:iam::999988887777:user/someone"]),
          { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
        ),
      });
    });

    it("refuse a user or role that does not exist", async () => {
      const user = await createUser(emu, "kai", { Path: "/staff/" });
      await create("kay");
      for (const principal of [
        arnOf("user/missing"),
        arnOf("role/missing"),
        arnOf("user/kai"),
        arnOf("user/staff/KAI"),
        arnOf("role/kai"),
        arnOf("user/kay"),
        `${user.id.slice(0, -1)}${user.id.endsWith("A") ? "B" : "A"}`,
      ]) {
        const text = document(trust([user.arn, principal]));
        await assert.rejects(create("never", { AssumeRolePolicyDocument: text }), invalidPrincipal(principal));
        await assert.rejects(setTrust("kay", text), invalidPrincipal(principal));
      }
    });

    it("know the users of other accounts of the emulator", async () => {
      const stranger = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      await stranger.send(new CreateUserCommand({ UserName: "lena" }));
      await create("lenas", { AssumeRolePolicyDocument: document(trust("arn:aws:iam::111122223333:user/lena")) });
      const missing = "arn:aws:iam::111122223333:user/missing";
      await assert.rejects(setTrust("lenas", document(trust(missing))), invalidPrincipal(missing));
      await stranger.send(new DeleteUserCommand({ UserName: "lena" }));
      assert.match(await shownTrust("lenas"), /"AWS":"AIDA[A-Z2-7]{17}"/);
    });

    it("show the unique id of a principal that was deleted, and nothing else changes", async () => {
      const { UserId } = (await emu.iam().send(new CreateUserCommand({ UserName: "max", Path: "/staff/" }))).User!;
      const { RoleId } = await create("maxs");
      const [user, role] = [arnOf("user/staff/max"), arnOf("role/maxs")];
      const text = (one: string, other: string) => `{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":["${one}",\t"${other}","*"],"Service":"ec2.amazonaws.com"},
         "Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"${user}"}}},
        {"Effect":"Deny","Principal":{"AWS":"${one}"},"Action":"sts:TagSession"}]}`;
      await create("nora", { AssumeRolePolicyDocument: text(user.replaceAll("/", "\\/"), role) });
      assert.equal(await shownTrust("nora"), text(user.replaceAll("/", "\\/"), role));
      await emu.iam().send(new DeleteUserCommand({ UserName: "max" }));
      await remove("maxs");
      assert.equal(await shownTrust("nora"), text(UserId!, RoleId!));
      await emu.iam().send(new CreateUserCommand({ UserName: "max", Path: "/staff/" }));
      assert.equal(await shownTrust("nora"), text(UserId!, RoleId!));
      await assert.rejects(setTrust("nora", await shownTrust("nora")), invalidPrincipal(UserId!));
    });

    it("show the ARN that a renamed user has now", async () => {
      await emu.iam().send(new CreateUserCommand({ UserName: "otto" }));
      await create("ottos", { AssumeRolePolicyDocument: document(trust(arnOf("user/otto"))) });
      await emu.iam().send(new UpdateUserCommand({ UserName: "otto", NewUserName: "olaf", NewPath: "/staff/" }));
      assert.equal(await shownTrust("ottos"), document(trust(arnOf("user/staff/olaf"))));
    });

    it("may name a user by its unique id, and show its ARN", async () => {
      const { UserId } = (await emu.iam().send(new CreateUserCommand({ UserName: "paul" }))).User!;
      await create("pauls", { AssumeRolePolicyDocument: document(trust(UserId!)) });
      assert.equal(await shownTrust("pauls"), document(trust(arnOf("user/paul"))));
      await emu.iam().send(new DeleteUserCommand({ UserName: "paul" }));
      assert.equal(await shownTrust("pauls"), document(trust(UserId!)));
    });

    it("show an account that is named by its id as the ARN of its root", async () => {
      const text = (account: string) => `{"Version":"2012-10-17","Statement":{
        "Effect":"Allow", "Principal": {"AWS": ["${account}", "*"]}, "Action":"sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}}`;
      await create("pia", { AssumeRolePolicyDocument: text("111122223333") });
      assert.equal(await shownTrust("pia"), text("arn:aws:iam::111122223333:root"));
    });

    it("are answered as they were sent by the operation that makes the role, and shown otherwise from then on", async () => {
      const sent = document(trust("111122223333"));
      const input = { RoleName: "rosa", AssumeRolePolicyDocument: sent };
      const { Role } = await emu.iam().send(new CreateRoleCommand(input));
      assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), sent);
      assert.equal(await shownTrust("rosa"), document(trust("arn:aws:iam::111122223333:root")));
    });

    it("let in the user that they named when they were written, and no namesake", async () => {
      const permission = { statements: [allow("sts:AssumeRole")] };
      const first = await createUser(emu, "quin", permission);
      const role = await createRole(emu, "quins", { trusts: [trust(first.arn)] });
      await assume(emu, first.credentials, role);
      await emu.iam().send(new UpdateUserCommand({ UserName: "quin", NewUserName: "quincy" }));
      const second = await createUser(emu, "quin", permission);
      await assume(emu, first.credentials, role);
      await assert.rejects(assume(emu, second.credentials, role), { name: "AccessDenied" });
      await setTrust("quins", document(trust(second.arn)));
      await assume(emu, second.credentials, role);
      await assert.rejects(assume(emu, first.credentials, role), { name: "AccessDenied" });
    });
  });

  describe("UpdateAssumeRolePolicy", () => {
    it("replaces the trust policy", async () => {
      await create("rita");
      const text = document({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" });
      await setTrust("RITA", text);
      assert.equal(await shownTrust("rita"), text);
    });

    it("refuses an unknown role", async () => {
      await assert.rejects(setTrust("nobody", TRUST), noRole);
    });
  });

  describe("GetRole", () => {
    it("refuses an unknown role", async () => {
      await assert.rejects(get("nobody"), noRole);
    });

    it("shows when and where the role was last used, for 400 days", async () => {
      const user = await createUser(emu, "sven", { statements: [allow("sts:AssumeRole")] });
      const role = await createRole(emu, "svens", { trusts: [trust(user.arn)], statements: [allow("iam:*")] });
      const session = await assume(emu, user.credentials, role);
      assert.deepEqual((await get("svens")).RoleLastUsed, {});
      await get("svens", emu.iam(session));
      assert.deepEqual((await get("svens")).RoleLastUsed, { LastUsedDate: CREATED, Region: "us-east-1" });
      const days = (count: number) => emu.server.clock.advance(count * 86_400);
      days(400);
      assert.deepEqual((await get("svens")).RoleLastUsed, { LastUsedDate: CREATED, Region: "us-east-1" });
      days(1);
      assert.deepEqual((await get("svens")).RoleLastUsed, {});
      days(-401);
    });
  });

  describe("UpdateRole and UpdateRoleDescription", () => {
    const update = (
      RoleName: string,
      more: { Description?: string; MaxSessionDuration?: number } = {},
      iam = emu.iam(),
    ) => iam.send(new UpdateRoleCommand({ RoleName, ...more }));
    const describeRole = async (RoleName: string, Description: string, iam = emu.iam()) =>
      (await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description }))).Role!;
    const settings = async (name: string) => {
      const { Description, MaxSessionDuration } = await get(name);
      return { Description, MaxSessionDuration };
    };

    it("change what is said and keep the rest", async () => {
      await create("till", { Description: "first", MaxSessionDuration: 7200 });
      await update("TILL", { Description: "second" });
      assert.deepEqual(await settings("till"), { Description: "second", MaxSessionDuration: 7200 });
      await update("till", { MaxSessionDuration: 3600 });
      assert.deepEqual(await settings("till"), { Description: "second", MaxSessionDuration: 3600 });
      await update("till");
      assert.deepEqual(await settings("till"), { Description: "second", MaxSessionDuration: 3600 });
      await describeRole("till", "third");
      assert.deepEqual(await settings("till"), { Description: "third", MaxSessionDuration: 3600 });
    });

    it("can empty the description", async () => {
      await create("ulla", { Description: "d" });
      await update("ulla", { Description: "" });
      assert.equal((await get("ulla")).Description, "");
      await create("ulli", { Description: "d" });
      assert.equal((await describeRole("ulli", "")).Description, "");
    });

    it("answer nothing and, for the description alone, the role", async () => {
      const role = await create("vera", { Tags: [{ Key: "a", Value: "1" }] });
      const { Tags: _tags, ...base } = role;
      const { $metadata: _metadata, ...answer } = await update("vera");
      assert.deepEqual(answer, {});
      assert.deepEqual(await describeRole("vera", "d"), { ...base, Description: "d" });
    });

    it("refuse what is out of range and change nothing", async () => {
      await create("wanda", { Description: "d" });
      const long = "d".repeat(1001);
      const most = outOfRange("description", "Member must have length less than or equal to 1000");
      await assert.rejects(update("wanda", { Description: long }), most);
      await assert.rejects(describeRole("wanda", long), most);
      await assert.rejects(update("wanda", { MaxSessionDuration: 43_201, Description: "e" }), {
        name: "ValidationError",
      });
      assert.deepEqual(await settings("wanda"), { Description: "d", MaxSessionDuration: 3600 });
    });

    it("refuse an unknown role", async () => {
      await assert.rejects(update("nobody"), noRole);
      await assert.rejects(describeRole("nobody", "d"), noRole);
    });
  });

  describe("DeleteRole", () => {
    it("deletes the role and lets its name be used again, by another role", async () => {
      const { RoleId } = await create("xenia");
      await remove("XENIA");
      await assert.rejects(get("xenia"), { name: "NoSuchEntityException" });
      assert.notEqual((await create("xenia")).RoleId, RoleId);
    });

    it("refuses an unknown role, also one just deleted", async () => {
      await assert.rejects(remove("nobody"), noRole);
      await create("yann");
      await remove("yann");
      await assert.rejects(remove("yann"), {
        name: "NoSuchEntityException",
        message: "The role with name yann cannot be found.",
      });
    });

    it("refuses a role with an attached policy", async () => {
      await create("zora");
      const attached = { RoleName: "zora", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
      await emu.iam().send(new AttachRolePolicyCommand(attached));
      await assert.rejects(remove("zora"), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must detach all policies first.",
      });
      await emu.iam().send(new DetachRolePolicyCommand(attached));
      await remove("zora");
    });

    it("refuses a role with an inline policy", async () => {
      await create("zoe");
      const policy = { RoleName: "zoe", PolicyName: "p", PolicyDocument: document(allow("s3:*")) };
      await emu.iam().send(new PutRolePolicyCommand(policy));
      await assert.rejects(remove("zoe"), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must delete policies first.",
      });
    });
  });

  it("ask for permission on their ARN: the stored one, or that of the role to be", async () => {
    const arn = arnOf("role/guarded/anna");
    const RoleName = "ANNA";
    await asksPermissionOn(emu, "iam:CreateRole", arn, (iam) => create("anna", { Path: "/guarded/" }, iam));
    await asksPermissionOn(emu, "iam:GetRole", arn, (iam) => get(RoleName, iam));
    await asksPermissionOn(emu, "iam:UpdateAssumeRolePolicy", arn, (iam) => setTrust(RoleName, TRUST, iam));
    await asksPermissionOn(emu, "iam:UpdateRole", arn, (iam) => iam.send(new UpdateRoleCommand({ RoleName })));
    await asksPermissionOn(emu, "iam:UpdateRoleDescription", arn, (iam) =>
      iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "" })),
    );
    await asksPermissionOn(emu, "iam:DeleteRole", arn, (iam) => remove(RoleName, iam));
    await asksPermissionOn(emu, "iam:GetRole", arnOf("role/missing"), (iam) =>
      assert.rejects(get("missing", iam), (error: Error) => {
        if (error.name !== "NoSuchEntityException") throw error;
        return true;
      }),
    );
  });
});

describe("ListRoles", () => {
  const emu = emulator();
  const list = (input: { PathPrefix?: string; MaxItems?: number; Marker?: string | undefined } = {}, iam = emu.iam()) =>
    iam.send(new ListRolesCommand(input));
  const names = ({ Roles }: { Roles?: readonly { readonly RoleName?: string | undefined }[] | undefined }) =>
    Roles!.map(({ RoleName }) => RoleName);

  before(async () => {
    for (const [RoleName, Path] of [
      ["b", "/team/"],
      ["A", "/"],
      ["c", "/team/blue/"],
      ["D", "/teams/"],
    ] as const) {
      await emu.iam().send(
        new CreateRoleCommand({
          RoleName,
          Path,
          AssumeRolePolicyDocument: TRUST,
          Description: RoleName,
          Tags: [{ Key: "a", Value: "1" }],
        }),
      );
    }
  });

  it("answers all roles by name without regard to case, without tags and last use", async () => {
    const answer = await list();
    assert.deepEqual(names(answer), ["A", "b", "c", "D"]);
    assert.equal(answer.IsTruncated, false);
    assert.deepEqual(answer.Roles![0], {
      Path: "/",
      RoleName: "A",
      RoleId: answer.Roles![0]!.RoleId,
      Arn: `arn:aws:iam::${emu.server.account}:role/A`,
      CreateDate: CREATED,
      AssumeRolePolicyDocument: encodeURIComponent(TRUST).replace("*", "%2A"),
      Description: "A",
      MaxSessionDuration: 3600,
    });
  });

  it("answers those below a path prefix", async () => {
    assert.deepEqual(names(await list({ PathPrefix: "/team/" })), ["b", "c"]);
    assert.deepEqual(names(await list({ PathPrefix: "/team" })), ["b", "c", "D"]);
    assert.deepEqual(names(await list({ PathPrefix: "/none/" })), []);
  });

  it("answers in pages, whose size may change", async () => {
    const first = await list({ MaxItems: 1, PathPrefix: "/team" });
    assert.deepEqual([names(first), first.IsTruncated], [["b"], true]);
    const second = await list({ MaxItems: 2, PathPrefix: "/team", Marker: first.Marker });
    assert.deepEqual([names(second), second.IsTruncated, second.Marker], [["c", "D"], false, undefined]);
  });

  it("goes on after a role that was deleted between two pages", async () => {
    await emu.iam().send(new CreateRoleCommand({ RoleName: "AA", AssumeRolePolicyDocument: TRUST }));
    const first = await list({ MaxItems: 2 });
    assert.deepEqual(names(first), ["A", "AA"]);
    await emu.iam().send(new DeleteRoleCommand({ RoleName: "AA" }));
    assert.deepEqual(names(await list({ Marker: first.Marker })), ["b", "c", "D"]);
  });

  it("refuses a marker of another selection", async () => {
    const { Marker } = await list({ MaxItems: 1 });
    await assert.rejects(list({ Marker, PathPrefix: "/team/" }), {
      name: "ValidationError",
      message: "Invalid Marker.",
    });
  });

  it("asks for permission below the path prefix", async () => {
    const arn = `arn:aws:iam::${emu.server.account}:role/team/`;
    await asksPermissionOn(emu, "iam:ListRoles", arn, (iam) => list({ PathPrefix: "/team/" }, iam));
  });
});

describe("the quota of roles", () => {
  const emu = emulator({ quotas: { RolesPerAccount: 2 } });

  it("leaves the last place to one of two that race for it, until a role is deleted", async () => {
    const create = (RoleName: string) =>
      emu.iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
    await create("first");
    const both = await Promise.allSettled([create("second"), create("third")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(create("fourth"), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for RolesPerAccount: 2",
    });
    await emu.iam().send(new DeleteRoleCommand({ RoleName: "first" }));
    await create("fourth");
  });
});
