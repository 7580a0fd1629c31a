import { baseOperator } from "../conditions.ts";
import type { PolicyKind } from "../document.ts";
import { type Fault, type FaultKind, placeIn } from "../faults.ts";
import type { Json } from "../json.ts";
import { VERSION_2008 } from "../structure.ts";
import type { Code } from "./checks.ts";
import { found, type LintFinding } from "./finding.ts";

interface About {
  readonly kind: PolicyKind;
  readonly json: Json | undefined;
}

type Teller = (fault: Fault, about: About) => LintFinding;

/** What makes IAM refuse a document, as a finding: under Access Analyzer's code where it has one. */
export function fromFault(fault: Fault, about: About): LintFinding {
  return { ...TELLERS[fault.kind](fault, about), refusal: fault.message };
}

/** Of what Access Analyzer has no check for, the plain words are the finding. */
const refused = (fault: Fault): LintFinding => ({
  ...found("REFUSED_BY_IAM", fault.steps, {}, placeOf(fault)),
  message: fault.detail,
});

const simply =
  (code: Code): Teller =>
  (fault) =>
    found(code, fault.steps, {}, placeOf(fault));

const placeOf = ({ atName }: Fault): { readonly atName?: true } => ({ ...(atName && { atName }) });
const spanOf = ({ start, end }: Fault) => ({ span: { start: start.offset, end: end.offset } });
const nameIn = ({ steps }: Fault): string => String(steps.at(-1));

/** The text at a fault; empty for anything else. */
function textAt({ steps }: Fault, { json }: About): string {
  const { value } = placeIn(json, steps);
  return value?.type === "text" ? value.value : "";
}

const TELLERS: Readonly<Record<FaultKind, Teller>> = {
  "json-syntax": (fault) => {
    const { offset, line, column } = fault.start;
    const more = { ...spanOf(fault), hint: fault.detail };
    return found("JSON_SYNTAX_ERROR", [], { index: offset, line, column }, more);
  },
  "duplicate-element": (fault) => found("DUPLICATE_ELEMENT", [], {}, spanOf(fault)),
  "leading-blanks": (fault) => ({ ...found("REFUSED_BY_IAM", [], {}, spanOf(fault)), message: fault.detail }),
  "wrong-type": wrongType,
  "unknown-element": (fault) => {
    const element = nameIn(fault);
    const hint = `There may be ${fault.detail.split("there may be ").at(-1)}`;
    return found("INVALID_POLICY_ELEMENT", fault.steps, { element }, { ...placeOf(fault), hint });
  },
  "unknown-operator": (fault) => {
    const operator = nameIn(fault);
    const code = /^(?:\w+:)?NullIfExists$/.test(operator) ? "NULL_WITH_IF_EXISTS" : "INVALID_CONDITION_OPERATOR";
    return found(code, fault.steps, { operator }, placeOf(fault));
  },
  version: (fault, about) => {
    const version = textAt(fault, about);
    if (!placeIn(about.json, fault.steps).isThere) return found("MISSING_VERSION", fault.steps);
    // Only some kinds of policy may have the older one.
    if (version === VERSION_2008) return refused(fault);
    return found("INVALID_VERSION", fault.steps, { version, versions: "2012-10-17, 2008-10-17" });
  },
  "no-statement": simply("MISSING_STATEMENT"),
  "statement-before-version": refused,
  "missing-element": missingElement,
  "conflicting-elements": (fault) => {
    const other = nameIn(fault);
    const values = { one: other.replace(/^Not/, ""), other };
    return found("UNSUPPORTED_ELEMENT_COMBINATION", fault.steps, values, placeOf(fault));
  },
  "element-not-allowed": elementNotAllowed,
  effect: (fault, about) => {
    const effect = textAt(fault, about);
    if (about.kind === "rcp" && effect === "Allow") return found("RCP_SYNTAX_ERROR_ALLOW", fault.steps);
    return found("INVALID_EFFECT", fault.steps, { effect });
  },
  principal: principalFault,
  action: (fault, about) => {
    const action = textAt(fault, about);
    const type = "AWS::IAM::AssumeRolePolicyDocument";
    if (about.kind === "rcp") return found("RCP_SYNTAX_ERROR_ACTION", fault.steps);
    if (about.kind === "trust") return found("UNSUPPORTED_ACTION_IN_POLICY", fault.steps, { action, type });
    return found("INVALID_ACTION", fault.steps, { action }, { hint: fault.detail });
  },
  resource: resourceFault,
  sid: simply("UNSUPPORTED_SID"),
  "duplicate-sid": simply("UNIQUE_SIDS_REQUIRED"),
  "condition-value": (fault) => {
    const operator = String(fault.steps[3]);
    const [, code] = LITERALS.find(([pattern]) => pattern.test(baseOperator(operator) ?? "")) ?? [];
    return code === undefined ? refused(fault) : found(code, fault.steps, { operator });
  },
  "missing-condition": ({ message, steps }) => {
    const isGitHub = message.includes("token.actions.githubusercontent.com");
    return found(isGitHub ? "MISSING_GITHUB_REPO_CONDITION_KEY" : "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", steps);
  },
};

