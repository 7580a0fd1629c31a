import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { accounts } from "../data/entities/accounts.ts";
import { serviceCredentials } from "../data/entities/certificates.ts";
import { collections } from "../data/entities/collections.ts";
import { roles } from "../data/entities/roles.ts";
import { accessKeys, users } from "../data/entities/users.ts";
import { seededRandom } from "../data/random.ts";
import { memoryBackend, openStore, type LocalStore, type Transaction } from "../data/store.ts";
import { operations } from "../handlers/index.ts";
import type { Context, Permission } from "../handlers/operation.ts";
import { ArnPatterns } from "../policy/arn-patterns.ts";
import { resourceName } from "../policy/arn.ts";
import { KeyLookup } from "../policy/keys.ts";
import { services, type Shape, type Structure } from "./api/model.ts";
import { DEFAULTS } from "./options.ts";
import { permissionsOf } from "./perform.ts";

// Compares the permissions that our operations ask for with AWS's service authorization reference, whose part on IAM
// and STS catalog/generate-service-reference.ts writes.

interface ReferencedPermission {
  readonly accessLevel: string;
  readonly arns: readonly string[];
  readonly conditionKeys: readonly string[];
}

const reference = JSON.parse(readFileSync("server/cases/permissions-reference.json", "utf8")) as Readonly<
  Record<string, ReferencedPermission>
>;

const ACCOUNT = "000000000000";
const POLICY = `arn:aws:iam::${ACCOUNT}:policy/edge`;

/** The values of members; any other string is `sample`. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  UserName: "alice",
  RoleName: "deploy",
  PolicyArn: POLICY,
  PermissionsBoundary: POLICY,
  PolicySourceArn: `arn:aws:iam::${ACCOUNT}:user/alice`,
  Arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
  RoleArn: `arn:aws:iam::${ACCOUNT}:role/deploy`,
  SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/device`,
  SAMLProviderArn: `arn:aws:iam::${ACCOUNT}:saml-provider/idp`,
  OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/idp.example.com`,
  EntityArn: `arn:aws:iam::${ACCOUNT}:delegation-request/${"a".repeat(32)}`,
  TemplateArn: "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1",
  TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" },
  TargetPrincipal: "111122223333",
  Url: "https://idp.example.com",
  AccessKeyId: "AKIAEXAMPLE",
  AWSServiceName: "autoscaling.amazonaws.com",
  DeletionTaskId:
    "task/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling/12345678-1234-1234-1234-123456789012",
  Path: "/p/",
  NewPath: "/p/",
  PathPrefix: "/p/",
  Properties: { "RoleManager/Enabled": "true" },
};

const filled = ({ members }: Structure): Record<string, unknown> =>
  Object.fromEntries(members.map(({ name, shape }) => [name, SAMPLES[name] ?? value(shape)]));

function value(shape: Shape): unknown {
  switch (shape.type) {
    case "structure":
      return filled(shape.of);
    case "list":
      return [value(shape.of)];
    case "map":
      return { sample: value(shape.of) };
    case "string":
      return shape.enum?.[0] ?? "sample";
    case "integer":
      return 1;
    default:
      return shape.type === "boolean" ? true : undefined;
  }
}

const on = (action: string, resource: string) => `iam:${action} on arn:aws:iam::${ACCOUNT}:${resource}`;

/** Where we differ from the reference, and have to. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // The reference has no resources for lists; AWS's refusals name the listed resource
  // (evidence: authz-resource-wording).
  ListGroups: [on("ListGroups", "group/p/")],
  ListInstanceProfiles: [on("ListInstanceProfiles", "instance-profile/p/")],
  ListOpenIDConnectProviders: [on("ListOpenIDConnectProviders", "oidc-provider/*")],
  ListRoles: [on("ListRoles", "role/p/")],
  ListSAMLProviders: [on("ListSAMLProviders", "saml-provider/*")],
  ListServerCertificates: [on("ListServerCertificates", "server-certificate/p/")],
  ListUsers: [on("ListUsers", "user/p/")],
  ListVirtualMFADevices: [on("ListVirtualMFADevices", "mfa/")],
  // EC2 knows which instance the role will be used by; a caller who fills a profile does not.
  AddRoleToInstanceProfile: ["iam:PassRole lacks iam:AssociatedResourceArn"],
  // Security keys are enabled in the console.
  EnableMFADevice: [
    "iam:EnableMFADevice lacks iam:FIDO-FIPS-140-2-certification",
    "iam:EnableMFADevice lacks iam:FIDO-FIPS-140-3-certification",
    "iam:EnableMFADevice lacks iam:FIDO-certification",
    "iam:EnableMFADevice lacks iam:RegisterSecurityKey",
  ],
  // The reference does not have the action.
  UpdateDelegationRequest: ["iam:UpdateDelegationRequest is unknown"],
  // One request is decided three times with the same keys, since trust policies join the three actions in a statement.
  AssumeRole: [
    "sts:TagSession has sts:RoleSessionName",
    "sts:TagSession has sts:ExternalId",
    "sts:TagSession has sts:SourceIdentity",
    "sts:SetSourceIdentity has sts:RoleSessionName",
    "sts:SetSourceIdentity has sts:ExternalId",
    "sts:SetSourceIdentity has sts:TransitiveTagKeys",
    "sts:SetSourceIdentity has aws:TagKeys",
    "sts:SetSourceIdentity has aws:RequestTag/${TagKey}",
  ],
  // As for AssumeRole. The saml: keys come with the caller.
  AssumeRoleWithSAML: [
    "sts:TagSession has sts:RoleSessionName",
    "sts:TagSession has sts:SourceIdentity",
    "sts:SetSourceIdentity has sts:RoleSessionName",
    "sts:SetSourceIdentity has sts:TransitiveTagKeys",
    "sts:SetSourceIdentity has aws:TagKeys",
    "sts:SetSourceIdentity has aws:RequestTag/${TagKey}",
  ],
  // As for AssumeRole; the other keys come from the token's tag claims (evidence: web-identity-claims).
  AssumeRoleWithWebIdentity: [
    "sts:TagSession has sts:RoleSessionName",
    "sts:TagSession has sts:RoleAuthorizedByIdp",
    "sts:TagSession has sts:SourceIdentity",
    "sts:SetSourceIdentity has sts:RoleSessionName",
    "sts:SetSourceIdentity has sts:RoleAuthorizedByIdp",
    "sts:SetSourceIdentity has sts:TransitiveTagKeys",
    "sts:SetSourceIdentity has aws:TagKeys",
    "sts:SetSourceIdentity has aws:RequestTag/${TagKey}",
  ],
  // The reference has no resource for it; the recorded refusals do (evidence: outbound-permission).
  GetWebIdentityToken: [
    `sts:GetWebIdentityToken on arn:aws:sts::${ACCOUNT}:self`,
    `sts:TagGetWebIdentityToken on arn:aws:sts::${ACCOUNT}:self`,
  ],
  // Its tags are not transitive, and the federated user gets them.
  GetFederationToken: [
    `sts:TagSession on arn:aws:sts::${ACCOUNT}:federated-user/sample`,
    "sts:TagSession lacks sts:TransitiveTagKeys",
  ],
};

/** Keys that no request of these operations has: they come from identity providers or from AcquireRole. */
const ABSENT_KEYS = /^(?!(?:aws|iam|sts):)|^iam:RoleTemplateARN$/;

