import { canonicalRequest, type RequestParts } from "../../signing/canonical-request.ts";
import { ALGORITHM, TERMINATOR } from "../../signing/signature-scope.ts";
import { signingKey } from "../../signing/signing-key.ts";
import { rulesOf } from "../../signing/signing-rules.ts";
import { stringToSign } from "../../signing/sigv4.ts";

/** What requests to the upstream are signed with; without a secret the signature has only the form of one. */
export interface UpstreamKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey?: string;
}

/** What services that verify nothing take for a signature: 64 hexadecimal digits. */
const NO_SIGNATURE = "0".repeat(64);

/** The `Authorization` header of a request under SigV4. Signs the host and all of Amazon's headers. */
export function authorization(
  request: RequestParts,
  { timestamp, region, service }: { readonly timestamp: string; readonly region: string; readonly service: string },
  { accessKeyId, secretAccessKey }: UpstreamKeys,
): string {
  const date = timestamp.slice(0, 8);
  const signedHeaders = namesToSign(request.rawHeaders);
  const scope = `${date}/${region}/${service}/${TERMINATOR}`;
  let signature = NO_SIGNATURE;
  if (secretAccessKey !== undefined) {
    const canonical = canonicalRequest(request, signedHeaders, false, rulesOf(service).path);
    const key = signingKey(secretAccessKey, date, region, service);
    signature = key.hex(stringToSign(canonical, { timestamp, date, region, service }));
  }
  return `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
}

function namesToSign(rawHeaders: readonly string[]): string[] {
  const names = new Set(rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  return [...names].filter((name) => name === "host" || name.startsWith("x-amz-")).sort();
}