const LITERALS: readonly (readonly [RegExp, Code])[] = [
  [/^Date/, "TYPE_MISMATCH_DATE"],
  [/^Numeric/, "TYPE_MISMATCH_NUMBER"],
  [/IpAddress$/, "TYPE_MISMATCH_IP_RANGE"],
];

function wrongType(fault: Fault): LintFinding {
  if (nameIn(fault).endsWith("Principal") && fault.steps.length === 3) {
    return found("INVALID_PRINCIPAL_FORMAT", fault.steps);
  }
  const type = /object/.test(fault.detail) ? "Object" : "String";
  return found("DATA_TYPE_MISMATCH", fault.steps, { type });
}

const EMPTY: Readonly<Record<string, Code>> = {
  Action: "EMPTY_ARRAY_ACTION",
  Resource: "EMPTY_ARRAY_RESOURCE",
  Principal: "EMPTY_ARRAY_PRINCIPAL",
};
const MISSING: Readonly<Record<string, Code>> = {
  Action: "MISSING_ACTION",
  Resource: "MISSING_RESOURCE",
  Principal: "MISSING_PRINCIPAL",
  Effect: "MISSING_EFFECT",
};

/** What is absent, or there and empty. */
function missingElement(fault: Fault, { json }: About): LintFinding {
  const { isThere, value } = placeIn(json, fault.steps);
  if (isThere && value?.type === "object" && value.members.size === 0)
    return found("EMPTY_OBJECT_PRINCIPAL", fault.steps);
  const code = (isThere ? EMPTY : MISSING)[nameIn(fault).replace(/^Not/, "")];
  return code === undefined ? refused(fault) : found(code, fault.steps);
}

function elementNotAllowed(fault: Fault, { kind }: About): LintFinding {
  const name = nameIn(fault);
  const at = (code: Code, values = {}) => found(code, fault.steps, values, placeOf(fault));
  if (kind === "trust" && name === "Resource") return at("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE");
  if (kind === "trust" && name === "NotResource") return at("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTRESOURCE");
  if (kind === "rcp" && name === "NotAction") return at("RCP_SYNTAX_ERROR_NOTACTION");
  if (kind === "trust" || !name.endsWith("Principal")) return refused(fault);
  return kind === "scp" ? at("SCP_SYNTAX_ERROR_PRINCIPAL") : at("UNSUPPORTED_PRINCIPAL", { type: "IDENTITY_POLICY" });
}

const PRINCIPAL_KEYS = ["AWS", "Service", "Federated", "CanonicalUser"];

function principalFault(fault: Fault, about: About): LintFinding {
  const { steps } = fault;
  const text = textAt(fault, about);
  const key = steps[3] === undefined ? undefined : String(steps[3]);
  if (about.kind === "rcp") return found("RCP_SYNTAX_ERROR_PRINCIPAL", steps);
  if (key === undefined) {
    const code = text === "*" ? "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL" : "INVALID_PRINCIPAL_FORMAT";
    return found(code, steps);
  }
  if (!PRINCIPAL_KEYS.includes(key))
    return found("INVALID_PRINCIPAL_KEY", steps.slice(0, 4), { key }, { atName: true });
  if (/[*?]/.test(text)) return found("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", steps, { key });
  const format = "<service>.amazonaws.com";
  return key === "Service" ? found("INVALID_SERVICE_PRINCIPAL_FORMAT", steps, { format }) : refused(fault);
}

function resourceFault(fault: Fault, about: About): LintFinding {
  const parts = textAt(fault, about).split(":");
  if (fault.message.startsWith("Partition")) return refused(fault);
  const code =
    parts.length < 6 ? "MISSING_ARN_FIELD" : REGION.test(fault.message) ? "ARN_REGION_NOT_ALLOWED" : undefined;
  const values = { number: 6, service: parts[2] ?? "" };
  return found(code ?? "INVALID_ARN_RESOURCE", fault.steps, values, { hint: fault.detail });
}

const REGION = /region information/;
