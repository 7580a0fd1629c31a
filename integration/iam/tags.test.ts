import assert from "node:assert/strict";
import {
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetUserCommand,
  ListRoleTagsCommand,
  ListRolesCommand,
  ListUserTagsCommand,
  ListUsersCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagRoleCommand,
  UntagUserCommand,
  type IAMClient,
  type Tag,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

interface Page {
  readonly MaxItems?: number;
  readonly Marker?: string | undefined;
}

/** What users and roles share, under common names. */
interface Kind {
  readonly noun: string;
  /** As in the names of the actions. */
  readonly Noun: string;
  create(iam: IAMClient, name: string, Tags?: Tag[], path?: string): Promise<Tag[] | undefined>;
  get(iam: IAMClient, name: string): Promise<Tag[] | undefined>;
  listAll(iam: IAMClient): Promise<readonly object[]>;
  tag(iam: IAMClient, name: string, Tags: Tag[]): Promise<unknown>;
  untag(iam: IAMClient, name: string, TagKeys: string[]): Promise<unknown>;
  list(
    iam: IAMClient,
    name: string,
    page?: Page,
  ): Promise<{
    readonly Tags?: Tag[] | undefined;
    readonly IsTruncated?: boolean | undefined;
    readonly Marker?: string | undefined;
  }>;
}

const KINDS: readonly Kind[] = [
  {
    noun: "user",
    Noun: "User",
    create: async (iam, UserName, Tags, Path) =>
      (await iam.send(new CreateUserCommand({ UserName, Tags, Path }))).User!.Tags,
    get: async (iam, UserName) => (await iam.send(new GetUserCommand({ UserName }))).User!.Tags,
    listAll: async (iam) => (await iam.send(new ListUsersCommand({}))).Users!,
    tag: (iam, UserName, Tags) => iam.send(new TagUserCommand({ UserName, Tags })),
    untag: (iam, UserName, TagKeys) => iam.send(new UntagUserCommand({ UserName, TagKeys })),
    list: (iam, UserName, page) => iam.send(new ListUserTagsCommand({ UserName, ...page })),
  },
  {
    noun: "role",
    Noun: "Role",
    create: async (iam, RoleName, Tags, Path) => {
      const AssumeRolePolicyDocument = document(trust("*"));
      return (await iam.send(new CreateRoleCommand({ RoleName, Tags, Path, AssumeRolePolicyDocument }))).Role!.Tags;
    },
    get: async (iam, RoleName) => (await iam.send(new GetRoleCommand({ RoleName }))).Role!.Tags,
    listAll: async (iam) => (await iam.send(new ListRolesCommand({}))).Roles!,
    tag: (iam, RoleName, Tags) => iam.send(new TagRoleCommand({ RoleName, Tags })),
    untag: (iam, RoleName, TagKeys) => iam.send(new UntagRoleCommand({ RoleName, TagKeys })),
    list: (iam, RoleName, page) => iam.send(new ListRoleTagsCommand({ RoleName, ...page })),
  },
];

const tags = (pairs: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));

const numbered = (count: number, from = 0): Tag[] =>
  Array.from({ length: count }, (_, index) => ({ Key: `key${String(from + index).padStart(3, "0")}`, Value: "v" }));

const RESERVED = {
  name: "InvalidInputException",
  message: "Tag keys beginning with aws: are reserved for system use.",
};
const DUPLICATE = {
  name: "InvalidInputException",
  message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
};
const TOO_MANY = { name: "LimitExceededException", message: "The number of tags has reached the maximum limit." };
const violation = (path: string, constraint: string) => ({
  name: "ValidationError",
  message: `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${constraint}`,
});

