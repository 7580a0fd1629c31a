import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandFailed } from "./control-client.ts";

/** The settings of a profile that a login makes. */
export interface LoginProfile {
  readonly login_session: string;
  readonly region: string;
  /** The endpoint for its clients: the emulator, never AWS. */
  readonly endpoint_url: string;
}

/** Settings that give a profile credentials in another way; a login must not replace them. */
const OTHER_CREDENTIALS =
  /^(?:aws_access_key_id|credential_process|credential_source|role_arn|sso_\w+|source_profile|web_identity_token_file)$/;

const configFile = (): string => process.env["AWS_CONFIG_FILE"] ?? join(homedir(), ".aws", "config");

/** The settings of a profile in the file of AWS's tools; empty if there is no such profile. */
export async function readProfile(profile: string): Promise<Partial<Record<string, string>>> {
  const lines = await configLines();
  const section = sectionOf(profile, lines);
  if (!section) return {};
  return Object.fromEntries(
    lines.slice(section.from + 1, section.to).flatMap((line) => {
      const setting = SETTING.exec(line);
      return setting ? [[setting[1]!, setting[2]!.trim()]] : [];
    }),
  );
}

/** Settings start at the beginning of a line; nested settings are indented. */
const SETTING = /^([\w-]+)\s*=(.*)$/;

/**
 * Puts the settings into the profile, creating it if it is missing; everything else in the file stays. Throws
 * CommandFailed if the profile has credentials of another kind, which may be real ones.
 */
export async function writeProfile(profile: string, settings: LoginProfile): Promise<void> {
  const existing = Object.keys(await readProfile(profile)).find((name) => OTHER_CREDENTIALS.test(name));
  if (existing !== undefined) {
    throw new CommandFailed(`the profile ${profile} has ${existing} in it. Take another one with --profile.`);
  }
  const lines = await configLines();
  const entries = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const section = sectionOf(profile, lines);
  if (section) {
    const others = lines
      .slice(section.from + 1, section.to)
      .filter((line) => !Object.hasOwn(settings, SETTING.exec(line)?.[1] ?? ""));
    lines.splice(section.from + 1, section.to - section.from - 1, ...entries, ...others);
  } else {
    if (lines.length > 0 && lines.at(-1) !== "") lines.push("");
    lines.push(headingOf(profile), ...entries);
  }
  const file = configFile();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${lines.join("\n").trimEnd()}\n`, { mode: 0o600 });
}

async function configLines(): Promise<string[]> {
  try {
    return (await readFile(configFile(), "utf8")).trimEnd().split(/\r?\n/);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new CommandFailed(`${(cause as Error).message}.`);
  }
}

const headingOf = (profile: string): string => (profile === "default" ? "[default]" : `[profile ${profile}]`);

/** The lines from the heading of a profile to the next one. */
function sectionOf(
  profile: string,
  lines: readonly string[],
): { readonly from: number; readonly to: number } | undefined {
  const headings = lines.map((line) => /^\[\s*(.*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/, " "));
  const from = headings.findIndex((heading) => heading !== undefined && `[${heading}]` === headingOf(profile));
  if (from === -1) return undefined;
  const next = headings.findIndex((heading, i) => i > from && heading !== undefined);
  return { from, to: next === -1 ? lines.length : next };
}
