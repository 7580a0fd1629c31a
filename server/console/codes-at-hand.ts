import { WireError } from "../../handlers/errors.ts";
import { currentCode, unusedCode } from "../../handlers/mfa/current-code.ts";
import type { Context } from "../../handlers/operation.ts";
import { attributes, html, type Html, type Value } from "./html.ts";
import { live, type LiveParts } from "./live.ts";
import type { Answer, View } from "./page.ts";
import { shownCode } from "./sections/codes.ts";

// The emulator knows what its devices show, and whoever drives it may see that (at the pages of the control plane, too): a
// form that asks for codes offers them beside its fields.

/** The scripts of pages that offer codes. */
export const CODE_SCRIPTS = ["live.js", "fill-in.js"] as const;

type Codes = Readonly<Record<string, string>>;

/** A page with a form that asks for codes; `page` is given what is to stand below the fields, which keeps itself up to date. */
export function offering(
  codes: (context: Pick<Context, "tx" | "now">) => Codes,
  view: View,
  page: (offer: Value) => Html,
): Answer {
  if (!view.emulation.options.control) return page(undefined);
  const parts: LiveParts = { offer: offer(known(codes, view)) };
  return live(view, parts, (part) => page(part("offer")));
}

/** The codes as they are now, for pages that are not asked for again. */
export const offerOf = (codes: Parameters<typeof offering>[0], view: View): Value =>
  view.emulation.options.control && offer(known(codes, view));

/** The code that a device takes now, for the field `code`. */
export const oneCode =
  (serialNumber: string) =>
  (context: Pick<Context, "tx" | "now">): Codes => ({ code: unusedCode(serialNumber, context).code });

/** What a device shows now and next, for the fields of `twoCodes`. */
export const pairOfCodes =
  (serialNumber: string) =>
  (context: Pick<Context, "tx" | "now">): Codes => {
    const { code, next = "" } = currentCode(serialNumber, context);
    return { code1: code, code2: next };
  };

/** Of a device that the emulator does not know there are none. */
function known(codes: Parameters<typeof offering>[0], { emulation, now }: View): Codes {
  try {
    return emulation.store.read((tx) => codes({ tx, now }));
  } catch (cause) {
    if (cause instanceof WireError) return {};
    throw cause;
  }
}

function offer(codes: Codes): Value {
  const shown = Object.values(codes).map(shownCode);
  if (shown.length === 0) return undefined;
  return html`<p class="offer">
    The emulator knows: ${shown.map((code) => html`${code} `)}
    <button ${attributes({ type: "button", class: "plain", "data-fill": JSON.stringify(codes) })}>Fill in</button>
  </p>`;
}
