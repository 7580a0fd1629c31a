import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandFailed } from "./control-client.ts";

/** What a login stores, in the form that AWS's tools read and refresh. */
export interface CachedLogin {
  readonly accessToken: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    readonly accountId: string;
    /** ISO 8601, by the machine's clock. */
    readonly expiresAt: string;
  };
  readonly tokenType: string;
  readonly clientId: string;
  readonly refreshToken: string;
  readonly idToken: string;
  /** The private key that proves possession: P-256, PEM in the form of SEC 1. */
  readonly dpopKey: string;
}

/** Where AWS's tools look for a login: the file name is the digest of the principal's ARN. */
function cacheFile(loginSession: string): string {
  const folder = process.env["AWS_LOGIN_CACHE_DIRECTORY"] ?? join(homedir(), ".aws", "login", "cache");
  return join(folder, `${createHash("sha256").update(loginSession).digest("hex")}.json`);
}

/** Undefined if there was no login, or a logout since. */
export async function readLogin(loginSession: string): Promise<CachedLogin | undefined> {
  const file = cacheFile(loginSession);
  try {
    return JSON.parse(await readFile(file, "utf8")) as CachedLogin;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandFailed(`${file} cannot be read: ${(cause as Error).message}.`);
  }
}

/** Stores a login, readable by its owner only. */
export async function keepLogin(loginSession: string, login: CachedLogin): Promise<void> {
  const file = cacheFile(loginSession);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  // writeFile does not change the mode of a file that exists.
  await chmod(file, 0o600);
}

/** Whether there was one to remove. */
export async function forgetLogin(loginSession: string): Promise<boolean> {
  const there = (await readLogin(loginSession)) !== undefined;
  await rm(cacheFile(loginSession), { force: true });
  return there;
}
