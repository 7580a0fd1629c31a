import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The errors with which AWS refuses codes, tokens, keys and signatures, mostly without saying what is wrong. */
const CODES = [
  "AccessDenied",
  "ExpiredToken",
  "ExpiredTokenException",
  "ExpiredTradeInTokenException",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "InvalidAuthenticationCode",
  "InvalidAuthorizationMessageException",
  "InvalidClientTokenId",
  "InvalidIdentityToken",
  "InvalidSubjectCredentials",
  "SignatureDoesNotMatch",
  "MissingAuthenticationToken",
];

/** Calls whose message names the cause, or whose cause is a decision that the trail has anyway. */
const SAYS_ITSELF = [
  "AccessDenied(made.denial)",
  "AccessDenied(request.foreign)",
  "AccessDenied(FEATURE_OFF[feature])",
  'AccessDenied("Roles may not be assumed by root accounts.")',
  'AccessDenied("The new password must differ from the old one.")',
  'AccessDenied("The old password was incorrect.")',
  'AccessDenied("The source identity of the calling session cannot be changed.")',
  'AccessDenied("The token of this delegation request can only be sent by its owner.")',
  "AccessDenied(`A session cannot have more than ${MAXIMUM_SCOPES} scope down policies.`)",
  "AccessDenied(`Account ${account} is not onboarded as a partner that may request delegation.`)",
  'InvalidIdentityToken("Claim is not allowed to be empty: aud")',
  'InvalidIdentityToken("Invalid timestamp in token claims.")',
  'InvalidIdentityToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")',
  'InvalidIdentityToken("RoleSessionName is required in AuthnResponse")',
  'InvalidIdentityToken("SessionDuration in AuthnResponse must be an integer between 900 and 43200")',
  'InvalidIdentityToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")',
  'InvalidIdentityToken("Token audience contains more than one audience while authorized party is not present")',
  'InvalidIdentityToken("principal_tags passed in claim is not in correct format.")',
  "InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"')",
  "InvalidIdentityToken(`${claim} passed in claim is not in correct format.`)",
  "InvalidIdentityToken(`Missing a required claim: ${missing}`)",
  "InvalidIdentityToken(`No OpenIDConnect provider found in your account for ${iss}`)",
  "InvalidIdentityToken(`Token issued in the future: ${issued}`)",
  "InvalidIdentityToken(`Token not yet valid: current date/time ${latest} must be after or equal to the not-before date/time ${notBefore}`)",
  'InvalidSubjectCredentials("GetScopedCredentials can only be called with temporary security credentials.")',
];

const SOURCES = ["handlers", "server", "signing"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => join(folder, file)),
);

/** The arguments of the call whose parenthesis opens at `start`, as written, without line breaks. */
function callArguments(source: string, start: number): string[] {
  const closing: Readonly<Record<string, string>> = {
    "(": ")",
    "[": "]",
    "{": "}",
    "`": "`",
    '"': '"',
    "'": "'",
    "${": "}",
  };
  const open: string[] = [];
  const found = [""];
  for (let i = start; i < source.length; i++) {
    const inText = /^["'`]$/.test(open.at(-1) ?? "");
    const token = open.at(-1) === "`" && source.startsWith("${", i) ? "${" : source[i]!;
    if (inText && token === "\\") {
      found[found.length - 1] += source.slice(i, i + 2);
      i++;
      continue;
    }
    if (open.length > 0 && token === closing[open.at(-1)!]) open.pop();
    else if (token in closing && (!inText || token === "${")) open.push(token);
    if (open.length === 0) break;
    if (open.length === 1 && token === "," && open[0] === "(") found.push("");
    else if (i > start) found[found.length - 1] += token;
    i += token.length - 1;
  }
  return found.map((text) => text.trim().replace(/\s*\n\s*/g, " ")).filter((text) => text !== "");
}

/** Every call in the sources that makes one of these errors, with its arguments. */
function* refusals(): Generator<{ readonly call: string; readonly file: string; readonly detailed: boolean }> {
  const call = new RegExp(`(?<![\\w"])(${CODES.join("|")})\\(|new (?:Signing|Wire)Error\\(`, "g");
  for (const file of SOURCES) {
    const source = readFileSync(file, "utf8");
    for (const { 0: text, 1: code, index } of source.matchAll(call)) {
      const given = callArguments(source, index + text.length - 1);
      if (code === undefined && !CODES.some((name) => given[0] === JSON.stringify(name))) continue;
      const detail = given[code === undefined ? 3 : 1];
      const detailed = detail !== undefined && detail !== "undefined";
      yield { call: `${text}${given.join(", ")})`, file, detailed };
    }
  }
}

describe("what AWS keeps to itself about codes, tokens, keys and signatures", () => {
  it("is told in the detail of every refusal", () => {
    const without = Array.from(refusals()).filter(({ call, detailed }) => !detailed && !SAYS_ITSELF.includes(call));
    assert.deepEqual(
      without.map(({ call, file }) => `${file}: ${call}`),
      [],
    );
  });

  it("is looked for where it is", () => {
    const all = Array.from(refusals());
    assert.ok(all.filter(({ detailed }) => detailed).length > 30, `only ${all.length} refusals were found`);
    assert.deepEqual(
      SAYS_ITSELF.filter((known) => !all.some(({ call }) => call === known)),
      [],
    );
  });
});
