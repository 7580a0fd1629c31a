import type { Document, Node, ParsedNode } from "yaml";
import { type Json, type JsonMember, readJson } from "../../policy/json.ts";
import { isTooDeepYaml } from "../../server/nesting.ts";

/** A file as a tree, whatever it is written in: JSON, or what of YAML is JSON's. */
export interface Tree {
  readonly root: Json;
  /** Whether a part of the file is JSON as it stands. */
  readonly isJson: boolean;
}

/** A file that cannot be read as what it is. */
export class UnreadableFile extends Error {
  /** Into the text. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

/** Nodes of a file, aliases counted as what they stand for; an account with its policies has thousands. */
const MOST_NODES = 2_000_000;

/** The tree of a JSON file; undefined where it is not JSON. */
export function jsonTree(text: string): Tree | undefined {
  const { json, faults } = readJson(text);
  return json === undefined || faults.length > 0 ? undefined : { root: json, isJson: true };
}

/** The tree of a YAML file. Throws UnreadableFile for what is none, or has several documents. */
export async function yamlTree(text: string): Promise<Tree> {
  const { default: yaml } = await import("yaml");
  if (isTooDeepYaml(text)) throw new UnreadableFile("it is nested too deeply");
  let document: Document.Parsed;
  try {
    document = yaml.parseDocument(text, { prettyErrors: false, stringKeys: true, logLevel: "silent" });
  } catch {
    // The parser is recursive.
    throw new UnreadableFile("it is nested too deeply");
  }
  const [error] = document.errors;
  if (error) throw new UnreadableFile(error.message.replace(/\s+/g, " ").replace(/\.$/, ""), error.pos[0]);
  let nodes = 0;
  const convert = (node: Node | null | undefined): Json => {
    if (++nodes > MOST_NODES) throw new UnreadableFile("its aliases stand for too much");
    const span = spanOf(node as ParsedNode | null | undefined);
    if (yaml.isAlias(node)) return { ...convert(node.resolve(document)), ...span };
    if (yaml.isSeq(node)) return { type: "list", items: node.items.map((item) => convert(item as Node)), ...span };
    if (yaml.isMap(node)) {
      const members = new Map<string, JsonMember>();
      for (const { key, value } of node.items) {
        const name = yaml.isScalar(key) ? String(key.value) : "";
        members.set(name, { name: spanOf(key as ParsedNode), value: convert(value as Node | null) });
      }
      return { type: "object", members, ...span };
    }
    const value = yaml.isScalar(node) ? node.value : null;
    if (typeof value === "string") return { type: "text", value, ...span };
    return { type: "word", text: String(value), ...span };
  };
  return { root: convert(document.contents), isJson: false };
}

function spanOf(node: ParsedNode | null | undefined): { readonly start: number; readonly end: number } {
  const [start = 0, end = 0] = node?.range ?? [];
  return { start, end };
}

/** The tree as JSON. */
export function jsonText(json: Json): string {
  switch (json.type) {
    case "text":
      return JSON.stringify(json.value);
    case "word":
      return json.text;
    case "list":
      return `[${json.items.map(jsonText).join(",")}]`;
    case "object":
      return `{${[...json.members].map(([name, { value }]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(",")}}`;
  }
}
