import { ambiguous, CannotMap } from "../cannot-map.ts";
import {
  type Call,
  type Candidates,
  type Input,
  type KeyReader,
  object,
  objects,
  text,
  texts,
  UNKNOWABLE,
} from "../rule.ts";
import { readStatement, type Token } from "./partiql.ts";

// The condition keys of DynamoDB. Which attribute is the hash key, requests do not tell unless it is the only one.

/** A value of DynamoDB's, such as `{"S": "alice"}`, as the text that conditions compare. */
function valueText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.keys(value).length > 1) throw ambiguous("a value in its body has more than one type");
  for (const type of ["S", "N", "B"]) {
    const of = (value as Input)[type];
    if (typeof of === "string") return of;
    if (of instanceof Uint8Array) return Buffer.from(of).toString("base64");
  }
  return undefined;
}

/** The hash keys of the items that a request reads or writes (evidence: gate-dynamodb-leading-keys). */
export const leadingKeys: KeyReader = (input, call, resource) => {
  if (input["Statement"] !== undefined) return ofStatement(input, call, resource);
  const items = itemsOf(input);
  if (items.length > 0) return hashKeys(items, call.known.hashKey?.(resource));
  return ofCondition(input, call, resource);
};

function itemsOf(input: Input): readonly Input[] {
  if (input["Key"] !== undefined) return [object(input, "Key")];
  if (input["Item"] !== undefined) return [object(input, "Item")];
  if (input["Keys"] !== undefined) return objects(input, "Keys");
  return objects(input, "Requests").map((request) => {
    const [kind, second] = Object.keys(request);
    if (second !== undefined) throw ambiguous("an entry of its batch is two requests");
    return kind === "PutRequest"
      ? object(object(request, kind), "Item")
      : object(object(request, "DeleteRequest"), "Key");
  });
}

/** The hash keys; where it is not known which attribute that is, the values of all that it can be. */
function hashKeys(items: readonly Input[], hashKey: string | undefined): readonly string[] | Candidates {
  const found = new Set<string>();
  let sure = true;
  for (const item of items) {
    const names = hashKey !== undefined && Object.hasOwn(item, hashKey) ? [hashKey] : Object.keys(item);
    const values = names.flatMap((name) => valueText(item[name]) ?? []);
    for (const value of values) found.add(value);
    sure &&= names.length === 1 && values.length === 1 && (hashKey === undefined || names[0] === hashKey);
  }
  return sure ? [...found] : [UNKNOWABLE, ...found];
}

/** Of an expression, in characters. */
const LONGEST = 4096;
const NAME = "(#?[\\w.]+)";
const EQUATION = new RegExp(`^\\s*\\(*\\s*${NAME}\\s*=\\s*(:\\w+)\\s*\\)*\\s*$`);

/** Of a query, the value that the hash key must equal. With two equations it must be known which of the two is the hash key. */
function ofCondition(input: Input, call: Call, resource: string): readonly string[] | Candidates | undefined {
  const equal = equations(input);
  if (equal === undefined) return undefined;
  const hashKey = call.known.hashKey?.(resource);
  if (hashKey !== undefined && equal.get(hashKey) !== undefined) return [equal.get(hashKey)!];
  const values = [...equal.values()].flatMap((value) => value ?? []);
  if (values.length === 0) {
    throw new CannotMap("The gate cannot tell from KeyConditionExpression which items are meant.");
  }
  return hashKey === undefined && equal.size === 1 && values.length === 1 ? values : [UNKNOWABLE, ...values];
}

