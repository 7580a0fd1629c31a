import { attachments, inlinePolicies } from "../../data/entities/policies.ts";
import { roles, type Role, type RoleSource } from "../../data/entities/roles.ts";
import { uniqueId } from "../../data/ids.ts";
import {
  roleTemplates,
  templateVersionId,
  type RoleTemplate,
  type TemplateParameter,
} from "../../catalog/role-templates.ts";
import { InvalidInput, NameConflict, NoSuchEntity, RoleModified, ValidationError } from "../errors.ts";
import { operation, type Context, type Input, type Permission } from "../operation.ts";
import { findPolicy } from "./managed-policies.ts";
import { checkRoleQuota, checkTrustPolicy, findRole, roleResource, toRole } from "./roles.ts";
import { fillInDocument, fillInText } from "./templates.ts";
import { bindTrust } from "./trust-policies.ts";

/** The template with this ARN and version, or its only version. AWS's text is not known. */
function existingTemplate(arn: string, minorVersion: number | undefined): RoleTemplate {
  const template = roleTemplates.get(arn);
  if (!template) throw NoSuchEntity(`The role template ${arn} cannot be found.`);
  if ((minorVersion ?? template.minorVersion) !== template.minorVersion) {
    throw NoSuchEntity(`The role template ${arn} has no minor version ${minorVersion}.`);
  }
  return template;
}

export const GetRoleTemplateVersion = operation("GetRoleTemplateVersion", {
  resource: (input) => ({ arn: input.TemplateArn!, label: `role-template ${input.TemplateArn}` }),
  handle(input) {
    const template = existingTemplate(input.TemplateArn!, input.MinorVersion);
    // It is only known that AWS has descriptions and dates, not which.
    return {
      RoleTemplateVersion: {
        TemplateArn: template.arn,
        TemplateName: template.name,
        TemplateVersionId: templateVersionId(template),
        MajorVersion: template.majorVersion,
        DefaultMinorVersion: template.minorVersion,
        ManagedByType: "Service" as const,
        ManagedByValue: template.managedBy,
        Enabled: true,
        MinorVersion: template.minorVersion,
        RoleNamePattern: template.roleNamePattern,
        RoleDescriptionPattern: template.roleDescriptionPattern,
        AssumeRolePolicyDocumentTemplate: template.trustPolicy,
        ManagedPolicyArns: [...template.managedPolicyArns],
        ParametersDefinition: template.parameters.map(toParameterDefinition),
        MaxSessionDuration: template.maxSessionSeconds,
        VersionEnabled: true,
      },
    };
  },
});

const toParameterDefinition = ({ name, type, defaultValue }: TemplateParameter) => ({
  Name: name,
  Type: type,
  IsRequired: defaultValue === undefined,
  ...(defaultValue !== undefined && { DefaultValue: defaultValue }),
  Immutable: false,
});

/** The role that a request asks for. */
interface WantedRole {
  readonly template: RoleTemplate;
  readonly source: RoleSource;
  readonly name: string;
  readonly description: string;
  readonly trustPolicy: string;
}

/** Throws NoSuchEntity, InvalidInput for an unknown or missing parameter, ValidationError for too many values. */
function wantedRole(input: Input<"AcquireRole">): WantedRole {
  const template = existingTemplate(input.TemplateArn!, input.TemplateMinorVersion);
  const given = input.ReplacementValues ?? {};
  const unknown = Object.keys(given).find((key) => !template.parameters.some((parameter) => parameter.name === key));
  if (unknown !== undefined) throw InvalidInput(`The role template has no parameter ${unknown}.`);
  const values: Record<string, string> = {};
  for (const { name, defaultValue } of template.parameters) {
    const [value = defaultValue, ...more] = Object.hasOwn(given, name) ? given[name]!.Values! : [];
    if (more.length > 0) throw ValidationError(`The parameter ${name} of type String takes one value.`);
    if (value !== undefined) values[name] = value;
  }
  const name = fillInText(template.roleNamePattern, values);
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
    throw ValidationError(
      "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    );
  }
  const sourceValues = Object.fromEntries(Object.entries(values).map(([parameter, value]) => [parameter, [value]]));
  return {
    template,
    source: { templateArn: template.arn, minorVersion: template.minorVersion, values: sourceValues },
    name,
    description: fillInText(template.roleDescriptionPattern, values),
    trustPolicy: fillInDocument(template.trustPolicy, values),
  };
}

