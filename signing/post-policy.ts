import { accessDenied } from "./s3-errors.ts";
import { byName, type PostFields, type PostSignature } from "./post-signature.ts";
import { SigningError } from "./signing-error.ts";

// What the policy of an upload by a form demands of the form (evidence: gate-s3-post).

/** Of a file, in bytes, both included; undefined where the policy does not say. */
export type LengthRange = { readonly least: number; readonly most: number } | undefined;

interface Condition {
  readonly operator: "eq" | "starts-with";
  /** As it is written in the policy, without the dollar sign. */
  readonly name: string;
  /** The same in lower case. */
  readonly field: string;
  readonly value: string;
}

interface Policy {
  readonly expires: number;
  readonly conditions: readonly Condition[];
  readonly length: LengthRange;
}

/**
 * Checks a form against its policy, whose signature has been verified: it has not expired, every condition is met, and every field is in
 * one. `fields` are those before the file, with `${filename}` in the key replaced; `bucket` is the one that was posted to. Answers how long the file
 * may be (`checkPostLength`). Throws a SigningError in S3's words: InvalidPolicyDocument, AccessDenied.
 */
export function checkPostPolicy(post: PostSignature, fields: PostFields, bucket: string, now: number): LengthRange {
  const { expires, conditions, length } = readPolicy(post.policy);
  if (expires <= now) throw denied("Policy expired.");
  const form = new Map([...byName(fields), ["bucket", bucket]]);
  for (const condition of conditions) {
    if (!meets(form.get(condition.field) ?? "", condition)) {
      throw denied(`Policy Condition failed: ${written(condition)}`);
    }
  }
  const covered = new Set(conditions.map(({ field }) => field));
  const extra = fields.filter(([name]) => !covered.has(name.toLowerCase()) && !needsNoCondition(name.toLowerCase()));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.map(([name]) => name).join(", ")}`);
  return length;
}

/** `size` is the file's, in bytes. Throws a SigningError: EntityTooSmall, EntityTooLarge. */
export function checkPostLength(size: number, length: LengthRange): void {
  if (length === undefined) return;
  if (size > length.most) {
    throw outOfRange("EntityTooLarge", "exceeds the maximum allowed size", size, "MaxSizeAllowed", length.most);
  }
  if (size < length.least) {
    throw outOfRange(
      "EntityTooSmall",
      "is smaller than the minimum allowed size",
      size,
      "MinSizeAllowed",
      length.least,
    );
  }
}

const outOfRange = (code: string, fault: string, size: number, limitName: string, limit: number): SigningError =>
  new SigningError(code, 400, `Your proposed upload ${fault}`, undefined, {
    ProposedSize: String(size),
    [limitName]: String(limit),
  });

const denied = (fault: string): SigningError => accessDenied(`Invalid according to Policy: ${fault}`);
const invalid = (fault: string): SigningError =>
  new SigningError("InvalidPolicyDocument", 400, `Invalid Policy: ${fault}`);

const written = ({ operator, name, value }: Condition): string =>
  `[${[operator, `$${name}`, value].map((part) => JSON.stringify(part)).join(", ")}]`;

const needsNoCondition = (field: string): boolean =>
  field === "policy" || field === "x-amz-signature" || field === "file" || field.startsWith("x-ignore-");

/** Of a Content-Type that is a list, each has to begin so. */
function meets(value: string, { operator, field, value: demanded }: Condition): boolean {
  if (operator === "eq") return value === demanded;
  const values = field === "content-type" ? value.split(",") : [value];
  return values.every((one) => one.startsWith(demanded));
}

function readPolicy(base64: string): Policy {
  const document = parse(base64);
  const { expiration, conditions } = document;
  if (typeof expiration !== "string") throw invalid("Policy missing expiration.");
  const expires = ISO.test(expiration) ? Date.parse(expiration) : NaN;
  if (Number.isNaN(expires)) throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  if (!Array.isArray(conditions)) throw invalid("Policy missing conditions.");
  const read: Condition[] = [];
  let length: LengthRange;
  for (const demand of conditions as readonly unknown[]) {
    if (Array.isArray(demand) && demand[0] === "content-length-range") length = narrower(length, readRange(demand));
    else read.push(...readConditions(demand));
  }
  return { expires, conditions: read, length };
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function parse(base64: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    throw invalid("Invalid JSON.");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) throw invalid("Invalid JSON.");
  return document as Readonly<Record<string, unknown>>;
}

/** `{"name": "value"}`, or `["eq" or "starts-with", "$name", "value"]`. */
function readConditions(demand: unknown): readonly Condition[] {
  if (Array.isArray(demand) && demand.length === 3) {
    const [operator, name, value] = demand as readonly unknown[];
    const named = typeof name === "string" && name.startsWith("$") && typeof value === "string";
    if (named && (operator === "eq" || operator === "starts-with"))
      return [conditionOn(operator, name.slice(1), value)];
  } else if (typeof demand === "object" && demand !== null && !Array.isArray(demand)) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(demand);
    const readable = entries.every(([, value]) => typeof value === "string" || typeof value === "number");
    if (readable && entries.length > 0) return entries.map(([name, value]) => conditionOn("eq", name, String(value)));
  }
  throw invalidCondition(demand);
}

const conditionOn = (operator: Condition["operator"], name: string, value: string): Condition => ({
  operator,
  name,
  field: name.toLowerCase(),
  value,
});

const invalidCondition = (demand: unknown): SigningError => invalid(`Invalid condition: ${JSON.stringify(demand)}`);

function readRange(demand: readonly unknown[]): NonNullable<LengthRange> {
  const [least, most] = [demand[1], demand[2]].map((bound) =>
    (typeof bound === "number" || typeof bound === "string") && /^\d{1,15}$/.test(String(bound)) ? Number(bound) : -1,
  ) as [number, number];
  if (demand.length !== 3 || least < 0 || most < least) throw invalidCondition(demand);
  return { least, most };
}

const narrower = (one: LengthRange, other: NonNullable<LengthRange>): NonNullable<LengthRange> =>
  one === undefined ? other : { least: Math.max(one.least, other.least), most: Math.min(one.most, other.most) };
