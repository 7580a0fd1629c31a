import { accounts, fold } from "../../data/entities/accounts.ts";
import { roles, type Role } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import { accountInId } from "../../data/ids.ts";
import type { Transaction } from "../../data/store.ts";
import { roleArn, rootArn, userArn } from "../arns.ts";
import { accountIn } from "../../policy/arn.ts";
import { entityPrincipals } from "../../policy/trust-grammar.ts";
import { invalidPrincipal } from "../policy-documents.ts";
import { principalSpans } from "../../policy/positions.ts";
import { structureOf, type PolicyStructure } from "../../policy/structure.ts";
import type { WireError } from "../errors.ts";

/**
 * The unique ids of the users and roles that a trust policy names. Throws MalformedPolicyDocument if one of them does
 * not exist; those in accounts that the emulator has not seen are not checked.
 */
export const bindTrust = (document: string, tx: Transaction): Role["trustBindings"] =>
  bindPrincipals(structureOf(document), tx, (principal) => invalidPrincipal("AWS", principal));

/** The unique ids of the users and roles that a policy names. Throws what `unknown` makes of one that does not exist. */
export function bindPrincipals(
  policy: PolicyStructure,
  tx: Transaction,
  unknown: (principal: string) => WireError,
): Role["trustBindings"] {
  const bindings: Record<string, string> = {};
  for (const principal of entityPrincipals(policy)) {
    const account = accountOf(principal);
    if (account === undefined || !tx.get(accounts, account)) continue;
    const id = principal.startsWith("arn:") ? idOf(principal, account, tx) : principal;
    if (id === undefined || arnOfId(id, account, tx) === undefined) throw unknown(principal);
    bindings[principal] = id;
  }
  return bindings;
}

/**
 * A role's trust policy as AWS shows it: byte for byte as it was sent, with two exceptions
 * (evidence: id-trust-principals-stored). Users and roles appear under their current ARN, or under their unique id once
 * they are deleted. Accounts named by their bare id appear as the ARN of their root; since AWS replaces one by the
 * other, Terraform and Ansible treat the two as equal.
 */
export function shownTrustPolicy({ trustPolicy, trustBindings }: Role, tx: Transaction): string {
  const changed = new Map<string, string>();
  for (const [account] of trustPolicy.matchAll(QUOTED_ACCOUNT)) changed.set(account, rootArn(account));
  for (const [written, id] of Object.entries(trustBindings)) {
    const current = arnOfId(id, accountOf(written)!, tx) ?? id;
    if (current !== written) changed.set(written, current);
  }
  if (changed.size === 0) return trustPolicy;
  const shownPrincipal = (token: string): string => {
    const current = changed.get(JSON.parse(token));
    return current === undefined ? token : JSON.stringify(current);
  };
  let shown = "";
  let end = 0;
  for (const principal of principalSpans(trustPolicy)) {
    shown += trustPolicy.slice(end, principal.start);
    shown += trustPolicy.slice(principal.start, principal.end).replace(JSON_STRING, shownPrincipal);
    end = principal.end;
  }
  return shown + trustPolicy.slice(end);
}

const QUOTED_ACCOUNT = /(?<=")\d{12}(?=")/g;
const JSON_STRING = /"(?:[^"\\]|\\.)*"/g;

/** The account of a principal given as an ARN or as a unique id. */
const accountOf = (principal: string): string | undefined => accountIn(principal) ?? accountInId(principal);

/** The id of the user or role with exactly this ARN. */
function idOf(arn: string, account: string, tx: Transaction): string | undefined {
  const name = fold(arn.slice(arn.lastIndexOf("/") + 1));
  const user = tx.get(users, account, name);
  if (user && userArn(account, user.name, user.path) === arn) return user.id;
  const role = tx.get(roles, account, name);
  return role && roleArn(account, role.name, role.path) === arn ? role.id : undefined;
}

function arnOfId(id: string, account: string, tx: Transaction): string | undefined {
  const user = tx.find(users, "id", account, id);
  if (user) return userArn(account, user.name, user.path);
  const role = tx.find(roles, "id", account, id);
  return role && roleArn(account, role.name, role.path);
}
