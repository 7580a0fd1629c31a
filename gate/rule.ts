import type { ServiceOperations } from "../catalog/service-operations.ts";
import type { Known, Protocol } from "./call.ts";
import { CannotMap } from "./cannot-map.ts";

// What the files of `services/` are made of.

/** Members of an operation's input, or of a part of it. */
export type Input = Readonly<Record<string, unknown>>;

/** A request read by its protocol. */
export interface Wire {
  readonly operation: string;
  readonly input: Input;
}

/** Told of the operation as soon as it is known, for calls that cannot be mapped in the end. */
export type Name = (operation: string, protocol: Protocol) => void;

/** A call whose operation and input are known. */
export interface Call {
  readonly operation: string;
  readonly input: Input;
  readonly region: string;
  readonly account: string;
  readonly known: Known;
  readonly catalogue: ServiceOperations;
}

/** Something that is asked for: the operation's own action on a resource, unless it says otherwise. */
export interface Ask {
  readonly resource: string;
  /** Without a prefix one of the service. */
  readonly action?: string;
  /** The part of the input that it is about, which condition keys are read from; the whole where absent. */
  readonly input?: Input;
  /** Condition keys beside those that are read. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

export type Asks = string | Ask | readonly (string | Ask)[] | undefined;

/** What an operation asks for, as ARNs or in full; undefined where its input does not say. Throws CannotMap. */
export type Rule = (input: Input, call: Call) => Asks;

/** A condition key's value is there, but nobody can tell which. */
export const UNKNOWABLE: unique symbol = Symbol("unknowable");

/** What a condition key's value may be: all of it is given to policies, so that what one of them forbids stays forbidden. */
export type Candidates = readonly [typeof UNKNOWABLE, ...string[]];

/** Reads the value of a condition key; undefined where the key is absent. Of keys such as `aws:RequestTag/${TagKey}`, what there is by the variable. */
export type KeyReader = (
  input: Input,
  call: Call,
  resource: string,
) => string | readonly string[] | Readonly<Record<string, string>> | Candidates | typeof UNKNOWABLE | undefined;

/** How a service's calls are mapped. */
export interface ServiceRules {
  /** What is acted on, by the types of the service reference; undefined where the input does not name one of that type. */
  readonly types: Readonly<Record<string, (input: Input, call: Call) => string | readonly string[] | undefined>>;
  /** Operations that ask for something else than their own action on what their input names by one of `types`. */
  readonly operations: Readonly<Record<string, Rule>>;
  readonly keys: Readonly<Record<string, KeyReader>>;
  /** The action that tags ask for which something new brings along; on its ARN, or that of it which tags have. */
  readonly tagging?: { readonly action: string; readonly on?: (resource: string) => string };
  /** In which way operations are mapped otherwise than on AWS, or may be: a sentence each. */
  readonly approximate: Readonly<Record<string, string>>;
}

/** A member that is a text; undefined where it is absent. Throws CannotMap where it is something else. */
export function text(input: Input, name: string): string | undefined {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new CannotMap(`${name} should be a text.`);
  return value === "" ? undefined : value;
}

/** The one of those members that is there as a text. Throws CannotMap for two, of which the service may look at the other. */
export function oneText(input: Input, ...names: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    const value = text(input, name);
    if (value !== undefined && found !== undefined)
      throw new CannotMap(`Only one of ${names.join(", ")} can be given.`);
    found ??= value;
  }
  return found;
}

/** A member that is an object; empty where it is absent. */
export function object(input: Input, name: string): Input {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new CannotMap(`${name} should be an object.`);
  return value as Input;
}

/** A member that is a list of objects; empty where it is absent. */
export function objects(input: Input, name: string): readonly Input[] {
  return list(input, name).map((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new CannotMap(`${name} should be a list of objects.`);
    }
    return value as Input;
  });
}

/** A member that is a list of texts; empty where it is absent. */
export function texts(input: Input, name: string): readonly string[] {
  return list(input, name).map((value) => {
    if (typeof value !== "string") throw new CannotMap(`${name} should be a list of texts.`);
    return value;
  });
}

function list(input: Input, name: string): readonly unknown[] {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new CannotMap(`${name} should be a list.`);
  return value;
}

/** A member as the text that conditions compare: numbers and booleans, too. */
export function scalar(input: Input, name: string): string | undefined {
  const value = Object.hasOwn(input, name) ? input[name] : undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : text(input, name);
}

/** A condition key that is a member of the input. */
export const member =
  (...names: readonly string[]): KeyReader =>
  (input) => {
    for (const name of names) {
      const value = scalar(input, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };

/** A condition key that no call of a client to this service has, such as one of calls by other services. */
export const absent: KeyReader = () => undefined;
