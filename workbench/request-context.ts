import type { Transaction } from "../data/store.ts";
import type { Caller } from "../handlers/caller.ts";
import type { AccessContext } from "../handlers/operation.ts";
import type { ContextKeys } from "../policy/evaluate.ts";
import { DEFAULTS } from "../server/options.ts";

/** When a code of an MFA device was given: seconds ago, or never. */
export type Mfa = number | false | undefined;

/** A request of now, over TLS from this machine, in the region in which emulators are unless told otherwise. */
export const requestContext = (
  caller: Caller,
  mfa: Mfa,
  { tx, now }: { readonly tx: Transaction; readonly now: number },
): AccessContext => ({
  tx,
  caller,
  account: caller.account,
  now,
  request: { id: "", sourceIp: "127.0.0.1", userAgent: "", region: DEFAULTS.region, secure: true },
  ...(typeof mfa === "number" && { mfaAt: now - mfa * 1000 }),
});

/** Temporary credentials say that there was no code, long-term ones say nothing (evidence: mfa-context). */
export const withMfaKey = (keys: ContextKeys, { principal }: Caller, mfa: Mfa): ContextKeys =>
  mfa === false || (mfa === undefined && principal.type === "role")
    ? overlaid({ "aws:MultiFactorAuthPresent": "false" }, keys)
    : keys;

/** Condition keys with others over them; their names do not differ by case. */
export function overlaid(keys: ContextKeys, over: ContextKeys): ContextKeys {
  const all = new Map(Object.entries(keys).map((entry) => [entry[0].toLowerCase(), entry]));
  for (const entry of Object.entries(over)) all.set(entry[0].toLowerCase(), entry);
  return Object.fromEntries(all.values());
}
