import assert from "node:assert/strict";
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetRoleCommand,
  GetUserCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  type AttachedPermissionsBoundary,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

/** What users and roles share, under common names. */
interface Kind {
  readonly noun: string;
  /** As in the names of the actions. */
  readonly Noun: string;
  create(
    iam: IAMClient,
    name: string,
    boundary?: string,
    path?: string,
  ): Promise<AttachedPermissionsBoundary | undefined>;
  get(iam: IAMClient, name: string): Promise<AttachedPermissionsBoundary | undefined>;
  listAll(iam: IAMClient): Promise<readonly object[]>;
  put(iam: IAMClient, name: string, boundary: string): Promise<unknown>;
  remove(iam: IAMClient, name: string): Promise<unknown>;
  deleteOwner(iam: IAMClient, name: string): Promise<unknown>;
  putPolicy(iam: IAMClient, name: string): Promise<unknown>;
}

const INLINE = { PolicyName: "p", PolicyDocument: document(allow("s3:*")) };

const KINDS: readonly Kind[] = [
  {
    noun: "user",
    Noun: "User",
    create: async (iam, UserName, PermissionsBoundary, Path) =>
      (await iam.send(new CreateUserCommand({ UserName, PermissionsBoundary, Path }))).User!.PermissionsBoundary,
    get: async (iam, UserName) => (await iam.send(new GetUserCommand({ UserName }))).User!.PermissionsBoundary,
    listAll: async (iam) => (await iam.send(new ListUsersCommand({}))).Users!,
    put: (iam, UserName, PermissionsBoundary) =>
      iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary })),
    remove: (iam, UserName) => iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })),
    deleteOwner: (iam, UserName) => iam.send(new DeleteUserCommand({ UserName })),
    putPolicy: (iam, UserName) => iam.send(new PutUserPolicyCommand({ UserName, ...INLINE })),
  },
  {
    noun: "role",
    Noun: "Role",
    create: async (iam, RoleName, PermissionsBoundary, Path) => {
      const role = { RoleName, PermissionsBoundary, Path, AssumeRolePolicyDocument: document(trust("*")) };
      return (await iam.send(new CreateRoleCommand(role))).Role!.PermissionsBoundary;
    },
    get: async (iam, RoleName) => (await iam.send(new GetRoleCommand({ RoleName }))).Role!.PermissionsBoundary,
    listAll: async (iam) => (await iam.send(new ListRolesCommand({}))).Roles!,
    put: (iam, RoleName, PermissionsBoundary) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary })),
    remove: (iam, RoleName) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
    deleteOwner: (iam, RoleName) => iam.send(new DeleteRoleCommand({ RoleName })),
    putPolicy: (iam, RoleName) => iam.send(new PutRolePolicyCommand({ RoleName, ...INLINE })),
  },
];

const shown = (arn: string) => ({ PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn });

