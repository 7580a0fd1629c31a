import { uuid } from "../../data/random.ts";
import { samlProviderArn } from "../../handlers/arns.ts";
import { accountIn } from "../../policy/arn.ts";
import { certificatePem } from "../../signing/x509-certificate.ts";
import { InvalidRequest } from "../web/errors.ts";
import type { Emulation } from "../emulation.ts";
import { privatePem, type KeySource } from "./key.ts";
import { issuerOf } from "./tokens.ts";

/** The content of a SAML response. */
export interface SamlRequest {
  readonly roleArn: string;
  /** By default the provider that `register` creates in the role's account. */
  readonly providerArn?: string | undefined;
  readonly roleSessionName?: string | undefined;
  /** The NameID; by default the session's name. */
  readonly subject?: string | undefined;
  /** The session's maximum length in seconds. */
  readonly sessionDuration?: number | undefined;
  /** Any attributes, by their full names; they replace all others. */
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  readonly recipient?: string | undefined;
  readonly audience?: string | undefined;
  /** Seconds; with a negative number the response has already expired. */
  readonly expiresIn?: number | undefined;
}

/** The provider's name in an account, unless another is given. */
export const SAML_PROVIDER_NAME = "iam-local";

const AWS = "https://aws.amazon.com/SAML/Attributes/";
const SIGN_IN = "https://signin.aws.amazon.com/saml";
const AUDIENCE = "urn:amazon:webservices";
const DEFAULT_SECONDS = 300;
const DEFAULT_SESSION_NAME = "user";

/** A signed response by the emulator's clock, in base64 as browsers post it and AssumeRoleWithSAML takes it. */
export async function issueSamlResponse(request: SamlRequest, emulation: Emulation, key: KeySource): Promise<string> {
  // Loaded when needed: xml-crypto takes longer to load than the rest of the program.
  const { samlResponse, signSaml } = await import("../../signing/saml/issuer.ts");
  const { clock, random } = emulation;
  const now = clock.now();
  const { roleSessionName = DEFAULT_SESSION_NAME, subject = roleSessionName, expiresIn = DEFAULT_SECONDS } = request;
  const xml = samlResponse({
    id: uuid(random),
    issuer: issuerOf(emulation),
    subject,
    recipient: request.recipient ?? SIGN_IN,
    audience: request.audience ?? AUDIENCE,
    issuedAt: now,
    expiresAt: now + expiresIn * 1000,
    attributes: { ...sessionAttributes(request, roleSessionName), ...request.attributes },
  });
  const current = await key();
  const certificate = certificatePem(Buffer.from(current.certificate, "base64"));
  return Buffer.from(signSaml(xml, "Assertion", { privateKey: privatePem(current), certificate })).toString("base64");
}

/** AWS's own attributes (IAM User Guide, "Configure SAML assertions for the authentication response"). */
function sessionAttributes(request: SamlRequest, roleSessionName: string): Record<string, readonly string[]> {
  const { roleArn, sessionDuration, tags = {}, transitiveTagKeys = [], sourceIdentity } = request;
  const account = accountIn(roleArn);
  if (request.providerArn === undefined && account === undefined) {
    throw InvalidRequest(
      `roleArn must be a role's ARN, such as arn:aws:iam::000000000000:role/sso, not ${JSON.stringify(roleArn)}, unless a providerArn goes with it.`,
    );
  }
  const provider = request.providerArn ?? samlProviderArn(account!, SAML_PROVIDER_NAME);
  const named = Object.entries(tags).map(([name, value]) => [`${AWS}PrincipalTag:${name}`, [value]] as const);
  return {
    [`${AWS}Role`]: [`${roleArn},${provider}`],
    [`${AWS}RoleSessionName`]: [roleSessionName],
    ...(sessionDuration !== undefined && { [`${AWS}SessionDuration`]: [String(sessionDuration)] }),
    ...Object.fromEntries(named),
    ...(transitiveTagKeys.length > 0 && { [`${AWS}TransitiveTagKeys`]: transitiveTagKeys }),
    ...(sourceIdentity !== undefined && { [`${AWS}SourceIdentity`]: [sourceIdentity] }),
  };
}

/** The metadata document that CreateSAMLProvider takes (SAML 2.0 Metadata, section 2.4). */
export async function samlMetadata(emulation: Emulation, key: KeySource): Promise<string> {
  const { certificate } = await key();
  const issuer = issuerOf(emulation);
  return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${issuer}">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data>
          <ds:X509Certificate>${certificate}</ds:X509Certificate>
        </ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${issuer}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`;
}
