import type { AccessRequest, Policies, RequestPrincipal } from "./evaluate.ts";

// A second evaluator, written from the IAM User Guide alone and sharing no code with the first: it reads the documents
// anew for each request and takes no short cuts. Tests compare the two.

type OneOrMore = string | string[];

export interface Statement {
  Effect: "Allow" | "Deny";
  Principal?: "*" | Record<string, OneOrMore>;
  Action?: OneOrMore;
  NotAction?: OneOrMore;
  Resource?: OneOrMore;
  NotResource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
}

const statementsOf = (document: string): Statement[] => [JSON.parse(document).Statement].flat();
const list = (values: OneOrMore): string[] => [values].flat();

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${source}$`).test(text);
}

/** Puts wildcards that are none behind characters that nothing else uses. */
const hide = (text: string): string => text.replaceAll("*", "\ue000").replaceAll("?", "\ue001");

/** The text with the values of its variables, or undefined if one has none. */
function fill(text: string, { keys }: AccessRequest, protect: (value: string) => string): string | undefined {
  let missing = false;
  const filled = text.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    const [name = "", fallback] = inside.split(", ");
    const value = keys[name] ?? fallback?.slice(1, -1);
    if (typeof value === "string") return protect(value);
    missing = true;
    return "";
  });
  return missing ? undefined : filled;
}

function arnLike(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const [patternParts, parts] = [pattern.split(":"), arn.split(":")];
  if (patternParts.length < 6 || parts.length < 6) return false;
  const last = (all: string[]) => [...all.slice(0, 5), all.slice(5).join(":")];
  return last(patternParts).every((part, i) => like(part, last(parts)[i]!));
}

/** In a resource, a `*` at the end stands for the parts that are missing. */
function withMissingParts(pattern: string): string {
  const missing = 6 - pattern.split(":").length;
  return pattern !== "*" && pattern.endsWith("*") && missing > 0 ? pattern + ":*".repeat(missing) : pattern;
}

const ipv4 = (text: string): number => text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);

const OPERATORS: Record<string, (literal: string, value: string) => boolean> = {
  StringEquals: (literal, value) => literal === value,
  StringEqualsIgnoreCase: (literal, value) => literal.toLowerCase() === value.toLowerCase(),
  StringLike: like,
  NumericEquals: (literal, value) => Number(value) === Number(literal),
  NumericLessThan: (literal, value) => Number(value) < Number(literal),
  NumericGreaterThanEquals: (literal, value) => Number(value) >= Number(literal),
  DateGreaterThan: (literal, value) => Date.parse(value) > Date.parse(literal),
  Bool: (literal, value) => (value.toLowerCase() === "true") === (literal.toLowerCase() === "true"),
  IpAddress(literal, value) {
    const [network = "", bits] = literal.split("/");
    const size = 2 ** (32 - Number(bits));
    return Math.floor(ipv4(network) / size) === Math.floor(ipv4(value) / size);
  },
  ArnLike: arnLike,
};

const NEGATED: Record<string, string> = {
  StringNotEquals: "StringEquals",
  StringNotLike: "StringLike",
  NumericNotEquals: "NumericEquals",
  NotIpAddress: "IpAddress",
  ArnNotLike: "ArnLike",
};

function isMet(operator: string, key: string, literals: string[], request: AccessRequest): boolean {
  const actual = request.keys[key];
  if (operator === "Null") return literals.some((literal) => (literal === "true") === (actual === undefined));
  const [, set, name = "", ifExists] = /^(?:(.*):)?(.*?)(IfExists)?$/.exec(operator)!;
  const negated = name in NEGATED;
  const test = OPERATORS[NEGATED[name] ?? name]!;
  const protect = name.includes("Like") ? hide : String;
  const holds = (value: string) => {
    const expected = literals.flatMap((literal) => fill(literal, request, protect) ?? []);
    return expected.some((literal) => test(literal, protect(value))) !== negated;
  };
  if (actual === undefined) return ifExists !== undefined || (set === undefined ? negated : set === "ForAllValues");
  if (set === undefined) return typeof actual === "string" && holds(actual);
  const values = [actual].flat();
  return set === "ForAllValues" ? values.every(holds) : values.some(holds);
}

/** Whether a statement is about the request, and its conditions are met; whom it names is not looked at. */
export function fits(statement: Statement, request: AccessRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const isAction = (pattern: string) => like(pattern.toLowerCase(), request.action.toLowerCase());
  const isResource = (pattern: string) => {
    const filled = fill(pattern, request, hide);
    return filled !== undefined && arnLike(withMissingParts(filled), hide(request.resource));
  };
  return (
    (Action ? list(Action).some(isAction) : !list(NotAction!).some(isAction)) &&
    (Resource ? list(Resource).some(isResource) : !NotResource || !list(NotResource).some(isResource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, literals]) => isMet(operator, key, list(literals), request)),
    )
  );
}

type Way = "anyone" | "account" | "role" | "itself";

/** The ways in which a Principal element speaks of the caller. */
function waysIn({ Principal }: Statement, caller: RequestPrincipal, bindings: Readonly<Record<string, string>>): Way[] {
  if (Principal === "*") return ["anyone"];
  return Object.entries(Principal ?? {}).flatMap(([type, values]) =>
    list(values).flatMap((value): Way[] => {
      if (type === "Service") return "service" in caller && caller.service === value ? ["itself"] : [];
      if (type === "Federated") return "provider" in caller && caller.provider === value ? ["itself"] : [];
      if (value === "*") return "provider" in caller ? [] : ["anyone"];
      if (!("account" in caller)) return [];
      if (value === caller.account || value === `arn:aws:iam::${caller.account}:root`) {
        return caller.type === "root" ? ["account", "itself"] : ["account"];
      }
      const is = (arn: string, id: string) => (value in bindings ? bindings[value] === id : value === arn);
      if (caller.type === "user" && is(caller.arn, caller.id)) return ["itself"];
      if (caller.type === "role" && is(caller.roleArn, caller.id)) return ["role"];
      if (caller.type === "federated-user" && is(caller.issuerArn, caller.issuerId)) return ["role"];
      return value === caller.arn && !(value in bindings) ? ["itself"] : [];
    }),
  );
}

/** `allowed`, `explicitDeny` or `implicitDeny`. */
export function decide(policies: Policies, request: AccessRequest): string {
  const { principal } = request;
  const { scps = [], rcps = [], identity, boundary, session, resource, trust } = policies;
  const applying = (documents: readonly { document: string }[]) =>
    documents.flatMap(({ document }) => statementsOf(document)).filter((statement) => fits(statement, request));
  const own = trust ?? resource;
  const bindings = own?.bindings ?? {};
  const ofResource = (own ? applying([own]) : []).filter(
    (statement) => waysIn(statement, principal, bindings).length > 0,
  );

  const others = [...scps.flat(), ...rcps.flat(), ...identity, ...(boundary ? [boundary] : []), ...(session ?? [])];
  if ([...ofResource, ...applying(others)].some(({ Effect }) => Effect === "Deny")) return "explicitDeny";

  const allows = (documents: readonly { document: string }[]) =>
    applying(documents).some(({ Effect }) => Effect === "Allow");
  if (![...scps, ...rcps].every(allows)) return "implicitDeny";

  const ways = ofResource.flatMap((statement) => waysIn(statement, principal, bindings));
  const account =
    "account" in principal ? principal.account : "provider" in principal ? principal.provider.split(":")[4] : undefined;
  const isRoot =
    principal.type === "root" || (principal.type === "federated-user" && principal.issuerId === principal.account);
  const byIdentity = isRoot || allows(identity);
  const limited = (!boundary || allows([boundary])) && (!session || allows(session));

  if (trust === null) return "implicitDeny";
  if (account !== undefined && account !== request.resourceAccount) {
    return (!own || ways.length > 0) && byIdentity && limited ? "allowed" : "implicitDeny";
  }
  if (trust && ways.length === 0) return "implicitDeny";
  if (trust ? ways.includes("itself") : ways.some((way) => way !== "role")) return "allowed";
  return (ways.includes("role") || byIdentity) && limited ? "allowed" : "implicitDeny";
}
