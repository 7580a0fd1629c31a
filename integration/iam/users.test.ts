import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateUserCommand,
  type CreateUserCommandInput,
  type UpdateUserCommandInput,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, deny, document, trust, withDetails } from "../fixtures.ts";
import { rootOf } from "../organization.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const CREATED = new Date("2026-11-24T12:00:00Z");

const noUser = (name: string) => ({
  name: "NoSuchEntityException",
  message: `The user with name ${name} cannot be found.`,
});
const taken = (name: string) => ({
  name: "EntityAlreadyExistsException",
  message: `User with name ${name} already exists.`,
});
const conflict = (remedy: string) => ({
  name: "DeleteConflictException",
  message: `Cannot delete entity, ${remedy}`,
});
const badPath = {
  name: "ValidationError",
  message:
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
};

describe("users", () => {
  const emu = emulator();

  const create = async (UserName: string, more: Partial<CreateUserCommandInput> = {}, iam = emu.iam()) =>
    (await iam.send(new CreateUserCommand({ UserName, ...more }))).User!;
  const get = async (UserName?: string, iam = emu.iam()) => (await iam.send(new GetUserCommand({ UserName }))).User!;
  const update = (UserName: string, more: Partial<UpdateUserCommandInput>, iam = emu.iam()) =>
    iam.send(new UpdateUserCommand({ UserName, ...more }));
  const remove = (UserName: string, iam = emu.iam()) => iam.send(new DeleteUserCommand({ UserName }));
  const arnOf = (resource: string) => `arn:aws:iam::${emu.server.account}:${resource}`;

  describe("CreateUser", () => {
    it("answers the user, under / where no path is said", async () => {
      const user = await create("ada");
      assert.match(user.UserId!, /^AIDA[A-Z2-7]{17}$/);
      const shown = { Path: "/", UserName: "ada", UserId: user.UserId, Arn: arnOf("user/ada"), CreateDate: CREATED };
      assert.deepEqual(user, shown);
      assert.deepEqual(await get("ada"), shown);
    });

    it("takes a path, also one with empty parts", async () => {
      assert.equal((await create("bea", { Path: "/a//b/" })).Arn, arnOf("user/a//b/bea"));
    });

    for (const Path of ["/team", "team/", "//", "/ space/", "/\u007f/", "/é/", "/a\n/", "/a/\n"]) {
      it(`refuses the path ${JSON.stringify(Path)}`, async () => {
        await assert.rejects(create("never", { Path }), badPath);
      });
    }

    it("refuses a path of more than 512 characters", async () => {
      await create("long", { Path: `/${"p".repeat(510)}/` });
      await assert.rejects(create("never", { Path: `/${"p".repeat(511)}/` }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 512",
      });
    });

    it("refuses a name of more than 64 characters or with others than letters, digits and +=,.@_-", async () => {
      await create("n".repeat(64));
      await create("a+b=c,d.e@f_g-h");
      await assert.rejects(create("n".repeat(65)), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64",
      });
      for (const name of ["a b", "é", "a\n", "a/b"]) {
        await assert.rejects(create(name), {
          name: "ValidationError",
          message:
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        });
      }
    });

    it("refuses a name that is taken, in any case and under any path", async () => {
      await create("Carl");
      await assert.rejects(create("cARL", { Path: "/other/" }), taken("cARL"));
    });

    it("lets one of several win that create the same name", async () => {
      const outcomes = await Promise.allSettled(["dora", "DORA", "Dora"].map((name) => create(name)));
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
    });

    it("refuses a malformed boundary and one that does not exist", async () => {
      await assert.rejects(create("emil", { PermissionsBoundary: "boundary-of-some-length" }), {
        name: "InvalidInputException",
        message: "ARN boundary-of-some-length is not valid.",
      });
      const missing = arnOf("policy/missing");
      await assert.rejects(create("emil", { PermissionsBoundary: missing }), {
        name: "NoSuchEntityException",
        message: `Scope ARN: ${missing} does not exist or is not attachable.`,
      });
      await assert.rejects(get("emil"), noUser("emil"));
    });

    it("may be limited to a boundary by iam:PermissionsBoundary", async () => {
      const boundary = arnOf("policy/missing");
      const caller = await createUser(emu, "delegate", {
        statements: [
          {
            Action: "iam:CreateUser",
            Resource: "*",
            Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } },
          },
        ],
      });
      const iam = emu.iam(caller.credentials);
      await assert.rejects(create("fritz", {}, iam), { name: "AccessDenied" });
      await assert.rejects(create("fritz", { PermissionsBoundary: `${boundary}2` }, iam), { name: "AccessDenied" });
      await assert.rejects(create("fritz", { PermissionsBoundary: boundary }, iam), { name: "NoSuchEntityException" });
    });
  });

  describe("GetUser", () => {
    it("finds a user without regard to case and answers the stored name", async () => {
      const user = await create("Gina", { Path: "/team/" });
      assert.deepEqual(await get("gINA"), user);
    });

    it("refuses an unknown user", async () => {
      await assert.rejects(get("nobody"), noUser("nobody"));
    });

    it("is about the caller where no user is named", async () => {
      const user = await createUser(emu, "hans", { statements: [allow("iam:GetUser")] });
      assert.equal((await get(undefined, emu.iam(user.credentials))).UserId, user.id);
    });

    it("answers root no name and no path", async () => {
      const root = await get();
      assert.ok(root.CreateDate instanceof Date);
      assert.deepEqual(root, { UserId: emu.server.account, Arn: arnOf("root"), CreateDate: root.CreateDate });
    });

    it("must be told the user by a role", async () => {
      const user = await createUser(emu, "ines", { statements: [allow("sts:AssumeRole")] });
      const role = await createRole(emu, "reader", { trusts: [trust(user.arn)], statements: [allow("iam:*")] });
      await assert.rejects(get(undefined, emu.iam(await assume(emu, user.credentials, role))), {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      });
    });
  });

  describe("UpdateUser", () => {
    it("answers nothing and changes name and path, but neither id nor date", async () => {
      const { UserId } = await create("jan");
      emu.server.clock.advance(60);
      const { $metadata: _metadata, ...answer } = await update("JAN", { NewUserName: "johann", NewPath: "/team/" });
      emu.server.clock.advance(-60);
      assert.deepEqual(answer, {});
      assert.deepEqual(await get("johann"), {
        Path: "/team/",
        UserName: "johann",
        UserId,
        Arn: arnOf("user/team/johann"),
        CreateDate: CREATED,
      });
      await assert.rejects(get("jan"), noUser("jan"));
    });

    it("changes the one and keeps the other, or nothing", async () => {
      await create("kai", { Path: "/a/" });
      await update("kai", { NewUserName: "kay" });
      assert.equal((await get("kay")).Arn, arnOf("user/a/kay"));
      await update("kay", { NewPath: "/b/" });
      assert.equal((await get("kay")).Arn, arnOf("user/b/kay"));
      await update("kay", {});
      assert.equal((await get("kay")).Arn, arnOf("user/b/kay"));
    });

    it("can change the case of a name", async () => {
      await create("lena");
      await update("lena", { NewUserName: "LENA" });
      assert.equal((await get("lena")).UserName, "LENA");
    });

    it("refuses a name that is taken and an unknown user", async () => {
      await create("max");
      await create("moritz");
      await assert.rejects(update("max", { NewUserName: "MORITZ" }), taken("MORITZ"));
      await assert.rejects(update("nobody", { NewUserName: "somebody" }), noUser("nobody"));
      assert.equal((await get("max")).UserName, "max");
    });

    it("refuses a new name or path that is malformed and changes nothing", async () => {
      await create("nora");
      await assert.rejects(update("nora", { NewUserName: "n".repeat(65), NewPath: "/x/" }), {
        name: "ValidationError",
      });
      await assert.rejects(update("nora", { NewUserName: "norma", NewPath: "//" }), { name: "ValidationError" });
      assert.equal((await get("nora")).Arn, arnOf("user/nora"));
    });

    it("carries the keys along", async () => {
      const user = await createUser(emu, "otto");
      await update("otto", { NewUserName: "olaf", NewPath: "/team/" });
      const { Arn, UserId } = await emu.sts(user.credentials).send(new GetCallerIdentityCommand({}));
      assert.deepEqual([Arn, UserId], [arnOf("user/team/olaf"), user.id]);
    });

    it("needs the permission on the user as it is and as it will be", async () => {
      const [old, next] = [arnOf("user/a/paul"), arnOf("user/b/paula")];
      await create("paul", { Path: "/a/" });
      const attempt = async (name: string, Resource: string[]) => {
        const caller = await createUser(emu, name, { statements: [allow("iam:UpdateUser", Resource)] });
        const iam = emu.iam(caller.credentials);
        return { arn: caller.arn, done: update("paul", { NewUserName: "paula", NewPath: "/b/" }, iam) };
      };
      const fromOnly = await attempt("from", [old]);
      await assert.rejects(fromOnly.done, noPolicyAllows(fromOnly.arn, "iam:UpdateUser", next));
      const toOnly = await attempt("to", [next]);
      await assert.rejects(toOnly.done, noPolicyAllows(toOnly.arn, "iam:UpdateUser", old));
      await (
        await attempt("both", [old, next])
      ).done;
    });

    it("takes grants on the old ARN away", async () => {
      const arn = arnOf("user/a/quin");
      await create("quin", { Path: "/a/" });
      const caller = await createUser(emu, "reader", { statements: [allow("iam:GetUser", arn)] });
      await get("quin", emu.iam(caller.credentials));
      await update("quin", { NewPath: "/b/" });
      await assert.rejects(
        get("quin", emu.iam(caller.credentials)),
        noPolicyAllows(caller.arn, "iam:GetUser", arnOf("user/b/quin")),
      );
    });
  });

  describe("DeleteUser", () => {
    it("deletes the user and lets its name be used again, by another user", async () => {
      const { UserId } = await create("rita");
      await remove("RITA");
      await assert.rejects(get("rita"), noUser("rita"));
      await assert.rejects(remove("rita"), noUser("rita"));
      assert.notEqual((await create("rita")).UserId, UserId);
    });

    it("refuses a user with keys, with an MFA device, or with both: the device is named first", async () => {
      const UserName = "sven";
      await create(UserName);
      const { AccessKey } = await emu.iam().send(new CreateAccessKeyCommand({ UserName }));
      await assert.rejects(remove(UserName), conflict("must delete access keys first."));
      const { VirtualMFADevice } = await emu
        .iam()
        .send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
      const SerialNumber = VirtualMFADevice!.SerialNumber!;
      const { code, next } = emu.server.mfa.code(SerialNumber);
      const codes = { AuthenticationCode1: code, AuthenticationCode2: next };
      await emu.iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }));
      await assert.rejects(remove(UserName), conflict("must remove tokens from principal first."));
      await emu.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey!.AccessKeyId }));
      await assert.rejects(remove(UserName), conflict("must remove tokens from principal first."));
      await emu.iam().send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
      await remove(UserName);
    });

    it("refuses a user in a group and one with an attached policy", async () => {
      const UserName = "till";
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      await create(UserName);
      await emu.iam().send(new CreateGroupCommand({ GroupName: "group" }));
      await emu.iam().send(new AddUserToGroupCommand({ UserName, GroupName: "group" }));
      await assert.rejects(remove(UserName), conflict("must remove users from group first."));
      await emu.iam().send(new RemoveUserFromGroupCommand({ UserName, GroupName: "group" }));
      await emu.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      await assert.rejects(remove(UserName), conflict("must detach all policies first."));
      await emu.iam().send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
      await remove(UserName);
    });

    it("does not mind tags", async () => {
      await create("ulla", { Tags: [{ Key: "a", Value: "1" }] });
      await remove("ulla");
    });
  });

  describe("permission", () => {
    it("is asked on the stored ARN, or on that of the user to be", async () => {
      const arn = arnOf("user/guarded/vera");
      await asksPermissionOn(emu, "iam:CreateUser", arn, (iam) => create("vera", { Path: "/guarded/" }, iam));
      await asksPermissionOn(emu, "iam:GetUser", arn, (iam) => get("VERA", iam));
      await asksPermissionOn(emu, "iam:UpdateUser", arn, (iam) => update("VERA", {}, iam));
      await asksPermissionOn(emu, "iam:DeleteUser", arn, (iam) => remove("VERA", iam));
    });

    it("is asked on a plain ARN for a user who does not exist, before that is told", async () => {
      const caller = await createUser(emu, "wanda");
      for (const [action, send] of [
        ["iam:GetUser", () => get("nobody", emu.iam(caller.credentials))],
        ["iam:DeleteUser", () => remove("nobody", emu.iam(caller.credentials))],
      ] as const) {
        await assert.rejects(send(), noPolicyAllows(caller.arn, action, arnOf("user/nobody")));
      }
    });

    it("is refused by a deny, whatever else allows", async () => {
      const caller = await createUser(emu, "xenia", { statements: [allow("*"), deny("iam:Get*", arnOf("user/*"))] });
      await assert.rejects(get(undefined, emu.iam(caller.credentials)), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${caller.arn} is not authorized to perform: iam:GetUser on resource: ${caller.arn} with an explicit deny in an identity-based policy`,
        ),
      });
    });

    it("may depend on the name of the caller", async () => {
      const self = [allow("iam:*", "arn:aws:iam::*:user/${aws:username}")];
      const caller = await createUser(emu, "yann", { statements: self });
      await createUser(emu, "zoe", { statements: self });
      await get("yann", emu.iam(caller.credentials));
      await assert.rejects(get("zoe", emu.iam(caller.credentials)), { name: "AccessDenied" });
    });
  });

  it("are each account's own", async () => {
    const stranger = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
    await create("shared");
    await assert.rejects(get("shared", stranger), noUser("shared"));
    assert.equal((await create("shared", {}, stranger)).Arn, "arn:aws:iam::111122223333:user/shared");
    await remove("shared");
    await get("shared", stranger);
  });
});

describe("ListUsers", () => {
  const emu = emulator();
  const list = (input: { PathPrefix?: string; MaxItems?: number; Marker?: string | undefined } = {}, iam = emu.iam()) =>
    iam.send(new ListUsersCommand(input));
  const names = ({ Users }: { Users?: readonly { readonly UserName?: string | undefined }[] | undefined }) =>
    Users!.map(({ UserName }) => UserName);

  before(async () => {
    for (const [UserName, Path] of [
      ["b", "/team/"],
      ["A", "/"],
      ["c", "/team/blue/"],
      ["D", "/teams/"],
    ] as const) {
      await emu.iam().send(new CreateUserCommand({ UserName, Path, Tags: [{ Key: "a", Value: "1" }] }));
    }
    await emu
      .iam()
      .send(new PutUserPolicyCommand({ UserName: "A", PolicyName: "p", PolicyDocument: document(allow("s3:*")) }));
  });

  it("answers all users by name without regard to case, without their tags", async () => {
    const answer = await list();
    assert.deepEqual(names(answer), ["A", "b", "c", "D"]);
    assert.deepEqual([answer.IsTruncated, answer.Marker], [false, undefined]);
    assert.deepEqual(answer.Users![0], {
      Path: "/",
      UserName: "A",
      UserId: answer.Users![0]!.UserId,
      Arn: `arn:aws:iam::${emu.server.account}:user/A`,
      CreateDate: CREATED,
    });
  });

  it("answers those below a path prefix", async () => {
    assert.deepEqual(names(await list({ PathPrefix: "/team/" })), ["b", "c"]);
    assert.deepEqual(names(await list({ PathPrefix: "/team" })), ["b", "c", "D"]);
    assert.deepEqual(names(await list({ PathPrefix: "/none/" })), []);
  });

  it("refuses a path prefix that does not begin with a slash", async () => {
    await assert.rejects(list({ PathPrefix: "team/" }), {
      name: "ValidationError",
      message:
        "The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.",
    });
  });

  it("answers in pages, whose size may change", async () => {
    const first = await list({ MaxItems: 1 });
    assert.deepEqual([names(first), first.IsTruncated], [["A"], true]);
    const second = await list({ MaxItems: 2, Marker: first.Marker });
    assert.deepEqual([names(second), second.IsTruncated], [["b", "c"], true]);
    const third = await list({ Marker: second.Marker });
    assert.deepEqual([names(third), third.IsTruncated, third.Marker], [["D"], false, undefined]);
  });

  it("refuses page sizes out of range, and markers of another selection or account", async () => {
    await assert.rejects(list({ MaxItems: 0 }), { name: "ValidationError" });
    await assert.rejects(list({ MaxItems: 1001 }), { name: "ValidationError" });
    const { Marker } = await list({ MaxItems: 1 });
    const invalid = { name: "ValidationError", message: "Invalid Marker." };
    await assert.rejects(list({ Marker, PathPrefix: "/team/" }), invalid);
    await assert.rejects(list({ Marker }, emu.iam(rootOf(emu, "111122223333"))), invalid);
    await assert.rejects(list({ Marker: "marker" }), invalid);
  });

  it("asks for permission below the path prefix", async () => {
    const arn = `arn:aws:iam::${emu.server.account}:user/team/`;
    await asksPermissionOn(emu, "iam:ListUsers", arn, (iam) => list({ PathPrefix: "/team/" }, iam));
  });
});

describe("the quota of users", () => {
  const emu = emulator({ quotas: { UsersPerAccount: 2 } });

  it("leaves the last place to one of two that race for it, until a user is deleted", async () => {
    const create = (UserName: string) => emu.iam().send(new CreateUserCommand({ UserName }));
    await create("first");
    const both = await Promise.allSettled([create("second"), create("third")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(create("fourth"), {
      name: "LimitExceededException",
      message: "Cannot exceed quota for UsersPerAccount: 2",
    });
    await emu.iam().send(new DeleteUserCommand({ UserName: "first" }));
    await create("fourth");
  });
});
