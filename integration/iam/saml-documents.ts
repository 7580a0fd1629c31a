export interface MetadataOptions {
  readonly entityId?: string;
  /** In base64, each in a KeyDescriptor of its own. */
  readonly certificates?: readonly string[];
  /** What the certificates are for; null if the document does not say. */
  readonly use?: "signing" | "encryption" | null;
  readonly role?: "IDPSSODescriptor" | "SPSSODescriptor";
  readonly validUntil?: string;
}

/** SAML 2.0 metadata of an entity, long enough for IAM, which requires 1000 characters. */
export function samlMetadata({
  entityId = "https://idp.example.com/saml",
  certificates = [],
  use = "signing",
  role = "IDPSSODescriptor",
  validUntil,
}: MetadataOptions = {}): string {
  const keys = certificates.map(
    (base64) => `
    <md:KeyDescriptor${attribute("use", use)}>
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data>
          <ds:X509Certificate>
            ${base64}
          </ds:X509Certificate>
        </ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${"padding ".repeat(125)} -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"${attribute("entityID", entityId)}${attribute("validUntil", validUntil)}>
  <md:${role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join("")}
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
  </md:${role}>
</md:EntityDescriptor>
`;
}

const attribute = (name: string, value: string | null | undefined): string =>
  value == null ? "" : ` ${name}="${value}"`;
