import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  PutGroupPolicyCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust } from "../fixtures.ts";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { consoleUser, factsOf, rowsOf, said, type Browser } from "./browser.ts";
import { administrator, signedIn } from "./visitors.ts";

const ARN = "arn:aws:iam::000000000000";

describe("groups, roles and policies in the console", () => {
  const emu = emulator();
  let admin: Browser;
  const shows = async (path: string, ...texts: readonly string[]): Promise<void> => {
    const { text, status } = await admin.get(path);
    assert.equal(status, 200);
    for (const shown of texts) assert.ok(text.includes(shown), `${path} shows ${shown}`);
  };

  before(async () => {
    admin = await administrator(emu);
    const iam = emu.iam();
    const ann = await createUser(emu, "Ann", { statements: [allow("sts:AssumeRole")] });
    const PolicyDocument = document(allow("s3:GetObject"));
    await iam.send(new CreatePolicyCommand({ PolicyName: "Reading", PolicyDocument, Description: "To read" }));
    const later = { PolicyArn: `${ARN}:policy/Reading`, PolicyDocument: document(allow("s3:ListBucket")) };
    await iam.send(new CreatePolicyVersionCommand({ ...later, SetAsDefault: true }));
    await iam.send(new CreateGroupCommand({ GroupName: "Readers", Path: "/team/" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "Readers", UserName: "Ann" }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "Readers", PolicyArn: later.PolicyArn }));
    await iam.send(
      new PutGroupPolicyCommand({
        GroupName: "Readers",
        PolicyName: "inside",
        PolicyDocument: document(allow("sqs:*")),
      }),
    );
    const role = await createRole(emu, "Deployer", {
      trusts: [trust(ann.arn)],
      statements: [allow("ecs:*")],
      Description: "Deploys",
      Path: "/ci/",
      Tags: [{ Key: "team", Value: "blue" }],
    });
    await iam.send(new AttachRolePolicyCommand({ RoleName: "Deployer", PolicyArn: later.PolicyArn }));
    await emu.sts(await assume(emu, ann.credentials, role)).send(new GetCallerIdentityCommand({}));
  });

  it("show a group's users and policies", async () => {
    await shows("/console/groups", `<a href="/console/groups/Readers">Readers</a>`, `${ARN}:group/team/Readers`);
    await shows(
      "/console/groups/Readers",
      `<a href="/console/users/Ann">Ann</a>`,
      "Reading</a>",
      "<h4>inside</h4>",
      "&quot;Action&quot;: &quot;sqs:*&quot;",
    );
  });

  it("show a role's trust policy, permissions, last use and tags, and lead to it", async () => {
    await shows("/console/roles", `<a href="/console/roles/Deployer">Deployer</a>`, "Deploys");
    await shows(
      "/console/roles/Deployer",
      `&quot;AWS&quot;: &quot;${ARN}:user/Ann&quot;`,
      "&quot;Action&quot;: &quot;ecs:*&quot;",
      "Reading</a>",
      "2026-11-24 12:00:00 UTC</time> in us-east-1",
      "3600 seconds",
      `<th scope="row">team</th>`,
      `href="/console/switch-role?account=000000000000&amp;roleName=ci%2FDeployer"`,
    );
  });

  it("change a role's description and how long its sessions last, as IAM lets them", async () => {
    const page = "/console/roles/Deployer/edit";
    const edit = (description: string, maxSession: string) => admin.submit(page, { description, maxSession });
    assert.match((await admin.get(page)).text, /name="maxSession"[^>]* value="3600"/);
    const short = await edit("Ships", "60");
    assert.match(
      said(short).error!,
      /^ValidationError .*'maxSessionDuration' failed to satisfy constraint: Member must have value greater .* 3600$/,
    );
    assert.match(short.text, /name="description"[^>]* value="Ships"/);
    assert.equal(said(await edit("Ships", "an hour")).error, '"an hour" is no whole number.');
    await edit("Ships", "7200");
    const roleOf = async () => (await emu.iam().send(new GetRoleCommand({ RoleName: "Deployer" }))).Role!;
    const { Description, MaxSessionDuration } = await roleOf();
    assert.deepEqual([Description, MaxSessionDuration], ["Ships", 7200]);
    const saved = await admin.submitAndFollow(page, { description: "", maxSession: "3600" });
    assert.equal(said(saved).notice, "The role Deployer has been saved.");
    assert.deepEqual(
      [factsOf(saved)["Description"], factsOf(saved)["Maximum session duration"]],
      ["none", "3600 seconds"],
    );
  });

  it("change of a service-linked role the description alone", async () => {
    const { Role } = await emu
      .iam()
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "elasticloadbalancing.amazonaws.com" }));
    const page = `/console/roles/${Role!.RoleName}/edit`;
    assert.ok(!(await admin.get(page)).text.includes("maxSession"));
    const saved = await admin.submitAndFollow(page, { description: "Balances" });
    assert.equal(factsOf(saved)["Description"], "Balances");
  });

  it("show a policy's versions, the document of each, and whom it is attached to", async () => {
    await shows("/console/policies?scope=Local", "Reading</a>", '<td data-label="Attached entities">2</td>');
    const page = `/console/policy?arn=${encodeURIComponent(`${ARN}:policy/Reading`)}`;
    await shows(
      page,
      "To read",
      "Permissions, version v2",
      "&quot;Action&quot;: &quot;s3:ListBucket&quot;",
      `<a href="/console/groups/Readers">Readers</a>`,
      `<a href="/console/roles/Deployer">Deployer</a>`,
      `&amp;version=v1">v1</a>`,
    );
    await shows(`${page}&version=v1`, "Permissions, version v1", "&quot;Action&quot;: &quot;s3:GetObject&quot;");
  });

  it("are tagged and untagged by who may, but for AWS's own policies", async () => {
    const policy = `/console/policy?arn=${encodeURIComponent(`${ARN}:policy/Reading`)}`;
    for (const page of ["/console/roles/Deployer", policy]) {
      const set = await admin.submitAndFollow(page, { tagKey: "cost", tagValue: "7" }, "tag");
      assert.equal(said(set).notice, "The tag cost has been set.");
      assert.deepEqual(
        rowsOf(set).filter(([key]) => key === "cost"),
        [["cost", "7", "Remove tag cost"]],
      );
    }
    const iam = emu.iam();
    const tagsOf = async () => [
      (await iam.send(new ListRoleTagsCommand({ RoleName: "Deployer" }))).Tags!.map(({ Key }) => Key),
      (await iam.send(new ListPolicyTagsCommand({ PolicyArn: `${ARN}:policy/Reading` }))).Tags!.map(({ Key }) => Key),
    ];
    assert.deepEqual(await tagsOf(), [["cost", "team"], ["cost"]]);
    for (const page of ["/console/roles/Deployer", policy]) {
      const removed = await admin.submitAndFollow(page, { key: "cost" }, "untag");
      assert.equal(said(removed).notice, "The tag cost has been removed.");
    }
    assert.deepEqual(await tagsOf(), [["team"], []]);
    await consoleUser(emu, "Reader", { statements: [allow(["iam:Get*", "iam:List*"])] });
    const reader = await signedIn(emu, "Reader");
    const refused = await reader.submit("/console/roles/Deployer", { tagKey: "cost", tagValue: "8" }, "tag");
    assert.match(said(refused).error!, /^AccessDenied .* is not authorized to perform: iam:TagRole on resource/);
    assert.match(refused.text, /name="tagValue"[^>]* value="8"/);
    const { text } = await admin.get("/console/policy?arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FPowerUserAccess");
    assert.ok(!text.includes("Add tag"));
  });

  it("find AWS's own policies by a part of their name", async () => {
    await shows("/console/policies?filter=poweruser&scope=AWS", "PowerUserAccess</a>");
    await shows("/console/policy?arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FPowerUserAccess", "&quot;NotAction&quot;");
  });
});
