import { XMLParser, XMLValidator } from "fast-xml-parser";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import { bodyText } from "../json-body.ts";

/** An element's children by their names, each a list; a text where it has none. */
export type Xml = string | { readonly [name: string]: readonly Xml[] };

const TEXTS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: 20,
  isArray: () => true,
  tagValueProcessor: (_, value) => value.replace(/&([^;]*);?/g, entity),
});

/** Character references and the five names of XML; a document type could declare more, and is refused. */
function entity(whole: string, name: string): string {
  const number = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
  const code = number && (number[1] ? Number.parseInt(number[1], 16) : Number(number[2]));
  if (code !== null && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  if (whole.endsWith(";") && Object.hasOwn(TEXTS, name)) return TEXTS[name]!;
  throw new CannotMap("The request's body is XML with a reference that S3 does not know.");
}

/**
 * Reads a document whose root has that name; undefined where there is none. Throws CannotMap for what is no such document, and for
 * document types, comments and CDATA, in which one reader sees what another does not.
 */
export function readXml(body: Uint8Array, root: string): Xml | undefined {
  if (body.length === 0) return undefined;
  const text = bodyText(body);
  if (/<!|<\?(?!xml\s)/.test(text)) throw ambiguous("its body is XML with a document type, a comment or CDATA");
  if (/<\/?[^\s<>]*:/.test(text)) throw ambiguous("its body is XML with a prefix of a namespace");
  const [, encoding = "utf-8"] = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)/i.exec(text) ?? [];
  if (encoding.toLowerCase() !== "utf-8") throw ambiguous("its body is XML in another encoding");
  if (XMLValidator.validate(text) !== true) throw new CannotMap("The request's body is not XML.");
  const document = withoutBlanks(parsed(text));
  const found = typeof document === "string" ? [] : Object.keys(document);
  if (typeof document === "string" || found.length !== 1 || found[0] !== root || document[root]!.length !== 1) {
    throw new CannotMap(`The request's body is not a document ${root}.`);
  }
  return document[root]![0];
}

function parsed(text: string): Xml {
  try {
    return parser.parse(text) as Xml;
  } catch (error) {
    if (error instanceof CannotMap) throw error;
    // Nested more deeply than the parser takes.
    throw new CannotMap("The request's body is not XML that S3 knows.");
  }
}

/** The text between elements is none of their business. */
function withoutBlanks(xml: Xml): Xml {
  if (typeof xml === "string") return xml;
  const children = Object.entries(xml).filter(([name]) => name !== "#text");
  return Object.fromEntries(children.map(([name, elements]) => [name, elements.map(withoutBlanks)]));
}

/** The children of that name, in order. */
export const children = (xml: Xml | undefined, name: string): readonly Xml[] =>
  xml === undefined || typeof xml === "string" || !Object.hasOwn(xml, name) ? [] : xml[name]!;

/** The text of the only child of that name; undefined where there is none. Throws CannotMap where there are two, or it has children. */
export function childText(xml: Xml | undefined, name: string): string | undefined {
  const [first, second] = children(xml, name);
  if (second !== undefined) throw ambiguous(`its body has two elements ${name}`);
  if (first !== undefined && typeof first !== "string") throw new CannotMap(`The element ${name} should be a text.`);
  return first;
}
