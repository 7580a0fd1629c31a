import type { OrganizationRequest, PolicyRequest, UnitRequest } from "../handlers/organization.ts";
import { InvalidRequest } from "./web/errors.ts";
import { accountId, knownMembers, optionalBoolean, optionalString, requiredString } from "./web/input.ts";

/** Reads an organization from JSON; `own` is the management account unless another is named. Throws InvalidRequest. */
export function organizationFrom(value: unknown, own: string): OrganizationRequest {
  const body = knownMembers(value ?? {}, [
    "id",
    "managementAccount",
    "allFeatures",
    "trustedAccess",
    "delegatedAdministrators",
    "root",
  ]);
  return {
    id: idFrom(body, ORGANIZATION_ID),
    managementAccount: accountId(optionalString(body, "managementAccount"), own),
    allFeatures: optionalBoolean(body, "allFeatures"),
    trustedAccess: optionalBoolean(body, "trustedAccess"),
    delegatedAdministrators: accountsFrom(body, "delegatedAdministrators"),
    root: unitFrom(body["root"] ?? {}, ROOT_ID),
  };
}

// From the API reference of AWS Organizations.
const ORGANIZATION_ID = /^o-[a-z0-9]{10,32}$/;
const ROOT_ID = /^r-[0-9a-z]{4,32}$/;
const UNIT_ID = /^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/;
const POLICY_ID = /^p-[0-9a-zA-Z_]{8,128}$/;

type Body = Readonly<Record<string, unknown>>;

function unitFrom(value: unknown, pattern: RegExp): UnitRequest {
  const isRoot = pattern === ROOT_ID;
  const members = ["id", "name", "scps", "rcps", "accounts", "children"];
  const body = knownMembers(value, members, isRoot ? "root" : "Each of children");
  return {
    id: idFrom(body, pattern),
    name: isRoot ? optionalString(body, "name") : requiredString(body, "name"),
    scps: policiesFrom(body, "scps"),
    rcps: policiesFrom(body, "rcps"),
    accounts: accountsFrom(body, "accounts"),
    children: list(body, "children")?.map((child) => unitFrom(child, UNIT_ID)),
  };
}

/** A list of `{name, document}`; the document may be JSON or a text of JSON. */
function policiesFrom(body: Body, name: string): readonly PolicyRequest[] | undefined {
  return list(body, name)?.map((value) => {
    const policy = knownMembers(value, ["id", "name", "document"], `Each of ${name}`);
    const { document } = policy;
    return {
      name: requiredString(policy, "name"),
      policyId: idFrom(policy, POLICY_ID),
      document: typeof document === "string" ? document : JSON.stringify(document ?? {}),
    };
  });
}

function accountsFrom(body: Body, name: string): readonly string[] | undefined {
  return list(body, name)?.map((value) => {
    if (typeof value !== "string") throw InvalidRequest(`${name} must be a list of account numbers in quotes.`);
    return accountId(value, "");
  });
}

function list(body: Body, name: string): readonly unknown[] | undefined {
  const value = body[name];
  if (value === undefined || Array.isArray(value)) return value;
  throw InvalidRequest(`${name} must be a list.`);
}

function idFrom(body: Body, pattern: RegExp): string | undefined {
  const id = optionalString(body, "id");
  if (id !== undefined && !pattern.test(id)) {
    throw InvalidRequest(`The id ${JSON.stringify(id)} does not fit ${pattern.source}.`);
  }
  return id;
}
