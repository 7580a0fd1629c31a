import { InvalidArgumentError, type Command } from "commander";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";
import { pair, several } from "./pairs.ts";
import { wholeSeconds } from "./seconds.ts";

/** `idp`: tokens and SAML responses of the built-in identity provider. */
export function addIdentityProviderCommands(program: Command): void {
  const idp = program
    .command("idp")
    .description("the built-in identity provider, where the emulator was started with --idp");
  addRegister(idp);
  addToken(idp);
  addSaml(idp);
}

interface RegisterOptions extends ClientOptions {
  readonly account?: string;
  readonly preset?: string;
  readonly issuer?: string;
  readonly clientId?: readonly string[];
  readonly samlProvider?: string;
}

interface Registration {
  readonly issuer: string;
  readonly oidcProviderArn: string;
  readonly samlProviderArn?: string;
}

function addRegister(idp: Command): void {
  asClient(idp.command("register"))
    .description("create the account's OpenID Connect and SAML providers for it, and print their ARNs")
    .option("--preset <NAME>", "in place of a known issuer: github-actions, gitlab")
    .option("--issuer <URL>", "in place of this issuer, such as that of an EKS cluster")
    .option("--client-id <ID>", "an audience that its tokens may have; may be repeated", several)
    .option("--saml-provider <NAME>", "name of the SAML provider; iam-local by default")
    .option("--account <ID>", "in another account than the emulator's own")
    .addHelpText(
      "after",
      `
In place of another issuer it vouches for that issuer's tokens with its own key, so that roles that trust the real one
can be tried as they are.

Examples:
  iam-local idp register
  iam-local idp register --preset github-actions
  iam-local idp register --issuer https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE`,
    )
    .action(async ({ endpoint, json, clientId, ...asked }: RegisterOptions) => {
      const options = { endpoint, ...(json && { json }) };
      const answer = await callControl<Registration>(options, {
        root: "_idp",
        path: "providers",
        body: { clientIds: clientId, ...asked },
      });
      printAnswer(options, answer, ({ oidcProviderArn, samlProviderArn }) =>
        samlProviderArn === undefined ? oidcProviderArn : [oidcProviderArn, samlProviderArn],
      );
    });
}

/** The options of the session that tokens and responses ask for. */
interface SessionOptions extends ClientOptions {
  readonly tag?: Readonly<Record<string, string>>;
  readonly transitive?: readonly string[];
  readonly sourceIdentity?: string;
  readonly expiresIn?: number;
}

const asksForSession = (command: Command): Command =>
  asClient(command)
    .option("--tag <NAME=VALUE>", "a session tag; may be repeated", pair)
    .option("--transitive <NAME>", "a tag that stays through chains of roles; may be repeated", several)
    .option("--source-identity <NAME>", "the source identity of the session")
    .option("--expires-in <SECONDS>", "how long it can be used; negative if it has expired already", wholeSeconds);

interface TokenOptions extends SessionOptions {
  readonly preset?: string;
  readonly issuer?: string;
  readonly sub?: string;
  readonly aud?: readonly string[];
  readonly claim?: Readonly<Record<string, string>>;
  readonly claims?: object;
}

function addToken(idp: Command): void {
  asksForSession(idp.command("token"))
    .description("issue an OpenID Connect token, for AssumeRoleWithWebIdentity, and print it")
    .option("--preset <NAME>", "in the shape of github-actions, gitlab or eks")
    .option("--issuer <URL>", "another issuer than the provider itself, or that of the preset")
    .option("--sub <SUBJECT>", "whom it is about")
    .option("--aud <AUDIENCE>", "whom it is for; sts.amazonaws.com by default; may be repeated", several)
    .option("--claim <NAME=VALUE>", "any other claim; may be repeated", pair)
    .option("--claims <JSON>", "any other claims that are not texts", jsonObject)
    .addHelpText(
      "after",
      `
Examples:
  iam-local idp token --sub ann --aud my-app > token
  iam-local idp token --preset github-actions --claim repository=octo-org/app --claim ref=refs/heads/main
  iam-local idp token --preset eks --sub system:serviceaccount:shop:web`,
    )
    .action(async (given: TokenOptions) => {
      const { preset, issuer, sub, aud, claim, claims, expiresIn } = given;
      const body = {
        preset,
        issuer,
        sub,
        expiresIn,
        // A single audience is a string, as most issuers write it.
        aud: aud?.length === 1 ? aud[0] : aud,
        claims: { ...claims, ...claim },
        ...sessionMembers(given),
      };
      const answer = await callControl<{ readonly token: string }>(given, { root: "_idp", path: "token", body });
      printExactly(given, answer, answer.token);
    });
}

interface SamlOptions extends SessionOptions {
  readonly role: string;
  readonly provider?: string;
  readonly sessionName?: string;
  readonly subject?: string;
  readonly sessionDuration?: number;
  readonly attribute?: Readonly<Record<string, string>>;
}

function addSaml(idp: Command): void {
  asksForSession(idp.command("saml"))
    .description("issue a signed SAML response, for AssumeRoleWithSAML, and print it in base64")
    .requiredOption("--role <ARN>", "the role that it offers")
    .option("--provider <ARN>", "the SAML provider that the role trusts; iam-local in the role's account by default")
    .option("--session-name <NAME>", "RoleSessionName")
    .option("--subject <NAME>", "NameID; the session's name by default")
    .option("--session-duration <SECONDS>", "SessionDuration", wholeSeconds)
    .option("--attribute <NAME=VALUE>", "any other attribute, by its full name; may be repeated", pair)
    .addHelpText(
      "after",
      `
Example:
  aws sts assume-role-with-saml --role-arn $role --principal-arn $provider \\
    --saml-assertion $(iam-local idp saml --role $role --provider $provider --session-name ann)`,
    )
    .action(async (given: SamlOptions) => {
      const { role, provider, sessionName, subject, sessionDuration, attribute, expiresIn } = given;
      const body = {
        roleArn: role,
        providerArn: provider,
        roleSessionName: sessionName,
        subject,
        sessionDuration,
        expiresIn,
        attributes: attribute,
        ...sessionMembers(given),
      };
      const answer = await callControl<{ readonly SAMLResponse: string }>(given, { root: "_idp", path: "saml", body });
      printExactly(given, answer, answer.SAMLResponse);
    });
}

/** Writes the text without a line end, since SDKs would send it as a part of the token. */
function printExactly<T>(options: ClientOptions, answer: T, text: string): void {
  if (options.json || process.stdout.isTTY) printAnswer(options, answer, () => text);
  else process.stdout.write(text);
}

const sessionMembers = ({ tag, transitive, sourceIdentity }: SessionOptions) => ({
  tags: tag,
  transitiveTagKeys: transitive,
  sourceIdentity,
});

function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Refused below, like anything else that is not an object.
  }
  throw new InvalidArgumentError("It takes a JSON object.");
}
