import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  PutGroupPolicyCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust } from "../fixtures.ts";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Browser } from "./browser.ts";
import { administrator } from "./visitors.ts";

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

  it("find AWS's own policies by a part of their name", async () => {
    await shows("/console/policies?filter=poweruser&scope=AWS", "PowerUserAccess</a>");
    await shows("/console/policy?arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FPowerUserAccess", "&quot;NotAction&quot;");
  });
});
