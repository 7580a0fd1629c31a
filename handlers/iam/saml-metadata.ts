import type { X509Certificate } from "node:crypto";
import { certificateOf } from "./x509.ts";

/** An identity provider that a metadata document describes. */
export interface SamlIssuer {
  /** The Issuer of its assertions. */
  readonly entityId: string;
  /** Its signing certificates, in the order of the document: those for signing, and those without a use. */
  readonly signingCertificates: readonly X509Certificate[];
}

/** An element from the XML parser: attributes begin with `@`; without attributes and children it is its text. */
type Element = { readonly [name: string]: Element | readonly Element[] | string | undefined } | string;

/** Elements that the parser returns as lists, however often they occur. */
const LISTS = new Set([
  "EntitiesDescriptor",
  "EntityDescriptor",
  "IDPSSODescriptor",
  "KeyDescriptor",
  "KeyInfo",
  "X509Certificate",
  "X509Data",
]);

/**
 * The identity providers in a SAML 2.0 metadata document: of an EntityDescriptor, or of all those in an
 * EntitiesDescriptor; an empty list if it describes none. Undefined if it is not such a document: no XML, another root
 * element, an entity without an id, an invalid certificate (evidence: saml-metadata). Validity times and the signature
 * of the document do not count, and certificates are optional.
 */
export async function readSamlMetadata(document: string): Promise<readonly SamlIssuer[] | undefined> {
  // Loaded when needed, since few ever create a provider.
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  const text = document.replace(/^\uFEFF/, "").trim();
  // Metadata needs no document type, and exploding entities are declared in one.
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const parser = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    parseAttributeValue: false,
    ignorePiTags: true,
    isArray: (name) => LISTS.has(name),
  });
  let root: Element;
  try {
    root = parser.parse(text) as Element;
  } catch {
    return undefined;
  }
  // The validator accepts a second root element.
  if (Object.values(root).flat().length !== 1) return undefined;
  const entities = entitiesIn(root);
  if (entities.length === 0) return undefined;
  const issuers = entities.map(issuersOf);
  return issuers.every((found) => found !== undefined) ? issuers.flat() : undefined;
}

const entitiesIn = (parent: Element): readonly Element[] => [
  ...children(parent, "EntityDescriptor"),
  ...children(parent, "EntitiesDescriptor").flatMap(entitiesIn),
];

/** The entity as identity provider, if it is one; undefined if its description is invalid. */
function issuersOf(entity: Element): readonly SamlIssuer[] | undefined {
  const entityId = attribute(entity, "entityID");
  if (!entityId) return undefined;
  const roles = children(entity, "IDPSSODescriptor");
  const signingCertificates: X509Certificate[] = [];
  for (const key of roles.flatMap((role) => children(role, "KeyDescriptor"))) {
    const data = children(key, "KeyInfo").flatMap((info) => children(info, "X509Data"));
    for (const base64 of data.flatMap((datum) => children(datum, "X509Certificate")).map(textOf)) {
      const certificate = certificateOf(base64);
      if (!certificate) return undefined;
      if (attribute(key, "use") !== "encryption") signingCertificates.push(certificate);
    }
  }
  return roles.length > 0 ? [{ entityId, signingCertificates }] : [];
}

/** The children with a name in LISTS. */
const children = (parent: Element, name: string): readonly Element[] =>
  typeof parent === "string" ? [] : ((parent[name] ?? []) as readonly Element[]);

function attribute(element: Element, name: string): string | undefined {
  const value = typeof element === "string" ? undefined : element[`@${name}`];
  return typeof value === "string" ? value : undefined;
}

function textOf(element: Element): string {
  const text = typeof element === "string" ? element : element["#text"];
  return typeof text === "string" ? text : "";
}