for (const kind of KINDS) {
  const { noun, Noun } = kind;

  describe(`permissions boundaries of ${noun}s`, () => {
    const emu = emulator();
    let storage: string;
    let queues: string;

    before(async () => {
      const policy = async (PolicyName: string, action: string) =>
        (await emu.iam().send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document(allow(action)) }))).Policy!
          .Arn!;
      storage = await policy("storage", "s3:*");
      queues = await policy("queues", "sqs:*");
    });

    const create = (name: string, boundary?: string) => kind.create(emu.iam(), name, boundary);
    const get = (name: string) => kind.get(emu.iam(), name);
    const put = (name: string, boundary: string) => kind.put(emu.iam(), name, boundary);
    const remove = (name: string) => kind.remove(emu.iam(), name);
    const noOwner = { name: "NoSuchEntityException", message: `The ${noun} with name nobody cannot be found.` };

    it(`are shown by Create${Noun} and Get${Noun} but not in lists`, async () => {
      assert.deepEqual(await create("ada", storage), shown(storage));
      assert.deepEqual(await get("ada"), shown(storage));
      assert.equal(await create("bea"), undefined);
      assert.equal(await get("bea"), undefined);
      for (const owner of await kind.listAll(emu.iam())) assert.ok(!("PermissionsBoundary" in owner));
    });

    it("are set, set again, replaced and removed", async () => {
      await create("carl");
      await put("CARL", storage);
      await put("carl", storage);
      assert.deepEqual(await get("carl"), shown(storage));
      await put("carl", queues);
      assert.deepEqual(await get("carl"), shown(queues));
      await remove("CARL");
      assert.equal(await get("carl"), undefined);
    });

    it("can be a policy of AWS", async () => {
      await create("dora", "arn:aws:iam::aws:policy/ReadOnlyAccess");
      assert.deepEqual(await get("dora"), shown("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    });

    it("cannot be removed where there is none", async () => {
      await create("emil");
      await assert.rejects(remove("emil"), {
        name: "NoSuchEntityException",
        message: `The permissions boundary of ${noun} emil cannot be found.`,
      });
    });

    it("refuse what is no ARN and what is no policy, and stay as they were", async () => {
      await create("fritz", storage);
      for (const arn of ["boundary-of-some-length", `arn:aws:iam::${emu.server.account}:not_a_policy/invalid`]) {
        const notValid = { name: "InvalidInputException", message: `ARN ${arn} is not valid.` };
        await assert.rejects(put("fritz", arn), notValid);
        await assert.rejects(create("fritz2", arn), notValid);
      }
      for (const arn of [
        `arn:aws:iam::${emu.server.account}:policy/missing`,
        "arn:aws:iam::aws:policy/NoSuchPolicyOfAws",
        "arn:aws:s3:::a-bucket-that-is-no-policy",
      ]) {
        await assert.rejects(put("fritz", arn), {
          name: "NoSuchEntityException",
          message: `Scope ARN: ${arn} does not exist or is not attachable.`,
        });
      }
      assert.deepEqual(await get("fritz"), shown(storage));
    });

    it(`refuse a ${noun} that does not exist`, async () => {
      await assert.rejects(put("nobody", storage), noOwner);
      await assert.rejects(remove("nobody"), noOwner);
    });

    it(`do not keep the ${noun} from being deleted`, async () => {
      await create("gina", storage);
      await kind.deleteOwner(emu.iam(), "gina");
    });

    it(`ask for permission on the stored ARN of the ${noun}`, async () => {
      await kind.create(emu.iam(), "hans", undefined, "/staff/");
      const arn = `arn:aws:iam::${emu.server.account}:${noun}/staff/hans`;
      await asksPermissionOn(emu, `iam:Put${Noun}PermissionsBoundary`, arn, (iam) => kind.put(iam, "HANS", storage));
      await asksPermissionOn(emu, `iam:Delete${Noun}PermissionsBoundary`, arn, (iam) => kind.remove(iam, "HANS"));
    });

    it("are the condition key iam:PermissionsBoundary: the new one for put, else the present one", async () => {
      const caller = await createUser(emu, "delegate", {
        statements: [
          {
            Action: [
              `iam:Put${Noun}PermissionsBoundary`,
              `iam:Delete${Noun}PermissionsBoundary`,
              `iam:Put${Noun}Policy`,
            ],
            Resource: "*",
            Condition: { StringEquals: { "iam:PermissionsBoundary": storage } },
          },
        ],
      });
      const iam = emu.iam(caller.credentials);
      await create("ines", queues);
      await assert.rejects(kind.put(iam, "ines", queues), { name: "AccessDenied" });
      await assert.rejects(kind.putPolicy(iam, "ines"), { name: "AccessDenied" });
      await assert.rejects(kind.remove(iam, "ines"), { name: "AccessDenied" });
      await kind.put(iam, "ines", storage);
      await kind.putPolicy(iam, "ines");
      await kind.remove(iam, "ines");
    });
  });
}

describe("a permissions boundary", () => {
  const emu = emulator();
  let readers: string;

  before(async () => {
    const policy = { PolicyName: "readers", PolicyDocument: document(allow("iam:Get*")) };
    readers = (await emu.iam().send(new CreatePolicyCommand(policy))).Policy!.Arn!;
  });

  const outside = (caller: string, action: string, resource: string) =>
    noPolicyAllows(caller, action, resource, "permissions boundary");

  it("limits a user from the next request on, and gives nothing", async () => {
    const all = await createUser(emu, "ada", { statements: [allow("iam:*")] });
    const none = await createUser(emu, "bea");
    for (const UserName of ["ada", "bea"]) {
      await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: readers }));
    }
    await emu.iam(all.credentials).send(new GetUserCommand({}));
    await assert.rejects(
      emu.iam(all.credentials).send(new DeleteUserCommand({ UserName: "bea" })),
      outside(all.arn, "iam:DeleteUser", none.arn),
    );
    await assert.rejects(
      emu.iam(none.credentials).send(new GetUserCommand({})),
      noPolicyAllows(none.arn, "iam:GetUser", none.arn),
    );
  });

  it("limits the sessions of a role", async () => {
    const user = await createUser(emu, "carl", { statements: [allow("sts:AssumeRole")] });
    const role = await createRole(emu, "reader", {
      trusts: [trust(user.arn)],
      statements: [allow("iam:*")],
      PermissionsBoundary: readers,
    });
    const session = emu.iam(await assume(emu, user.credentials, role));
    await session.send(new GetUserCommand({ UserName: "carl" }));
    await assert.rejects(
      session.send(new DeleteUserCommand({ UserName: "carl" })),
      outside(`arn:aws:sts::${emu.server.account}:assumed-role/reader/session`, "iam:DeleteUser", user.arn),
    );
  });
});
