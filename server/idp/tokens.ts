import { uuid } from "../../data/random.ts";
import { signToken, type JsonObject } from "../../signing/json-web-token.ts";
import type { Emulation } from "../emulation.ts";
import type { KeySource } from "./key.ts";
import { PRESETS, STS } from "./presets.ts";

/** The content of a token. */
export interface TokenRequest {
  readonly preset?: string | undefined;
  /** By default the provider itself, or the preset's issuer. */
  readonly issuer?: string | undefined;
  readonly sub?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  /** Any claims; they take precedence over all others. */
  readonly claims?: JsonObject | undefined;
  /** Seconds; with a negative number the token has already expired. */
  readonly expiresIn?: number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
}

export interface IssuedToken {
  readonly token: string;
  readonly claims: JsonObject;
}

const DEFAULT_SECONDS = 3600;

/** The issuer of the provider's own tokens, and the entity id in its assertions. */
export const issuerOf = ({ options }: Emulation): string => `${options.publicUrl}/_idp`;

/** A token by the emulator's clock, signed by the provider (RS256). */
export async function issueToken(request: TokenRequest, emulation: Emulation, key: KeySource): Promise<IssuedToken> {
  const { clock, random } = emulation;
  const preset = request.preset === undefined ? undefined : PRESETS[request.preset];
  const newUuid = () => uuid(random);
  const given = { ...request.claims, ...(request.sub !== undefined && { sub: request.sub }) };
  const now = Math.floor(clock.now() / 1000);
  const claims: JsonObject = {
    iss: request.issuer ?? preset?.issuer ?? issuerOf(emulation),
    sub: "subject",
    aud: request.aud ?? preset?.audience ?? STS,
    iat: now,
    nbf: now,
    exp: now + (request.expiresIn ?? preset?.seconds ?? DEFAULT_SECONDS),
    jti: newUuid(),
    ...preset?.claims(given, newUuid),
    ...sessionClaims(request),
    ...given,
  };
  const { kid, privateKey } = await key();
  return { token: signToken({ alg: "RS256", kid }, claims, privateKey), claims };
}

/** The claims in AWS's name that tag a session (IAM User Guide, "Pass session tags in AWS STS"). */
function sessionClaims({ tags = {}, transitiveTagKeys = [], sourceIdentity }: TokenRequest): JsonObject {
  const keys = Object.keys(tags);
  return {
    ...(keys.length > 0 && {
      "https://aws.amazon.com/tags": {
        principal_tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
        ...(transitiveTagKeys.length > 0 && { transitive_tag_keys: transitiveTagKeys }),
      },
    }),
    ...(sourceIdentity !== undefined && { "https://aws.amazon.com/source_identity": sourceIdentity }),
  };
}
