import { users } from "../../../data/entities/users.ts";
import type { MfaDevice } from "../../../data/entities/mfa.ts";
import type { Transaction } from "../../../data/store.ts";
import { currentCode } from "../../../handlers/mfa/current-code.ts";
import { html, type Html, type Value } from "../html.ts";
import type { LiveParts } from "../live.ts";

/** The headings of `codeCells`. */
export const CODE_HEADINGS = ["Code", "Next code", "Changes in"] as const;

/** The cells of a device in a table: its code, its next code, and when it changes. */
export const codeCells = (serialNumber: string, part: (name: string) => Html): readonly Value[] =>
  PARTS.map((name) => part(`${name} ${serialNumber}`));

const PARTS = ["code", "next", "left"] as const;

/** The live parts that `codeCells` places, by the emulator's clock. */
export function codeParts(
  devices: readonly { readonly serialNumber: string }[],
  tx: Transaction,
  now: number,
): LiveParts {
  return Object.fromEntries(
    devices.flatMap(({ serialNumber }) => {
      const { code, next, validUntil } = currentCode(serialNumber, { tx, now });
      return [
        [`code ${serialNumber}`, shownCode(code)],
        [`next ${serialNumber}`, shownCode(next ?? "")],
        [`left ${serialNumber}`, `${Math.ceil((validUntil - now) / 1000)} s`],
      ];
    }),
  );
}

/** A code in large type. */
export const shownCode = (code: string): Html => html`<span class="shown">${code}</span>`;

/** Who a device is enabled for, in any account. */
export function holderOf(device: MfaDevice | undefined, tx: Transaction): string {
  if (device?.owner === undefined) return "nobody";
  const { account, owner } = device;
  if (owner === account) return `root of ${account}`;
  return `user ${tx.find(users, "id", account, owner)?.name} of ${account}`;
}
