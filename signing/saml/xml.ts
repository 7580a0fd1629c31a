import { DOMParser } from "@xmldom/xmldom";
import { XMLValidator } from "fast-xml-parser";

export const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
export const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
export const XML_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#";
export const XML_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#";
export const XML_ENCRYPTION_11 = "http://www.w3.org/2009/xmlenc11#";

/** The kinds of refusal that AWS distinguishes; `malformed` is also its answer to a missing part of an assertion. */
export type SamlFault = "malformed" | "rejected" | "unsigned" | "issuer" | "signature" | "stale" | "expired";

/** The refusal of a SAML response. The message says why, more precisely than AWS does, and contains nothing secret. */
export class SamlError extends Error {
  readonly fault: SamlFault;

  constructor(fault: SamlFault, message: string) {
    super(message);
    this.name = "SamlError";
    this.fault = fault;
  }
}

export const malformed = (message: string): SamlError => new SamlError("malformed", message);

/** The deepest nesting of elements: SAML needs a dozen. It is checked before anything recursive reads the document. */
const DEEPEST = 64;

// Characters that XML does not allow. A canonical document has carriage returns only as references.
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * The root element of a document that holds elements and text only. Throws SamlError `malformed` if the document is not
 * well-formed, and for everything that could make what is read differ from what is signed: document types with their
 * entities, processing instructions (which xml-crypto canonicalises as text), comments (which split values), prefixes
 * without a namespace, and two elements with the same id.
 */
export function parseXml(text: string): Element {
  if (NOT_XML.test(text) || XMLValidator.validate(text) !== true) throw malformed("not well-formed XML");
  const root = rootOf(text);
  if (!root) throw malformed("not well-formed XML");
  checkSurroundings(root);
  checkElements(root);
  return root;
}

/** Undefined if the parser reports a fault; for some faults, such as text beside the root, it throws. */
function rootOf(text: string): Element | undefined {
  let faults = 0;
  try {
    const document = new DOMParser({ errorHandler: () => void faults++ }).parseFromString(text, "text/xml");
    return faults === 0 ? (document?.documentElement ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** Only the XML declaration, which the parser treats as an instruction, and blanks may stand beside the root. */
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

/** The child elements of an element. */
export const elementsOf = (parent: Element): readonly Element[] => nodesOf(parent).filter(isElement);

/** The child elements with this name. */
export const children = (parent: Element, namespace: string, name: string): readonly Element[] =>
  elementsOf(parent).filter((element) => isNamed(element, namespace, name));

/** The only child element with this name. Throws SamlError `malformed` if there are none or several. */
export function child(parent: Element, namespace: string, name: string): Element {
  const [first, ...others] = children(parent, namespace, name);
  if (!first || others.length > 0) throw malformed(`${parent.localName} must have one ${name}`);
  return first;
}

/** The elements with this name at any depth below an element. */
export const descendants = (parent: Element, namespace: string, name: string): readonly Element[] =>
  Array.from(parent.getElementsByTagNameNS(namespace, name));

/** The whole text in an element. */
export const textOf = (element: Element): string => element.textContent ?? "";

/** The value of an attribute without a namespace; undefined if it is absent or empty. */
export const attribute = (element: Element, name: string): string | undefined =>
  element.getAttribute(name) || undefined;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** For text and for attribute values, in which line ends and tabs would be lost. */
export const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
