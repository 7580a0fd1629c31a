import assert from "node:assert/strict";
import { after, afterEach, before } from "mocha";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Emulator } from "../emulator.ts";
import { launchChromium } from "./chromium.ts";
import { consoleOrigin } from "./console-page.ts";

/** Visits to an emulator's console in a real browser. */
export interface Visits {
  /** A page in a new browser without cookies. */
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  /** Accepts a complaint of the browser that the test has provoked; throws if there is none like it. */
  readonly expectComplaint: (pattern: RegExp) => void;
}

/**
 * Lets the tests of the enclosing `describe` visit the console in Chromium; if it cannot be started, they are skipped,
 * loudly. After each test its browsers are closed, and none may have seen a dialog, a script error or a violation of
 * the CSP.
 */
export function visits(emu: Emulator): Visits {
  let browser: Browser | undefined;
  const opened: Page[] = [];
  const complaints: string[] = [];

  before(async function () {
    this.timeout(120_000);
    browser = await launchChromium().catch((cause: unknown) => {
      console.warn(`    SKIPPED: no Chromium can be started here (set CHROMIUM_PATH): ${(cause as Error).message}`);
      return undefined;
    });
    if (!browser) this.skip();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()));
    assert.deepEqual(complaints.splice(0), []);
  });

  return {
    expectComplaint(pattern) {
      const index = complaints.findIndex((complaint) => pattern.test(complaint));
      assert.notEqual(index, -1, `the browser has complained about nothing like ${pattern}`);
      complaints.splice(index, 1);
    },
    async open(options = {}) {
      const context = await browser!.newContext({ baseURL: consoleOrigin(emu), ...options });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      opened.push(page);
      page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
      page.on("console", (message) => {
        // Chromium's complaint about a refusal's status is no fault.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
          complaints.push(`console: ${message.text()}`);
        }
      });
      return page;
    },
  };
}
