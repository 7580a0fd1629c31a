import { hash } from "node:crypto";
import { span, type Detail } from "./detail.ts";
import { signingKey } from "./signing-key.ts";

// Finds out for the trail why a signature does not match, by trying each usual way in which a request differs from the
// signed one.

/** A request whose signature was not the expected one. */
export interface Mismatch {
  /** As the server saw it. */
  readonly canonical: string;
  /** The part of the string to sign before the hash of the canonical request. */
  readonly stringToSignHead: string;
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Hex, as it was sent. */
  readonly signature: string;
  readonly secret: string;
  /** The secret of the emulator's root keys, which is easily left over in an environment. */
  readonly rootSecret: string;
  /** The hash of the body that the request declares, if it does. */
  readonly declaredHash: string | undefined;
  /** The request target as on the wire. */
  readonly target: string;
}

/** Of a longer canonical request, nothing is kept but the explanation, which is then made at once. */
const MOST_KEPT = 4096;
const MOST_SHOWN = 3072;

/** The explanation of a signature that does not match. It is made when it is asked for, if what it needs is small. */
export function mismatchDetail(request: Mismatch): Detail {
  const { canonical, stringToSignHead, accessKeyId, date, region, service, signature, secret } = request;
  const { rootSecret, declaredHash, target } = request;
  // Only these stay in memory; a session token, for instance, does not.
  const who = { accessKeyId, date, region, service, signature, secret, rootSecret };
  const mismatch = { ...who, canonical, stringToSignHead, declaredHash, target };
  if (mismatch.canonical.length + mismatch.target.length <= MOST_KEPT) return () => explain(mismatch);
  return `The request is too large for its signature to be looked into.\n${asSeen(mismatch)}`;
}

const explain = (mismatch: Mismatch): string => `${causeOf(mismatch)}\n${asSeen(mismatch)}`;

function asSeen({ canonical, stringToSignHead }: Mismatch): string {
  const shown = withoutSecrets(canonical);
  return [
    "Canonical request, as it arrived:",
    shown.length <= MOST_SHOWN ? shown : `${shown.slice(0, MOST_SHOWN)}…`,
    "String to sign:",
    stringToSignHead + hashOf(canonical),
  ].join("\n");
}

/** The canonical request without tokens, codes and passwords of query and headers, which are known by their names. */
const withoutSecrets = (canonical: string): string =>
  canonical
    .replace(/^((?:x-amz-security-token|cookie|authorization):).*$/gim, "$1…")
    .replace(/([^&\n=]*(?:token|code\d?|password|privatekey|assertion|secret)=)[^&\n]*/gi, "$1…");

function causeOf(mismatch: Mismatch): string {
  const { signature: sent, accessKeyId, secret, rootSecret } = mismatch;
  const request = partsOf(mismatch.canonical);
  const found = changes(request, mismatch).find(
    ([, changed]) => signatureOf({ ...request, ...changed }, secret, mismatch) === sent,
  );
  if (found) return found[0];
  if (mismatch.declaredHash !== undefined && mismatch.declaredHash !== request.bodyHash) {
    return "The body is not the one whose hash x-amz-content-sha256 declares: it was changed on the way, or the hash is not that of a body (IAM and STS take no UNSIGNED-PAYLOAD).";
  }
  if (secret !== rootSecret && signatureOf(request, rootSecret, mismatch) === sent) {
    return `It was signed with the secret of the root keys, and not with that of ${accessKeyId}.`;
  }
  if ([`${secret}\n`, `${secret} `, `${secret}\r`].some((text) => signatureOf(request, text, mismatch) === sent)) {
    return `It was signed with the secret of ${accessKeyId} and a blank or line break after it.`;
  }
  const missing = request.signed
    .split(";")
    .filter((name) => !request.headers.some((line) => line.startsWith(`${name}:`)));
  if (missing.length > 0) {
    return `Headers that were signed did not arrive: ${missing.join(", ")}. Something between client and emulator takes them away.`;
  }
  return (
    `It was signed with another secret than that of ${accessKeyId}, or something between client and emulator changed the ` +
    "request in an unusual way. It is not the time, nor host, port, path, query or body as proxies change them."
  );
}

/** The lines of a canonical request. */
interface Parts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly signed: string;
  readonly bodyHash: string;
}

function partsOf(canonical: string): Parts {
  const [method = "", path = "", query = "", ...rest] = canonical.split("\n");
  return { method, path, query, headers: rest.slice(0, -3), signed: rest.at(-2) ?? "", bodyHash: rest.at(-1) ?? "" };
}