function equations(input: Input): ReadonlyMap<string, string | undefined> | undefined {
  const expression = text(input, "KeyConditionExpression");
  if (expression === undefined) {
    if (input["KeyConditions"] === undefined) return undefined;
    const conditions = Object.entries(object(input, "KeyConditions")) as [string, Input][];
    const equal = conditions.filter(([, condition]) => condition["ComparisonOperator"] === "EQ");
    return new Map(
      equal.map(([name, { AttributeValueList }]) => [name, valueText((AttributeValueList as unknown[])?.[0])]),
    );
  }
  if (expression.length > LONGEST) throw new CannotMap("KeyConditionExpression is longer than DynamoDB takes.");
  const names = object(input, "ExpressionAttributeNames");
  const values = object(input, "ExpressionAttributeValues");
  const found = new Map<string, string | undefined>();
  // Names and values may be called so, too: `#AND`.
  for (const part of expression.split(/(?<![#:\w.])AND\b/i)) {
    const [, name, value] = EQUATION.exec(part) ?? [];
    if (name === undefined) continue;
    if (found.has(text(names, name) ?? name)) throw ambiguous("its KeyConditionExpression equates an attribute twice");
    found.set(text(names, name) ?? name, valueText(values[value!]));
  }
  return found;
}

function ofStatement(input: Input, call: Call, resource: string): readonly string[] | typeof UNKNOWABLE {
  const { where } = readStatement(text(input, "Statement")!);
  const hashKey = call.known.hashKey?.(resource);
  if (hashKey === undefined || where === undefined) return UNKNOWABLE;
  const place = equationOf(where, hashKey);
  const value = where[place + 2];
  if (place >= 0 && value?.kind === "text") return [value.text];
  // A `?` stands for a parameter: the first, if no other comes before it.
  if (place >= 0 && value?.text === "?" && !where.slice(0, place).some(({ text: sign }) => sign === "?")) {
    const first = valueText((input["Parameters"] as readonly unknown[] | undefined)?.[0]);
    const alone = !/\?[\s\S]*\bWHERE\b/i.test(text(input, "Statement")!);
    if (first !== undefined && alone) return [first];
  }
  return UNKNOWABLE;
}

const isWord = (token: Token | undefined, words: RegExp) => token?.kind === "word" && words.test(token.text);
const isSign = (token: Token | undefined, sign: string) => token?.kind === "sign" && token.text === sign;

/** Where in a WHERE, of conditions that must all be met, one has an attribute equal a single value; -1 for nowhere. */
function equationOf(where: readonly Token[], name: string): number {
  if (where.some((token) => isWord(token, /^(?:OR|NOT|BETWEEN)$/i))) return -1;
  return where.findIndex((token, at) => {
    const isEquation = token.kind !== "text" && token.text === name && isSign(where[at + 1], "=");
    if (!isEquation) return false;
    const before = where.slice(0, at).findLast((one) => !isSign(one, "("));
    const after = where.slice(at + 3).find((one) => !isSign(one, ")"));
    const begins = before === undefined || isWord(before, /^AND$/i);
    return begins && (after === undefined || isWord(after, /^(?:AND|RETURNING)$/i));
  });
}

/** Whether a statement reads the whole table: not if its WHERE fixes the hash key, which must be known for that. */
export const fullTableScan: KeyReader = (input, call, resource) => {
  const statement = text(input, "Statement");
  if (statement === undefined) return undefined;
  const { where } = readStatement(statement);
  if (where === undefined) return "true";
  const hashKey = call.known.hashKey?.(resource);
  return hashKey === undefined ? UNKNOWABLE : String(equationOf(where, hashKey) < 0);
};

/** A `-` is no part of a name: it takes away. */
const IN_EXPRESSIONS = /#\w+|:\w+|[A-Za-z_]\w*|\.\s*#?\w+|\[\d+\]/g;
const WORDS = /^(?:SET|REMOVE|ADD|DELETE|AND|OR|NOT|BETWEEN|IN)$/i;
const FUNCTIONS =
  /^(?:attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size|if_not_exists|list_append)$/;
const EXPRESSIONS = [
  "ProjectionExpression",
  "FilterExpression",
  "KeyConditionExpression",
  "UpdateExpression",
  "ConditionExpression",
];

/** The names of the attributes at the top of all expressions, and of keys and items. */
export const attributes: KeyReader = (input) => {
  if (input["Statement"] !== undefined) return UNKNOWABLE;
  const names = object(input, "ExpressionAttributeNames");
  const found = new Set(itemsOf(input).flatMap((item) => Object.keys(item)));
  for (const member of EXPRESSIONS) {
    const expression = text(input, member);
    if (expression === undefined) continue;
    if (expression.length > LONGEST) throw new CannotMap(`${member} is longer than DynamoDB takes.`);
    for (const [token] of expression.matchAll(IN_EXPRESSIONS)) {
      const isName = !/^[:.[]/.test(token) && !WORDS.test(token) && !FUNCTIONS.test(token);
      if (isName) found.add(text(names, token) ?? token);
    }
  }
  for (const name of texts(input, "AttributesToGet")) found.add(name);
  for (const member of ["KeyConditions", "QueryFilter", "ScanFilter", "AttributeUpdates", "Expected"]) {
    for (const name of Object.keys(object(input, member))) found.add(name);
  }
  return found.size === 0 ? undefined : [...found];
};

/** What is returned, also where it goes without saying: for all attributes, ALL_ATTRIBUTES (evidence: gate-dynamodb-select). */
export const select: KeyReader = (input) => {
  if (input["Statement"] !== undefined) return UNKNOWABLE;
  const given = text(input, "Select");
  if (given !== undefined) return given;
  if (input["ProjectionExpression"] !== undefined || input["AttributesToGet"] !== undefined)
    return "SPECIFIC_ATTRIBUTES";
  return input["IndexName"] === undefined ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES";
};
