import { ValidationError } from "../handlers/errors.ts";
import {
  perStructure,
  type ApiOperation,
  type Constraints,
  type ListShape,
  type MapShape,
  type ScalarShape,
  type Shape,
  type Structure,
} from "./api/model.ts";

/**
 * Throws ValidationError, in AWS's words, if the input breaks the model's constraints: one sentence that lists the
 * failures (evidence: validation-sentence, validation-names, validation-paths, validation-alias), or IAM's own message
 * for a name, path or alias if everything else is valid.
 */
export function validate(operation: ApiOperation, input: object): void {
  const failures = failuresOf(operation.input, input);
  if (failures.length > 0) throw ValidationError(sentence(failures, operation.service.name === "sts"));
  wordedCheck(operation.input)(input);
}

/** The constraints of a structure that an input breaks, in AWS's order. */
export function failuresOf(structure: Structure, input: object): readonly Failure[] {
  const failures: Failure[] = [];
  structureCheck(structure)(input, "", failures);
  return failures;
}

export interface Failure {
  /** Such as `tags.1.member.key`. */
  readonly path: string;
  readonly shape: Shape;
  /** Null if the member is missing. */
  readonly value: unknown;
  readonly rule: string;
}

/** AWS counts and lists no more than this (evidence: validation-sentence). */
const MOST_FAILURES = 10;

/** The failures in one sentence. */
export function sentence(failures: readonly Failure[], showValues: boolean): string {
  const listed = failures.slice(0, MOST_FAILURES);
  const items = listed.map(({ path, shape, value, rule }) => {
    // STS shows the value, IAM does not since about 2024 (evidence: validation-value-echo).
    const shown = !showValues ? "" : value === null ? " null" : ` '${inJava(value, shape)}'`;
    return `Value${shown} at '${path}' failed to satisfy constraint: ${rule}`;
  });
  return `${listed.length} validation error${listed.length === 1 ? "" : "s"} detected: ${items.join("; ")}`;
}

/** A value as Java prints it: `[a, b]`, `Tag(key=a, value=b)` (evidence: validation-value-echo). */
function inJava(value: any, shape: Shape): string {
  if (value === undefined || value === null) return "null";
  switch (shape.type) {
    case "list":
      return `[${value.map((element: unknown) => inJava(element, shape.of)).join(", ")}]`;
    case "map":
      return `{${Object.entries(value)
        .map(([key, entry]) => `${key}=${inJava(entry, shape.of)}`)
        .join(", ")}}`;
    case "structure": {
      const members = shape.of.members.map(
        (member) => `${lowerFirst(member.name)}=${inJava(value[member.name], member.shape)}`,
      );
      return `${shape.of.name}(${members.join(", ")})`;
    }
    default:
      return String(value);
  }
}

/** The type of the value is the model's. */
type Check<T = any> = (value: T, path: string, failures: Failure[]) => void;

const structureCheck = perStructure<Check<Record<string, any>>>((structure) => {
  // Members get their checks on first use, since a structure may contain itself.
  let members: (readonly [name: string, path: string, required: boolean, shape: Shape, check: Check])[] | undefined;
  return (value, path, failures) => {
    members ??= inHashOrder(structure).map(({ name, required, shape }) => [
      name,
      lowerFirst(name),
      required,
      shape,
      checkOf(shape),
    ]);
    for (const [name, part, required, shape, check] of members) {
      const member = value[name];
      const at = path === "" ? part : `${path}.${part}`;
      if (!isAbsent(member, shape)) check(member, at, failures);
      else if (required) failures.push({ path: at, shape, value: null, rule: "Member must not be null" });
    }
  };
});

/** If a list has a minimum, AWS treats an empty one as missing (evidence: validation-empty-audience-list). */
const isAbsent = (value: any, shape: Shape): boolean =>
  value === undefined || (shape.type === "list" && shape.min !== undefined && value.length === 0);

function checkOf(shape: Shape): Check {
  switch (shape.type) {
    case "structure":
      return structureCheck(shape.of);
    case "list":
      return listCheck(shape);
    case "map":
      return mapCheck(shape);
    case "string":
      return stringCheck(shape);
    case "integer":
      return sizeCheck(shape, "value", (value: number) => value);
    default:
      return () => {};
  }
}

function stringCheck(shape: ScalarShape): Check<string> {
  const length = sizeCheck(shape, "length", (text: string) => text.length);
  const pattern = shape.worded && !WORDS[shape.worded].fits ? undefined : patternOf(shape);
  return (value, path, failures) => {
    const fails = (rule: string) => failures.push({ path, shape, value, rule });
    if (!shape.patternFirst) length(value, path, failures);
    if (pattern && !pattern.test(value)) fails(patternRule(shape.pattern!));
    if (shape.patternFirst) length(value, path, failures);
    if (shape.enum && !shape.enum.includes(value)) fails(enumRule(shape.enum));
  };
}

