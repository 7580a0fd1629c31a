import type { Page } from "playwright-core";
import { PASSWORD } from "../console/browser.ts";
import type { Emulator } from "../emulator.ts";

/** The address under which browsers offer security keys. */
export const consoleOrigin = (emu: Emulator): string => emu.server.endpoint.replace("//127.0.0.1:", "//localhost:");

/** Presses a button and waits for the page that comes of it. */
export async function press(page: Page, button: string): Promise<void> {
  const navigated = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await page.getByRole("button", { name: button, exact: true }).click();
  await navigated;
  await page.waitForLoadState("domcontentloaded");
}

/** Gives account, name and password of a user at the sign-in. */
export async function givePassword(page: Page, userName: string, password = PASSWORD): Promise<void> {
  await page.goto("/console/sign-in");
  await page.getByLabel("IAM user name").fill(userName);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
}

/** Gives the email address and the password of root at its sign-in. */
export async function giveRootPassword(page: Page, emu: Emulator): Promise<void> {
  const { email, password } = emu.server.rootSignIn;
  await page.goto("/console/sign-in/root");
  await page.getByLabel("Root user email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
}

export const heading = (page: Page): Promise<string> => page.getByRole("heading", { level: 1 }).innerText();

/** What the page says was refused. */
export const refusal = async (page: Page): Promise<string> =>
  (await page.getByRole("alert").innerText()).replace(/\s+/g, " ");

/** What the page says was done. */
export const notice = (page: Page): Promise<string> => page.locator("p.notice").innerText();
