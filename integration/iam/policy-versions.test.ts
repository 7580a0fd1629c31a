import assert from "node:assert/strict";
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
  paginateListPolicyVersions,
  SetDefaultPolicyVersionCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, document } from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";

const FIRST = document(allow("s3:Get*"));
const SECOND = '{ "Version": "2012-10-17",\n  "Statement": {"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const AWS_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess";
const MISSING = "arn:aws:iam::000000000000:policy/missing";

describe("Versions of managed policies", () => {
  const emu = emulator();
  const create = async (PolicyName: string) =>
    (await emu.iam().send(new CreatePolicyCommand({ PolicyName, PolicyDocument: FIRST }))).Policy!.Arn!;
  const add = async (PolicyArn: string, SetAsDefault?: boolean) =>
    (await emu.iam().send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: SECOND, SetAsDefault })))
      .PolicyVersion!;
  const read = async (PolicyArn: string, VersionId: string) =>
    (await emu.iam().send(new GetPolicyVersionCommand({ PolicyArn, VersionId }))).PolicyVersion!;
  const remove = (PolicyArn: string, VersionId: string) =>
    emu.iam().send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  const setDefault = (PolicyArn: string, VersionId: string) =>
    emu.iam().send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId }));
  const listed = async (PolicyArn: string) =>
    (await emu.iam().send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions!;
  const ids = async (PolicyArn: string) => (await listed(PolicyArn)).map(({ VersionId }) => VersionId);

  it("are added, the default staying as it is unless it is asked for", async () => {
    const arn = await create("adding");
    emu.server.clock.advance(60);
    const now = new Date(emu.server.clock.now());
    assert.deepEqual(await add(arn), { VersionId: "v2", IsDefaultVersion: false, CreateDate: now });
    assert.deepEqual(await add(arn, true), { VersionId: "v3", IsDefaultVersion: true, CreateDate: now });
    const { Policy } = await emu.iam().send(new GetPolicyCommand({ PolicyArn: arn }));
    assert.deepEqual([Policy!.DefaultVersionId, Policy!.UpdateDate], ["v3", now]);
  });

  it("set the policy's date of update, also where they are not the default", async () => {
    const arn = await create("dated");
    emu.server.clock.advance(60);
    await add(arn);
    const { Policy } = await emu.iam().send(new GetPolicyCommand({ PolicyArn: arn }));
    assert.equal(Policy!.UpdateDate!.getTime() - Policy!.CreateDate!.getTime(), 60_000);
  });

  it("are read with their document, byte for byte and percent-encoded", async () => {
    const arn = await create("reading");
    await add(arn);
    const version = await read(arn, "v2");
    assert.equal(decodeURIComponent(version.Document!), SECOND);
    assert.doesNotMatch(version.Document!, /[*!'()\s]/);
    assert.equal(version.IsDefaultVersion, false);
    assert.equal((await read(arn, "v1")).IsDefaultVersion, true);
  });

  it("of AWS's own policies hold AWS's document, indented by two blanks", async () => {
    const [latest, ...others] = await listed(AWS_POLICY);
    assert.deepEqual(others, []);
    assert.equal(latest!.IsDefaultVersion, true);
    const { Document } = await read(AWS_POLICY, latest!.VersionId!);
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    assert.equal(decodeURIComponent(Document!), JSON.stringify(policy, undefined, 2));
  });

  it("of AWS's own policies are there as far as they are on record, the newest being the default", async () => {
    const arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
    const versions = await listed(arn);
    assert.deepEqual(
      versions.map(({ VersionId, IsDefaultVersion, CreateDate }) => [VersionId, IsDefaultVersion, CreateDate]),
      [
        ["v5", true, new Date("2018-11-27T02:16:56Z")],
        ["v4", false, new Date("2018-02-08T18:11:24Z")],
        ["v3", false, new Date("2018-01-11T20:16:43Z")],
        ["v2", false, new Date("2017-10-30T22:35:27Z")],
        ["v1", false, new Date("2015-02-06T18:40:15Z")],
      ],
    );
    const first = JSON.parse(decodeURIComponent((await read(arn, "v1")).Document!));
    const actions = ({ Statement }: { Statement: { Action: string }[] }) => Statement.map(({ Action }) => Action);
    assert.deepEqual(actions(first), ["ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"]);
    const { Policy } = await emu.iam().send(new GetPolicyCommand({ PolicyArn: arn }));
    assert.deepEqual(
      [Policy!.DefaultVersionId, Policy!.CreateDate, Policy!.UpdateDate],
      ["v5", new Date("2015-02-06T18:40:15Z"), new Date("2018-11-27T02:16:56Z")],
    );
  });

  it("of AWS's own policies have no date where none is on record", async () => {
    const versions = await listed("arn:aws:iam::aws:policy/PowerUserAccess");
    const dates = new Map(versions.map(({ VersionId, CreateDate }) => [VersionId, CreateDate]));
    assert.deepEqual([dates.get("v12"), dates.get("v10")], [new Date("2026-02-12T17:59:14Z"), undefined]);
  });

  it("are listed without their documents, the newest first, in pages", async () => {
    const arn = await create("listing");
    for (let i = 0; i < 4; i++) await add(arn);
    assert.deepEqual(await ids(arn), ["v5", "v4", "v3", "v2", "v1"]);
    assert.ok((await listed(arn)).every(({ Document }) => Document === undefined));
    const paged: (string | undefined)[] = [];
    for await (const page of paginateListPolicyVersions({ client: emu.iam(), pageSize: 2 }, { PolicyArn: arn })) {
      paged.push(...page.Versions!.map(({ VersionId }) => VersionId));
    }
    assert.deepEqual(paged, ["v5", "v4", "v3", "v2", "v1"]);
  });

  it("are at most five, and their numbers are never given twice", async () => {
    const arn = await create("many");
    for (let i = 0; i < 4; i++) await add(arn);
    await assert.rejects(add(arn), {
      name: "LimitExceededException",
      message:
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    });
    for (const id of ["v2", "v3", "v4", "v5"]) await remove(arn, id);
    assert.equal((await add(arn)).VersionId, "v6");
    assert.deepEqual(await ids(arn), ["v6", "v1"]);
  });

  it("become the default, and only what is not the default is deleted", async () => {
    const arn = await create("defaults");
    await add(arn);
    const refusal = {
      name: "DeleteConflictException",
      message: "Cannot delete the default version of a policy.",
    };
    await assert.rejects(remove(arn, "v1"), refusal);
    await setDefault(arn, "v2");
    await assert.rejects(remove(arn, "v2"), refusal);
    await remove(arn, "v1");
    assert.deepEqual(await ids(arn), ["v2"]);
  });

  it("must be policies of the newer version, and of the policy's size", async () => {
    const PolicyArn = await create("checked");
    const refused = (PolicyDocument: string, name: string, message: string) =>
      assert.rejects(emu.iam().send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument })), { name, message });
    await refused("{}", "MalformedPolicyDocumentException", "Syntax errors in policy.");
    const large = document(allow(`s3:${"a".repeat(6144)}`));
    await refused(large, "LimitExceededException", "Cannot exceed quota for PolicySize: 6144");
  });

  it("are missed in the same words as their policy", async () => {
    const arn = await create("missing-versions");
    const refused = (call: Promise<unknown>, policy: string) =>
      assert.rejects(call, {
        name: "NoSuchEntityException",
        message: `Policy ${policy} version v7 does not exist or is not attachable.`,
      });
    for (const policy of [arn, MISSING]) {
      await refused(read(policy, "v7"), policy);
      await refused(remove(policy, "v7"), policy);
      await refused(setDefault(policy, "v7"), policy);
    }
    await refused(read(AWS_POLICY, "v7"), AWS_POLICY);
    const noPolicy = {
      name: "NoSuchEntityException",
      message: `Policy ${MISSING} does not exist or is not attachable.`,
    };
    await assert.rejects(add(MISSING), noPolicy);
    await assert.rejects(listed(MISSING), noPolicy);
  });

  it("are those of policies' ARNs in this partition", async () => {
    for (const [arn, message] of [
      ["arn:aws:sts::aws:policy/some", "ARN arn:aws:sts::aws:policy/some is not valid."],
      ["arn:aws-cn:iam::aws:policy/some", "Invalid ARN partition"],
    ] as const) {
      const refusal = { name: "ValidationError", message };
      for (const version of [read, remove, setDefault]) await assert.rejects(version(arn, "v1"), refusal);
      await assert.rejects(listed(arn), refusal);
      await assert.rejects(add(arn), refusal);
    }
  });

  it("of the policies of AWS and of other accounts cannot be added, made the default or deleted", async () => {
    const refused = (call: Promise<unknown>, message: string) =>
      assert.rejects(call, { name: "AccessDenied", message });
    for (const arn of [AWS_POLICY, "arn:aws:iam::111122223333:policy/foreign"]) {
      await refused(add(arn), "Cannot create versions for policies outside your own account.");
      await refused(setDefault(arn, "v1"), "Cannot update policies outside your own account.");
      await refused(remove(arn, "v1"), "Cannot delete policy versions for policies outside your own account.");
    }
  });

  it("have ids of AWS's form", async () => {
    const arn = await create("named");
    const invalid = {
      name: "ValidationError",
      message:
        "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
    };
    for (const id of ["1", "v0", "V1"]) {
      await assert.rejects(read(arn, id), invalid);
      await assert.rejects(remove(arn, id), invalid);
      await assert.rejects(setDefault(arn, id), invalid);
    }
  });

  it("ask permission on their policy", async () => {
    const PolicyArn = await create("guarded");
    const asks = (action: string, send: (iam: IAMClient) => Promise<unknown>) =>
      asksPermissionOn(emu, `iam:${action}`, PolicyArn, send, `policy ${PolicyArn}`);
    await asks("CreatePolicyVersion", (iam) =>
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: SECOND })),
    );
    await asks("GetPolicyVersion", (iam) => iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" })));
    await asks("ListPolicyVersions", (iam) => iam.send(new ListPolicyVersionsCommand({ PolicyArn })));
    await asks("SetDefaultPolicyVersion", (iam) =>
      iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v2" })),
    );
    await asks("DeletePolicyVersion", (iam) =>
      iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v1" })),
    );
  });
});
