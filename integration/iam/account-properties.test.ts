import assert from "node:assert/strict";
import {
  DeleteServiceLinkedRoleCommand,
  GetAccountPropertiesCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  PutAccountPropertiesCommand,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, deny, withDetails } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const ROLE = "AWSServiceRoleForIAMRoleManager";
const ROLE_PATH = "/aws-service-role/role-manager.iam.amazonaws.com/";

describe("account properties", () => {
  const emu = emulator();
  const get = async (iam = emu.iam()) => (await iam.send(new GetAccountPropertiesCommand({}))).Properties;
  const put = (Properties: Record<string, string>, iam = emu.iam()) =>
    iam.send(new PutAccountPropertiesCommand({ Properties }));
  const roleArn = () => `arn:aws:iam::${emu.server.account}:role${ROLE_PATH}${ROLE}`;

  it("begin with Role Manager off", async () => {
    assert.deepEqual(await get(), { "RoleManager/Enabled": "false" });
    await assert.rejects(emu.iam().send(new GetRoleCommand({ RoleName: ROLE })), { name: "NoSuchEntityException" });
  });

  it("make no role where Role Manager is turned off that was never on", async () => {
    await put({ "RoleManager/Enabled": "false" });
    await assert.rejects(emu.iam().send(new GetRoleCommand({ RoleName: ROLE })), {
      name: "NoSuchEntityException",
      message: `The role with name ${ROLE} cannot be found.`,
    });
  });

  it("turn Role Manager on, which makes its role, and off, which leaves it", async () => {
    const { $metadata: _metadata, ...answer } = await put({ "RoleManager/Enabled": "true" });
    assert.deepEqual(answer, {});
    assert.deepEqual(await get(), { "RoleManager/Enabled": "true" });
    const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName: ROLE }));
    assert.deepEqual([Role!.Path, Role!.Arn], [ROLE_PATH, roleArn()]);
    const { AttachedPolicies } = await emu.iam().send(new ListAttachedRolePoliciesCommand({ RoleName: ROLE }));
    assert.deepEqual(AttachedPolicies, [
      {
        PolicyName: "AWSIAMRoleManagerServiceRolePolicy",
        PolicyArn: "arn:aws:iam::aws:policy/aws-service-role/AWSIAMRoleManagerServiceRolePolicy",
      },
    ]);
    await put({ "RoleManager/Enabled": "true" });
    await put({ "RoleManager/Enabled": "false" });
    assert.deepEqual(await get(), { "RoleManager/Enabled": "false" });
    assert.equal((await emu.iam().send(new GetRoleCommand({ RoleName: ROLE }))).Role!.RoleId, Role!.RoleId);
    await emu.iam().send(new DeleteServiceLinkedRoleCommand({ RoleName: ROLE }));
  });

  it("pass over others of the namespace, as long as the one that counts is there", async () => {
    await put({ "RoleManager/Other": "x", "RoleManager/Enabled": "false" });
  });

  const refused: readonly [why: string, properties: Record<string, string>, message: string][] = [
    [
      "a key without a slash",
      { RoleManager: "true" },
      "Property key must be in format Namespace/PropertyName: RoleManager",
    ],
    ["two slashes", { "RoleManager/Enabled/x": "true" }, "RoleManager namespace requires Enabled property"],
    ["an unknown property alone", { "RoleManager/Other": "true" }, "RoleManager namespace requires Enabled property"],
    [
      "another case of the property",
      { "RoleManager/enabled": "true" },
      "RoleManager namespace requires Enabled property",
    ],
    ["another namespace", { "Other/Enabled": "true" }, "Unsupported namespace: Other"],
    [
      "two namespaces",
      { "RoleManager/Enabled": "true", "Other/Enabled": "true" },
      "All properties must belong to the same namespace",
    ],
    ["FALSE", { "RoleManager/Enabled": "FALSE" }, "Enabled must be 'true' or 'false'"],
    ["a blank before false", { "RoleManager/Enabled": " false" }, "Enabled must be 'true' or 'false'"],
    ["0", { "RoleManager/Enabled": "0" }, "Enabled must be 'true' or 'false'"],
  ];
  for (const [why, properties, message] of refused) {
    it(`refuse ${why} and stay as they are`, async () => {
      await assert.rejects(put(properties), { name: "InvalidInputException", message });
      assert.deepEqual(await get(), { "RoleManager/Enabled": "false" });
    });
  }

  it("refuse to be set to nothing", async () => {
    await assert.rejects(put({}), {
      name: "ValidationError",
      message:
        "1 validation error detected: Value at 'properties' failed to satisfy constraint: Member must not be null",
    });
  });

  it("need a permission, which may depend on the namespace", async () => {
    await asksPermissionOn(emu, "iam:GetAccountProperties", "*", (iam) => get(iam));
    await asksPermissionOn(emu, "iam:PutAccountProperties", "*", (iam) => put({ "RoleManager/Enabled": "false" }, iam));
    const Condition = { "ForAllValues:StringEquals": { "iam:AccountPropertyNamespaces": ["RoleManager"] } };
    const ofAny = { "ForAnyValue:StringEquals": { "iam:AccountPropertyNamespaces": ["RoleManager"] } };
    const caller = await createUser(emu, "namespaced", {
      statements: [
        { ...allow("iam:PutAccountProperties"), Condition },
        { ...allow("iam:GetAccountProperties"), Condition: ofAny },
      ],
    });
    const iam = emu.iam(caller.credentials);
    await get(iam);
    await put({ "RoleManager/Enabled": "false" }, iam);
    const refusal = noPolicyAllows(caller.arn, "iam:PutAccountProperties", "*");
    await assert.rejects(put({ "Other/Enabled": "false" }, iam), refusal);
  });

  it("need the permission to make the role as well to be turned on, even where it exists", async () => {
    const AWSServiceName = "role-manager.iam.amazonaws.com";
    const Condition = { StringEquals: { "iam:AWSServiceName": AWSServiceName } };
    const may = [allow("iam:PutAccountProperties"), { ...allow("iam:CreateServiceLinkedRole", roleArn()), Condition }];
    const caller = await createUser(emu, "may", { statements: may });
    await put({ "RoleManager/Enabled": "true" }, emu.iam(caller.credentials));
    const denied = await createUser(emu, "may-not", { statements: [...may, deny("iam:CreateServiceLinkedRole")] });
    await put({ "RoleManager/Enabled": "false" }, emu.iam(denied.credentials));
    await assert.rejects(put({ "RoleManager/Enabled": "true" }, emu.iam(denied.credentials)), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${denied.arn} is not authorized to perform: iam:CreateServiceLinkedRole on resource: ${roleArn()} with an explicit deny in an identity-based policy`,
      ),
    });
    assert.deepEqual(await get(), { "RoleManager/Enabled": "false" });
  });
});
