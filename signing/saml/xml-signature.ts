import type { X509Certificate } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { children, elementsOf, XML_SIGNATURE } from "./xml.ts";

export const EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
export const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
export const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
export const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

// All transforms that SAML needs (SAML Core 5.4), and no weak ones: SHA-1 and HMAC are left out, and so are canonical
// forms that keep comments or depend on an element's surroundings.
const TRANSFORMS = [EXCLUSIVE_C14N, ENVELOPED];
const DIGESTS = [SHA256, "http://www.w3.org/2001/04/xmlenc#sha512"];
const SIGNATURES = [
  RSA_SHA256,
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
];

/**
 * Verifies an XML signature over one element of the document `text`, with the RSA keys of the certificates only, never
 * with a key that the signature itself contains. `signature` is from a document that `parseXml` has read from the same
 * text, `id` is the id of the element that must be signed. Returns the canonical bytes that are signed, without the
 * signature: values must be read from these only. Undefined if the signature is not valid, or signs anything else.
 */
export function signedBytes(
  text: string,
  signature: Element,
  id: string,
  certificates: readonly X509Certificate[],
): string | undefined {
  if (!isSimple(signature)) return undefined;
  for (const { publicKey } of certificates) {
    if (publicKey.asymmetricKeyType !== "rsa") continue;
    const verifier = new SignedXml({
      publicCert: publicKey.export({ type: "spki", format: "pem" }),
      getCertFromKeyInfo: () => null,
    });
    verifier.CanonicalizationAlgorithms = pick(verifier.CanonicalizationAlgorithms, TRANSFORMS);
    verifier.HashAlgorithms = pick(verifier.HashAlgorithms, DIGESTS);
    verifier.SignatureAlgorithms = pick(verifier.SignatureAlgorithms, SIGNATURES);
    if (isValid(verifier, text, signature) && verifier.getReferences()[0]!.uri === `#${id}`) {
      return verifier.getSignedReferences()[0];
    }
  }
  return undefined;
}

/** Whether it has one SignedInfo and signs one thing, so that there is no second place to look at. */
function isSimple(signature: Element): boolean {
  const [signedInfo] = children(signature, XML_SIGNATURE, "SignedInfo");
  return (
    /^SignedInfo SignatureValue( KeyInfo)?$/.test(namesIn(signature)) &&
    namesIn(signedInfo!) === "CanonicalizationMethod SignatureMethod Reference"
  );
}

const namesIn = (element: Element): string =>
  elementsOf(element)
    .map(({ namespaceURI, localName }) => (namespaceURI === XML_SIGNATURE ? localName : "other"))
    .join(" ");

/**
 * xml-crypto throws for a wrong signature and for an algorithm that is not in its tables, and returns false for a wrong
 * digest.
 */
function isValid(verifier: SignedXml, text: string, signature: Element): boolean {
  try {
    verifier.loadSignature(signature);
    return verifier.checkSignature(text);
  } catch {
    return false;
  }
}

const pick = <T>(table: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, table[name]!]));