function signatureOf(
  { method, path, query, headers, signed, bodyHash }: Parts,
  secret: string,
  mismatch: Mismatch,
): string {
  const { stringToSignHead, date, region, service } = mismatch;
  const canonical = [method, path, query, ...headers, "", signed, bodyHash].join("\n");
  return signingKey(secret, date, region, service).hex(stringToSignHead + hashOf(canonical));
}

const hashOf = (canonical: string): string => hash("sha256", Buffer.from(canonical, "latin1"), "hex");

type Change = readonly [cause: string, changed: Partial<Parts>];

const EMPTY_HASH = hash("sha256", "", "hex");

function changes(request: Parts, mismatch: Mismatch): readonly Change[] {
  const { declaredHash = request.bodyHash, target } = mismatch;
  const rawPath = target.split("?", 1)[0]!;
  const slashed = request.path.endsWith("/") ? request.path.slice(0, -1) || "/" : `${request.path}/`;
  return [
    [
      "The body is not the one that was signed: its hash is not what x-amz-content-sha256 declares.",
      { bodyHash: declaredHash },
    ],
    ["It was signed without a body, or the body was added on the way.", { bodyHash: EMPTY_HASH }],
    ["Its body was not signed (UNSIGNED-PAYLOAD), which only S3 takes.", { bodyHash: "UNSIGNED-PAYLOAD" }],
    ...hosts(request, mismatch),
    ...["/", slashed, rawPath].map((path): Change => [
      `The client signed the path ${path}, and ${rawPath} arrived: something changes it, or the client's endpoint has a path that it does not sign.`,
      { path },
    ]),
    ["The client signed no query string, and one arrived.", { query: "" }],
    ...["GET", "POST"].map((method): Change => [
      `The client signed the method ${method}, and ${request.method} arrived.`,
      { method },
    ]),
    ...changedHeaders(request),
  ];
}

/** Other hosts that the request may have been signed for: proxies replace the name, and may remove or add the port. */
function hosts(request: Parts, { service, region }: Mismatch): readonly Change[] {
  const arrived = request.headers.find((line) => line.startsWith("host:"))?.slice("host:".length) ?? "";
  const [, name = arrived, port = ""] = /^(.*?)(:\d+)?$/.exec(arrived) ?? [];
  const others = [
    name,
    ...["localhost", "127.0.0.1", "[::1]", "host.docker.internal"].flatMap((host) => [host, host + port]),
    ...[":80", ":443", ":4593"].map((other) => name + other),
    `${service}.amazonaws.com`,
    `${service}.${region}.amazonaws.com`,
  ];
  return others.map((host) => [
    `The client signed the host ${host}, and ${arrived} arrived: something between the two, such as a proxy, changes the Host header.`,
    { headers: request.headers.map((line) => (line.startsWith("host:") ? `host:${host}` : line)) },
  ]);
}

/** How proxies and libraries change headers after signing. */
const ALTERED: Readonly<Record<string, readonly ((value: string) => string)[]>> = {
  "content-type": [
    (value) => value.split(";", 1)[0]!,
    (value) => `${value}; charset=utf-8`,
    (value) => `${value}; charset=UTF-8`,
    (value) => `${value};charset=UTF-8`,
    () => "application/x-www-form-urlencoded; charset=utf-8",
  ],
  connection: [() => "keep-alive", () => "close", () => "Keep-Alive"],
  "accept-encoding": [() => "", () => "identity", () => "gzip", () => "gzip, deflate"],
  accept: [() => "*/*", () => ""],
};

const changedHeaders = (request: Parts): readonly Change[] =>
  request.headers.flatMap((line, position) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    return (ALTERED[name] ?? []).map((alter): Change => {
      const value = alter(line.slice(colon + 1));
      return [
        `The client signed the header ${name} as "${value}", and another value arrived: something between the two changes it.`,
        { headers: request.headers.with(position, `${name}:${value}`) },
      ];
    });
  });

/** What is wrong in the client's configuration, judging by the scope of its signature. */
export const scopeHint = (
  { region, service: signed }: { readonly region: string; readonly service: string },
  service: string | undefined,
): string =>
  `The client signed for the service ${JSON.stringify(signed)} in the region ${JSON.stringify(region)}` +
  (service === undefined
    ? ", and the request names no operation of IAM or STS."
    : `, and the request is one of ${service}.`);

/** Why a time is not the current one: by the emulator's clock, and by the machine's if the two differ. */
export function whyNotOfNow(signedAt: number, times: readonly number[]): Detail {
  const [emulator, machine] = times;
  return () =>
    `The client's clock is ${span(signedAt - emulator!)} ${signedAt < emulator! ? "behind" : "ahead of"} the emulator's` +
    (machine === undefined
      ? ", which is this machine's; or the request was held up, or sent again."
      : `, which was moved, and ${span(signedAt - machine)} off this machine's: iam-local clock real brings it back.`);
}
