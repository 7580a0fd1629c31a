import { ambiguous, CannotMap } from "./cannot-map.ts";
import type { Headers } from "./headers.ts";
import { bodyText } from "./json-body.ts";
import { readParameters, type Target } from "./target.ts";

// The Query protocol: parameters such as `Tags.member.1.Key` spell a structure.

/** Parameters of presigned requests, which no operation has. */
const OF_SIGNATURES = /^X-Amz-/i;

/** The parameters of query and form together. Throws CannotMap where both name one, or the body is something else than a form. */
export function queryParameters({ query }: Target, headers: Headers, body: Uint8Array): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of query) if (!OF_SIGNATURES.test(name)) parameters.set(name, value);
  if (body.length === 0) return parameters;
  const type = headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(?:;\s*charset=utf-8\s*)?$/i.test(type)) {
    throw ambiguous(`its body's type is ${type === "" ? "not given" : type}, where a form was expected`);
  }
  for (const [name, value] of readParameters(bodyText(body))) {
    if (parameters.has(name)) throw ambiguous(`its parameter ${name} occurs in the query and in the body`);
    parameters.set(name, value);
  }
  return parameters;
}

/** No input is nested more deeply. */
const DEEPEST = 32;

interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

const node = (): Node => ({ children: new Map() });

/**
 * The input that parameters spell: `Tags.member.1.Key` is an element of a list, `Attributes.entry.1.key` a name in a map, and
 * `Attribute.1.Name` an element of a flat list. Throws CannotMap for a name that is a text and a structure at once.
 */
export function queryInput(parameters: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  const root = node();
  for (const [name, value] of parameters) {
    let at = root;
    const parts = name.split(".", DEEPEST + 1);
    if (parts.length > DEEPEST) throw new CannotMap("The request has a parameter that is nested too deeply.");
    for (const part of parts) {
      let next = at.children.get(part);
      if (!next) at.children.set(part, (next = node()));
      at = next;
    }
    at.value = value;
  }
  return Object.fromEntries([...root.children].map(([name, child]) => [name, valueOf(child, name)]));
}

function valueOf({ value, children }: Node, name: string): unknown {
  if (children.size === 0) return value;
  // An empty text beside elements, or what some clients send for an empty list.
  if (value !== undefined) throw new CannotMap(`The request's parameter ${name} is a text and a structure at once.`);
  const [first] = children.keys();
  const only = children.size === 1 ? children.get(first!)! : undefined;
  if (only !== undefined && first === "member") return valueOf(only, name);
  if (only !== undefined && first === "entry") return mapOf(only, name);
  const indexed = [...children.keys()].every((key) => /^[1-9]\d{0,4}$/.test(key));
  const entries = [...children].map(([key, child]) => [key, valueOf(child, name)] as const);
  if (indexed) return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, element]) => element);
  return Object.fromEntries(entries);
}

function mapOf(entries: Node, name: string): unknown {
  const pairs = [...entries.children.values()].map((entry) => {
    const part = (key: string) => entry.children.get(key) ?? node();
    return [part("key").value ?? part("Name").value ?? "", valueOf(part("value"), name)] as const;
  });
  const names = new Set(pairs.map(([key]) => key));
  if (names.size < pairs.length) throw ambiguous(`its parameter ${name} names an entry twice`);
  return Object.fromEntries(pairs);
}

/** What SQS calls its lists and maps in the Query protocol, element by element. */
const SQS_NAMES: Readonly<Record<string, string>> = {
  Attribute: "Attributes",
  AttributeName: "AttributeNames",
  AWSAccountId: "AWSAccountIds",
  ActionName: "Actions",
  TagKey: "TagKeys",
};

/** The input of an operation of SQS with the names that its members have in JSON. Throws CannotMap where that names one twice. */
export function fromSqsQuery(
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const members = Object.entries(input).map(([name, value]) => {
    if (name === "Tag") return [operation === "CreateQueue" ? "tags" : "Tags", value] as const;
    if (name === "Attribute") return ["Attributes", attributesOf(value)] as const;
    return [Object.hasOwn(SQS_NAMES, name) ? SQS_NAMES[name]! : name, value] as const;
  });
  const names = new Set(members.map(([name]) => name));
  if (names.size < members.length) throw ambiguous("it names a member twice, in the spellings of two protocols");
  return Object.fromEntries(members);
}

function attributesOf(value: unknown): unknown {
  if (!Array.isArray(value)) throw new CannotMap("Attribute should be a list.");
  const pairs = (value as { readonly Name?: unknown; readonly Value?: unknown }[]).map(
    ({ Name, Value }) => [String(Name), Value] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw ambiguous("it names an attribute twice");
  return Object.fromEntries(pairs);
}
