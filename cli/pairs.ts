import { InvalidArgumentError } from "commander";

/** Collects `--option name=value`, which may be repeated, into an object. */
export function pair(text: string, former: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It takes NAME=VALUE.");
  return { ...former, [name]: value };
}

/** Collects an option that may be repeated. */
export const several = (text: string, former: readonly string[] = []): readonly string[] => [...former, text];
