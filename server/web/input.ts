import type { Request } from "express";
import { isTooDeep } from "../nesting.ts";
import { InvalidRequest } from "./errors.ts";

/**
 * The JSON object in a request; an absent body is an empty object. Throws InvalidRequest if it is not a JSON object, or
 * has a member that is not one of `members`, so that a misspelt one is noticed.
 */
export function jsonObject(request: Request, members: readonly string[]): Readonly<Record<string, unknown>> {
  return knownMembers(json(request) ?? {}, members);
}

/** The JSON in a request; undefined if there is none. */
export function json(request: Request): unknown {
  const text = bodyText(request);
  if (text.trim() === "") return undefined;
  if (isTooDeep(text)) throw InvalidRequest("The body is nested too deeply.");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw InvalidRequest(`The body is not JSON: ${(cause as Error).message}`);
  }
}

/** The body as text; empty if there is none. */
export const bodyText = (request: Request): string => (typeof request.body === "string" ? request.body : "");

/** `value`, called `what` in messages, as an object with no members but these. */
export function knownMembers(
  value: unknown,
  members: readonly string[],
  what = "The body",
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw InvalidRequest(`${what} must be a JSON object with the members ${members.join(", ")}.`);
  }
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) {
      throw InvalidRequest(`Unknown member ${JSON.stringify(name)}. Known are: ${members.join(", ")}.`);
    }
  }
  return value as Record<string, unknown>;
}

/** The query parameters, each given at most once and listed in `names`. */
export function queryParameters<N extends string>(request: Request, names: readonly N[]): Partial<Record<N, string>> {
  const parameters: Partial<Record<N, string>> = {};
  for (const [name, value] of new URL(request.originalUrl, "http://localhost").searchParams) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) {
      throw InvalidRequest(
        `Unknown parameter ${JSON.stringify(name)}. ${names.length === 0 ? "There are none here." : `Known are: ${names.join(", ")}.`}`,
      );
    }
    if (parameters[known] !== undefined) throw InvalidRequest(`The parameter ${name} is given twice.`);
    parameters[known] = value;
  }
  return parameters;
}

type Body = Readonly<Record<string, unknown>>;

/** Members that must have the right type if they are given. */
export const optionalString = (body: Body, name: string) => optional<string>(body, name, "string");
export const optionalNumber = (body: Body, name: string) => optional<number>(body, name, "number");
export const optionalBoolean = (body: Body, name: string) => optional<boolean>(body, name, "boolean");

function optional<T>(body: Body, name: string, type: "string" | "number" | "boolean"): T | undefined {
  const value = body[name];
  if (value === undefined || typeof value === type) return value as T | undefined;
  throw InvalidRequest(`${name} must be a ${type}.`);
}

export function requiredString(body: Body, name: string): string {
  const value = optionalString(body, name);
  if (value === undefined) throw InvalidRequest(`${name} is missing.`);
  return value;
}

/** An account in a parameter or member; `fallback` if it is absent. */
export function accountId(value: string | undefined, fallback: string): string {
  if (value === undefined) return fallback;
  if (!/^\d{12}$/.test(value)) throw InvalidRequest(`account must be 12 digits, not ${JSON.stringify(value)}.`);
  return value;
}
