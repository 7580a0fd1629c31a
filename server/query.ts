import { MalformedInput, MalformedQueryString } from "../handlers/errors.ts";
import { perStructure, type ScalarShape, type Shape, type Structure } from "./api/model.ts";

// The Query protocol, in which parameters such as `Tags.member.1.Key` express a structure. Rules and messages are AWS's
// (evidence: query-integers, query-booleans, query-list-indices). Where MalformedInput has no message, AWS sends none
// either, or none is known.

/** The parameters of a request; the first of a repeated name wins (evidence: query-repeated-parameter). */
export type Form = ReadonlyMap<string, string>;

/**
 * The most parameters of a form, and the most elements of all its lists and maps together, including those that are
 * left out.
 */
const MOST = 10_000;

const tooMany = (what: string) => MalformedInput(undefined, `The request has more than ${MOST} ${what}.`);

/**
 * Decodes a raw query string or a form body (`application/x-www-form-urlencoded`). Bytes that are not UTF-8 become
 * U+FFFD. Throws MalformedQueryString for a broken escape (evidence: query-malformed-query-string), MalformedInput for
 * too many parameters.
 */
export function parseForm(text: string): Form {
  const form = new Map<string, string>();
  const own = text.length > LARGE ? copyOf : decode;
  const parameters = text.split("&", MOST + 1);
  if (parameters.length > MOST) throw tooMany("parameters");
  for (const parameter of parameters) {
    if (parameter === "") continue;
    const equals = parameter.indexOf("=");
    const name = decode(equals < 0 ? parameter : parameter.slice(0, equals));
    const value = equals < 0 ? "" : own(parameter.slice(equals + 1));
    if (!form.has(name)) form.set(name, value);
  }
  return form;
}

/**
 * From a text with more characters than this, values are copied: a substring that the trail keeps would keep the whole
 * text in memory.
 */
const LARGE = 64 * 1024;

const copyOf = (text: string): string => Buffer.from(decode(text)).toString();

/**
 * The typed input that the parameters express, in the SDK's form. An absent list is undefined, `Tags=` an empty one. An
 * element that is left out before another one is `{}` in a list of structures and null in other lists; `validate`
 * refuses it. Unknown parameters are ignored. Looks at each parameter once per level of the model. Throws
 * MalformedInput.
 */
export function parseInput(structure: Structure, form: Form): object {
  return structureParser(structure)(form, { left: MOST }) ?? {};
}

const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const ESCAPED_BYTES = /(?:%[0-9A-Fa-f]{2})+/g;

function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  const broken = BROKEN_ESCAPE.exec(spaced);
  if (broken) {
    const digits = spaced.slice(broken.index + 1, broken.index + 3);
    if (digits.length < 2) throw MalformedQueryString("Incomplete trailing escape % sequence");
    throw MalformedQueryString(`Illegal hex character in escape % pattern: %${digits}`);
  }
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(ESCAPED_BYTES, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"));
  }
}

/** A parameter, whose name is the part below the current structure, list or map; undefined if nothing is left of it. */
type Parameter = readonly [path: string | undefined, value: string];

/** How many more elements may be made for the request. */
interface Room {
  left: number;
}

/** Returns undefined if the parameters do not mention the shape. Throws MalformedInput. */
type Parser<T = unknown> = (parameters: Iterable<Parameter>, room: Room) => T;

const structureParser = perStructure<Parser<object | undefined>>((structure) => {
  // Members get their parsers on first use, since a structure may contain itself.
  let parsers: ReadonlyMap<string, Parser> | undefined;
  return (parameters, room) => {
    parsers ??= new Map(structure.members.map((member) => [member.name, parserOf(member.shape)]));
    const groups = new Map<string, Parameter[]>();
    for (const [path, value] of parameters) {
      if (path === undefined) continue;
      const [name, rest] = splitPath(path);
      if (!parsers.has(name)) continue;
      const group = groups.get(name);
      if (group) group.push([rest, value]);
      else groups.set(name, [[rest, value]]);
    }
    let input: Record<string, unknown> | undefined;
    for (const [name, group] of groups) {
      const value = parsers.get(name)!(group, room);
      if (value !== undefined) (input ??= {})[name] = value;
    }
    return input;
  };
});

function parserOf(shape: Shape): Parser {
  switch (shape.type) {
    case "structure":
      return structureParser(shape.of);
    case "list":
      return listParser(shape.of);
    case "map":
      return mapParser(shape.of);
    default:
      return scalarParser(shape);
  }
}

