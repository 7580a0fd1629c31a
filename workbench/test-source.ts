import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readJson, type Json, type JsonMember } from "../policy/json.ts";
import { jsonDetail } from "../policy/json-messages.ts";
import { locationsIn } from "../policy/locations.ts";
import { fileFailure } from "../server/file-failure.ts";
import { isTooDeep } from "../server/nesting.ts";
import { type Location, type Path, Place, type Source } from "../server/seed/place.ts";
import { filesBelow, type ReadSeed, textSource } from "../server/seed/source.ts";
import { PolicyTestError } from "./policy-test-error.ts";

const shown = ({ line, column }: Location): string => `${line}:${column}`;

/**
 * Reads YAML or JSON from a file, which `named` may have named; what is wrong with it is told with line and column. Throws
 * PolicyTestError or SeedError.
 */
export async function fileSource(file: string, named?: Place): Promise<ReadSeed> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const message = `${file} cannot be read: ${fileFailure(cause)}.`;
    throw named?.fail(message) ?? new PolicyTestError(message);
  });
  return file.endsWith(".json") ? jsonSource(text, file) : textSource(text, file, { show: shown });
}

/** Takes an object for what would be in a file in `folder`. */
export function objectSource(value: object, folder: string): ReadSeed {
  const { files, file } = filesBelow(folder);
  const source: Source = { position: () => "", location: () => undefined, written: () => undefined, file };
  return { root: new Place(JSON.parse(JSON.stringify(value)), source), name: "", files };
}

/** JSON is read many times faster as what it is than as YAML; places are looked for when something is wrong. */
function jsonSource(text: string, name: string): ReadSeed {
  const { files, file } = filesBelow(dirname(name));
  const location = jsonLocations(text);
  const source: Source = {
    position: (path) => `${name}:${shown(location(path))}`,
    location: (path) => ({ file: name, ...location(path) }),
    written: () => undefined,
    file,
  };
  return { root: new Place(parsed(text, name), source), name, files };
}

function parsed(text: string, name: string): unknown {
  if (isTooDeep(text)) throw new PolicyTestError(`${name}: is nested too deeply.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const [fault] = readJson(text).faults;
    if (fault === undefined) throw new PolicyTestError(`${name}: is not JSON: ${(cause as Error).message}`);
    throw new PolicyTestError(
      `${name}:${shown(locationsIn(text)(fault.start))}: is not JSON: ${jsonDetail(fault, text)}`,
    );
  }
}

/** Where the name or item at a path of a JSON text is, or what is nearest above it. */
export function jsonLocations(text: string): (path: Path) => Location {
  let root: Json | undefined;
  let toLocation: ((offset: number) => Location) | undefined;
  return (path) => {
    root ??= readJson(text).json;
    toLocation ??= locationsIn(text);
    let at = root?.start ?? 0;
    let value = root;
    for (const step of path) {
      if (typeof step === "number") {
        // A policy may have a lone value for a list of one.
        if (value?.type !== "list") continue;
        value = value.items[step];
        at = value?.start ?? at;
      } else {
        const member: JsonMember | undefined = value?.type === "object" ? value.members.get(step) : undefined;
        value = member?.value;
        at = member?.name.start ?? at;
      }
    }
    const { line, column } = toLocation(at);
    return { line, column };
  };
}
