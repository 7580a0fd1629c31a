import { setOrganization } from "../handlers/organization.ts";
import { organizationFrom } from "../server/organization-input.ts";
import { Place } from "../server/seed/place.ts";
import { NO_FILE } from "../server/seed/source.ts";
import type { Accounts } from "./accounts.ts";
import { addDetails } from "./details.ts";

const PATIENCE_MS = 30_000;

/** The account that the emulator at `endpoint` says is its own. */
export async function accountAt(endpoint: Place): Promise<string> {
  return (await ask<{ readonly account: string }>(endpoint, "health"))!.account;
}

/**
 * Takes over, as they are now, the organization of a running emulator and its accounts: its own, those of the organization,
 * and those whose users and roles the test file names.
 */
export async function addEmulator(endpoint: Place, whole: Place, accounts: Accounts): Promise<void> {
  const { emulation, account } = accounts;
  const { store, random } = emulation;
  const organization = await ask<object>(endpoint, "organization");
  const named = JSON.stringify([whole.value, organization ?? {}]).matchAll(
    /arn:aws:(?:iam|sts)::(\d{12}):|"(\d{12})"/g,
  );
  const numbers = new Set([
    account,
    await accountAt(endpoint),
    ...Array.from(named, ([, arn, alone]) => arn ?? alone!),
  ]);
  for (const number of numbers) {
    const details = await ask<object>(endpoint, `export?account=${number}`);
    if (details) await addDetails(new Map([[number, [new Place(details, NO_FILE)]]]), accounts);
  }
  if (organization === undefined) return;
  // What a feature is for is not part of what one asks for.
  const { rootFeatures: _, ...asked } = organization as { readonly rootFeatures?: unknown };
  await store.transact((tx) => setOrganization(organizationFrom(asked, account), { tx, random }));
}

/** What the control plane answers; undefined where it has no such thing. */
async function ask<T>(endpoint: Place, path: string): Promise<T | undefined> {
  const base = endpoint.text();
  if (!/^https?:\/\//.test(base) || !URL.canParse(base)) {
    throw endpoint.fail("must be a URL such as http://127.0.0.1:4593.");
  }
  const url = new URL(`_emulator/${path}`, base.endsWith("/") ? base : `${base}/`);
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
    throw endpoint.fail(`nothing answers at ${base}. Start an emulator with "iam-local start".`);
  });
  if (response.status === 404 && path === "organization") return undefined;
  const answer = await response.json().catch(() => undefined);
  if (!response.ok || answer === undefined)
    throw endpoint.fail(`${base} answered ${path} with HTTP ${response.status}.`);
  return answer as T;
}