for (const kind of KINDS) {
  const { noun, Noun } = kind;

  describe(`tags of ${noun}s`, () => {
    const emu = emulator();
    const create = (name: string, pairs?: Readonly<Record<string, string>>) =>
      kind.create(emu.iam(), name, pairs && tags(pairs));
    const tag = (name: string, list: Tag[]) => kind.tag(emu.iam(), name, list);
    const untag = (name: string, keys: string[]) => kind.untag(emu.iam(), name, keys);
    const listed = async (name: string) => (await kind.list(emu.iam(), name)).Tags;
    const noOwner = { name: "NoSuchEntityException", message: `The ${noun} with name nobody cannot be found.` };

    it(`are echoed in the order sent by Create${Noun}, and shown by key afterwards`, async () => {
      const sent = { b: "2", a: "1", C: "" };
      assert.deepEqual(await create("ada", sent), tags(sent));
      assert.deepEqual(await kind.get(emu.iam(), "ada"), tags({ C: "", a: "1", b: "2" }));
      assert.deepEqual(await listed("ADA"), tags({ C: "", a: "1", b: "2" }));
    });

    it("are left out where there are none, and from lists", async () => {
      assert.equal(await create("bea"), undefined);
      assert.equal(await kind.get(emu.iam(), "bea"), undefined);
      assert.deepEqual(await listed("bea"), []);
      for (const owner of await kind.listAll(emu.iam())) assert.ok(!("Tags" in owner));
    });

    it("have keys without regard to case: the last spelling and value count", async () => {
      await create("carl", { Team: "a", other: "b" });
      await tag("carl", tags({ team: "c" }));
      assert.deepEqual(await listed("carl"), tags({ other: "b", team: "c" }));
      await untag("carl", ["TEAM", "Team", "OTHER"]);
      assert.deepEqual(await listed("carl"), []);
    });

    it("may have reserved and empty values", async () => {
      await create("dora");
      await tag("dora", tags({ a: "aws:x", b: "AWS:y", c: "" }));
      assert.deepEqual(await listed("dora"), tags({ a: "aws:x", b: "AWS:y", c: "" }));
    });

    it("refuse reserved keys, in any case and before anything else about keys", async () => {
      for (const Key of ["aws:x", "AWS:x", "aWs:"]) {
        await assert.rejects(kind.create(emu.iam(), "never", [{ Key, Value: "" }]), RESERVED);
        await assert.rejects(tag("nobody", [{ Key, Value: "" }]), RESERVED);
      }
      await assert.rejects(tag("nobody", [...tags({ a: "1", A: "2" }), { Key: "aws:x", Value: "" }]), RESERVED);
      await assert.rejects(kind.get(emu.iam(), "never"), { name: "NoSuchEntityException" });
    });

    it("refuse keys of nothing but blanks", async () => {
      await create("eva");
      const blank = { name: "ValidationError", message: "Tag keys must not be blank." };
      for (const Key of [" ", "\u00a0\u2028 "]) {
        await assert.rejects(kind.create(emu.iam(), "never", [{ Key, Value: "1" }]), blank);
        await assert.rejects(tag("eva", [{ Key, Value: "1" }]), blank);
      }
      await untag("eva", [" "]);
      assert.deepEqual(await listed("eva"), []);
    });

    it("refuse a key twice in one request, in whatever case", async () => {
      await create("emil");
      await assert.rejects(create("never", { Key: "1", key: "2" }), DUPLICATE);
      await assert.rejects(tag("emil", tags({ Key: "1", key: "2" })), DUPLICATE);
      await assert.rejects(tag("nobody", tags({ Key: "1", key: "2" })), DUPLICATE);
      assert.deepEqual(await listed("emil"), []);
    });

    it("refuse an empty list, but not an empty list of keys to remove", async () => {
      await create("fritz", { a: "1" });
      const empty = { name: "InvalidInputException", message: "Error occurred while validating input. " };
      await assert.rejects(tag("fritz", []), empty);
      await untag("fritz", []);
      assert.deepEqual(await listed("fritz"), tags({ a: "1" }));
    });

    it("can be removed when they are not there, reserved keys too", async () => {
      await create("gina", { a: "1" });
      await untag("gina", ["b", "aws:x", "A", "a"]);
      await untag("gina", ["a"]);
      assert.deepEqual(await listed("gina"), []);
    });

    it("are at most fifty, and none is added where one would be too many", async () => {
      await create("hans");
      await tag("hans", numbered(49));
      await assert.rejects(tag("hans", numbered(2, 49)), TOO_MANY);
      assert.equal((await listed("hans"))!.length, 49);
      await tag("hans", numbered(1, 49));
      await tag("hans", tags({ KEY000: "replaced" }));
      await assert.rejects(tag("hans", numbered(1, 50)), TOO_MANY);
      assert.equal((await listed("hans"))!.length, 50);
    });

    it("are at most fifty in one request", async () => {
      await create("ines");
      const atMost = "Member must have length less than or equal to 50";
      await assert.rejects(tag("ines", numbered(51)), violation("tags", atMost));
      await assert.rejects(kind.create(emu.iam(), "never", numbered(51)), violation("tags", atMost));
      await assert.rejects(
        untag(
          "ines",
          numbered(51).map(({ Key }) => Key!),
        ),
        { name: "ValidationError" },
      );
    });

    it("refuse keys and values that are too long or have characters they may not have", async () => {
      await create("jan");
      const long = (n: number) => `Member must have length less than or equal to ${n}`;
      const pattern = (end: string) =>
        `Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]${end}`;
      await tag("jan", tags({ ["k".repeat(128)]: "v".repeat(256), "é/ü = 1@_.:+-": "日本" }));
      await assert.rejects(tag("jan", tags({ ["k".repeat(129)]: "" })), violation("tags.1.member.key", long(128)));
      await assert.rejects(tag("jan", tags({ a: "v".repeat(257) })), violation("tags.1.member.value", long(256)));
      await assert.rejects(tag("jan", tags({ a: "", "b#": "" })), violation("tags.2.member.key", pattern("+")));
      await assert.rejects(tag("jan", tags({ a: "x\ny" })), violation("tags.1.member.value", pattern("*")));
    });

    it("are listed in pages, and a marker is good for one list", async () => {
      await create("kai", { a: "1", b: "2", c: "3" });
      await create("karl", { a: "1", b: "2" });
      const first = await kind.list(emu.iam(), "kai", { MaxItems: 2 });
      assert.deepEqual([first.Tags, first.IsTruncated], [tags({ a: "1", b: "2" }), true]);
      const second = await kind.list(emu.iam(), "kai", { Marker: first.Marker });
      assert.deepEqual([second.Tags, second.IsTruncated, second.Marker], [tags({ c: "3" }), false, undefined]);
      await assert.rejects(kind.list(emu.iam(), "karl", { Marker: first.Marker }), {
        name: "ValidationError",
        message: "Invalid Marker.",
      });
    });

    it(`refuse a ${noun} that does not exist`, async () => {
      await assert.rejects(tag("nobody", tags({ a: "1" })), noOwner);
      await assert.rejects(untag("nobody", ["a"]), noOwner);
      await assert.rejects(listed("nobody"), noOwner);
    });

    it(`ask for permission on the stored ARN of the ${noun}`, async () => {
      await kind.create(emu.iam(), "lena", undefined, "/staff/");
      const arn = `arn:aws:iam::${emu.server.account}:${noun}/staff/lena`;
      await asksPermissionOn(emu, `iam:Tag${Noun}`, arn, (iam) => kind.tag(iam, "LENA", tags({ a: "1" })));
      await asksPermissionOn(emu, `iam:List${Noun}Tags`, arn, (iam) => kind.list(iam, "LENA"));
      await asksPermissionOn(emu, `iam:Untag${Noun}`, arn, (iam) => kind.untag(iam, "LENA", ["a"]));
    });

    it("ask for permission before the rules for keys are looked at", async () => {
      const caller = await createUser(emu, `${noun}-stranger`);
      const refusal = noPolicyAllows(caller.arn, `iam:Tag${Noun}`, `arn:aws:iam::${emu.server.account}:${noun}/nobody`);
      await assert.rejects(kind.tag(emu.iam(caller.credentials), "nobody", tags({ "aws:x": "" })), refusal);
    });

    it(`ask for the permission to tag where Create${Noun} brings them`, async () => {
      const caller = await createUser(emu, `${noun}-creator`, { statements: [allow(`iam:Create${Noun}`)] });
      const iam = emu.iam(caller.credentials);
      await kind.create(iam, "max");
      const arn = `arn:aws:iam::${emu.server.account}:${noun}/moritz`;
      await assert.rejects(
        kind.create(iam, "moritz", tags({ a: "1" })),
        noPolicyAllows(caller.arn, `iam:Tag${Noun}`, arn),
      );
    });

    it("are condition keys of the request and of what is tagged", async () => {
      const caller = await createUser(emu, `${noun}-tagger`, {
        statements: [
          {
            Action: `iam:Tag${Noun}`,
            Resource: "*",
            Condition: {
              StringEquals: {
                "aws:RequestTag/team": "blue",
                "aws:ResourceTag/team": "red",
                "iam:ResourceTag/Team": "red",
              },
              "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
            },
          },
          {
            Action: `iam:Untag${Noun}`,
            Resource: "*",
            Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } },
          },
        ],
      });
      const iam = emu.iam(caller.credentials);
      await create("nora", { Team: "red" });
      await create("norma", { Team: "green" });
      await assert.rejects(kind.tag(iam, "norma", tags({ team: "blue" })), { name: "AccessDenied" });
      await assert.rejects(kind.tag(iam, "nora", tags({ team: "green" })), { name: "AccessDenied" });
      await assert.rejects(kind.tag(iam, "nora", tags({ team: "blue", more: "" })), { name: "AccessDenied" });
      await kind.tag(iam, "nora", tags({ team: "blue" }));
      for (const keys of [["team", "more"], ["more"]]) {
        await assert.rejects(kind.untag(iam, "nora", keys), { name: "AccessDenied" });
      }
      await kind.untag(iam, "nora", ["team"]);
    });
  });
}
