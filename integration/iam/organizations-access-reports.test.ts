import assert from "node:assert/strict";
import {
  GenerateOrganizationsAccessReportCommand,
  GetOrganizationsAccessReportCommand,
  GetUserCommand,
  type SortKeyType,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, deny, document } from "../fixtures.ts";
import { MANAGEMENT, MEMBER, organize, rootOf } from "../organization.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const ORGANIZATION = "o-a1b2c3d4e5";
const ROOT = `${ORGANIZATION}/r-ab12`;
const UNIT = `${ROOT}/ou-ab12-11111111`;
const SECOND = "222233334444";
const LOOK_UPS = allow([
  "organizations:DescribePolicy",
  "organizations:ListChildren",
  "organizations:ListParents",
  "organizations:ListPoliciesForTarget",
  "organizations:ListRoots",
  "organizations:ListTargetsForPolicy",
]);

const scp = (name: string, ...statements: object[]) => ({
  name,
  id: `p-${name}`,
  document: document(...(statements as never[])),
});

describe("reports on access in an organization", () => {
  const emu = emulator();
  beforeEach(async () => {
    await emu.server.reset();
    emu.server.clock.freeze();
    emu.server.clock.set(Date.parse("2026-11-24T12:00:00Z"));
    await organize(emu, {
      id: ORGANIZATION,
      delegatedAdministrators: [],
      root: {
        id: "r-ab12",
        scps: [{ name: "FullAWSAccess", document: "{}" }],
        children: [
          {
            name: "team",
            id: "ou-ab12-11111111",
            accounts: [MEMBER, SECOND],
            scps: [scp("storage1", allow(["s3:*", "sqs:*", "iam:*", "sts:*"])), scp("nosqs123", deny("sqs:*"))],
          },
        ],
      },
    });
  });
  afterEach(() => emu.server.clock.set(Date.parse("2026-11-24T12:00:00Z")));

  const generate = async (EntityPath: string, OrganizationsPolicyId?: string, iam = emu.iam()) =>
    (await iam.send(new GenerateOrganizationsAccessReportCommand({ EntityPath, OrganizationsPolicyId }))).JobId!;
  const get = async (
    JobId: string,
    more: { SortKey?: string; MaxItems?: number; Marker?: string | undefined } = {},
    iam = emu.iam(),
  ) => {
    const input = { JobId, ...more, SortKey: more.SortKey as SortKeyType | undefined };
    const { $metadata: _metadata, ...answer } = await iam.send(new GetOrganizationsAccessReportCommand(input));
    return answer;
  };
  const finished = async (path: string, policyId?: string) => {
    const job = await generate(path, policyId);
    await get(job);
    return job;
  };
  const report = async (path: string, policyId?: string) => get(await finished(path, policyId));
  const NOW = new Date("2026-11-24T12:00:00Z");
  const names = (answer: { AccessDetails?: readonly { ServiceNamespace?: string | undefined }[] | undefined }) =>
    answer.AccessDetails!.map(({ ServiceNamespace }) => ServiceNamespace);

  it("are in progress when they are first asked for, and complete then", async () => {
    const job = await generate(UNIT);
    assert.match(job, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(await get(job), { JobStatus: "IN_PROGRESS", JobCreationDate: NOW, IsTruncated: false });
    const unused = (ServiceNamespace: string, ServiceName: string) => ({
      ServiceNamespace,
      ServiceName,
      TotalAuthenticatedEntities: 0,
    });
    assert.deepEqual(await get(job), {
      JobStatus: "COMPLETED",
      JobCreationDate: NOW,
      JobCompletionDate: NOW,
      NumberOfServicesAccessible: 3,
      NumberOfServicesNotAccessed: 3,
      AccessDetails: [
        { ...unused("iam", "AWS Identity and Access Management"), Region: "us-east-1" },
        unused("s3", "Amazon S3"),
        unused("sts", "AWS Security Token Service"),
      ],
      IsTruncated: false,
    });
  });

  it("tell which accounts have used a service, the latest by its place, root and refused calls as well", async () => {
    await emu.sts(rootOf(emu, MEMBER)).send(new GetCallerIdentityCommand({}));
    emu.server.clock.advance(60);
    const user = await createUser(emu, "ann", { root: rootOf(emu, SECOND) });
    await assert.rejects(emu.iam(user.credentials).send(new GetUserCommand({})), { name: "AccessDenied" });
    await emu.sts(user.credentials).send(new GetCallerIdentityCommand({}));
    const { AccessDetails, NumberOfServicesNotAccessed } = await report(UNIT);
    assert.equal(NumberOfServicesNotAccessed, 1);
    const at = new Date("2026-11-24T12:01:00Z");
    const used = { Region: "us-east-1", EntityPath: `${UNIT}/${SECOND}`, LastAuthenticatedTime: at };
    assert.deepEqual(AccessDetails, [
      {
        ServiceNamespace: "iam",
        ServiceName: "AWS Identity and Access Management",
        ...used,
        TotalAuthenticatedEntities: 1,
      },
      { ServiceNamespace: "s3", ServiceName: "Amazon S3", TotalAuthenticatedEntities: 0 },
      { ServiceNamespace: "sts", ServiceName: "AWS Security Token Service", ...used, TotalAuthenticatedEntities: 2 },
    ]);
    const [, , sts] = (await report(`${UNIT}/${MEMBER}`)).AccessDetails!;
    assert.deepEqual([sts!.EntityPath, sts!.TotalAuthenticatedEntities], [`${UNIT}/${MEMBER}`, 1]);
    const above = (await report(ROOT, "p-storage1")).AccessDetails!.at(-1)!;
    assert.deepEqual(
      [above.ServiceNamespace, above.EntityPath, above.TotalAuthenticatedEntities],
      ["sts", `${UNIT}/${SECOND}`, 2],
    );
  });

  it("are about what the policies of a place and of those above it allow, and narrowed to one where that is said", async () => {
    assert.equal((await report(ROOT)).NumberOfServicesAccessible, 456);
    assert.deepEqual(names(await report(ROOT, "p-storage1")), ["iam", "s3", "sqs", "sts"]);
    assert.deepEqual(names(await report(`${UNIT}/${MEMBER}`)), ["iam", "s3", "sts"]);
    assert.deepEqual(names(await report(UNIT, "p-nosqs123")), []);
  });

  it("pass over a policy, even an unknown one, for the management account, which none limits", async () => {
    const { NumberOfServicesAccessible } = await report(`${ROOT}/${MANAGEMENT}`, "p-nosuch123");
    assert.equal(NumberOfServicesAccessible, 456);
  });

  it("sort by namespace or by time, both ways", async () => {
    await emu.iam(rootOf(emu, MEMBER)).send(new GetUserCommand({}));
    emu.server.clock.advance(60);
    await emu.sts(rootOf(emu, MEMBER)).send(new GetCallerIdentityCommand({}));
    const job = await finished(UNIT);
    const sorted = async (SortKey: string) => names(await get(job, { SortKey }));
    assert.deepEqual(await sorted("SERVICE_NAMESPACE_ASCENDING"), ["iam", "s3", "sts"]);
    assert.deepEqual(await sorted("SERVICE_NAMESPACE_DESCENDING"), ["sts", "s3", "iam"]);
    assert.deepEqual(await sorted("LAST_AUTHENTICATED_TIME_ASCENDING"), ["s3", "iam", "sts"]);
    assert.deepEqual(await sorted("LAST_AUTHENTICATED_TIME_DESCENDING"), ["sts", "iam", "s3"]);
    await assert.rejects(sorted("NAME"), { name: "ValidationError" });
  });

  it("answer in pages of a hundred, each with the counts, and a marker for one order", async () => {
    const job = await finished(ROOT);
    const first = await get(job);
    assert.deepEqual([first.AccessDetails!.length, first.IsTruncated], [100, true]);
    const rest = await get(job, { Marker: first.Marker, MaxItems: 1000 });
    assert.deepEqual(
      [rest.AccessDetails!.length, rest.IsTruncated, rest.NumberOfServicesAccessible],
      [356, false, 456],
    );
    const foreign = { name: "InvalidInputException", message: "The marker passed in the request was invalid." };
    const SortKey = "SERVICE_NAMESPACE_DESCENDING";
    await assert.rejects(get(job, { Marker: first.Marker, SortKey }), foreign);
    await assert.rejects(get(job, { Marker: "marker" }), { name: "ValidationError", message: "Invalid Marker." });
  });

  it("are about the moment at which they began", async () => {
    const job = await finished(UNIT);
    await emu.iam(rootOf(emu, MEMBER)).send(new GetUserCommand({}));
    await organize(emu, { id: ORGANIZATION, delegatedAdministrators: [], root: {} });
    assert.equal((await get(job)).NumberOfServicesNotAccessed, 3);
  });

  it("are the same for the same question by the same caller within a minute", async () => {
    const job = await finished(UNIT);
    emu.server.clock.advance(59);
    assert.equal(await generate(UNIT), job);
    const other = await createUser(emu, "other", { statements: [allow("*")] });
    const theirs = await generate(UNIT, undefined, emu.iam(other.credentials));
    assert.notEqual(theirs, job);
    emu.server.clock.advance(2);
    const next = await generate(UNIT);
    assert.notEqual(next, job);
  });

  it("are made one at a time in an account", async () => {
    await generate(UNIT);
    await assert.rejects(generate(ROOT), {
      name: "ReportGenerationLimitExceededException",
      message: "A report is already being generated for the account.",
    });
    emu.server.clock.advance(2);
    await generate(ROOT);
  });

  it("are found again while another one is being made, whichever was first", async () => {
    for (let round = 0; round < 5; round++) {
      const job = await finished(UNIT);
      await generate(ROOT);
      assert.equal(await generate(UNIT), job);
      emu.server.clock.advance(61);
    }
  });

  const failed = {
    JobStatus: "FAILED",
    JobCreationDate: NOW,
    JobCompletionDate: NOW,
    IsTruncated: false,
  };
  const denied = (what: string) => ({
    ...failed,
    ErrorDetails: {
      Code: "ORGANIZATIONS_REPORT_ACCESS_DENIED",
      Message: `The caller cannot look up ${what} in AWS Organizations.`,
    },
  });

  for (const [what, path] of [
    ["root", `${ORGANIZATION}/r-zz99`],
    ["unit", `${ROOT}/ou-ab12-99999999`],
    ["account", `${ROOT}/${MEMBER}`],
    ["place below an account", `${UNIT}/${MEMBER}/x`],
    ["place, because of a slash at the end,", `${UNIT}/`],
  ] as const) {
    it(`fail later for a ${what} that is not there`, async () => {
      assert.deepEqual(await report(path), denied(path));
    });
  }

  it("fail later for a policy that is not there", async () => {
    assert.deepEqual(await report(UNIT, "p-nosuch123"), denied(`${UNIT} and p-nosuch123`));
  });

  it("fail later for a caller who may not read the organization, or is of a member account", async () => {
    const caller = await createUser(emu, "blind", { statements: [allow("iam:*")] });
    const outcome = async (iam: ReturnType<typeof emu.iam>) => {
      const job = await generate(UNIT, undefined, iam);
      assert.equal((await get(job, {}, iam)).JobStatus, "IN_PROGRESS");
      return get(job, {}, iam);
    };
    assert.deepEqual(await outcome(emu.iam(caller.credentials)), denied(UNIT));
    assert.deepEqual(await outcome(emu.iam(rootOf(emu, MEMBER))), denied(UNIT));
    const seeing = await createUser(emu, "seeing", { statements: [allow("iam:*"), LOOK_UPS] });
    assert.equal((await outcome(emu.iam(seeing.credentials))).JobStatus, "COMPLETED");
  });

  it("are refused at once about another organization, and to accounts that are in none", async () => {
    const refusal = (account: string, path: string) => ({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${account}:root is not authorized to perform: iam:GenerateOrganizationsAccessReport on resource: arn:aws:iam::${account}:access-report/${path}`,
    });
    const elsewhere = "o-zzzzzzzzzz/r-zz99";
    await assert.rejects(generate(elsewhere), refusal(MANAGEMENT, elsewhere));
    const outside = "999988887777";
    await assert.rejects(generate(ROOT, undefined, emu.iam(rootOf(emu, outside))), refusal(outside, ROOT));
  });

  it("refuse what is no path and no policy id", async () => {
    const invalid = (member: string) => new RegExp(`Value at '${member}' failed to satisfy constraint`);
    await assert.rejects(generate("r-ab12/o-a1b2c3d4e5"), { name: "ValidationError", message: invalid("entityPath") });
    await assert.rejects(generate(ROOT, "p-1"), {
      name: "ValidationError",
      message: invalid("organizationsPolicyId"),
    });
  });

  it("are their caller's own", async () => {
    const job = await finished(UNIT);
    const missing = (id: string) => ({
      name: "NoSuchEntityException",
      message: `The job with id ${id} cannot be found.`,
    });
    const other = await createUser(emu, "curious", { statements: [allow("*")] });
    await assert.rejects(get(job, {}, emu.iam(other.credentials)), missing(job));
    await assert.rejects(get(job, {}, emu.iam(rootOf(emu, MEMBER))), missing(job));
    const unknown = "00000000-0000-4000-8000-000000000000";
    await assert.rejects(get(unknown), missing(unknown));
  });

  it("ask permission on the place, which may depend on the policy", async () => {
    const arn = `arn:aws:iam::${MANAGEMENT}:access-report/${UNIT}`;
    await asksPermissionOn(emu, "iam:GenerateOrganizationsAccessReport", arn, (iam) => generate(UNIT, undefined, iam));
    const Condition = { StringEquals: { "iam:OrganizationsPolicyId": "p-storage1" } };
    const caller = await createUser(emu, "one-policy", {
      statements: [{ ...allow("iam:GenerateOrganizationsAccessReport"), Condition }],
    });
    const iam = emu.iam(caller.credentials);
    await assert.rejects(
      generate(UNIT, undefined, iam),
      noPolicyAllows(caller.arn, "iam:GenerateOrganizationsAccessReport", arn),
    );
    emu.server.clock.advance(2);
    const job = await generate(UNIT, "p-storage1", iam);
    await assert.rejects(get(job, {}, iam), noPolicyAllows(caller.arn, "iam:GetOrganizationsAccessReport", "*"));
  });
});
