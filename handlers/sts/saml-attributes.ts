import { createHash } from "node:crypto";
import type { Tag } from "../../data/entities/accounts.ts";
import type { SamlProvider } from "../../data/entities/providers.ts";
import type { SamlAssertion } from "../../signing/saml/response.ts";
import { InvalidIdentityToken } from "../errors.ts";
import type { ContextKeys } from "../../policy/evaluate.ts";
import { areAcceptable } from "./session-tags.ts";

/** What an assertion asks of a session in AWS's own attributes. */
export interface SamlSessionRequest {
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
  /** The session's maximum length. */
  readonly seconds: number | undefined;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
}

type Attributes = SamlAssertion["attributes"];

const AWS = "https://aws.amazon.com/SAML/Attributes/";
const PRINCIPAL_TAG = `${AWS}PrincipalTag:`;
const NAME = /^[a-zA-Z_0-9+=,.@-]{2,64}$/;

/**
 * Reads AWS's attributes of an assertion (IAM User Guide, "Configure SAML assertions for the authentication response";
 * the texts are from its troubleshooting page). Throws InvalidIdentityToken; first if the assertion does not offer the
 * role together with the provider, in either order.
 */
export function samlSessionRequest(attributes: Attributes, roleArn: string, providerArn: string): SamlSessionRequest {
  const pairs = attributes.get(`${AWS}Role`) ?? [];
  if (!pairs.some((pair) => pair === `${roleArn},${providerArn}` || pair === `${providerArn},${roleArn}`)) {
    throw InvalidIdentityToken(
      "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
      pairs.length === 0
        ? `The assertion has no attribute ${AWS}Role.`
        : `The assertion offers ${pairs.slice(0, 10).join(" and ")}, and not ${roleArn},${providerArn}.`,
    );
  }
  const sessionName = single(attributes, "RoleSessionName");
  if (sessionName === undefined) throw InvalidIdentityToken("RoleSessionName is required in AuthnResponse");
  if (!NAME.test(sessionName)) {
    throw InvalidIdentityToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  }
  const sourceIdentity = single(attributes, "SourceIdentity");
  if (sourceIdentity !== undefined && (!NAME.test(sourceIdentity) || sourceIdentity.startsWith("aws:"))) {
    throw InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
  }
  return {
    sessionName,
    sourceIdentity,
    seconds: sessionSeconds(attributes),
    tags: principalTags(attributes),
    transitiveTagKeys: attributes.get(`${AWS}TransitiveTagKeys`) ?? [],
  };
}

/** AWS documents no attribute with several values, so several are refused. */
function single(attributes: Attributes, name: string): string | undefined {
  return attributes.get(`${AWS}${name}`)?.join("\n");
}

/** AWS's text for other values is not known. */
function sessionSeconds(attributes: Attributes): number | undefined {
  const value = single(attributes, "SessionDuration");
  if (value === undefined) return undefined;
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (seconds < 900 || seconds > 43_200) {
    throw InvalidIdentityToken("SessionDuration in AuthnResponse must be an integer between 900 and 43200");
  }
  return seconds;
}

/** A tag has one value (IAM User Guide, "Pass session tags in AWS STS"). The text is AWS's for web identities. */
function principalTags(attributes: Attributes): readonly Tag[] {
  const sent = [...attributes].filter(([name]) => name.startsWith(PRINCIPAL_TAG));
  const tags = sent.map(([name, [Value = ""]]): Tag => ({ Key: name.slice(PRINCIPAL_TAG.length), Value }));
  if (sent.some(([, values]) => values.length > 1) || !areAcceptable(tags)) {
    throw InvalidIdentityToken("principal_tags passed in claim is not in correct format.");
  }
  return tags;
}

/** Says which of several providers a subject belongs to (API reference, "NameQualifier"). */
export const nameQualifier = (issuer: string, { account, name }: SamlProvider): string =>
  createHash("sha1").update(`${issuer}${account}/${name}`).digest("base64");

const SAML_2_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

/**
 * The subject's format as AWS shows it: the last word of a SAML 2.0 format, any other in full
 * (evidence: saml-subject-type).
 */
export const subjectType = ({ subjectFormat }: SamlAssertion): string =>
  subjectFormat.startsWith(SAML_2_FORMAT) ? subjectFormat.slice(SAML_2_FORMAT.length) : subjectFormat;

/** The condition keys that the session keeps (IAM User Guide, "Available keys for SAML-based AWS STS federation"). */
export const samlSessionKeys = (assertion: SamlAssertion, provider: SamlProvider) => ({
  "saml:namequalifier": nameQualifier(assertion.issuer, provider),
  "saml:sub": assertion.subject,
  "saml:sub_type": subjectType(assertion),
});

/** The condition keys for the role's trust policy. */
export function samlKeys(assertion: SamlAssertion, provider: SamlProvider): ContextKeys {
  const keys: Record<string, string | readonly string[]> = {
    ...samlSessionKeys(assertion, provider),
    "saml:aud": assertion.recipient,
    "saml:iss": assertion.issuer,
    "saml:doc": `${provider.account}/${provider.name}`,
  };
  for (const [name, values] of assertion.attributes) {
    const key = ATTRIBUTE_KEYS.get(name.replace(/^urn:oid:(?=0\.9\.|2\.5\.4\.(?!3$))/, ""));
    const [first] = values;
    if (key === undefined || first === undefined) continue;
    keys[`saml:${key}`] = key === "cn" || key.startsWith("edu") ? values : first;
  }
  return keys;
}

/**
 * The attributes that become condition keys (IAM User Guide, "Map SAML attributes to AWS trust policy context keys"):
 * those of eduPerson and eduOrg, which are lists, of Active Directory, and of X.500, which are recognised with and
 * without `urn:oid:`.
 */
export const ATTRIBUTE_KEYS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "edupersonaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "edupersonnickname",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "edupersonorgdn",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "edupersonorgunitdn",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "edupersonprimaryaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "edupersonprincipalname",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "edupersonentitlement",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "edupersonprimaryorgunitdn",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "edupersonscopedaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "edupersontargetedid",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "edupersonassurance",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": "eduorghomepageuri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.3": "eduorgidentityauthnpolicyuri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.4": "eduorglegalname",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.5": "eduorgsuperioruri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.6": "eduorgwhitepagesuri",
    "urn:oid:2.5.4.3": "cn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "name",
    "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "givenName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "surname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "mail",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "primaryGroupSID",
    "2.5.4.3": "commonName",
    "2.5.4.4": "surname",
    "2.5.4.42": "givenName",
    "2.5.4.45": "x500UniqueIdentifier",
    "0.9.2342.19200300.100.1.1": "uid",
    "0.9.2342.19200300.100.1.3": "mail",
    "0.9.2342.19200300.100.1.45": "organizationStatus",
  }),
);