function sizeCheck<T>(shape: Shape, measure: "length" | "value", sizeOf: (value: T) => number): Check<T> {
  const { min = -Infinity, max = Infinity } = shape;
  return (value, path, failures) => {
    const size = sizeOf(value);
    if (size > max) failures.push({ path, shape, value, rule: maxRule(measure, max) });
    if (size < min) failures.push({ path, shape, value, rule: minRule(measure, min) });
  };
}

function listCheck(shape: ListShape): Check<unknown[]> {
  const size = sizeCheck(shape, "length", (list: unknown[]) => list.length);
  const elements: Check = shape.of.type === "string" ? stringsCheck(shape, shape.of) : elementsCheck(shape.of);
  return (list, path, failures) => {
    size(list, path, failures);
    elements(list, path, failures);
  };
}

function elementsCheck(element: Shape): Check<unknown[]> {
  const check = checkOf(element);
  return (list, path, failures) => {
    for (const [index, value] of list.entries()) {
      check(value, `${path}.${index + 1}.member`, failures);
      if (failures.length >= MOST_FAILURES) return;
    }
  };
}

/** Strings in a list fail as one failure that names all their constraints (evidence: validation-string-lists). */
function stringsCheck(shape: ListShape, element: ScalarShape): Check<(string | null)[]> {
  const rules = [
    ...(element.max === undefined ? [] : [maxRule("length", element.max)]),
    ...(element.min === undefined ? [] : [minRule("length", element.min)]),
    ...(element.pattern === undefined ? [] : [patternRule(element.pattern)]),
    ...(element.enum === undefined ? [] : [enumRule(element.enum)]),
    ...(shape.elementsNotNull || isUnconstrained(element) ? ["Member must not be null"] : []),
  ];
  const rule = `Member must satisfy constraint: [${rules.join(", ")}]`;
  const check = stringCheck(element);
  return (list, path, failures) => {
    const broken: Failure[] = [];
    for (const value of list) {
      if (value !== null) check(value, path, broken);
      if (value !== null && broken.length === 0) continue;
      failures.push({ path, shape, value: list, rule });
      return;
    }
  };
}

const isUnconstrained = ({ min, max, pattern, enum: values }: Constraints): boolean =>
  min === undefined && max === undefined && pattern === undefined && values === undefined;

function mapCheck(shape: MapShape): Check<Readonly<Record<string, unknown>>> {
  const check = checkOf(shape.of);
  return (map, path, failures) => {
    for (const [key, value] of Object.entries(map)) check(value, `${path}.${key}.member`, failures);
  };
}

const maxRule = (measure: "length" | "value", max: number) =>
  `Member must have ${measure} less than or equal to ${max}`;
const minRule = (measure: "length" | "value", min: number) =>
  `Member must have ${measure} greater than or equal to ${min}`;
const patternRule = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
const enumRule = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(", ")}]`;

/** Java matches the whole string against a pattern, code point by code point. */
const patternOf = ({ pattern }: Constraints): RegExp | undefined =>
  pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, "u");

interface Words {
  /** What the value must match, if not the model's pattern. */
  readonly fits?: RegExp;
  readonly message: (member: string, value: string) => string;
}

/**
 * The messages of IAM and STS that are not part of the sentence
 * (evidence: validation-names, validation-sts-arn, validation-alias). Authorization comes later.
 */
const WORDS: Readonly<Record<NonNullable<Constraints["worded"]>, Words>> = {
  name: {
    message: (member) =>
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  },
  path: {
    message: (member) =>
      `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
  },
  pathPrefix: {
    message: (member) =>
      `The specified value for ${member} is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.`,
  },
  alphanumeric: {
    message: (member) => `The specified value for ${member} is invalid. It must contain only alphanumeric characters.`,
  },
  accountAlias: {
    message: (member) =>
      `The specified value for ${member} is invalid. It must be a minimum length of 3 characters and maximum length of 63 characters, contain only digits, lowercase letters, and hyphens (-), but cannot begin or end with a hyphen.`,
  },
  arn: { fits: /^arn:[^:]+:[^:]+:[^:]*:[^:]*:./su, message: (_, value) => `${value} is invalid` },
};

const wordedCheck = perStructure<(input: Record<string, any>) => void>((structure) => {
  const worded = inHashOrder(structure).flatMap(({ name, shape }) => {
    if (!shape.worded) return [];
    const { fits = patternOf(shape)!, message } = WORDS[shape.worded];
    return [{ name, fits, message }];
  });
  return (input) => {
    for (const { name, fits, message } of worded) {
      const value = input[name];
      if (value !== undefined && !fits.test(value)) throw ValidationError(message(lowerFirst(name), value));
    }
  };
});

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/**
 * The members in the order in which AWS lists their failures: that of a Java HashMap by name. This explains all
 * recorded orders (value before key; clientIDList, thumbprintList, url; minimumPasswordLength, passwordReusePrevention,
 * maxPasswordAge; evidence: validation-order).
 */
function inHashOrder({ members }: Structure): readonly Structure["members"][number][] {
  let buckets = 16;
  while (members.length > buckets * 0.75) buckets *= 2;
  const bucket = (name: string) => {
    let hash = 0;
    for (const letter of lowerFirst(name)) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return [...members].sort((a, b) => bucket(a.name) - bucket(b.name));
}
