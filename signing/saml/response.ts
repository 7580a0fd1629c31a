import type { KeyObject, X509Certificate } from "node:crypto";
import {
  ASSERTION,
  attribute,
  child,
  children,
  descendants,
  escaped,
  isNamed,
  malformed,
  parseXml,
  PROTOCOL,
  SamlError,
  textOf,
  XML_SIGNATURE,
} from "./xml.ts";
import { decrypt } from "./xml-encryption.ts";
import { signedBytes } from "./xml-signature.ts";

/** The content of an assertion, read from the signed bytes. Times are milliseconds since 1970. */
export interface SamlAssertion {
  readonly issuer: string;
  /** The text of NameID. */
  readonly subject: string;
  /** The Format of NameID, a URI. */
  readonly subjectFormat: string;
  /** The intended recipient: the Recipient of SubjectConfirmationData. */
  readonly recipient: string;
  readonly issuedAt: number;
  /** The earliest of its NotOnOrAfter times. */
  readonly expiresAt: number;
  /** SessionNotOnOrAfter, if present: when a session that begins with this assertion has to end. */
  readonly sessionExpiresAt?: number;
  /** By name; if an attribute occurs twice, it has the values of both. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** What a service provider knows of its identity provider. */
export interface SamlTrust {
  /**
   * The issuers whose assertions it accepts, with their certificates. The validity times of those do not count
   * (evidence: saml-assertion-checks).
   */
  readonly issuers: readonly { readonly entityId: string; readonly signingCertificates: readonly X509Certificate[] }[];
  /** The keys that decrypt assertions. */
  readonly privateKeys: readonly KeyObject[];
  readonly encryption: "Required" | "Allowed";
}

const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const MOST_AGE_MS = 5 * 60 * 1000;

/**
 * Verifies a SAML response in base64, as it is sent to a service provider. Its one assertion, which may be encrypted,
 * must be signed with a certificate of its issuer; if the response is signed as well, that signature must be good too
 * (evidence: saml-assertion-checks). NotBefore times and audiences do not count, as on AWS. Throws SamlError, and
 * nothing else.
 */
export function verifySamlResponse(base64: string, trust: SamlTrust, now: number): SamlAssertion {
  const text = decode(base64);
  const response = parseXml(text);
  if (!isNamed(response, PROTOCOL, "Response")) throw malformed("not a SAML response");
  checkStatus(response);
  const enclosed = assertionIn(response);
  const isEncrypted = enclosed.localName === "EncryptedAssertion";
  if (!isEncrypted && trust.encryption === "Required") throw malformed("the assertion is not encrypted");
  const [document, assertion] = isEncrypted ? decrypted(enclosed, trust) : [text, enclosed];

  const responseSignature = signatureOf(response, isEncrypted ? [response] : [response, assertion]);
  const assertionSignature = signatureOf(assertion, isEncrypted ? [assertion] : [response, assertion]);
  if (!assertionSignature) throw new SamlError("unsigned", "the assertion has no signature");
  const entityId = textOf(child(assertion, ASSERTION, "Issuer"));
  const issuer = trust.issuers.find((trusted) => trusted.entityId === entityId);
  if (!issuer) throw new SamlError("issuer", `the metadata do not have the issuer ${entityId}`);
  const { signingCertificates } = issuer;
  const signed = signedBytes(document, assertionSignature, idOf(assertion), signingCertificates);
  if (signed === undefined) throw notValid("assertion");
  if (responseSignature && !signedBytes(text, responseSignature, idOf(response), signingCertificates)) {
    throw notValid("response");
  }

  const root = parseXml(signed);
  const claims = readAssertion(root);
  // The certificates were chosen by the issuer that was read before: the verified bytes must name the same one.
  if (!isNamed(root, ASSERTION, "Assertion") || claims.issuer !== entityId) throw notValid("assertion");
  checkTimes(claims, now);
  return claims;
}

const notValid = (what: string) =>
  new SamlError("signature", `the signature of the ${what} is not valid by any signing certificate of its issuer`);

/** Blanks and line ends may stand between the characters. */
function decode(base64: string): string {
  const characters = base64.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(characters) || characters.length % 4 !== 0) throw malformed("not base64");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(characters, "base64"));
  } catch {
    throw malformed("not UTF-8");
  }
}

const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";

function checkStatus(response: Element): void {
  const codes = children(response, PROTOCOL, "Status").flatMap((status) => children(status, PROTOCOL, "StatusCode"));
  if (codes.length === 0) throw malformed("the response has no status");
  if (codes.every((code) => attribute(code, "Value") === SUCCESS)) return;
  throw new SamlError("rejected", "the identity provider says that it did not succeed");
}

/**
 * The one Assertion or EncryptedAssertion, a direct child of the response. A second one anywhere is an attempt at
 * signature wrapping.
 */
function assertionIn(response: Element): Element {
  const found = ["Assertion", "EncryptedAssertion"].flatMap((name) => descendants(response, ASSERTION, name));
  if (found.length > 1) throw new SamlError("signature", "there are several assertions");
  const [assertion] = found;
  if (assertion?.parentNode !== response) throw new SamlError("unsigned", "the response has no assertion");
  return assertion;
}

