import { DOMParser } from "@xmldom/xmldom";
import { XMLValidator } from "fast-xml-parser";

export const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
export const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
export const XML_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#";
export const XML_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#";
export const XML_ENCRYPTION_11 = "http://www.w3.org/2009/xmlenc11#";

/** The kinds of refusal that AWS tells apart; `malformed` is also what it says of a missing part of an assertion. */
export type SamlFault = "malformed" | "rejected" | "unsigned" | "issuer" | "signature" | "stale" | "expired";

/** A SAML response that is refused. The message says why, more closely than AWS does, and quotes nothing secret. */
export class SamlError extends Error {
  readonly fault: SamlFault;

  constructor(fault: SamlFault, message: string) {
    super(message);
    this.name = "SamlError";
    this.fault = fault;
  }
}

export const malformed = (message: string): SamlError => new SamlError("malformed", message);

/** Elements within elements: SAML needs a dozen. The limit comes before anything recursive sees the document. */
const DEEPEST = 64;

// Literal characters that XML does not have; a carriage return appears only by reference once a document is canonical.
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * The root element of a document that holds elements and text only. Throws SamlError `malformed` for what is not
 * well-formed, and for everything by which what is signed and what is read could differ: document types with their
 * entities, processing instructions (which xml-crypto canonicalises as text), comments (which cut values in two),
 * prefixes without a namespace, and two elements with the same id.
 */
export function parseXml(text: string): Element {
  if (NOT_XML.test(text) || XMLValidator.validate(text) !== true) throw malformed("not well-formed XML");
  const root = rootOf(text);
  if (!root) throw malformed("not well-formed XML");
  checkSurroundings(root);
  checkElements(root);
  return root;
}

/** Undefined for what the parser finds a fault with; some faults, such as text beside the root, it throws. */
function rootOf(text: string): Element | undefined {
  let faults = 0;
  try {
    const document = new DOMParser({ errorHandler: () => void faults++ }).parseFromString(text, "text/xml");
    return faults === 0 ? (document?.documentElement ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** Beside the root there may be the XML declaration, which the parser takes for an instruction, and blanks. */
function checkSurroundings(root: Element): void {
  for (const [index, node] of nodesOf(root.ownerDocument).entries()) {
    const isDeclaration = index === 0 && node.nodeType === PROCESSING_INSTRUCTION && node.nodeName === "xml";
    const isBlank = node.nodeType === TEXT && node.nodeValue!.trim() === "";
    if (node !== root && !isDeclaration && !isBlank) throw foreign(node);
  }
}

function checkElements(root: Element): void {
  const ids = new Set<string>();
  const open = [{ element: root, depth: 1 }];
  for (const { element, depth } of open) {
    if (depth > DEEPEST) throw malformed("elements are nested too deeply");
    const attributes = Array.from(element.attributes);
    if (![element, ...attributes].every(hasNamespace)) throw malformed("a prefix has no namespace");
    for (const { value } of attributes.filter(({ localName }) => localName.toLowerCase() === "id")) {
      if (ids.has(value)) throw malformed("two elements have the same id");
      ids.add(value);
    }
    for (const node of nodesOf(element)) {
      if (isElement(node)) open.push({ element: node, depth: depth + 1 });
      else if (node.nodeType !== TEXT && node.nodeType !== CDATA) throw foreign(node);
    }
  }
}

const foreign = ({ nodeType }: Node): SamlError =>
  malformed(
    `${{ 7: "a processing instruction", 8: "a comment", 10: "a document type" }[nodeType] ?? "text"} is not allowed here`,
  );

const hasNamespace = ({ prefix, namespaceURI }: Element | Attr): boolean => !prefix || Boolean(namespaceURI);

const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;
const PROCESSING_INSTRUCTION = 7;

const nodesOf = (parent: Node): readonly Node[] => Array.from(parent.childNodes);
const isElement = (node: Node): node is Element => node.nodeType === ELEMENT;

/** Whether an element has that name in that namespace. */
export const isNamed = (element: Element, namespace: string, name: string): boolean =>
  element.namespaceURI === namespace && element.localName === name;

/** The elements directly in an element. */
export const elementsOf = (parent: Element): readonly Element[] => nodesOf(parent).filter(isElement);

/** Those of them that have the name. */
export const children = (parent: Element, namespace: string, name: string): readonly Element[] =>
  elementsOf(parent).filter((element) => isNamed(element, namespace, name));

/** The one element of that name directly in an element. Throws SamlError `malformed` where there are none or several. */
export function child(parent: Element, namespace: string, name: string): Element {
  const [first, ...others] = children(parent, namespace, name);
  if (!first || others.length > 0) throw malformed(`${parent.localName} must have one ${name}`);
  return first;
}

/** The elements of that name anywhere below an element. */
export const descendants = (parent: Element, namespace: string, name: string): readonly Element[] =>
  Array.from(parent.getElementsByTagNameNS(namespace, name));

/** The whole text in an element. */
export const textOf = (element: Element): string => element.textContent ?? "";

/** The value of an attribute without a namespace; undefined where it is absent or empty. */
export const attribute = (element: Element, name: string): string | undefined =>
  element.getAttribute(name) || undefined;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** For text and for attribute values, which would lose line ends and tabs. */
export const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
