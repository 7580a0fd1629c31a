import { SignedXml } from "xml-crypto";
import { ASSERTION, escaped, PROTOCOL } from "./xml.ts";
import { ENVELOPED, EXCLUSIVE_C14N, RSA_SHA256, SHA256 } from "./xml-signature.ts";

/** What an identity provider says of a user. Times are milliseconds since 1970. */
export interface SamlStatement {
  /** Unique, and a part of an XML name: letters, digits, `-` and `_`. */
  readonly id: string;
  /** The entityID of the identity provider. */
  readonly issuer: string;
  readonly subject: string;
  /** A URI; by default that of a persistent name. */
  readonly subjectFormat?: string;
  /** Where the response is sent by POST. */
  readonly recipient: string;
  readonly audience: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly sessionExpiresAt?: number;
  /** Values by name. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** An RSA key in PEM, and the certificate that goes into the metadata. */
export interface SamlSigner {
  readonly privateKey: string;
  readonly certificate: string;
}

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const STATUS_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const URI_NAMES = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";

/** A SAML 2.0 response with one assertion, not yet signed. */
export function samlResponse(statement: SamlStatement): string {
  const { id, issuer, subject, subjectFormat = PERSISTENT, recipient, audience, sessionExpiresAt } = statement;
  const issuedAt = time(statement.issuedAt);
  const expiresAt = time(statement.expiresAt);
  const sessionEnd = sessionExpiresAt === undefined ? "" : ` SessionNotOnOrAfter="${time(sessionExpiresAt)}"`;
  return [
    `<samlp:Response xmlns:samlp="${PROTOCOL}" ID="_response-${id}" Version="2.0" IssueInstant="${issuedAt}" Destination="${escaped(recipient)}">`,
    `<saml:Issuer xmlns:saml="${ASSERTION}">${escaped(issuer)}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="${STATUS_SUCCESS}"/></samlp:Status>`,
    `<saml:Assertion xmlns:saml="${ASSERTION}" ID="_assertion-${id}" Version="2.0" IssueInstant="${issuedAt}">`,
    `<saml:Issuer>${escaped(issuer)}</saml:Issuer>`,
    `<saml:Subject>`,
    `<saml:NameID Format="${escaped(subjectFormat)}">${escaped(subject)}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="${BEARER}">`,
    `<saml:SubjectConfirmationData NotOnOrAfter="${expiresAt}" Recipient="${escaped(recipient)}"/>`,
    `</saml:SubjectConfirmation>`,
    `</saml:Subject>`,
    `<saml:Conditions NotBefore="${issuedAt}" NotOnOrAfter="${expiresAt}">`,
    `<saml:AudienceRestriction><saml:Audience>${escaped(audience)}</saml:Audience></saml:AudienceRestriction>`,
    `</saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${issuedAt}" SessionIndex="_session-${id}"${sessionEnd}>`,
    `<saml:AuthnContext><saml:AuthnContextClassRef>${PASSWORD}</saml:AuthnContextClassRef></saml:AuthnContext>`,
    `</saml:AuthnStatement>`,
    `<saml:AttributeStatement>`,
    ...Object.entries(statement.attributes).map(attribute),
    `</saml:AttributeStatement>`,
    `</saml:Assertion>`,
    `</samlp:Response>`,
  ].join("");
}

/**
 * Signs the Assertion or the Response of such a document: RSA-SHA256 over exclusive canonical XML, enveloped, after the
 * Issuer. To sign both, sign the assertion first.
 */
export function signSaml(
  xml: string,
  element: "Assertion" | "Response",
  { privateKey, certificate }: SamlSigner,
): string {
  const path = element === "Response" ? "/*" : "/*/*[local-name(.)='Assertion']";
  const signer = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  signer.addReference({ xpath: path, digestAlgorithm: SHA256, transforms: [ENVELOPED, EXCLUSIVE_C14N] });
  const location = { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" } as const;
  signer.computeSignature(xml, { prefix: "ds", location });
  return signer.getSignedXml();
}

function attribute([name, values]: readonly [string, readonly string[]]): string {
  const elements = values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`);
  return `<saml:Attribute Name="${escaped(name)}" NameFormat="${URI_NAMES}">${elements.join("")}</saml:Attribute>`;
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
