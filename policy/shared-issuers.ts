import type { Finding } from "./faults.ts";
import { Glob } from "./glob.ts";
import type { ConditionEntry, StatementStructure } from "./structure.ts";

/**
 * A check that a role must make on tokens of an issuer with many customers: without a condition on the claim that tells
 * them apart, any customer of the issuer could assume the role (evidence: trust-shared-issuers).
 */
interface Control {
  /** Condition keys in lower case; one of them must be tested. */
  readonly keys: readonly string[];
  readonly operators: RegExp;
  readonly accepts: (value: string) => boolean;
  /** Whether the keys must be spelt as they are here. */
  readonly exactKeys?: boolean;
}

const POSITIVE = /^(?:ForAllValues:|ForAnyValue:)?String(?:Equals|Like|EqualsIgnoreCase)$/;
const notStar = (value: string): boolean => value !== "*";

const claims = (issuer: string, ...names: string[]): Control => ({
  keys: names.map((name) => `${issuer}:${name}`),
  operators: POSITIVE,
  accepts: notStar,
});

/** Issuers that are built into IAM; policies name them without a provider ARN. */
const loginWith = (issuer: string, ...names: string[]): Control => ({
  keys: names.map((name) => `${issuer}:${name}`),
  operators: /^String(?:Equals|EqualsIgnoreCase)$/,
  accepts: () => true,
  exactKeys: true,
});

const bySubject = (issuer: string): [string, Control] => [issuer, claims(issuer, "sub")];
const byAudience = (issuer: string): [string, Control] => [issuer, claims(issuer, "aud")];

const AZURE_SENTINEL = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d";

const CONTROLS = new Map<string, Control>([
  byAudience("cognito-identity.amazonaws.com"),
  [AZURE_SENTINEL, { keys: ["sts:rolesessionname"], operators: POSITIVE, accepts: notStar }],
  bySubject("agent.buildkite.com"),
  bySubject("oidc.codefresh.io"),
  bySubject("studio.datachain.ai/api"),
  bySubject("oidc-configuration.audit-log.githubusercontent.com"),
  bySubject("vstoken.actions.githubusercontent.com"),
  bySubject("gitlab.com"),
  byAudience("api.pulumi.com/oidc"),
  byAudience("sandboxes.cloud"),
  bySubject("scalr.io"),
  bySubject("tokens.cloud.shisho.dev"),
  bySubject("app.terraform.io"),
  bySubject("proidc.upbound.io"),
  byAudience("oidc.vercel.com"),
  ["accounts.google.com", loginWith("accounts.google.com", "aud", "oaud", "sub")],
  ["www.amazon.com", loginWith("www.amazon.com", "app_id", "sub")],
  ["graph.facebook.com", loginWith("graph.facebook.com", "app_id", "sub")],
]);

const GITHUB = "token.actions.githubusercontent.com";

function controlOf(issuer: string): Control | undefined {
  if (!issuer.startsWith(GITHUB)) return CONTROLS.get(issuer);
  // An enterprise's own issuer is a path below GitHub's; its claims may be tested under either name.
  const keys = [...new Set([issuer, GITHUB])].flatMap((name) => [`${name}:sub`, `${name}:job_workflow_ref`]);
  return { keys, operators: POSITIVE, accepts: (value) => value.trim() !== "" && !value.startsWith("*") };
}

/**
 * The fault of a statement that trusts a shared issuer without a condition on its own part of it; the path is the
 * statement's.
 */
export function sharedIssuerFinding(statement: StatementStructure): Finding | undefined {
  if (statement.effect !== "Allow" || !allowsWebIdentity(statement.actions ?? [])) return undefined;
  const federated = (statement.principals ?? []).filter(({ type }) => type === "Federated");
  const issuers = new Set(federated.map(({ value }) => value.split(":oidc-provider/").at(-1)!.toLowerCase()));
  const conditions = byKey(statement.conditions);
  for (const issuer of issuers) {
    const control = controlOf(issuer);
    if (control === undefined || isMet(control, conditions)) continue;
    const detail = `A condition on ${control.keys.join(" or ")} must be present for the provider ${issuer}`;
    // Only Cognito's text is known (evidence: trust-shared-issuers).
    const message =
      issuer === "cognito-identity.amazonaws.com"
        ? "A condition block must be present for the Cognito provider"
        : detail;
    return { kind: "missing-condition", message, detail: `${detail}.`, path: ["Condition"] };
  }
  return undefined;
}

/** Conditions by key, in lower case. */
type ConditionsByKey = ReadonlyMap<string, readonly ConditionEntry[]>;

function byKey(conditions: readonly ConditionEntry[]): ConditionsByKey {
  const filed = new Map<string, ConditionEntry[]>();
  for (const condition of conditions) {
    const key = condition.key.toLowerCase();
    const ofKey = filed.get(key);
    if (ofKey === undefined) filed.set(key, [condition]);
    else ofKey.push(condition);
  }
  return filed;
}

function isMet({ keys, operators, accepts, exactKeys = false }: Control, conditions: ConditionsByKey): boolean {
  const tests = keys
    .flatMap((key) => conditions.get(key) ?? [])
    .filter(({ operator, key }) => operators.test(operator) && (!exactKeys || keys.includes(key)));
  return tests.length > 0 && tests.every(({ values }) => values.every(accepts));
}

function allowsWebIdentity(actions: readonly string[]): boolean {
  return actions.some((action) => Glob.of(action.toLowerCase()).matches("sts:assumerolewithwebidentity"));
}
