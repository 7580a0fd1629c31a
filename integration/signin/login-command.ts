import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "mocha";
import type { Browser } from "../console/browser.ts";
import type { Emulator } from "../emulator.ts";
import { CLI, exitOf, launch, runCli, type Ended } from "../process.ts";
import { agree, linkIn } from "./developer-tool.ts";

/** The command line of a user with a separate home folder, for the tests of one `describe`. */
export interface Home {
  readonly folder: string;
  readonly config: string;
  /** Variables that make AWS's tools look there. */
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): Promise<Ended>;
}

export function home(emu: Emulator): Home {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-login-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    get config() {
      return join(folder, "config");
    },
    get env() {
      return {
        HOME: folder,
        AWS_CONFIG_FILE: join(folder, "config"),
        AWS_LOGIN_CACHE_DIRECTORY: join(folder, "cache"),
        IAM_LOCAL_ENDPOINT: emu.server.endpoint,
      };
    },
    run(...args) {
      return runCli(args, { env: this.env });
    },
  };
}

/**
 * Runs `iam-local login` while the visitor answers in the browser; `answer` opens the address and returns to the tool.
 */
export async function logIn(
  { env }: Home,
  args: readonly string[],
  answer: (address: URL) => Promise<string | undefined>,
): Promise<Ended> {
  const { child, output } = launch(process.execPath, [CLI, "login", "--no-browser", ...args], { env });
  const exited = exitOf(child);
  const address = await new Promise<URL>((resolve, reject) => {
    child.stderr.on("data", () => {
      const shown = /Sign in at\s+(\S+)\n/.exec(output.stderr)?.[1];
      if (shown !== undefined) resolve(new URL(shown));
    });
    exited.then(() => reject(new Error(output.stdout + output.stderr)), reject);
  });
  const typed = await answer(address);
  // Where the browser has led back to it, it has ended by itself and reads no more.
  child.stdin.on("error", () => {}).end(typed === undefined ? "" : `${typed}\n`);
  return { code: await exited, ...output };
}

/** Agrees in the browser, and follows where that leads. */
export const agreeing =
  (visitor: Browser) =>
  async ({ pathname, search }: URL): Promise<undefined> => {
    await fetch(linkIn(await agree(visitor, pathname + search), "Complete the login"));
  };
