import { link, postForm } from "../components.ts";
import { html } from "../html.ts";
import { redirect, type Page } from "../page.ts";

/** Asks for confirmation, then resets everything. */
export const emulatorReset: Page = {
  path: "/emulator/reset",
  title: "Reset the emulator",
  access: "emulator",
  GET(view) {
    const { data, seed } = view.emulation.options;
    return html`<p>
        All accounts, users, devices, sessions, messages and the trail are
        deleted${data !== undefined && ", on the disk too"}, and the clock goes back to where it started.
        ${seed === undefined ? "What is left is an empty account." : "The state grows anew from the seed."} This cannot
        be undone.
      </p>
      ${postForm(view, { submit: "Reset everything", danger: true })}
      <p>${link("/console/emulator/health", "Cancel")}</p>`;
  },
  async POST({ reset }) {
    await reset();
    return redirect("/console/emulator/health", "The emulator has been reset. Everybody is signed out.");
  },
};
