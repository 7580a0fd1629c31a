// Draws docs/screenshots/*.png, the README's pictures: `npm run screenshots`, in the project's root. The emulator's
// clock is frozen and its randomness is seeded, so that only pages that have changed give different pictures.
import { mkdirSync, statSync } from "node:fs";
import type { Page } from "playwright-core";
import supertest from "supertest";
import { seededRandom } from "../../data/random.ts";
import { start } from "../../server/index.ts";
import { consoleUser } from "../console/browser.ts";
import { clientsOf, freeze, type Emulator } from "../emulator.ts";
import { allow, enableMfa } from "../fixtures.ts";
import { launchChromium } from "./chromium.ts";
import { choose, consoleOrigin, givePassword, press } from "./console-page.ts";
import { addresses, populate } from "./world.ts";

const FOLDER = "docs/screenshots";
const LARGEST_BYTES = 150_000;

const server = await start({
  port: 0,
  log: () => {},
  random: seededRandom("screenshots"),
  rootPassword: "Screenshots 1",
});
freeze(server);
const { iam, sts, destroy } = clientsOf(() => server);
const emu: Emulator = { server, iam, sts };
const world = await populate(emu);
await consoleUser(emu, "Mia", { statements: [allow("*")] });
for (const name of ["Ann", "Vera"]) await consoleUser(emu, name);
await enableMfa(emu, "Vera");
const enrol = (device: object) => supertest(server.endpoint).post("/_emulator/mfa-devices").send(device).expect(200);

const browser = await launchChromium();
const context = await browser.newContext({
  baseURL: consoleOrigin(emu),
  viewport: { width: 1280, height: 760 },
  colorScheme: "light",
  reducedMotion: "reduce",
});
const page = await context.newPage();
const goTo = (path: string) => async () => void (await page.goto(`/console${path}`));

/** The pictures, in order, and how to reach the page of each. */
const PICTURES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  "sign-in": goTo("/sign-in"),
  "security-credentials": async () => {
    await givePassword(page, "Mia");
    await enrol({ kind: "u2f", userName: "Mia" });
    await page.goto("/console/security-credentials");
  },
  "virtual-device": async () => {
    await page.goto("/console/mfa/assign/virtual?user=Ann");
    await press(page, "Next");
  },
  "security-key": goTo("/mfa/assign/u2f?user=Ann"),
  "policy-editor": async () => {
    await page.goto("/console/users/Ann/inline-policy");
    await page.getByLabel("Policy name").fill("reports");
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(
      JSON.stringify(
        { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:GetObjekt", Resource: "reports/*" } },
        null,
        2,
      ),
    );
    await page.locator(".cm-lint-marker-error").first().waitFor();
  },
  phone: goTo("/emulator/phone"),
  "key-ring": goTo("/emulator/key-ring"),
  trail: goTo("/emulator/trail"),
  "why-denied": async () => {
    await page.goto(`/console${addresses(world)["/emulator/trail/:requestId"]}`);
    // The part above it shows the client's user agent, which depends on this machine.
    await page.evaluate("document.querySelector('section').scrollIntoView()");
  },
  "mfa-code": async () => {
    await press(page, "Sign out");
    await givePassword(page, "Vera");
  },
  refused: async () => {
    await page.setViewportSize({ width: 390, height: 640 });
    await page.getByRole("button", { name: "Fill in" }).click();
    await press(page, "Submit");
    await choose(page, "Users");
  },
};

try {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, show] of Object.entries(PICTURES)) {
    await show(page);
    const path = `${FOLDER}/${name}.png`;
    await page.screenshot({ path, animations: "disabled", caret: "hide" });
    const { size } = statSync(path);
    if (size > LARGEST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${LARGEST_BYTES}`);
    console.log(`${path} (${Math.round(size / 1000)} kB)`);
  }
} finally {
  await browser.close();
  destroy();
  await server.close();
}
