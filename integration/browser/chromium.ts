import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

// Not the arguments that @sparticuz/chromium suggests: one of them, --single-process, breaks contexts.
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Starts a Chromium: the one in $CHROMIUM_PATH, the system's, or the one in the development dependencies. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await executable(), args: ARGUMENTS });
}

async function executable(): Promise<string> {
  const installed = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium"].find((path) => path && existsSync(path));
  if (installed !== undefined) return installed;
  // Unpacks itself once into the system's temporary folder.
  const { default: packed } = await import("@sparticuz/chromium");
  return packed.executablePath();
}
