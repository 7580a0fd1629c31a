import { moveClock } from "../../control/clock.ts";
import { facts, inputField, postForm, section, time } from "../components.ts";
import { html } from "../html.ts";
import { live } from "../live.ts";
import { field, formAction, redirect, Refused, type Page, type View } from "../page.ts";

const PATH = "/emulator/clock";

/** Shows the emulator's clock and moves it. */
export const emulatorClock: Page = {
  path: PATH,
  title: "Clock",
  nav: "Emulator",
  access: "emulator",
  scripts: ["live.js"],
  GET(view) {
    const { clock } = view.emulation;
    const parts = { now: time(view.now), machine: time(clock.machineNow()) };
    return live(
      view,
      parts,
      (part) =>
        html`${facts([
            ["The emulator's time", part("now")],
            ["This machine's time", part("machine")],
            ["The clock", stateOf(view)],
          ])}
          <p>
            Codes, sessions, passwords and everything else here go by the emulator's time; sign-ins to the console do as
            well, and end when it is moved past their twelve hours.
          </p>
          ${section(
            "Advance",
            STEPS.map(([label, seconds]) => postForm(view, { submit: label, name: stepName(seconds) })),
            postForm(
              view,
              { submit: "Advance", name: "advance" },
              inputField(view, {
                name: "seconds",
                label: "Seconds",
                type: "number",
                hint: "Negative to go back.",
              }),
            ),
          )}
          ${section(
            "Set",
            postForm(
              view,
              { submit: "Set", name: "set" },
              inputField(view, {
                name: "time",
                label: "Time",
                value: new Date(view.now).toISOString(),
                hint: "In ISO 8601 with its zone, such as 2026-11-24T12:00:00Z.",
              }),
            ),
          )}
          ${section(
            "Stop and go",
            postForm(view, { submit: "Freeze", name: "freeze" }),
            postForm(view, { submit: "Back to this machine's time", name: "real" }),
          )}`,
    );
  },
  async POST(view) {
    moveClock(view.emulation.clock, formAction(ACTIONS, view)(view));
    await view.emulation.clock.shared();
    return redirect(`/console${PATH}`, "The clock has been moved.");
  },
};

const STEPS = [
  ["30 seconds", 30],
  ["5 minutes", 300],
  ["1 hour", 3600],
] as const;

type Move = Parameters<typeof moveClock>[1];

const ACTIONS: Readonly<Record<string, (view: View) => Move>> = {
  ...Object.fromEntries(STEPS.map(([, seconds]) => [stepName(seconds), () => ({ advance: seconds })])),
  advance: (view) => ({ advance: secondsIn(view) }),
  set: (view) => ({ set: field(view, "time").trim() }),
  freeze: () => ({ freeze: true }),
  real: () => ({ real: true }),
};

function stepName(seconds: number): string {
  return `advance-${seconds}`;
}

function secondsIn(view: View): number {
  const text = field(view, "seconds").trim();
  if (text === "" || Number.isNaN(Number(text))) throw new Refused(400, "Give a number of seconds, such as 90.");
  return Number(text);
}

function stateOf({ emulation: { clock } }: View): string {
  if (clock.frozen) return "stands still";
  return clock.moved ? "runs, and has been moved" : "runs with this machine's";
}
