import assert from "node:assert/strict";
import {
  CreatePolicyCommand,
  GetPolicyCommand,
  ListPolicyTagsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
  type CreatePolicyCommandInput,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, document } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const AWS_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess";
const MISSING = "arn:aws:iam::000000000000:policy/missing";

describe("Tags of managed policies", () => {
  const emu = emulator({ quotas: { TagsPerResource: 4 } });
  const create = async (PolicyName: string, more: Partial<CreatePolicyCommandInput> = {}) => {
    const PolicyDocument = document(allow("s3:Get*"));
    return (await emu.iam().send(new CreatePolicyCommand({ PolicyName, PolicyDocument, ...more }))).Policy!;
  };

  it("differ by the case of their keys, and are changed, listed by key and removed", async () => {
    const iam = emu.iam();
    const PolicyArn = (await create("changing")).Arn!;
    const tag = (Key: string, Value: string) => iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key, Value }] }));
    await tag("team", "a");
    await tag("Team", "b");
    await tag("team", "c");
    const { Tags } = await iam.send(new ListPolicyTagsCommand({ PolicyArn }));
    assert.deepEqual(Tags, [
      { Key: "Team", Value: "b" },
      { Key: "team", Value: "c" },
    ]);
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["team", "none"] }));
    const page = await iam.send(new ListPolicyTagsCommand({ PolicyArn, MaxItems: 1 }));
    assert.deepEqual([page.Tags, page.IsTruncated], [[{ Key: "Team", Value: "b" }], false]);
  });

  it("are listed in an order that is neither that of their keys nor that in which they were set", async () => {
    const iam = emu.iam();
    const Tags = ["abc", "b", "z", "a"].map((Key) => ({ Key, Value: "" }));
    const PolicyArn = (await create("ordered", { Tags })).Arn!;
    const listed = (await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags!;
    assert.deepEqual(
      listed.map(({ Key }) => Key),
      ["a", "b", "z", "abc"],
    );
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    assert.equal(Policy!.Tags!.length, 4);
  });

  it("are at most as many as the quota says, and none is set where they would be more", async () => {
    const iam = emu.iam();
    const PolicyArn = (await create("limited")).Arn!;
    const tag = (...keys: string[]) =>
      iam.send(new TagPolicyCommand({ PolicyArn, Tags: keys.map((Key) => ({ Key, Value: "" })) }));
    await tag("a", "b");
    await assert.rejects(tag("c", "d", "e"), {
      name: "LimitExceededException",
      message: "The number of tags has reached the maximum limit.",
    });
    assert.equal((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags!.length, 2);
  });

  it("are checked before the policy is looked for", async () => {
    const tag = (...Tags: { Key: string; Value: string }[]) =>
      emu.iam().send(new TagPolicyCommand({ PolicyArn: MISSING, Tags }));
    const invalid = (message: string) => ({ name: "InvalidInputException", message });
    await assert.rejects(tag(), invalid("The provided tag map must not be null/empty."));
    await assert.rejects(
      tag({ Key: "AWS:x", Value: "" }),
      invalid("Tag keys beginning with aws: are reserved for system use."),
    );
    await assert.rejects(tag({ Key: "a", Value: "" }, { Key: "a", Value: "b" }), invalid("Duplicate tag keys found."));
    await assert.rejects(
      emu.iam().send(new UntagPolicyCommand({ PolicyArn: MISSING, TagKeys: [] })),
      invalid("The provided tag keys must not be null/empty."),
    );
    const missing = { name: "NoSuchEntityException", message: `Policy ${MISSING} was not found.` };
    await assert.rejects(tag({ Key: "a", Value: "" }), missing);
    await assert.rejects(emu.iam().send(new UntagPolicyCommand({ PolicyArn: MISSING, TagKeys: ["a"] })), missing);
    await assert.rejects(emu.iam().send(new ListPolicyTagsCommand({ PolicyArn: MISSING })), missing);
  });

  it("are set and listed under ARNs of policies in this partition", async () => {
    for (const [PolicyArn, message] of [
      ["arn:aws:sts::aws:policy/tagged", "ARN arn:aws:sts::aws:policy/tagged is not valid."],
      ["arn:aws-cn:iam::aws:policy/tagged", "Invalid ARN partition"],
    ] as const) {
      const refusal = { name: "ValidationError", message };
      const iam = emu.iam();
      await assert.rejects(iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "a", Value: "" }] })), refusal);
      await assert.rejects(iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] })), refusal);
      await assert.rejects(iam.send(new ListPolicyTagsCommand({ PolicyArn })), refusal);
    }
  });

  it("are nothing that AWS's own policies have", async () => {
    const refusal = { name: "InvalidInputException", message: "Tags not supported for policies in this domain" };
    const PolicyArn = AWS_POLICY;
    await assert.rejects(emu.iam().send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "a", Value: "" }] })), refusal);
    await assert.rejects(emu.iam().send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] })), refusal);
    assert.deepEqual((await emu.iam().send(new ListPolicyTagsCommand({ PolicyArn }))).Tags, []);
  });

  it("can be looked at by permissions", async () => {
    const tagged = await create("tagged", { Tags: [{ Key: "team", Value: "a" }] });
    const other = await create("untagged");
    const condition = { Condition: { StringEquals: { "aws:ResourceTag/team": "a" } } };
    const caller = await createUser(emu, "by-tag", { statements: [{ ...allow("iam:GetPolicy"), ...condition }] });
    const iam = emu.iam(caller.credentials);
    await iam.send(new GetPolicyCommand({ PolicyArn: tagged.Arn }));
    await assert.rejects(
      iam.send(new GetPolicyCommand({ PolicyArn: other.Arn })),
      noPolicyAllows(caller.arn, "iam:GetPolicy", `policy ${other.Arn}`),
    );
  });

  it("ask permission on their policy, and may be looked at in it", async () => {
    const PolicyArn = (await create("guarded")).Arn!;
    const asks = (action: string, send: (iam: IAMClient) => Promise<unknown>) =>
      asksPermissionOn(emu, `iam:${action}`, PolicyArn, send, `policy ${PolicyArn}`);
    await asks("TagPolicy", (iam) => iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "a", Value: "b" }] })));
    await asks("ListPolicyTags", (iam) => iam.send(new ListPolicyTagsCommand({ PolicyArn })));
    await asks("UntagPolicy", (iam) => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] })));
    const Condition = { StringEquals: { "aws:RequestTag/team": "a" } };
    const tagger = await createUser(emu, "tagger", { statements: [{ ...allow("iam:TagPolicy"), Condition }] });
    const tag = (Value: string) =>
      emu.iam(tagger.credentials).send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "team", Value }] }));
    await tag("a");
    await assert.rejects(tag("b"), noPolicyAllows(tagger.arn, "iam:TagPolicy", `policy ${PolicyArn}`));
  });
});
