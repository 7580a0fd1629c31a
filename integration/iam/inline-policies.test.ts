import assert from "node:assert/strict";
import {
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListGroupPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

interface Page {
  readonly MaxItems?: number;
  readonly Marker?: string | undefined;
}

/** The four operations of one kind of owner, under common names. */
interface Kind {
  readonly noun: string;
  /** As in the names of the actions. */
  readonly Noun: string;
  readonly quota: number;
  create(iam: IAMClient, name: string, path?: string): Promise<unknown>;
  remove(iam: IAMClient, name: string): Promise<unknown>;
  put(iam: IAMClient, owner: string, PolicyName: string, PolicyDocument: string): Promise<unknown>;
  get(
    iam: IAMClient,
    owner: string,
    PolicyName: string,
  ): Promise<{ readonly PolicyName?: string | undefined; readonly PolicyDocument?: string | undefined }>;
  deletePolicy(iam: IAMClient, owner: string, PolicyName: string): Promise<unknown>;
  list(
    iam: IAMClient,
    owner: string,
    page?: Page,
  ): Promise<{
    readonly PolicyNames?: string[] | undefined;
    readonly IsTruncated?: boolean | undefined;
    readonly Marker?: string | undefined;
  }>;
}

const KINDS: readonly Kind[] = [
  {
    noun: "user",
    Noun: "User",
    quota: 2048,
    create: (iam, UserName, Path) => iam.send(new CreateUserCommand({ UserName, Path })),
    remove: (iam, UserName) => iam.send(new DeleteUserCommand({ UserName })),
    put: (iam, UserName, PolicyName, PolicyDocument) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
    get: (iam, UserName, PolicyName) => iam.send(new GetUserPolicyCommand({ UserName, PolicyName })),
    deletePolicy: (iam, UserName, PolicyName) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
    list: (iam, UserName, page) => iam.send(new ListUserPoliciesCommand({ UserName, ...page })),
  },
  {
    noun: "role",
    Noun: "Role",
    quota: 10_240,
    create: (iam, RoleName, Path) =>
      iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: document(trust("*")) })),
    remove: (iam, RoleName) => iam.send(new DeleteRoleCommand({ RoleName })),
    put: (iam, RoleName, PolicyName, PolicyDocument) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
    get: (iam, RoleName, PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    deletePolicy: (iam, RoleName, PolicyName) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
    list: (iam, RoleName, page) => iam.send(new ListRolePoliciesCommand({ RoleName, ...page })),
  },
  {
    noun: "group",
    Noun: "Group",
    quota: 5120,
    create: (iam, GroupName, Path) => iam.send(new CreateGroupCommand({ GroupName, Path })),
    remove: (iam, GroupName) => iam.send(new DeleteGroupCommand({ GroupName })),
    put: (iam, GroupName, PolicyName, PolicyDocument) =>
      iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument })),
    get: (iam, GroupName, PolicyName) => iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    deletePolicy: (iam, GroupName, PolicyName) => iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName })),
    list: (iam, GroupName, page) => iam.send(new ListGroupPoliciesCommand({ GroupName, ...page })),
  },
];

const DOCUMENT = document(allow("s3:GetObject"));

/** A document with exactly this many characters that count, and blanks that do not. */
function documentOfSize(size: number): string {
  const empty = document(allow("s3:GetObject", "arn:aws:s3:::"));
  return `${document(allow("s3:GetObject", `arn:aws:s3:::${"x".repeat(size - empty.length)}`))} \t\r\n`;
}

