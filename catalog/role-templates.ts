import { createHash } from "node:crypto";
import { base32 } from "../data/ids.ts";

/** A role template of AWS, in its only known version, 1.0. */
export interface RoleTemplate {
  readonly arn: string;
  readonly name: string;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly managedBy: string;
  readonly roleNamePattern: string;
  readonly roleDescriptionPattern: string;
  /** With `@{Parameter}` in its texts, as in the patterns. */
  readonly trustPolicy: string;
  readonly managedPolicyArns: readonly string[];
  readonly parameters: readonly TemplateParameter[];
  readonly maxSessionSeconds: number;
}

export interface TemplateParameter {
  readonly name: string;
  readonly type: "String";
  /** Absent where a value is required. */
  readonly defaultValue?: string;
}

// Recorded in 2026 (evidence: role-template-power-user, role-template-list). AWS has four more: for backups, for
// SageMaker Studio's administrators and users, and for rotating secrets. Their content is not known, so they are left
// out.
const POWER_USER: RoleTemplate = {
  arn: "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1",
  name: "PowerUserRoleTemplate",
  majorVersion: 1,
  minorVersion: 0,
  managedBy: "iam.amazonaws.com",
  roleNamePattern: "@{RoleName}",
  roleDescriptionPattern: "Power user role for @{AWSServiceName}",
  trustPolicy:
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"@{AWSServiceName}"},"Action":"sts:AssumeRole"}]}',
  managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
  parameters: [
    { name: "AWSServiceName", type: "String" },
    { name: "RoleName", type: "String", defaultValue: "PowerUserRole" },
  ],
  maxSessionSeconds: 3600,
};

/** By ARN. */
export const roleTemplates: ReadonlyMap<string, RoleTemplate> = new Map([[POWER_USER.arn, POWER_USER]]);

/** `AVTA…`. AWS's id is not known, so this one is derived from the ARN and never changes. */
export const templateVersionId = ({ arn, minorVersion }: RoleTemplate): string =>
  `AVTA${base32(createHash("sha256").update(`${arn}.${minorVersion}`).digest()).slice(0, 17)}`;