/** The result of `prepare`, for operations whose permissions depend on it. */
const PREPARED: Readonly<Record<string, unknown>> = {
  AssumeRoleWithSAML: {
    asked: {
      sessionName: "sample",
      sourceIdentity: "sample",
      tags: [{ Key: "sample", Value: "sample" }],
      transitiveTagKeys: ["sample"],
    },
  },
  AssumeRoleWithWebIdentity: {
    tags: { Tags: [{ Key: "sample", Value: "sample" }], TransitiveTagKeys: ["sample"] },
    sourceIdentity: "sample",
    namesRole: true,
  },
};

/**
 * The first ones need no permission (evidence: authz-no-permission-needed); what the last one asks for depends on the
 * template.
 */
const NOT_COMPARED = new Set(["GetCallerIdentity", "GetSessionToken", "GetScopedCredentials", "AcquireRole"]);

describe("what operations ask permission for", () => {
  let store: LocalStore;
  before(async () => {
    store = await openStore({ collections, backend: memoryBackend() });
    const owned = { account: ACCOUNT, path: "/", createdAt: 0, tags: [], boundary: POLICY };
    store.transact((tx) => {
      tx.put(accounts, { id: ACCOUNT, createdAt: 0 });
      tx.put(users, { ...owned, name: "alice", id: "AIDAALICE" });
      const role = { maxSessionSeconds: 3600, trustPolicy: "{}", trustBindings: {} };
      tx.put(roles, { ...owned, ...role, name: "deploy", id: "AROADEPLOY" });
      const credential = { ...owned, owner: "AIDAALICE", secret: "", status: "Active" as const };
      tx.put(accessKeys, { ...credential, id: "AKIAEXAMPLE" });
      const service = "codecommit.amazonaws.com";
      tx.put(serviceCredentials, { ...credential, id: "sample", service, loginName: "alice" });
    });
  });

  const contextWith = (tx: Transaction): Context => ({
    tx,
    account: ACCOUNT,
    now: 0,
    random: seededRandom("permissions"),
    settings: DEFAULTS,
    sessions: { seal: () => "", open: () => undefined },
    request: { id: "", sourceIp: "127.0.0.1", userAgent: "", region: "us-east-1", secure: false },
    caller: {
      account: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
      userId: "AIDAALICE",
      principal: { type: "user", id: "AIDAALICE", name: "alice" },
      credential: "long-term",
      accessKeyId: "AKIAEXAMPLE",
    },
  });

  for (const { name, input } of [...services.values()].flatMap((service) => [...service.operations.values()])) {
    const operation = operations.get(name);
    if (!operation || NOT_COMPARED.has(name)) continue;
    it(`agrees with AWS's reference for ${name}`, () => {
      const asked = store.transact((tx) => [
        ...permissionsOf(operation, filled(input), contextWith(tx), PREPARED[name]),
      ]);
      assert.notEqual(asked.length, 0);
      assert.deepEqual(asked.flatMap(differences), DIFFERENCES[name] ?? []);
    });
  }
});

function differences({ action, resource, keys = {} }: Permission): string[] {
  const known = reference[action];
  if (!known) return [`${action} is unknown`];
  const name = resourceName(resource.arn);
  const fits = known.arns.some((arn) => patternFor(arn).has(name, new KeyLookup({})));
  const given = new Set(Object.keys(keys).map((key) => key.replace(/^(aws:RequestTag)\/.*/, "$1/${TagKey}")));
  // Keys for the tags of a resource are the same for all operations: they come with the resource.
  const expected = known.conditionKeys.filter((key) => !key.includes("ResourceTag/") && !ABSENT_KEYS.test(key));
  return [
    ...(fits || (resource.arn === "*" && known.arns.length === 0) ? [] : [`${action} on ${resource.arn}`]),
    ...[...given].filter((key) => !known.conditionKeys.includes(key)).map((key) => `${action} has ${key}`),
    ...expected.filter((key) => !given.has(key)).map((key) => `${action} lacks ${key}`),
  ];
}

const patternFor = (arn: string) => new ArnPatterns([arn.replace(/\$\{\w+\}/g, "*")], false);