for (const kind of KINDS) {
  const { noun, Noun, quota } = kind;

  describe(`inline policies of ${noun}s`, () => {
    const emu = emulator();
    const arnOf = (name: string, path = "/") => `arn:aws:iam::${emu.server.account}:${noun}${path}${name}`;
    const create = (name: string, path?: string) => kind.create(emu.iam(), name, path);
    const put = (owner: string, name: string, text = DOCUMENT) => kind.put(emu.iam(), owner, name, text);
    const names = async (owner: string) => (await kind.list(emu.iam(), owner)).PolicyNames;
    const stored = async (owner: string, name: string) => {
      const answer = await kind.get(emu.iam(), owner, name);
      return decodeURIComponent(answer.PolicyDocument!);
    };
    const noPolicy = (name: string) => ({
      name: "NoSuchEntityException",
      message: `The ${noun} policy with name ${name} cannot be found.`,
    });
    const noOwner = { name: "NoSuchEntityException", message: `The ${noun} with name nobody cannot be found.` };

    it("come back byte for byte, percent-encoded", async () => {
      await create("Ada");
      const text = `${document(allow("s3:*", "arn:aws:s3:::a~b/(c)'!*"))}\r\n\t `;
      await put("Ada", "first", text);
      const answer = await kind.get(emu.iam(), "ADA", "first");
      assert.equal(decodeURIComponent(answer.PolicyDocument!), text);
      assert.match(answer.PolicyDocument!, /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/);
      assert.match(answer.PolicyDocument!, /a~b%2F%28c%29%27%21%2A/);
      assert.deepEqual(
        { ...answer, $metadata: undefined, PolicyDocument: undefined },
        {
          $metadata: undefined,
          [`${Noun}Name`]: "Ada",
          PolicyName: "first",
          PolicyDocument: undefined,
        },
      );
    });

    it("are replaced by a put of the same name", async () => {
      await create("bea");
      await put("bea", "p");
      const other = document(allow("sqs:*"));
      await put("bea", "p", other);
      assert.equal(await stored("bea", "p"), other);
      assert.deepEqual(await names("bea"), ["p"]);
    });

    it("have names without regard to case: the first spelling is listed, the asked one echoed", async () => {
      await create("carl");
      await put("carl", "MixedName");
      const other = document(allow("sqs:*"));
      await put("carl", "mixedname", other);
      assert.deepEqual(await names("carl"), ["MixedName"]);
      assert.equal((await kind.get(emu.iam(), "carl", "MIXEDNAME")).PolicyName, "MIXEDNAME");
      assert.equal(await stored("carl", "MixedName"), other);
      await kind.deletePolicy(emu.iam(), "carl", "mIXEDnAME");
      assert.deepEqual(await names("carl"), []);
    });

    it("are listed by name in pages", async () => {
      await create("dora");
      for (const name of ["b", "C", "a", "D", "e"]) await put("dora", name);
      const first = await kind.list(emu.iam(), "dora", { MaxItems: 2 });
      assert.deepEqual([first.PolicyNames, first.IsTruncated], [["a", "b"], true]);
      const second = await kind.list(emu.iam(), "dora", { MaxItems: 2, Marker: first.Marker });
      assert.deepEqual([second.PolicyNames, second.IsTruncated], [["C", "D"], true]);
      const third = await kind.list(emu.iam(), "dora", { MaxItems: 1, Marker: second.Marker });
      assert.deepEqual([third.PolicyNames, third.IsTruncated, third.Marker], [["e"], false, undefined]);
    });

    it("refuse a marker of another owner's list", async () => {
      for (const owner of ["emil", "emilia"]) {
        await create(owner);
        await put(owner, "a");
        await put(owner, "b");
      }
      const { Marker } = await kind.list(emu.iam(), "emil", { MaxItems: 1 });
      await assert.rejects(kind.list(emu.iam(), "emilia", { Marker }), {
        name: "ValidationError",
        message: "Invalid Marker.",
      });
    });

    it("are an empty list at first", async () => {
      await create("fritz");
      const { PolicyNames, IsTruncated } = await kind.list(emu.iam(), "fritz");
      assert.deepEqual([PolicyNames, IsTruncated], [[], false]);
    });

    it("refuse an unknown owner", async () => {
      await assert.rejects(put("nobody", "p"), noOwner);
      await assert.rejects(kind.get(emu.iam(), "nobody", "p"), noOwner);
      await assert.rejects(kind.deletePolicy(emu.iam(), "nobody", "p"), noOwner);
      await assert.rejects(kind.list(emu.iam(), "nobody"), noOwner);
    });

    it("refuse an unknown name", async () => {
      await create("gina");
      await assert.rejects(kind.get(emu.iam(), "gina", "p"), noPolicy("p"));
      await assert.rejects(kind.deletePolicy(emu.iam(), "gina", "p"), noPolicy("p"));
      await put("gina", "p");
      await kind.deletePolicy(emu.iam(), "gina", "p");
      await assert.rejects(kind.deletePolicy(emu.iam(), "gina", "p"), noPolicy("p"));
    });

    it("refuse what is no policy, and keep what was there", async () => {
      await create("hans");
      await put("hans", "p");
      const malformed = (message: string) => ({ name: "MalformedPolicyDocumentException", message });
      await assert.rejects(put("hans", "p", "{"), malformed("Syntax errors in policy."));
      await assert.rejects(
        put("hans", "p", document({ Action: "s3:*" })),
        malformed("Policy statement must contain resources."),
      );
      assert.equal(await stored("hans", "p"), DOCUMENT);
    });

    it("accept any version of the language, or none", async () => {
      await create("ines");
      const statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };
      for (const policy of [{ Statement: statement }, { Version: "2008-10-17", Statement: statement }]) {
        await put("ines", "p", JSON.stringify(policy));
      }
    });

    it(`may have ${quota} characters together, blanks not counted`, async () => {
      await create("jan");
      await put("jan", "p", documentOfSize(quota - 200));
      await put("jan", "q", documentOfSize(200));
      await assert.rejects(put("jan", "r"), {
        name: "LimitExceededException",
        message: `Maximum policy size of ${quota} bytes exceeded for ${noun} jan`,
      });
      assert.deepEqual(await names("jan"), ["p", "q"]);
    });

    it("do not count the document that is replaced", async () => {
      await create("kai");
      await put("kai", "p", documentOfSize(quota));
      await put("kai", "P", documentOfSize(quota));
      await assert.rejects(put("kai", "p", documentOfSize(quota + 1)), { name: "LimitExceededException" });
    });

    it("leave the last of the space to one of two that race for it", async () => {
      await create("lena");
      const size = Math.floor(quota * 0.6);
      const both = await Promise.allSettled(["p", "q"].map((name) => put("lena", name, documentOfSize(size))));
      assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    });

    it(`keep the ${noun} from being deleted`, async () => {
      await create("max");
      await put("max", "p");
      await assert.rejects(kind.remove(emu.iam(), "max"), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must delete policies first.",
      });
      await kind.deletePolicy(emu.iam(), "max", "p");
      await kind.remove(emu.iam(), "max");
    });

    it("end with their owner: a namesake begins without", async () => {
      await create("nora");
      await put("nora", "p");
      await kind.deletePolicy(emu.iam(), "nora", "p");
      await kind.remove(emu.iam(), "nora");
      await create("nora");
      assert.deepEqual(await names("nora"), []);
    });

    it(`ask for permission on the stored ARN of the ${noun}`, async () => {
      await create("otto", "/staff/");
      const arn = arnOf("otto", "/staff/");
      await asksPermissionOn(emu, `iam:Put${Noun}Policy`, arn, (iam) => kind.put(iam, "OTTO", "p", DOCUMENT));
      await asksPermissionOn(emu, `iam:Get${Noun}Policy`, arn, (iam) => kind.get(iam, "OTTO", "p"));
      await asksPermissionOn(emu, `iam:List${Noun}Policies`, arn, (iam) => kind.list(iam, "OTTO"));
      await asksPermissionOn(emu, `iam:Delete${Noun}Policy`, arn, (iam) => kind.deletePolicy(iam, "OTTO", "p"));
    });

    it("ask before they tell whether the owner exists or the document is good", async () => {
      const caller = await createUser(emu, "stranger");
      await assert.rejects(
        kind.put(emu.iam(caller.credentials), "nobody", "p", "{"),
        noPolicyAllows(caller.arn, `iam:Put${Noun}Policy`, arnOf("nobody")),
      );
    });
  });
}

describe("an inline policy of a user", () => {
  const emu = emulator();

  it("counts from the next request on, and follows the user through a rename", async () => {
    const user = await createUser(emu, "ada");
    const own = emu.iam(user.credentials);
    const look = () => own.send(new GetUserCommand({}));
    await assert.rejects(look(), noPolicyAllows(user.arn, "iam:GetUser", user.arn));
    await emu
      .iam()
      .send(
        new PutUserPolicyCommand({ UserName: "ada", PolicyName: "p", PolicyDocument: document(allow("iam:GetUser")) }),
      );
    await look();
    await emu.iam().send(new UpdateUserCommand({ UserName: "ada", NewUserName: "adele" }));
    assert.equal((await look()).User!.UserName, "adele");
    await emu.iam().send(new DeleteUserPolicyCommand({ UserName: "adele", PolicyName: "p" }));
    await assert.rejects(look(), { name: "AccessDenied" });
  });
});
