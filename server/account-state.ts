import { accounts } from "../data/entities/accounts.ts";
import { collections } from "../data/entities/collections.ts";
import { delegationRequests } from "../data/entities/delegation.ts";
import { hardwareTokens, mfaAttempts, mfaDevices, smsMessages, totpSecrets, usedCodes } from "../data/entities/mfa.ts";
import { lastUses } from "../data/entities/reports.ts";
import { roles } from "../data/entities/roles.ts";
import { accessKeys, users } from "../data/entities/users.ts";
import type { Collection, Transaction } from "../data/store.ts";
import { seedId } from "../signing/totp.ts";

/** An entity that contains the number of its account. */
interface Owned {
  readonly account?: string;
}

/**
 * Removes everything in an account, including the hardware tokens that are enabled there. Its place in an organization
 * stays, since it belongs to the organization.
 */
export function removeAccount(id: string, tx: Transaction): void {
  // Entities that are found by others are removed before those.
  for (const subject of lastUseSubjects(id, tx)) tx.delete(lastUses, subject);
  for (const device of tx.list(mfaDevices, [id])) removeSecret(device.serialNumber, tx);
  for (const message of tx.list(smsMessages, [])) {
    if (message.serialNumber.split(":")[4] === id) {
      tx.delete(smsMessages, ...smsMessages.key(message));
    }
  }
  for (const request of tx.list(delegationRequests, [])) {
    if (request.requestor === id || request.ownerAccount === id) tx.delete(delegationRequests, request.id);
  }
  tx.delete(accounts, id);
  for (const collection of collections as readonly Collection<never>[] as readonly Collection<Owned>[]) {
    if (collection.name === "organization-accounts") continue;
    for (const entity of tx.list(collection, [])) {
      if (entity.account === id) tx.delete(collection, ...collection.key(entity));
    }
  }
}

/** The subjects of the last uses of an account's keys, roles and passwords. */
function lastUseSubjects(id: string, tx: Transaction): string[] {
  return [
    id,
    `password:${id}`,
    ...Array.from(tx.list(users, [id]), (user) => `password:${user.id}`),
    ...Array.from(tx.list(roles, [id]), (role) => role.id),
    ...Array.from(tx.list(accessKeys, [])).flatMap((key) => (key.account === id ? [key.id] : [])),
  ];
}

/** Removes a device's seed, or token, and what is known of its codes. */
function removeSecret(serialNumber: string, tx: Transaction): void {
  const secret = tx.get(totpSecrets, serialNumber);
  tx.delete(mfaAttempts, serialNumber);
  tx.delete(hardwareTokens, serialNumber);
  tx.delete(totpSecrets, serialNumber);
  if (!secret) return;
  for (const code of tx.list(usedCodes, [seedId(secret.seed)])) tx.delete(usedCodes, ...usedCodes.key(code));
}