/** Makes a role from a template. The same request again returns the same role. */
export const AcquireRole = operation("AcquireRole", {
  // There is no action of its own: it needs the permissions for making the role without a template
  // (evidence: role-template-permissions).
  *permissions(input, context): Iterable<Permission> {
    const arn = input.TemplateArn!;
    yield { action: "iam:GetRoleTemplateVersion", resource: { arn, label: `role template ${arn}` } };
    const { name, template } = wantedRole(input);
    const keys = { "iam:RoleTemplateARN": arn };
    const resource = roleResource(name, context);
    if (findRole(name, context)) {
      yield { action: "iam:GetRole", resource, keys };
      return;
    }
    yield { action: "iam:CreateRole", resource, keys };
    for (const policy of template.managedPolicyArns) {
      yield { action: "iam:AttachRolePolicy", resource, keys: { ...keys, "iam:PolicyARN": policy } };
    }
  },
  handle(input, context) {
    const wanted = wantedRole(input);
    const existing = findRole(wanted.name, context);
    if (existing) checkReuse(existing, wanted, context);
    return { Role: toRole(existing ?? makeRole(wanted, context), context) };
  },
});

function checkReuse(role: Role, { template, source, trustPolicy }: WantedRole, { tx, account }: Context): void {
  if (role.source?.templateArn !== template.arn) {
    throw NameConflict(
      "A role with this name already exists in the account but was not created from this template. Choose a different role name, or remove the existing role if it is no longer needed.",
    );
  }
  if (JSON.stringify(role.source) !== JSON.stringify(source)) {
    throw NameConflict(
      "A role with this name exists but was created with different parameters. Pass a unique roleName to create a new role.",
    );
  }
  const attached = Array.from(tx.list(attachments, [account, role.id]), ({ policyArn }) => policyArn);
  const isModified =
    !sameDocument(role.trustPolicy, trustPolicy) ||
    role.tags.length > 0 ||
    role.boundary !== undefined ||
    tx.count(inlinePolicies, account, role.id) > 0 ||
    attached.toSorted().join() !== template.managedPolicyArns.toSorted().join();
  if (isModified) {
    throw RoleModified(`Role ${role.name} has been modified since it was created and is no longer managed.`);
  }
}

/**
 * Whether two documents have the same meaning; a list of one element equals the single value
 * (evidence: role-template-refusals).
 */
const sameDocument = (a: string, b: string): boolean => normalized(JSON.parse(a)) === normalized(JSON.parse(b));

function normalized(json: unknown): string {
  if (Array.isArray(json))
    return json.length === 1 ? normalized(json[0]) : `[${json.map(normalized).toSorted().join()}]`;
  if (typeof json !== "object" || json === null) return JSON.stringify(json);
  const members = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}:${normalized(value)}`);
  return `{${members.toSorted().join()}}`;
}

function makeRole({ template, source, name, description, trustPolicy }: WantedRole, context: Context): Role {
  const { tx, account, now, random } = context;
  checkTrustPolicy(trustPolicy, context);
  checkRoleQuota(context);
  const role: Role = {
    account,
    name,
    path: "/",
    id: uniqueId("AROA", account, random),
    createdAt: now,
    description,
    maxSessionSeconds: template.maxSessionSeconds,
    trustPolicy,
    trustBindings: bindTrust(trustPolicy, tx),
    tags: [],
    source,
  };
  tx.put(roles, role);
  for (const policyArn of template.managedPolicyArns) {
    const { id: policyId } = findPolicy(policyArn, context)!;
    tx.put(attachments, { account, owner: role.id, ownerType: "Role", policyArn, policyId });
  }
  return role;
}
