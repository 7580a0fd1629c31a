import type { Locator, Page } from "playwright-core";
import { PASSWORD } from "../console/browser.ts";
import type { Emulator } from "../emulator.ts";

/** The origin under which browsers offer security keys. */
export const consoleOrigin = (emu: Emulator): string => emu.server.endpoint.replace("//127.0.0.1:", "//localhost:");

/** Presses a button and waits for the next page. */
export async function press(page: Page, button: string): Promise<void> {
  const navigated = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await page.getByRole("button", { name: button, exact: true }).click();
  await navigated;
  await page.waitForLoadState("domcontentloaded");
}

/** Enters a user's account, name and password at the sign-in. */
export async function givePassword(page: Page, userName: string, password = PASSWORD): Promise<void> {
  await page.goto("/console/sign-in");
  await page.getByLabel("IAM user name").fill(userName);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
}

/** Enters root's email address and password at its sign-in. */
export async function giveRootPassword(page: Page, emu: Emulator): Promise<void> {
  const { email, password } = emu.server.rootSignIn;
  await page.goto("/console/sign-in/root");
  await page.getByLabel("Root user email address").fill(email);
  await page.getByLabel("Password").fill(password);
  await press(page, "Sign in");
}

export const heading = (page: Page): Promise<string> => page.getByRole("heading", { level: 1 }).innerText();

/** The refusal that the page shows. */
export const refusal = async (page: Page): Promise<string> =>
  (await page.getByRole("alert").innerText()).replace(/\s+/g, " ");

/** The notice that the page shows. */
export const notice = (page: Page): Promise<string> => page.locator("p.notice").innerText();

/** Where a policy is written. */
export const editor = (page: Page): Locator => page.locator(".cm-content");

/** Types a document in place of what is there. */
export async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** Goes to a page of the navigation, which is a menu on a phone. */
export async function choose(page: Page, name: string): Promise<void> {
  const menu = page.getByText("Menu", { exact: true });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await page.waitForLoadState("domcontentloaded");
}

/** Follows the first link with this text. */
export async function follow(page: Page, name: string | RegExp): Promise<void> {
  await page
    .getByRole("link", { name, exact: typeof name === "string" })
    .first()
    .click();
  await page.waitForLoadState("domcontentloaded");
}
