import type { Document, Node } from "yaml";
import { type Json, type JsonMember, readJson, type Span } from "../../policy/json.ts";
import { isTooDeepYaml } from "../../server/nesting.ts";

type Yaml = typeof import("yaml");

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
const MOST_NODES = 1_000_000;

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
  return { root: new Converter(yaml).convert(document.contents), isJson: false };
}

/** Makes JSON's values of YAML's nodes. What an alias stands for is made once, and counted wherever it stands. */
class Converter {
  readonly #yaml: Yaml;
  readonly #anchors = new Map<string, { readonly json: Json; readonly nodes: number }>();
  #nodes = 0;

  constructor(yaml: Yaml) {
    this.#yaml = yaml;
  }

  convert(node: Node | null): Json {
    const before = this.#nodes;
    this.#count(1);
    const span = spanOf(node);
    if (this.#yaml.isAlias(node)) {
      const { json, nodes } = this.#anchors.get(node.source) ?? { json: NOTHING, nodes: 0 };
      this.#count(nodes);
      return { ...json, ...span };
    }
    const json = { ...this.#value(node), ...span };
    const anchor = this.#yaml.isScalar(node) || this.#yaml.isCollection(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, { json, nodes: this.#nodes - before });
    return json;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > MOST_NODES) throw new UnreadableFile("its aliases stand for too much");
  }

  #value(node: Node | null): Json {
    const { isSeq, isMap, isScalar } = this.#yaml;
    if (isSeq(node)) return { type: "list", items: node.items.map((item) => this.convert(item as Node)), ...NOWHERE };
    if (isMap(node)) {
      const members = node.items.map(({ key, value }): [string, JsonMember] => {
        const name = isScalar(key) ? String(key.value) : "";
        return [name, { name: spanOf(key as Node), value: this.convert(value as Node | null) }];
      });
      return { type: "object", members: new Map(members), ...NOWHERE };
    }
    const value = isScalar(node) ? node.value : null;
    if (typeof value === "string") return { type: "text", value, ...NOWHERE };
    return { type: "word", text: String(value), ...NOWHERE };
  }
}

const NOWHERE = { start: 0, end: 0 };
const NOTHING: Json = { type: "word", text: "null", ...NOWHERE };

function spanOf(node: Node | null): Span {
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