/**
 * The document in an EncryptedAssertion, with the namespaces of its surroundings, and the assertion in that document.
 */
function decrypted(encrypted: Element, { privateKeys }: SamlTrust): readonly [string, Element] {
  const plain = decrypt(encrypted, privateKeys);
  if (plain === undefined) throw malformed("no private key of the provider decrypts the assertion");
  const document = `<decrypted${namespacesAround(encrypted)}>${plain}</decrypted>`;
  const root = parseXml(document);
  const assertion = child(root, ASSERTION, "Assertion");
  if (descendants(root, ASSERTION, "Assertion").length > 1) {
    throw new SamlError("signature", "there are several assertions");
  }
  return [document, assertion];
}

function namespacesAround(element: Element): string {
  const declarations = new Map<string, string>();
  for (let at: Node | null = element; at; at = at.parentNode) {
    for (const { name, value } of Array.from((at as Element).attributes ?? [])) {
      // The default namespace cannot be passed on without changing the root's name; a signed assertion declares its
      // own.
      if (name.startsWith("xmlns:") && !declarations.has(name)) declarations.set(name, value);
    }
  }
  return [...declarations].map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
}

/**
 * The signature that is a direct child of an element. The only signatures in the document may be one in each of these
 * `owners`.
 */
function signatureOf(element: Element, owners: readonly Element[]): Element | undefined {
  const all = descendants(element.ownerDocument.documentElement, XML_SIGNATURE, "Signature");
  const own = owners.map((owner) => children(owner, XML_SIGNATURE, "Signature"));
  if (own.some(({ length }) => length > 1) || own.flat().length !== all.length) {
    throw new SamlError("signature", "a signature is not where it belongs");
  }
  return own[owners.indexOf(element)]![0];
}

const idOf = (element: Element): string => attribute(element, "ID") ?? "";

function readAssertion(assertion: Element): SamlAssertion {
  const subject = child(assertion, ASSERTION, "Subject");
  const nameId = child(subject, ASSERTION, "NameID");
  const confirmation = child(subject, ASSERTION, "SubjectConfirmation");
  if (attribute(confirmation, "Method") !== BEARER) throw malformed("the subject confirmation is not that of a bearer");
  const confirmed = child(confirmation, ASSERTION, "SubjectConfirmationData");
  const conditions = child(assertion, ASSERTION, "Conditions");
  const statements = children(assertion, ASSERTION, "AuthnStatement");
  if (statements.length === 0) throw malformed("Assertion must have an AuthnStatement");
  for (const element of [confirmed, conditions]) optionalTime(element, "NotBefore");
  const sessionEnds = statements.map((statement) => optionalTime(statement, "SessionNotOnOrAfter"));
  const sessionExpiresAt = Math.min(...sessionEnds.map((end) => end ?? Infinity));
  return {
    issuer: textOf(child(assertion, ASSERTION, "Issuer")),
    subject: textOf(nameId),
    subjectFormat: required(nameId, "Format"),
    recipient: required(confirmed, "Recipient"),
    issuedAt: time(required(assertion, "IssueInstant")),
    expiresAt: Math.min(
      time(required(confirmed, "NotOnOrAfter")),
      optionalTime(conditions, "NotOnOrAfter") ?? Infinity,
    ),
    ...(sessionExpiresAt !== Infinity && { sessionExpiresAt }),
    attributes: attributesOf(assertion),
  };
}

function attributesOf(assertion: Element): SamlAssertion["attributes"] {
  const attributes = new Map<string, readonly string[]>();
  const statements = children(assertion, ASSERTION, "AttributeStatement");
  for (const element of statements.flatMap((statement) => children(statement, ASSERTION, "Attribute"))) {
    const name = required(element, "Name");
    const values = children(element, ASSERTION, "AttributeValue").map(textOf);
    attributes.set(name, [...(attributes.get(name) ?? []), ...values]);
  }
  return attributes;
}

function required(element: Element, name: string): string {
  const value = attribute(element, name);
  if (value === undefined) throw malformed(`${element.localName} must have ${name}`);
  return value;
}

const optionalTime = (element: Element, name: string): number | undefined => {
  const value = attribute(element, name);
  return value === undefined ? undefined : time(value);
};

/** An xs:dateTime. SAML means UTC even if no zone is given (SAML Core 1.3.3). */
function time(value: string): number {
  const [, date, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(value) ?? [];
  const milliseconds = Date.parse(`${date}${zone ?? "Z"}`);
  if (Number.isNaN(milliseconds)) throw malformed(`${value} is not a time`);
  return milliseconds;
}

/**
 * The age is checked first: an assertion that is older than most are valid is refused for its age, as users of the AWS
 * CLI report.
 */
function checkTimes({ issuedAt, expiresAt, sessionExpiresAt = Infinity }: SamlAssertion, now: number): void {
  // AWS's answer is not on record. A clock may be wrong by as much as an assertion may be old.
  if (issuedAt - now > MOST_AGE_MS) throw malformed("the assertion was issued in the future");
  if (now - issuedAt > MOST_AGE_MS) throw new SamlError("stale", "the assertion is older than five minutes");
  if (Math.min(expiresAt, sessionExpiresAt) <= now) throw new SamlError("expired", "a NotOnOrAfter time has passed");
}
