import { mfaDevices } from "../../../data/entities/mfa.ts";
import { addHardwareTokens, deleteHardwareToken, listHardwareTokens } from "../../../handlers/mfa/hardware-tokens.ts";
import { readSeedList } from "../../../handlers/mfa/seed-lists.ts";
import { code, hiddenField, inputField, postForm, section, table, textField } from "../components.ts";
import { html, type Html } from "../html.ts";
import { filtered } from "../listing.ts";
import { live } from "../live.ts";
import { field, formAction, optionalField, redirect, type Answer, type Page, type View } from "../page.ts";
import { CODE_HEADINGS, codeCells, codeParts, holderOf } from "../sections/codes.ts";

const PATH = "/emulator/key-ring";

/** The hardware tokens that the developer owns: their codes, and adding and removing tokens. */
export const emulatorKeyRing: Page = {
  path: PATH,
  title: "Hardware tokens",
  nav: "Emulator",
  access: "emulator",
  scripts: ["live.js"],
  GET(view) {
    const { store } = view.emulation;
    const { tokens, parts, filter, pager, none } = store.read((tx) => {
      const { shown, ...rest } = filtered(listHardwareTokens({ tx }), ({ serialNumber }) => serialNumber, view);
      return {
        ...rest,
        tokens: shown.map(({ serialNumber, offsetSeconds }) => ({
          serialNumber,
          offsetSeconds,
          holder: holderOf(tx.find(mfaDevices, "token", serialNumber), tx),
        })),
        parts: codeParts(shown, tx, view.now),
      };
    });
    return live(
      view,
      parts,
      (part) =>
        html`<p>The key ring: every hardware token that one owns here, and what it shows by the emulator's clock.</p>
          ${filter}
          ${table(
            "Hardware tokens",
            ["Serial number", ...CODE_HEADINGS, "Clock", "Enabled for", "Actions"],
            tokens.map(({ serialNumber, offsetSeconds, holder }) => [
              code(serialNumber),
              ...codeCells(serialNumber, part),
              drift(offsetSeconds),
              holder,
              postForm(
                view,
                { submit: "Delete", about: serialNumber, name: "delete", danger: true },
                hiddenField("serial", serialNumber),
              ),
            ]),
            none("There is no hardware token yet. Mint one, or import a vendor's list."),
          )}
          ${pager} ${mintForm(view)} ${importForm(view)}`,
    );
  },
  POST(view) {
    return formAction(ACTIONS, view)(view);
  },
};

const mintForm = (view: View): Html =>
  section(
    "Mint a token",
    postForm(
      view,
      { submit: "Mint", name: "mint" },
      inputField(view, {
        name: "serialNumber",
        label: "Serial number",
        required: false,
        hint: "Such as GAHT12345678; one is made up otherwise. That of a token that is there sets its clock.",
      }),
      inputField(view, {
        name: "drift",
        label: "Clock ahead by (seconds)",
        type: "number",
        required: false,
        hint: "Negative if the token's clock is slow.",
      }),
    ),
  );

const importForm = (view: View): Html =>
  section(
    "Import tokens",
    postForm(
      view,
      { submit: "Import", name: "import" },
      textField(view, {
        name: "list",
        label: "A vendor's list",
        hint: "Lines of serial number, comma, base32 seed (CSV); or PSKC (RFC 6030, XML).",
      }),
    ),
  );

const ACTIONS: Readonly<Record<string, (view: View) => Answer | Promise<Answer>>> = {
  async mint(view) {
    const { store, random } = view.emulation;
    const ahead = optionalField(view, "drift");
    const token = {
      serialNumber: optionalField(view, "serialNumber")?.trim(),
      offsetSeconds: ahead === undefined ? undefined : Number(ahead),
    };
    const [minted] = await store.transact((tx) => addHardwareTokens([token], { tx, random }));
    return done(`The token ${minted!.serialNumber} is on the key ring.`);
  },

  async import(view) {
    const { store, random } = view.emulation;
    const list = await readSeedList(field(view, "list"));
    const { length } = await store.transact((tx) => addHardwareTokens(list, { tx, random }));
    return done(length === 1 ? "One token has been imported." : `${length} tokens have been imported.`);
  },

  async delete(view) {
    const serialNumber = field(view, "serial");
    await view.emulation.store.transact((tx) => deleteHardwareToken(serialNumber, { tx }));
    return done(`The token ${serialNumber} has been deleted.`);
  },
};

const done = (notice: string): Answer => redirect(`/console${PATH}`, notice);

/** `right`, `90 s ahead`, `90 s behind` */
function drift(seconds: number): string {
  return seconds === 0 ? "right" : `${Math.abs(seconds)} s ${seconds > 0 ? "ahead" : "behind"}`;
}
