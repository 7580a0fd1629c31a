import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Option, type Command } from "commander";
import type { Health } from "../server/health.ts";
import { CONFIRMATION_PATH, CROSS_DEVICE, SAME_DEVICE } from "../server/signin/clients.ts";
import { asClient, callControl, CommandFailed, printAnswer, type ClientOptions } from "./control-client.ts";
import { askForCode, loopback, openBrowser } from "./login-browser.ts";
import { forgetLogin, keepLogin, readLogin } from "./login-cache.ts";
import { readProfile, writeProfile } from "./login-profile.ts";
import { newProofKey, redeemCode, refreshed } from "./login-tokens.ts";

interface LoginOptions extends ClientOptions {
  readonly profile: string;
  readonly region: string;
  readonly browser: boolean;
  readonly remote?: true;
  readonly process?: true;
}

const DEFAULT_PROFILE = "iam-local";

/**
 * `login` and `logout`: a profile with the credentials of the user who signs in to the console, as `aws login` makes
 * one.
 */
export function addLoginCommands(program: Command): void {
  asClient(program.command("login"))
    .description("sign in to the console and give a profile of the AWS tools those credentials")
    .option("--profile <NAME>", "the profile", DEFAULT_PROFILE)
    .option("--region <NAME>", "region of the profile", process.env["AWS_REGION"] ?? "us-east-1")
    .option("--no-browser", "only print the address of the sign-in")
    .addOption(new Option("--remote", "the browser is on another device: copy its code by hand").conflicts("process"))
    .option("--process", "print the profile's credentials, refreshed, for credential_process")
    .addHelpText(
      "after",
      `
It is how people with security keys reach what demands MFA from a command line. The session lasts as long as that of the
console; credentials are refreshed by whoever uses the profile.

Examples:
  iam-local login
  AWS_PROFILE=iam-local node app.js

  ~/.aws/config, for clients that know no login sessions:
    [profile for-all]
    credential_process = iam-local login --process
    endpoint_url = http://127.0.0.1:4593`,
    )
    .action((options: LoginOptions) => (options.process ? printCredentials(options) : logIn(options)));

  program
    .command("logout")
    .description("forget the credentials of a login")
    .option("--profile <NAME>", "the profile", DEFAULT_PROFILE)
    .action(async ({ profile }: { readonly profile: string }) => {
      const { login_session: session } = await readProfile(profile);
      const forgotten = session !== undefined && (await forgetLogin(session));
      console.log(forgotten ? `the credentials of ${session} are forgotten` : "nobody was logged in");
    });
}

async function logIn(options: LoginOptions): Promise<void> {
  const { endpoint, profile, region } = options;
  // If nothing answers, say so now and not in the browser.
  await callControl<Health>(options, { path: "health" });
  const codeVerifier = randomBytes(48).toString("base64url");
  const state = randomUUID();
  const clientId = options.remote ? CROSS_DEVICE : SAME_DEVICE;
  const { redirectUri, code } = options.remote
    ? { redirectUri: new URL(CONFIRMATION_PATH, endpoint).href, code: askForCode }
    : await loopback();
  const address = new URL("/v1/authorize", endpoint);
  // Security keys work with the name localhost, not with addresses (Web Authentication, section 5.1.2).
  if (["127.0.0.1", "[::1]"].includes(address.hostname)) address.hostname = "localhost";
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "SHA-256",
    scope: "openid",
  }).toString();
  console.error(`Sign in at\n  ${address.href}`);
  if (options.browser && !options.remote) openBrowser(address.href);
  const grant = { clientId, code: await code(state), redirectUri, codeVerifier };
  const { loginSession, login } = await redeemCode(endpoint, newProofKey(), grant);
  await writeProfile(profile, { login_session: loginSession, region, endpoint_url: endpoint });
  await keepLogin(loginSession, login);
  printAnswer(
    options,
    { profile, loginSession },
    () => `The profile ${profile} has the credentials of ${loginSession} now.`,
  );
}

/** Prints what `credential_process` has to (AWS SDKs and Tools Reference Guide, "Process credential provider"). */
async function printCredentials({ profile }: LoginOptions): Promise<void> {
  const { login_session: loginSession, endpoint_url: endpoint } = await readProfile(profile);
  const login = loginSession === undefined ? undefined : await readLogin(loginSession);
  if (loginSession === undefined || endpoint === undefined || !login) {
    throw new CommandFailed(`nobody is logged in with the profile ${profile}. Run "iam-local login" first.`);
  }
  const current = await refreshed(endpoint, login);
  if (current !== login) await keepLogin(loginSession, current);
  const { accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt } = current.accessToken;
  console.log(
    JSON.stringify({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiresAt,
      AccountId: accountId,
    }),
  );
}
