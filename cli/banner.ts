import { checksOf, VERSION } from "../server/health.ts";
import type { IamLocal } from "../server/index.ts";
import { placeOf } from "../server/state.ts";
import { DEFAULT_PORT, DEFAULTS, type Options } from "../server/options.ts";

const MFA_RULES = {
  guide: "guide: one device per user or root, SMS exists",
  current: "current: eight devices, no new SMS device",
};

/** What `start` prints: the address, the settings, loud warnings of what is open or off, and how a client connects. */
export function banner(
  { endpoint, gate, rootSignIn, tls }: Pick<IamLocal, "endpoint" | "gate" | "rootSignIn" | "tls">,
  options: Options,
): string {
  const checks = checksOf(options);
  const url = reachable(endpoint);
  const services = ["IAM", "STS", "SIGNIN"].map((service) => `AWS_ENDPOINT_URL_${service}=${url}`);
  const secret = knownSecret(options) ?? "…";
  return [
    `iam-local ${VERSION} listens at ${endpoint}`,
    "",
    `  account    ${options.account}, root keys ${options.rootAccessKeyId} / ${secret}`,
    `  state      ${options.store === undefined && options.data === undefined ? "in memory, gone when this stops (--data DIR keeps it)" : placeOf(options)}`,
    `  MFA rules  ${MFA_RULES[options.mfaRules]}`,
    ...(tls
      ? [`  TLS        and plain HTTP at the same port${tls.caFile ? `; its authority is ${tls.caFile}` : ""}`]
      : []),
    `  checks     ${Object.entries(checks)
      .map(([check, state]) => `${check} ${state === "on" ? "on" : state.toUpperCase()}`)
      .join(", ")}`,
    `  console    ${consoleUrl(endpoint)}, root signs in as ${rootSignIn.email} / ${options.rootPassword === undefined ? rootSignIn.password || "its own password" : "…"}`,
    `  control    ${options.control ? `${url}/_emulator` : "OFF, but for health (--no-control)"}`,
    ...(options.idp ? [`  idp        ${url}/_idp`] : []),
    ...(gate ? [`  gate       ${reachable(gate.endpoint)}, before ${options.gateTo}`] : []),
    ...warnings(options, checks).map((warning) => `\n  !! ${warning}`),
    "",
    "Point the AWS CLI and SDKs at it:",
    `  export ${services.join(" ")}`,
    ...(gate ? [`  export AWS_ENDPOINT_URL=${reachable(gate.endpoint)}`] : []),
    ...(new URL(url).port === String(DEFAULT_PORT) ? [] : [`  export IAM_LOCAL_ENDPOINT=${url}`]),
    `  export AWS_ACCESS_KEY_ID=${options.rootAccessKeyId} AWS_SECRET_ACCESS_KEY=${secret}`,
    ...(tls?.caFile ? [`  export AWS_CA_BUNDLE=${tls.caFile} NODE_EXTRA_CA_CERTS=${tls.caFile}`] : []),
    `  export AWS_REGION=${options.region} AWS_DEFAULT_REGION=${options.region}`,
    ...(tls?.ca && !tls.caFile ? ["", "Its authority, which --tls-ca FILE writes to a file:", tls.ca.trimEnd()] : []),
    "",
  ].join("\n");
}

function warnings(
  { gateUnmapped, host, idp, trustProxy, rootSecretAccessKey }: Options,
  checks: Readonly<Record<string, string>>,
): string[] {
  const isKnown = rootSecretAccessKey === DEFAULTS.rootSecretAccessKey;
  const known = isKnown ? ", whose keys everybody knows (--root-secret-access-key changes them)" : "";
  const off = Object.entries(checks).filter(([, state]) => state !== "on");
  return [
    ...off.map(([check, state]) => `NOT ENFORCED: ${check} (${state}). What AWS would refuse may pass.`),
    ...(gateUnmapped === "pass" ? [UNMAPPED_PASS] : []),
    ...(idp ? ["The identity provider is on (--idp): whoever reaches it can be anybody that roles trust it for."] : []),
    ...(trustProxy
      ? [
          "Proxies are believed (--trust-proxy): whoever reaches it can say from where they came, and that it was by TLS.",
        ]
      : []),
    ...(isLoopback(host)
      ? []
      : [`It listens beyond this machine (${host}): whoever reaches it can act as root${known}.`]),
  ];
}

/** Of a gate that lets pass what it does not know. */
export const UNMAPPED_PASS =
  "NOT ENFORCED: calls whose permissions the gate does not know (pass). What AWS would refuse may pass.";

/** The secret of the root keys, where everybody knows it. */
export const knownSecret = ({ rootSecretAccessKey }: Options): string | undefined =>
  rootSecretAccessKey === DEFAULTS.rootSecretAccessKey ? rootSecretAccessKey : undefined;

const isLoopback = (host: string): boolean => /^(localhost|127\.[\d.]+|::1)$/.test(host);

/** The console's address for a browser. It names `localhost`, since security keys do not work with IP addresses. */
export const consoleUrl = (endpoint: string): string =>
  `${reachable(endpoint).replace(/\/\/(?:127\.0\.0\.1|\[::1\])(?=:|$)/, "//localhost")}/console`;

/** The address 0.0.0.0 ("all addresses") becomes localhost, since not every client can connect to it. */
export const reachable = (endpoint: string): string => endpoint.replace(/\/\/(0\.0\.0\.0|\[::\])/, "//localhost");