function scalarParser(shape: ScalarShape): Parser {
  const parse = SCALARS[shape.type];
  // Nothing else would refuse a NUL, which no key of the state may contain.
  const unchecked = shape.type === "string" && shape.pattern === undefined && shape.enum === undefined;
  return (parameters) => {
    for (const [path, value] of parameters) {
      if (path !== undefined) continue;
      if (unchecked && value.includes("\0")) throw MalformedInput();
      return parse(value);
    }
    return undefined;
  };
}

const SCALARS: Readonly<Record<ScalarShape["type"], (text: string) => unknown>> = {
  string: (text) => text,
  integer(text) {
    if (text === "") throw MalformedInput("missing value for decimal type");
    const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : NaN;
    if (!(value >= -(2 ** 31) && value < 2 ** 31)) throw MalformedInput();
    return value;
  },
  boolean(text) {
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw MalformedInput();
  },
  timestamp(text) {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) throw MalformedInput();
    return time;
  },
  blob: (text) => new Uint8Array(Buffer.from(text, "base64")),
};

function listParser(element: Shape): Parser {
  const parse = parserOf(element);
  const nested = isNested(element);
  return (parameters, room) => {
    const groups = elementsOf("member", parameters, room);
    return groups?.map((group) => {
      if (!nested && group?.some(([path]) => path !== undefined)) {
        throw MalformedInput("Start of list found where not expected");
      }
      return (group && parse(group, room)) ?? (nested ? {} : null);
    });
  };
}

const isNested = ({ type }: Shape): boolean => type === "structure" || type === "list" || type === "map";

function mapParser(valueShape: Shape): Parser {
  const whenEmpty = isNested(valueShape) ? {} : undefined;
  const entryParser = structureParser({
    name: "entry",
    members: [
      { name: "key", required: true, shape: { type: "string" } },
      { name: "value", required: true, shape: valueShape },
    ],
  });
  return (parameters, room) => {
    const groups = elementsOf("entry", parameters, room);
    if (!groups) return undefined;
    const map = new Map<string, unknown>();
    for (const group of groups) {
      const { key, value = whenEmpty }: { key?: string; value?: unknown } = entryParser(group ?? [], room) ?? {};
      if (key === undefined || value === undefined) throw MalformedInput();
      if (!map.has(key)) map.set(key, value);
    }
    return Object.fromEntries(map);
  };
}

/**
 * The parameters of each element, from `member.1` (or `entry.1`) on; undefined for elements that are left out, and
 * instead of the list if it is absent. `member.` followed by something that is no index means element 1.
 */
function elementsOf(
  keyword: "member" | "entry",
  parameters: Iterable<Parameter>,
  room: Room,
): (Parameter[] | undefined)[] | undefined {
  const elements = new Map<number, Parameter[]>();
  let empty = false;
  for (const [path, value] of parameters) {
    if (path === undefined) {
      if (value !== "") throw MalformedInput();
      empty = true;
      continue;
    }
    const [word, below] = splitPath(path);
    if (word !== keyword) continue;
    const [index, rest] = splitIndex(below);
    const element = elements.get(index);
    if (element) element.push([rest, value]);
    else elements.set(index, [[rest, value]]);
  }
  if (elements.size === 0) return empty ? [] : undefined;
  let extent = 1;
  for (const index of [...elements.keys()].sort((a, b) => a - b)) {
    if (index - extent > 10) {
      throw MalformedInput(`Excessively sparse input would skip ${index - extent} list elements`);
    }
    extent = index;
  }
  room.left -= extent;
  if (room.left < 0) throw tooMany("elements in lists");
  return Array.from({ length: extent }, (_, position) => elements.get(position + 1));
}

function splitPath(path: string): [first: string, rest: string | undefined] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
}

const INDEX = /^[0-9]+$/;

function splitIndex(path: string | undefined): [index: number, rest: string | undefined] {
  if (path === undefined) return [1, undefined];
  const [segment, rest] = splitPath(path);
  if (/^-[0-9]/.test(segment)) throw MalformedInput(`Key ${segment} may not have a leading '-'`);
  if (!INDEX.test(segment)) return [1, path];
  const index = Number(segment);
  if (index === 0) throw MalformedInput("0 is not a valid index");
  if (index >= 2 ** 31) throw MalformedInput();
  if (rest !== undefined && INDEX.test(splitPath(rest)[0])) {
    throw MalformedInput("Two index elements may not occur back to back");
  }
  return [index, rest];
}
