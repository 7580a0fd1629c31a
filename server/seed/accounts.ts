import { fold, type Tag } from "../../data/entities/accounts.ts";
import { policyArn } from "../../handlers/arns.ts";
import { parsePolicy } from "../../handlers/policy-documents.ts";
import type { Input } from "../../handlers/operation.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";

const MEMBERS = [
  "alias",
  "passwordPolicy",
  "root",
  "managedPolicies",
  "groups",
  "users",
  "roles",
  "serviceLinkedRoles",
  "instanceProfiles",
  "samlProviders",
  "oidcProviders",
  "serverCertificates",
] as const;
/**
 * The members at the top of a seed that do not belong to the emulator's own account; that account need not be named.
 */
const WHOLE = ["hardwareTokens", "organization", "accounts"] as const;

/** An account of a seed: its number and its content. */
export interface AccountSeed {
  readonly id: string;
  readonly members: Readonly<Record<(typeof MEMBERS)[number], Place>>;
}

/** The emulator's own account, whose number is `id`; the other accounts; and the members that belong to none. */
export function accountsOf(root: Place, id: string) {
  const { hardwareTokens, organization, accounts, ...members } = root.members(...MEMBERS, ...WHOLE);
  return { hardwareTokens, organization, accounts: [{ id, members }, ...otherAccounts(accounts, id)] };
}

function otherAccounts(accounts: Place, own: string): AccountSeed[] {
  const ids = new Set([own]);
  return accounts.items().map((account) => {
    const { id, ...members } = account.members("id", ...MEMBERS);
    const number = id.text();
    if (!/^\d{12}$/.test(number)) throw id.fail("must be the 12 digits of an account.");
    if (ids.has(number)) throw id.fail("is the account of another part of the seed.");
    ids.add(number);
    return { id: number, members };
  });
}

/** The alias and the password policy, with the members of UpdateAccountPasswordPolicy. */
export function addSettings({ members: { alias, passwordPolicy } }: AccountSeed, plan: Plan): void {
  if (alias.isGiven) plan.call(alias, "CreateAccountAlias", { AccountAlias: alias.text() });
  if (!passwordPolicy.isGiven) return;
  const rules = passwordPolicy.members(
    "minimumPasswordLength",
    "requireSymbols",
    "requireNumbers",
    "requireUppercaseCharacters",
    "requireLowercaseCharacters",
    "allowUsersToChangePassword",
    "maxPasswordAge",
    "passwordReusePrevention",
    "hardExpiry",
  );
  plan.call(passwordPolicy, "UpdateAccountPasswordPolicy", {
    MinimumPasswordLength: rules.minimumPasswordLength.integerIfGiven(),
    RequireSymbols: rules.requireSymbols.booleanIfGiven(),
    RequireNumbers: rules.requireNumbers.booleanIfGiven(),
    RequireUppercaseCharacters: rules.requireUppercaseCharacters.booleanIfGiven(),
    RequireLowercaseCharacters: rules.requireLowercaseCharacters.booleanIfGiven(),
    AllowUsersToChangePassword: rules.allowUsersToChangePassword.booleanIfGiven(),
    MaxPasswordAge: rules.maxPasswordAge.integerIfGiven(),
    PasswordReusePrevention: rules.passwordReusePrevention.integerIfGiven(),
    HardExpiry: rules.hardExpiry.booleanIfGiven(),
  });
}

/**
 * Managed policies with one `document`, or with several `versions`; the last version is the default unless another is
 * named.
 */
export function addManagedPolicies({ id, members }: AccountSeed, plan: Plan): void {
  for (const policy of members.managedPolicies.items()) {
    const { name, path, description, tags, document, versions, defaultVersion } = policy.members(
      "name",
      "path",
      "description",
      "tags",
      "document",
      "versions",
      "defaultVersion",
    );
    if (document.isGiven === versions.isGiven) throw policy.fail("must have either document or versions.");
    if (document.isGiven && defaultVersion.isGiven) throw defaultVersion.fail("is for policies with versions.");
    const [first = versions, ...more] = document.isGiven ? [document] : versions.items();
    const arn = policyArn(id, name.text(), path.textIfGiven());
    const PolicyDocument = first.json();
    // Also checked here, so that a fault is reported at the document's place, which the operation's refusal does not
    // name.
    plan.do(first, () => void parsePolicy(PolicyDocument, "identity"));
    plan.call(policy, "CreatePolicy", {
      PolicyName: name.text(),
      Path: path.textIfGiven(),
      Description: description.textIfGiven(),
      Tags: tagsOf(tags),
      PolicyDocument,
    });
    for (const version of more) {
      plan.call(version, "CreatePolicyVersion", { PolicyArn: arn, PolicyDocument: version.json(), SetAsDefault: true });
    }
    if (defaultVersion.isGiven) {
      const VersionId = `v${defaultVersion.integer()}`;
      plan.call(defaultVersion, "SetDefaultPolicyVersion", { PolicyArn: arn, VersionId });
    }
  }
}

/** The ARN of a managed policy, which may be given by its ARN or, within the same account of the seed, by its name. */
export function policyArnOf(place: Place, { id, members }: AccountSeed): string {
  const text = place.text();
  if (text.startsWith("arn:")) return text;
  for (const policy of members.managedPolicies.items()) {
    const name = policy.at("name").text();
    if (fold(name) === fold(text)) return policyArn(id, name, policy.at("path").textIfGiven());
  }
  throw place.fail("is neither an ARN nor the name of one of the account's managedPolicies.");
}

export const boundaryOf = (place: Place, account: AccountSeed): string | undefined =>
  place.isGiven ? policyArnOf(place, account) : undefined;

/** `tags` as a mapping; undefined if there are none. */
export function tagsOf(place: Place): Tag[] | undefined {
  return place.isGiven ? place.entries().map(([Key, value]) => ({ Key, Value: value.text() })) : undefined;
}

/** Certificates with their private keys and chains, each as PEM or as the name of a file. */
export function addServerCertificates({ members }: AccountSeed, plan: Plan): void {
  const pem = (place: Place) => place.textOrFile("PEM", /-----BEGIN /);
  for (const certificate of members.serverCertificates.items()) {
    const { name, path, tags, body, privateKey, chain } = certificate.members(
      "name",
      "path",
      "tags",
      "body",
      "privateKey",
      "chain",
    );
    const input: Input<"UploadServerCertificate"> = {
      ServerCertificateName: name.text(),
      Path: path.textIfGiven(),
      Tags: tagsOf(tags),
      CertificateBody: pem(body),
      PrivateKey: pem(privateKey),
      CertificateChain: chain.isGiven ? pem(chain) : undefined,
    };
    plan.call(certificate, "UploadServerCertificate", input);
  }
}
