import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  ListAccountAliasesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListOrganizationsFeaturesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListSAMLProviderTagsCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import { emulator, type Credentials } from "../../emulator.ts";
import { createUser, document, enableMfa, withDetails, type Statement, type TestUser } from "../../fixtures.ts";
import { organize } from "../../organization.ts";
import { example } from "../../readme-examples.ts";
import { IMPORT_IDS, LEFT_OUT, NOT_IMPORTED, UPDATED_AFTER_IMPORT, UPDATED_IN_PLACE } from "./inventory.ts";
import { material } from "./material.ts";
import { argumentsOf, requireTerraform, Workspace, type Attributes, type Instance, type Schema } from "./terraform.ts";
import { exactly, permissionsAsked, type Decision } from "./trail.ts";

const environment = ({ accessKeyId, secretAccessKey }: Credentials) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});
const CHANGED = "-var=changed=true";
const isOfIam = (name: string) => name.startsWith("aws_iam_");

describe("Terraform and all of IAM", function () {
  // A command takes ten seconds on two idle cores, mostly for starting the provider.
  this.timeout(300_000);
  requireTerraform();
  // By this machine's time, with which the provider signs.
  const emu = emulator({ now: Date.now() });
  const variables = material();
  const asked: Decision[] = [];
  let root: Workspace;
  let schema: Schema;
  let emptyAccount: Readonly<Record<string, number>>;
  const workspaces: Workspace[] = [];

  /** A folder in which Terraform uses the credentials. */
  async function workspace(credentials: Credentials): Promise<Workspace> {
    const made = new Workspace("everything", environment(credentials));
    workspaces.push(made);
    made.write("provider.tf", example("terraform").replaceAll("http://127.0.0.1:4593", emu.server.endpoint));
    made.set({ material: variables });
    await made.initialize();
    return made;
  }
  const summary = async () => (await emu.iam().send(new GetAccountSummaryCommand({}))).SummaryMap!;
  const byAddress = (instances: readonly Instance[]) =>
    Object.fromEntries(instances.filter(({ mode }) => mode === "managed").map((found) => [found.address, found]));
  const noteWhatWasAsked = async () => asked.push(...(await permissionsAsked(emu)));

  /** The arguments, by type, that differ between two states of at least one resource of that type. */
  function changedArguments(was: ReturnType<typeof byAddress>): Readonly<Record<string, readonly string[]>> {
    const changes: Record<string, string[]> = {};
    for (const found of root.state().filter(({ mode, address }) => mode === "managed" && address in was)) {
      const differs = (name: string) =>
        !isDeepStrictEqual(was[found.address]!.attributes[name], found.attributes[name]);
      const names = [...(changes[found.type] ?? []), ...argumentsOf(found, schema).filter(differs)];
      if (names.length > 0) changes[found.type] = [...new Set(names)].toSorted();
    }
    return changes;
  }

  /** Entities that the configuration does not have. */
  async function additionsOfOthers(): Promise<readonly string[]> {
    const iam = emu.iam();
    const { PolicyNames: ofRole } = await iam.send(new ListRolePoliciesCommand({ RoleName: "full" }));
    const { PolicyNames: ofGroup } = await iam.send(new ListGroupPoliciesCommand({ GroupName: "team" }));
    const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: "ann" }));
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: "full" }));
    const names = [
      ofRole!,
      ofGroup!,
      AttachedPolicies!.map((policy) => policy.PolicyName!),
      Tags!.map(({ Key }) => Key!),
    ];
    return names.flat().filter((name) => name === "other" || name === "AdministratorAccess");
  }

  before(async () => {
    await organize(emu);
    emptyAccount = await summary();
    root = await workspace(emu.server.rootCredentials);
    schema = await root.schema();
  });
  after(() => workspaces.forEach((made) => made.remove()));

  it("makes every resource and reads every data source that there is", async () => {
    assert.deepEqual((await root.apply()).errors, []);
    const used = (mode: Instance["mode"]) =>
      [...new Set(root.state().flatMap((found) => (found.mode === mode ? [found.type] : [])))].toSorted();
    assert.deepEqual(used("managed"), Object.keys(schema.resource_schemas).filter(isOfIam).toSorted());
    assert.deepEqual(used("data"), [
      "aws_caller_identity",
      ...Object.keys(schema.data_source_schemas).filter(isOfIam).toSorted(),
    ]);
  });

  it("gives every argument that they have", () => {
    const without = new Set(
      root.state().flatMap((found) => argumentsOf(found, schema).map((name) => `${found.type}.${name}`)),
    );
    for (const { type, attributes } of root.state()) {
      for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && (!Array.isArray(value) || value.length > 0)) without.delete(`${type}.${name}`);
      }
    }
    assert.deepEqual([...without].toSorted(), Object.keys(LEFT_OUT));
  });

  it("reads what IAM knows", () => {
    const data = Object.fromEntries(root.state().map(({ address, attributes }) => [address, attributes]));
    const account = "arn:aws:iam::000000000000";
    assert.equal(data["data.aws_caller_identity.current"].arn, `${account}:root`);
    assert.equal(data["data.aws_iam_session_context.full"].issuer_arn, `${account}:role/terraform/full`);
    assert.deepEqual(data["data.aws_iam_users.of_terraform"].names, ["eve1", "eve2"]);
    assert.deepEqual(data["data.aws_iam_roles.of_terraform"].names, ["full"]);
    assert.equal(data["data.aws_iam_principal_policy_simulation.allowed"].all_allowed, true);
    assert.deepEqual(
      data["data.aws_iam_principal_policy_simulation.denied"].results.map(
        ({ action_name: action, decision }: Attributes) => [action, decision],
      ),
      [
        ["s3:GetObject", "explicitDeny"],
        ["s3:PutObject", "implicitDeny"],
      ],
    );
  });

  it("plans no changes", async () => {
    assert.ok(await root.isUpToDate());
    await noteWhatWasAsked();
  });

  it("changes everything in place that can be, and takes back what others did", async () => {
    const iam = emu.iam();
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "full", PolicyName: "other", PolicyDocument: document(ANYTHING) }),
    );
    await iam.send(
      new PutGroupPolicyCommand({ GroupName: "team", PolicyName: "other", PolicyDocument: document(ANYTHING) }),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: ADMINISTRATOR }));
    await iam.send(new TagRoleCommand({ RoleName: "full", Tags: [{ Key: "other", Value: "x" }] }));
    assert.equal((await additionsOfOthers()).length, 4);
    const was = byAddress(root.state());

    const { errors, planned } = await root.apply(CHANGED);
    assert.deepEqual(errors, []);
    assert.deepEqual(await additionsOfOthers(), []);
    const additions = Object.keys(planned).filter((address) => planned[address] === "create");
    assert.deepEqual(
      additions.filter((address) => !address.endsWith(".added[0]")),
      [],
    );
    const others = Object.entries(planned).filter(([address]) => !additions.includes(address));
    assert.deepEqual(
      others.filter(([, action]) => action !== "update"),
      [],
    );

    assert.deepEqual(changedArguments(was), UPDATED_IN_PLACE);
    const { Tags } = await iam.send(
      new ListSAMLProviderTagsCommand({ SAMLProviderArn: was["aws_iam_saml_provider.sso"]!.attributes.arn }),
    );
    assert.deepEqual(Tags, [
      { Key: "managed-by", Value: "terraform" },
      { Key: "stage", Value: "" },
      { Key: "team", Value: "grün + co" },
    ]);
    await noteWhatWasAsked();
  });

  it("plans no changes after that", async () => {
    assert.ok(await root.isUpToDate(CHANGED));
  });

  it("imports what can be imported, and plans no changes then", async () => {
    const known = root.state().filter(({ mode }) => mode === "managed");
    const importable = known.filter(({ type }) => !NOT_IMPORTED.includes(type));
    root.forgetAllBut(NOT_IMPORTED);
    root.write(
      "imports.tf",
      importable
        .map(
          ({ address, type, attributes }) =>
            `import {\n  to = ${address}\n  id = ${JSON.stringify(IMPORT_IDS[type]!(attributes))}\n}\n`,
        )
        .join("\n"),
    );
    const { requestID: last } = emu.server.trail()[0]!;
    const { errors, planned } = await root.apply(CHANGED);
    assert.deepEqual(errors, []);
    const since = emu.server.trail().slice(
      0,
      emu.server.trail().findIndex(({ requestID }) => requestID === last),
    );
    assert.deepEqual(
      since.filter(({ readOnly }) => !readOnly).map(({ eventName }) => eventName),
      [],
    );
    assert.deepEqual(
      Object.entries(planned)
        .filter(([, action]) => action !== "import")
        .map(([address, action]) => `${address}: ${action}`)
        .toSorted(),
      UPDATED_AFTER_IMPORT.map((address) => `${address}: update`),
    );
    assert.deepEqual(Object.keys(byAddress(root.state())).toSorted(), known.map(({ address }) => address).toSorted());
    assert.ok(await root.isUpToDate(CHANGED));
  });

  it("destroys everything, with what others gave the users and roles that it may force", async () => {
    const iam = emu.iam();
    await iam.send(new AttachRolePolicyCommand({ RoleName: "full", PolicyArn: ADMINISTRATOR }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "full", PolicyName: "other", PolicyDocument: document(ANYTHING) }),
    );
    await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    await enableMfa(emu, "ann");
    const { errors } = await root.destroy(CHANGED);
    assert.deepEqual(errors, []);
    assert.deepEqual(await summary(), { ...emptyAccount, GlobalEndpointTokenVersion: 1 });
    assert.deepEqual((await iam.send(new ListRolesCommand({}))).Roles, []);
    assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, []);
    assert.deepEqual((await iam.send(new ListOrganizationsFeaturesCommand({}))).EnabledFeatures, []);
    await assert.rejects(iam.send(new GetAccountPasswordPolicyCommand({})), { name: "NoSuchEntityException" });
    await noteWhatWasAsked();
  });

  describe("as a user with permissions", () => {
    let user: TestUser;
    let asUser: Workspace;
    before(async () => {
      user = await createUser(emu, "builder");
      asUser = await workspace(user.credentials);
    });
    /** Makes managed policies of the documents and gives them to the user. */
    async function permit(name: string, documents: readonly string[]): Promise<void> {
      for (const [number, PolicyDocument] of documents.entries()) {
        const { Policy } = await emu
          .iam()
          .send(new CreatePolicyCommand({ PolicyName: `${name}${number}`, PolicyDocument }));
        await emu.iam().send(new AttachUserPolicyCommand({ UserName: user.name, PolicyArn: Policy!.Arn! }));
      }
    }

    it("is refused a role, in AWS's words, by one who may do all the rest", async () => {
      await permit("rest", exactly(asked.filter(({ action }) => action !== "iam:CreateRole")));
      const { errors } = await asUser.apply("-target=aws_iam_role.attached");
      const [refusal, ...others] = errors;
      assert.deepEqual(others, []);
      assert.match(
        refusal!,
        withDetails(
          "creating IAM Role (attached): operation error IAM: CreateRole, https response error StatusCode: 403, api error " +
            `AccessDenied: User: ${user.arn} is not authorized to perform: iam:CreateRole on resource: ` +
            "arn:aws:iam::000000000000:role/terraform/attached because no identity-based policy allows the iam:CreateRole action",
        ),
      );
    });

    it("does everything by one who may do what the trail says and no more", async () => {
      await permit("roles", exactly(asked.filter(({ action }) => action === "iam:CreateRole")));
      assert.deepEqual((await asUser.apply()).errors, []);
      assert.deepEqual((await asUser.apply(CHANGED)).errors, []);
      assert.deepEqual((await asUser.destroy(CHANGED)).errors, []);
    });
  });
});

const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const ANYTHING: Statement = { Action: "*", Resource: "*" };
