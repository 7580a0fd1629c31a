// `npm run generate`, in the project's root, writes model.json from constraints.json and the schemas that the AWS SDK's
// clients export. After an update of the SDK: generate, read the diff, decide.
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ConstrainedShape, Constraints, ModelFile, ShapeInFile } from "./model.ts";

// The SDK's schemas are arrays: a kind, a namespace, a name, traits, and what the kind needs (@smithy/types, schema). A
// scalar is a number or a named array of kind 0; add 64 for a list of it and 128 for a map. A reference is a function;
// a member with traits is a pair of a reference and its traits.
const SCALARS: Readonly<Record<number, string>> = {
  0: "string",
  1: "integer",
  2: "boolean",
  4: "timestamp",
  21: "blob",
};
const NAMED_SCALAR = 0;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;
const ERROR = -3;
const LIST_OF = 64;
const MAP_OF = 128;
const SENSITIVE = 8;

/** The published constraints (botocore 1.43.11) of inputs, by structure and member. */
interface PublishedService {
  readonly constraints: Readonly<Record<string, Readonly<Record<string, Published>>>>;
}
interface Published extends Constraints {
  readonly type: string;
  readonly required?: boolean;
  readonly member?: Published;
}

/** Operations that take a federated identity's proof instead of a signature (evidence: sigv4-unsigned-operations). */
const UNSIGNED = new Set(["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]);

/**
 * Constraints that AWS's answers show and the published ones lack, by `service.Structure.Member`, with `[]` for
 * elements.
 */
const CORRECTIONS: readonly [where: RegExp, constraints: Constraints][] = [
  // A new name has at most 64 characters; in look-ups of a user, 128 are accepted
  // (evidence: validation-user-name-lengths).
  [/^iam\.(?!CreateUserRequest\.).*\.UserName$/, { max: 128 }],
  // The pattern that answers show for policy documents (evidence: validation-policy-document-pattern).
  [
    /^iam\..*(PolicyDocument|ResourcePolicy|PolicyInputList\[\])$/,
    { pattern: String.raw`[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+` },
  ],
  // Enumerations in the order that answers show (evidence: validation-enum-orders).
  [
    /^iam\..*\.(EntityFilter|Filter\[\])$/,
    { enum: ["LocalManagedPolicy", "User", "AWSManagedPolicy", "Role", "Group"] },
  ],
  [/^iam\..*\.GlobalEndpointTokenVersion$/, { enum: ["v2Token", "v1Token"] }],
  // For ARNs in STS the pattern comes before the length; everywhere else that was seen the length comes first
  // (evidence: validation-order).
  [/^sts\..*\.(RoleArn|PrincipalArn)$/, { patternFirst: true }],
  // IAM's lists of policies and audiences do not have this (evidence: validation-string-lists).
  [/^iam\..*\.TagKeys$/, { elementsNotNull: true }],
  // IAM has its own messages for these. Lengths keep the usual form, except for an empty prefix
  // (evidence: validation-path-prefix) and an alias (evidence: validation-alias).
  [/^iam\..*\.(New)?(User|Group|Role|Policy|InstanceProfile|ServerCertificate)Name$/, { worded: "name" }],
  [/^iam\..*\.VirtualMFADeviceName$/, { worded: "name" }],
  [/^iam\..*\.(New)?Path$/, { worded: "path", min: undefined }],
  [/^iam\..*\.PathPrefix$/, { worded: "pathPrefix", min: undefined }],
  [/^iam\..*\.AccessKeyId$/, { worded: "alphanumeric" }],
  [/^iam\..*\.AccountAlias$/, { worded: "accountAlias", min: undefined, max: undefined }],
  // STS has its own message for a long enough text that is not an ARN (evidence: validation-sts-arn).
  [/^sts\..*\.RoleArn$/, { worded: "arn" }],
];

/** Limits in the API reference that the published constraints are too old to have, in the same form. */
const ADDITIONS: typeof CORRECTIONS = [
  [/^sts\.\w+Request\.MinimumSessionTokenSize$/, { min: 0, max: 4096 }],
  [/^sts\.\w+Request\.PolicyArns$/, { max: 10 }],
  [/^sts\.GetScopedCredentialsRequest\.DurationSeconds$/, { min: 1, max: 129_600 }],
  [/^sts\.GetScopedCredentialsRequest\.ScopedSessionDescription$/, { max: 256 }],
];

/** The model of the installed SDK. Throws for a schema or constraint that is not understood. */
export function buildModel(published: Readonly<Record<string, PublishedService>>): ModelFile {
  return {
    iam: serviceModel("iam", iam, new iam.IAMClient({ region: "us-east-1" }).config.protocol, published["iam"]!),
    sts: serviceModel("sts", sts, new sts.STSClient({ region: "us-east-1" }).config.protocol, published["sts"]!),
  };
}

/** model.json: one line per operation, error and structure, sorted, so that a diff reads well. */
export function formatModel(model: ModelFile): string {
  const services = Object.entries(model).map(
    ([name, { version, namespace, operations, errors, structures }]) =>
      `"${name}": {\n"version": "${version}",\n"namespace": "${namespace}",\n"operations": ${sortedLines(operations)},\n` +
      `"errors": ${sortedLines(errors)},\n"structures": ${sortedLines(structures)}\n}`,
  );
  return `{\n${services.join(",\n")}\n}\n`;
}

function sortedLines(entries: object): string {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{\n${sorted.map(([name, entry]) => `"${name}": ${JSON.stringify(entry)}`).join(",\n")}\n}`;
}

function serviceModel(
  service: "iam" | "sts",
  exported: Readonly<Record<string, unknown>>,
  protocol: any,
  published: PublishedService,
): ModelFile[string] {
  const operations: Record<string, ModelFile[string]["operations"][string]> = {};
  const errors: Record<string, ModelFile[string]["errors"][string]> = {};
  const { structures, read } = structureReader(service, published);
  for (const [symbol, schema] of Object.entries(exported)) {
    if (!symbol.endsWith("$") || !Array.isArray(schema)) continue;
    const [kind, namespace, name, traits, input, output] = schema;
    if (kind === OPERATION) {
      operations[name] = { input: read(input), output: read(output), ...(UNSIGNED.has(name) && { unsigned: true }) };
    } else if (kind === ERROR && !namespace.startsWith("smithy.ts.sdk.synthetic")) {
      // Errors of AWS Organizations have no code of their own: the code is their full name
      // (evidence: query-organizations-errors).
      const [code, status] = traits.awsQueryError ?? [name, traits.httpError];
      errors[code] = { status, exception: name };
    }
  }
  refuseUnusedConstraints(service, published, structures);
  const { version, xmlNamespace: namespace } = protocol.options;
  return { version, namespace, operations, errors, structures };
}

/** `read` adds a structure and everything in it to `structures`, and returns its name; undefined if there is none. */
function structureReader(service: string, { constraints }: PublishedService) {
  const structures: Record<string, Record<string, ShapeInFile>> = {};

  const read = (reference: unknown): string | undefined => {
    const schema = dereference(reference);
    if (schema === "unit") return undefined;
    const [, , name, traits, names, shapes, required = 0] = schema;
    if (structures[name]) return name;
    refuseTraits(traits, name);
    const members: Record<string, ShapeInFile> = (structures[name] = {});
    for (const [index, member] of names.entries()) {
      const shape = shapeOf(shapes[index], `${service}.${name}.${member}`, constraints[name]?.[member]);
      members[member] = compact(index < required ? { ...shape, required: true } : shape);
    }
    return name;
  };

  const shapeOf = (reference: unknown, path: string, known?: Published): ConstrainedShape => {
    const shape = bareShape(dereference(reference), path, known);
    if (!known) return { ...shape, ...changed({}, ADDITIONS, path) };
    const type = shape.type in structures ? "structure" : shape.type;
    if (type !== known.type) throw new Error(`${path}: a ${type} in the SDK, a ${known.type} in the constraints`);
    return { ...shape, ...constraintsOf(known, path) };
  };

  const bareShape = (schema: any, path: string, known?: Published): ConstrainedShape => {
    const element = (of: unknown) => compact(shapeOf(of, `${path}[]`, known?.member));
    if (typeof schema === "number") {
      if (schema & LIST_OF) return { type: "list", of: element(schema & ~LIST_OF) };
      if (schema & MAP_OF) return { type: "map", of: element(schema & ~MAP_OF) };
      if (SCALARS[schema]) return { type: SCALARS[schema] };
      throw new Error(`${path}: a schema that is not understood: ${schema}`);
    }
    const [kind, , , traits, first, second] = schema;
    if (kind === STRUCTURE || kind === UNION) return { type: read(schema)! };
    refuseTraits(traits, path);
    if (kind === NAMED_SCALAR) return bareShape(first, path);
    if (kind === LIST) return { type: "list", of: element(first) };
    if (kind === MAP) return { type: "map", of: element(second) };
    throw new Error(`${path}: a schema that is not understood: ${JSON.stringify(schema)}`);
  };

  return { structures, read };
}

/** Follows references; the traits of a pair are dropped. */
function dereference(schema: any): any {
  if (typeof schema === "function") return dereference(schema());
  if (!Array.isArray(schema) || schema.length !== 2) return schema;
  refuseTraits(schema[1], "a member");
  return dereference(schema[0]);
}

/**
 * Traits would be a name in XML, a flattened list or a time format. Only `sensitive` is in use, which does not show on
 * the wire.
 */
function refuseTraits(traits: unknown, where: string): void {
  if (traits === 0 || traits === SENSITIVE) return;
  throw new Error(`${where}: traits that are not understood: ${JSON.stringify(traits)}`);
}

function refuseUnusedConstraints(
  service: string,
  { constraints }: PublishedService,
  structures: ModelFile[string]["structures"],
): void {
  for (const [structure, members] of Object.entries(constraints)) {
    for (const member of Object.keys(members)) {
      if (structures[structure]?.[member] !== undefined) continue;
      throw new Error(`${service}.${structure}.${member}: constrained, but not in the SDK`);
    }
  }
}

/** A shape with only a type needs no object. */
const compact = (shape: ConstrainedShape): ShapeInFile =>
  Object.values(shape).some((value) => value !== undefined && value !== shape.type) ? shape : shape.type;

function constraintsOf({ min, max, pattern, enum: values }: Published, path: string): Constraints {
  return changed({ min, max, pattern, enum: values }, CORRECTIONS, path);
}

const changed = (constraints: Constraints, changes: typeof CORRECTIONS, path: string): Constraints =>
  changes.reduce((result, [where, change]) => (where.test(path) ? { ...result, ...change } : result), constraints);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const published = JSON.parse(readFileSync("server/api/constraints.json", "utf8"));
  writeFileSync("server/api/model.json", formatModel(buildModel(published)));
}
