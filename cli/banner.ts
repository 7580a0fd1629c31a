import { checksOf, VERSION } from "../server/health.ts";
import type { IamLocal } from "../server/index.ts";
import { DEFAULTS, type Options } from "../server/options.ts";

const MFA_RULES = {
  guide: "guide: one device per user or root, SMS exists",
  current: "current: eight devices, no new SMS device",
};

/** What `start` says: where it is, how it behaves, loudly what is open or off, and how a client finds it. */
export function banner({ endpoint, rootSignIn }: Pick<IamLocal, "endpoint" | "rootSignIn">, options: Options): string {
  const checks = checksOf(options);
  const url = reachable(endpoint);
  const secret = options.rootSecretAccessKey === DEFAULTS.rootSecretAccessKey ? options.rootSecretAccessKey : "…";
  return [
    `iam-local ${VERSION} listens at ${endpoint}`,
    "",
    `  account    ${options.account}, root keys ${options.rootAccessKeyId} / ${secret}`,
    `  state      ${options.data ?? "in memory, gone when this stops (--data DIR keeps it)"}`,
    `  MFA rules  ${MFA_RULES[options.mfaRules]}`,
    `  checks     ${Object.entries(checks)
      .map(([check, state]) => `${check} ${state === "on" ? "on" : state.toUpperCase()}`)
      .join(", ")}`,
    `  console    ${url}/console, root signs in as ${rootSignIn.email} / ${options.rootPassword === undefined ? rootSignIn.password || "its own password" : "…"}`,
    `  control    ${options.control ? `${url}/_emulator` : "OFF, but for health (--no-control)"}`,
    ...(options.idp ? [`  idp        ${url}/_idp`] : []),
    ...warnings(options, checks).map((warning) => `\n  !! ${warning}`),
    "",
    "Point the AWS CLI and SDKs at it:",
    `  export AWS_ENDPOINT_URL=${url}`,
    `  export AWS_ACCESS_KEY_ID=${options.rootAccessKeyId} AWS_SECRET_ACCESS_KEY=${secret}`,
    `  export AWS_REGION=${options.region} AWS_DEFAULT_REGION=${options.region}`,
    "",
  ].join("\n");
}

function warnings({ host, idp }: Options, checks: Readonly<Record<string, string>>): string[] {
  const off = Object.entries(checks).filter(([, state]) => state !== "on");
  return [
    ...off.map(([check, state]) => `NOT ENFORCED: ${check} (${state}). What AWS would refuse may pass.`),
    ...(idp ? ["The identity provider is on (--idp): whoever reaches it can be anybody that roles trust it for."] : []),
    ...(isLoopback(host) ? [] : [`It listens beyond this machine (${host}): whoever reaches it can act as root.`]),
  ];
}

const isLoopback = (host: string): boolean => /^(localhost|127\.[\d.]+|::1)$/.test(host);

/** "All addresses" is nothing that every client can call. */
const reachable = (endpoint: string): string => endpoint.replace(/\/\/(0\.0\.0\.0|\[::\])/, "//localhost");
