import { InvalidRequest } from "../web/errors.ts";
import { accountId, knownMembers, optionalNumber, optionalString, requiredString } from "../web/input.ts";
import { PRESETS } from "./presets.ts";
import type { RegistrationRequest } from "./providers.ts";
import type { SamlRequest } from "./saml.ts";
import type { TokenRequest } from "./tokens.ts";

type Body = Readonly<Record<string, unknown>>;

/** The body of `POST /_idp/token`. Throws InvalidRequest, as do the others. */
export function tokenRequest(value: unknown): TokenRequest {
  const body = knownMembers(value, [
    "preset",
    "issuer",
    "sub",
    "aud",
    "claims",
    "expiresIn",
    "tags",
    "transitiveTagKeys",
    "sourceIdentity",
  ]);
  return {
    preset: presetIn(body),
    issuer: optionalString(body, "issuer"),
    sub: optionalString(body, "sub"),
    aud: typeof body["aud"] === "string" ? body["aud"] : texts(body, "aud"),
    claims: record(body, "claims"),
    expiresIn: wholeNumber(body, "expiresIn"),
    tags: textRecord(body, "tags"),
    transitiveTagKeys: texts(body, "transitiveTagKeys"),
    sourceIdentity: optionalString(body, "sourceIdentity"),
  };
}

/** The body of `POST /_idp/saml`. */
export function samlRequest(value: unknown): SamlRequest {
  const body = knownMembers(value, [
    "roleArn",
    "providerArn",
    "roleSessionName",
    "subject",
    "sessionDuration",
    "attributes",
    "tags",
    "transitiveTagKeys",
    "sourceIdentity",
    "recipient",
    "audience",
    "expiresIn",
  ]);
  const attributes = record(body, "attributes");
  return {
    roleArn: requiredString(body, "roleArn"),
    providerArn: optionalString(body, "providerArn"),
    roleSessionName: optionalString(body, "roleSessionName"),
    subject: optionalString(body, "subject"),
    sessionDuration: wholeNumber(body, "sessionDuration"),
    attributes:
      attributes && Object.fromEntries(Object.keys(attributes).map((name) => [name, textOrTexts(attributes, name)])),
    tags: textRecord(body, "tags"),
    transitiveTagKeys: texts(body, "transitiveTagKeys"),
    sourceIdentity: optionalString(body, "sourceIdentity"),
    recipient: optionalString(body, "recipient"),
    audience: optionalString(body, "audience"),
    expiresIn: wholeNumber(body, "expiresIn"),
  };
}

/** The body of `POST /_idp/providers`; `account` is used if it names none. */
export function registrationRequest(value: unknown, account: string): RegistrationRequest {
  const body = knownMembers(value, ["account", "issuer", "preset", "clientIds", "samlProvider"]);
  return {
    account: accountId(optionalString(body, "account"), account),
    issuer: optionalString(body, "issuer"),
    preset: presetIn(body),
    clientIds: texts(body, "clientIds"),
    samlProvider: optionalString(body, "samlProvider"),
  };
}

function presetIn(body: Body): string | undefined {
  const preset = optionalString(body, "preset");
  if (preset === undefined || Object.hasOwn(PRESETS, preset)) return preset;
  throw InvalidRequest(`preset must be one of ${Object.keys(PRESETS).join(", ")}, not ${JSON.stringify(preset)}.`);
}

function wholeNumber(body: Body, name: string): number | undefined {
  const value = optionalNumber(body, name);
  if (value === undefined || Number.isSafeInteger(value)) return value;
  throw InvalidRequest(`${name} must be a whole number of seconds.`);
}

function record(body: Body, name: string): Body | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw InvalidRequest(`${name} must be a JSON object.`);
}

function textRecord(body: Body, name: string): Readonly<Record<string, string>> | undefined {
  const value = record(body, name);
  if (value === undefined || Object.values(value).every((item) => typeof item === "string")) {
    return value as Record<string, string> | undefined;
  }
  throw InvalidRequest(`${name} must be a JSON object of texts.`);
}

function texts(body: Body, name: string): readonly string[] | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw InvalidRequest(`${name} must be a list of texts.`);
}

const textOrTexts = (body: Body, name: string): readonly string[] =>
  typeof body[name] === "string" ? [body[name]] : texts(body, name)!;
