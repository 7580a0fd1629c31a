import { inputField } from "./components.ts";
import { html, type Html } from "./html.ts";
import { field, type View } from "./page.ts";

/** The fields of two consecutive codes, which prove that a device is at hand. */
export const twoCodes = (view: View, focus = true): Html =>
  html`${inputField(view, { name: "code1", label: "MFA code 1", code: true, focus, hint: "The code that the device shows." })}
  ${inputField(view, { name: "code2", label: "MFA code 2", code: true, hint: "The next one, up to 30 seconds later." })}`;

/** The codes typed into `twoCodes`, without the blanks that apps show in them. */
export const codesIn = (view: View): [string, string] => [codeIn(view, "code1"), codeIn(view, "code2")];

export const codeIn = (view: View, name: string): string => field(view, name).replace(/\s/g, "");
