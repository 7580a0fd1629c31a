import { type KeyType, serviceKeys } from "../../catalog/condition-keys.ts";
import { GLOBAL_CONDITION_KEYS } from "../../catalog/global-condition-keys.ts";
import { referencedService } from "../../catalog/service-reference.ts";

/** A condition key as AWS's references have it. */
export interface KnownKey {
  /** With variables, such as `aws:RequestTag/${TagKey}`. */
  readonly name: string;
  readonly type: KeyType;
}

/** Keys that sessions bring along, whatever the action (IAM User Guide, pages of the services). */
const OF_SESSIONS: Readonly<Record<string, KeyType>> = {
  "ec2:RoleDelivery": "Numeric",
  "ec2:SourceInstanceARN": "ARN",
  "glue:CredentialIssuingService": "String",
  "glue:RoleAssumedBy": "String",
  "identitystore:UserId": "String",
  "lambda:SourceFunctionArn": "ARN",
  "ssm:SourceInstanceARN": "ARN",
  "codebuild:BuildArn": "ARN",
  "codebuild:ProjectArn": "ARN",
};

/** Whether the key comes with a session, or is global, so that it does not depend on the action. */
export const isOfAnyAction = (key: string): boolean =>
  /^aws:/i.test(key) || find(key, Object.keys(OF_SESSIONS)) !== undefined;

/**
 * The key under its name; undefined for one that the references do not have. `federated` for the keys of identity providers, whose
 * prefix is the provider's, and of AWS Marketplace's catalog: nothing is known of them.
 */
export function knownKey(key: string): KnownKey | "federated" | undefined {
  const prefix = key.slice(0, key.indexOf(":")).toLowerCase();
  if (prefix === "aws") return among(key, GLOBAL_CONDITION_KEYS);
  if (prefix.includes(".") || prefix === "saml" || prefix === "catalog") return "federated";
  return among(key, serviceKeys(prefix)?.types ?? {}) ?? among(key, OF_SESSIONS);
}

/** The names of the keys that a prefix has. */
export const keysOfPrefix = (prefix: string): string[] =>
  prefix === "aws" ? Object.keys(GLOBAL_CONDITION_KEYS) : Object.keys(serviceKeys(prefix)?.types ?? {});

/** Whether an action of a service, or what it acts on, knows the key. Names as AWS spells them. */
export function actionKnows(prefix: string, action: string, key: KnownKey): boolean {
  const keys = serviceKeys(prefix);
  const place = keys === undefined ? -1 : Object.keys(keys.types).indexOf(key.name);
  return place >= 0 && (keys!.actions[action] ?? []).includes(place);
}

/** Whether anything of a service knows the key; nothing is known of services that the reference does not have. */
export const serviceKnows = (prefix: string, key: KnownKey): boolean =>
  referencedService(prefix) === undefined || Object.hasOwn(serviceKeys(prefix)?.types ?? {}, key.name);

/** Whether requests have several values for the key. */
export const isMultivalued = ({ type }: KnownKey): boolean => type.startsWith("ArrayOf");

function among(key: string, types: Readonly<Record<string, KeyType>>): KnownKey | undefined {
  const name = find(key, Object.keys(types));
  return name === undefined ? undefined : { name, type: types[name]! };
}

function find(key: string, names: readonly string[]): string | undefined {
  const folded = key.toLowerCase();
  return (
    names.find((name) => name.toLowerCase() === folded) ??
    names.find((name) => fits(folded, withVariable(name).toLowerCase()))
  );
}

/** The reference has the keys of some services' tags with a word for the variable, or with nothing in its place. */
const withVariable = (name: string): string => name.replace(/(?<=ResourceTag\/)(?:tag-key)?$/i, "${TagKey}");

/** Whether a key is one of those with a variable in them: `s3:existingobjecttag/${key}`. */
function fits(key: string, name: string): boolean {
  if (!name.includes("${")) return false;
  const start = name.slice(0, name.indexOf("${"));
  const end = name.slice(name.lastIndexOf("}") + 1);
  return key.length > start.length + end.length && key.startsWith(start) && key.endsWith(end);
}
