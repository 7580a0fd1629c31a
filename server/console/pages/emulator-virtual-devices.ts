import { mfaDevices } from "../../../data/entities/mfa.ts";
import { code, table } from "../components.ts";
import { html } from "../html.ts";
import { filtered } from "../listing.ts";
import { live } from "../live.ts";
import type { Page } from "../page.ts";
import { CODE_HEADINGS, codeCells, codeParts, holderOf } from "../sections/codes.ts";

/** The codes that authenticator apps show for all virtual MFA devices. */
export const emulatorVirtualDevices: Page = {
  path: "/emulator/virtual-devices",
  title: "Authenticator app",
  nav: "Emulator",
  access: "emulator",
  scripts: ["live.js"],
  GET(view) {
    const { devices, parts, filter, pager, none } = view.emulation.store.read((tx) => {
      const virtual = Array.from(tx.list(mfaDevices, [])).filter(({ kind }) => kind === "virtual");
      const { shown, ...rest } = filtered(virtual, ({ serialNumber }) => serialNumber, view);
      return {
        ...rest,
        devices: shown.map((device) => ({ serialNumber: device.serialNumber, holder: holderOf(device, tx) })),
        parts: codeParts(shown, tx, view.now),
      };
    });
    return live(
      view,
      parts,
      (part) =>
        html`<p>What an authenticator app shows for every virtual MFA device, by the emulator's clock.</p>
          ${filter}
          ${table(
            "Virtual MFA devices",
            ["Serial number", ...CODE_HEADINGS, "Enabled for"],
            devices.map(({ serialNumber, holder }) => [code(serialNumber), ...codeCells(serialNumber, part), holder]),
            none("There is no virtual MFA device yet."),
          )}
          ${pager}`,
    );
  },
};
