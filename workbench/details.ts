import { accountsIn } from "../server/seed/authorization-details.ts";
import { importDetails } from "../server/seed/import.ts";
import { mergePages } from "../server/seed/pages.ts";
import { Place } from "../server/seed/place.ts";
import { NO_FILE } from "../server/seed/source.ts";
import type { Accounts, ToPath } from "./accounts.ts";
import { noteDocuments } from "./document-places.ts";
import { fileSource } from "./test-source.ts";

/**
 * The authorization details in a file, or in a list of files: of several accounts, or several pages of one, as `aws iam
 * get-account-authorization-details` and `iam-local export` print them. Answers those of each account.
 */
export async function detailsIn(place: Place, toPath: ToPath): Promise<Map<string, Place[]>> {
  const items = Array.isArray(place.value) ? place.items() : [place];
  const details = new Map<string, Place[]>();
  for (const item of items) {
    const { root } = await fileSource(toPath(item.text()), item);
    const [account] = accountsIn(root);
    if (account === undefined) throw root.fail("holds no users, groups, roles or policies of an account.");
    details.set(account, [...(details.get(account) ?? []), root]);
  }
  return details;
}

/** Makes what the details of each account tell. What cannot be made is noted. */
export async function addDetails(details: ReadonlyMap<string, readonly Place[]>, accounts: Accounts): Promise<void> {
  for (const [account, pages] of details) {
    const [first] = pages;
    const whole =
      pages.length === 1 ? first! : new Place(mergePages(pages.map(({ value }) => value as object as never)), NO_FILE);
    const { failed } = await importDetails(whole, account, false, accounts.emulation);
    for (const { entity, code, message } of failed) {
      accounts.notes.push(`${entity} of account ${account} was left out: ${code}: ${message}`);
    }
    for (const root of pages) noteDocuments({ root, files: [] }, accounts.places);
  }
}
