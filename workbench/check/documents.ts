import { placeIn, pathText, spanOf } from "../../policy/faults.ts";
import type { PolicyKind } from "../../policy/document.ts";
import { type Json, type Path, readJson, type Span } from "../../policy/json.ts";
import { jsonDetail } from "../../policy/json-messages.ts";
import type { Finding } from "../../policy/lint/lint.ts";
import { VERSION_2008, VERSION_2012 } from "../../policy/structure.ts";
import { jsonText, jsonTree, UnreadableFile, yamlTree } from "./json-tree.ts";
import { guessKind } from "./kinds.ts";

/** A policy document in a file. */
export interface FoundDocument {
  /** Where in the file it stands, such as `users[1].policies.read`; empty for a file that is the document. */
  readonly path: string;
  readonly kind: PolicyKind;
  readonly text: string;
  /** Where in the file something is that was found in the document. */
  spanOf(finding: Finding): Span;
}

/**
 * All policy documents in a file: one by itself, or those in a seed, an export, the output of `aws iam get-account-authorization-details`
 * or in any other JSON or YAML. Throws UnreadableFile.
 */
export async function documentsIn(text: string, file: string): Promise<readonly FoundDocument[]> {
  const tree = jsonTree(text) ?? (isMeantAsJson(text, file) ? undefined : await yamlTree(text));
  // Whether it is meant as a policy can only be guessed of what is no JSON.
  if (tree === undefined) return [brokenDocument(text, file)];
  const { root, isJson } = tree;
  if (isDocument(root) && isJson) return [whole(text, root, file)];
  return [...below(root, [], { text, file, isJson })];
}

/** What is no JSON, if it is meant as a policy. Throws UnreadableFile for anything else. */
function brokenDocument(text: string, file: string): FoundDocument {
  const { json, faults } = readJson(text);
  if (/"Statement"/.test(text)) return whole(text, json, file);
  // Whatever is no JSON has a fault.
  const fault = faults[0]!;
  throw new UnreadableFile(jsonDetail(fault, text).replace(/\.$/, ""), fault.start);
}

const isMeantAsJson = (text: string, file: string): boolean =>
  /\.json$/i.test(file) || (!/\.ya?ml$/i.test(file) && /^\s*[{[]/.test(text));

/** A file that is a document: with whatever stands before and after it. */
const whole = (text: string, root: Json | undefined, file: string): FoundDocument => ({
  path: "",
  kind: guessKind(root, [], file),
  text,
  spanOf: ({ start, end }) => ({ start: start.offset, end: end.offset }),
});

interface File {
  readonly text: string;
  readonly file: string;
  readonly isJson: boolean;
}

/** An object is a document if it has statements, or the Version of one; a Terraform or CloudFormation template has neither. */
function isDocument(json: Json): boolean {
  if (json.type !== "object") return false;
  const statement = json.members.get("Statement")?.value;
  const version = json.members.get("Version")?.value;
  const isPolicyVersion = version?.type === "text" && [VERSION_2012, VERSION_2008].includes(version.value);
  return statement?.type === "object" || statement?.type === "list" || isPolicyVersion;
}

function* below(json: Json, path: Path, file: File): Iterable<FoundDocument> {
  if (isDocument(json)) yield inTree(json, path, file);
  else if (json.type === "list") {
    for (const [place, item] of json.items.entries()) yield* below(item, [...path, place], file);
  } else if (json.type === "object") {
    for (const [name, { value }] of json.members) yield* below(value, [...path, name], file);
  } else if (json.type === "text") {
    const text = inText(json.value);
    if (text !== undefined) yield asText(text, json, path, file);
  }
}

function inTree(json: Json, path: Path, { text, file, isJson }: File): FoundDocument {
  const at = { path: pathText(path), kind: guessKind(json, path, file) };
  if (isJson) {
    const { start: base } = json;
    const shifted = ({ start, end }: Finding) => ({ start: base + start.offset, end: base + end.offset });
    return { ...at, text: text.slice(base, json.end), spanOf: shifted };
  }
  const spanOfStep = ({ steps, atName }: Finding) => spanOf(placeIn(json, steps), atName || undefined);
  return { ...at, text: jsonText(json), spanOf: spanOfStep };
}

/** A document as a text, in JSON or as the API writes it in an answer: percent-encoded. */
function inText(value: string): string | undefined {
  if (/^\s*\{/.test(value) && value.includes('"Statement"')) return value;
  if (!/^%7B/i.test(value)) return undefined;
  try {
    const decoded = decodeURIComponent(value.replaceAll("+", " "));
    return decoded.includes('"Statement"') ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** Of what is found in a text, the text is the place. */
function asText(text: string, { start, end }: Span, path: Path, { file }: File): FoundDocument {
  return {
    path: pathText(path),
    kind: guessKind(jsonTree(text)?.root, path, file),
    text,
    spanOf: () => ({ start, end }),
  };
}
