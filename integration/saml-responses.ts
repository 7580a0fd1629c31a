import { CreateSAMLProviderCommand, type CreateSAMLProviderCommandInput } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  type AssumeRoleWithSAMLCommandOutput,
} from "@aws-sdk/client-sts";
import { before } from "mocha";
import { samlResponse, signSaml, type SamlSigner, type SamlStatement } from "../signing/saml/issuer.ts";
import type { Credentials, Emulator } from "./emulator.ts";
import { trust, type Statement, type TestRole } from "./fixtures.ts";
import { certificate, rsaKeys, type TestCertificate } from "./iam/certificates.ts";
import { samlMetadata } from "./iam/saml-documents.ts";

export const AWS = "https://aws.amazon.com/SAML/Attributes/";
export const SIGN_IN = "https://signin.aws.amazon.com/saml";

/** An identity provider for tests. */
export interface TestIdp {
  readonly entityId: string;
  readonly certificate: TestCertificate;
  readonly signer: SamlSigner;
  readonly metadata: string;
}

export function testIdp(entityId = "https://idp.example.com/saml"): TestIdp {
  const made = certificate(entityId, { keys: rsaKeys(2048) });
  return {
    entityId,
    certificate: made,
    signer: { privateKey: made.keyPem, certificate: made.pem },
    metadata: samlMetadata({ entityId, certificates: [made.base64] }),
  };
}

/** Creates the provider in IAM and returns its ARN. */
export async function createProvider(
  emu: Emulator,
  Name: string,
  idp: TestIdp,
  { root, ...more }: Partial<CreateSAMLProviderCommandInput> & { root?: Credentials } = {},
): Promise<string> {
  const command = new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: idp.metadata, ...more });
  return (await emu.iam(root).send(command)).SAMLProviderArn!;
}

/** A statement of a trust policy that admits the provider's users. */
export const trustProvider = (
  Federated: string,
  Condition?: object,
  Action: string | readonly string[] = "sts:AssumeRoleWithSAML",
): Statement => ({ ...trust("", Action, Condition), Principal: { Federated } });

/** Attributes that ask for one role, and further given ones. */
export const asking = (
  role: string,
  provider: string,
  more: Readonly<Record<string, readonly string[]>> = {},
): SamlStatement["attributes"] => ({
  [`${AWS}Role`]: [`${role},${provider}`],
  [`${AWS}RoleSessionName`]: ["ann"],
  ...more,
});

export interface ResponseOptions extends Partial<SamlStatement> {
  readonly attributes: SamlStatement["attributes"];
  readonly now: number;
  /** Changes the document before it is signed. */
  readonly edit?: (xml: string) => string;
  /** What is signed; by default the assertion. */
  readonly sign?: readonly ("Assertion" | "Response")[];
}

/** A response of the provider about `subject-1`, valid for five minutes, as XML. */
export function response(
  idp: TestIdp,
  { now, edit = (xml) => xml, sign = ["Assertion"], ...statement }: ResponseOptions,
): string {
  const xml = samlResponse({
    id: "1",
    issuer: idp.entityId,
    subject: "subject-1",
    recipient: SIGN_IN,
    audience: "urn:amazon:webservices",
    issuedAt: now,
    expiresAt: now + 300_000,
    ...statement,
  });
  return sign.reduce((signed, element) => signSaml(signed, element, idp.signer), edit(xml));
}

export const base64 = (xml: string): string => Buffer.from(xml).toString("base64");

/** The provider that `samlFederation` makes. */
export const PROVIDER = "arn:aws:iam::000000000000:saml-provider/idp";

export interface SamlCall extends Omit<Partial<ResponseOptions>, "attributes"> {
  readonly input?: Partial<AssumeRoleWithSAMLCommandInput>;
  /** Besides the role and the session's name. */
  readonly attributes?: ResponseOptions["attributes"];
}

/** For the tests of the enclosing `describe`: an identity provider that is PROVIDER in IAM, and its users' requests. */
export function samlFederation(emu: Emulator) {
  const idp = testIdp();
  let sent = 0;
  before(async () => {
    await createProvider(emu, "idp", idp);
  });

  const send = (input: Partial<AssumeRoleWithSAMLCommandInput>): Promise<AssumeRoleWithSAMLCommandOutput> =>
    emu
      .sts()
      .send(new AssumeRoleWithSAMLCommand({ RoleArn: undefined, PrincipalArn: PROVIDER, SAMLAssertion: "", ...input }));

  /** Sends a valid response of the provider, with the given changes. */
  function call(role: TestRole, { input, attributes, ...options }: SamlCall = {}) {
    const now = emu.server.clock.now();
    const asked = asking(role.arn, PROVIDER, attributes);
    const xml = response(idp, { now, id: String(++sent), attributes: asked, ...options });
    return send({ RoleArn: role.arn, SAMLAssertion: base64(xml), ...input });
  }

  return { idp, send, call };
}

/** For assert.rejects: a refusal by AWS's service for identity providers, whose text ends with the request's id. */
export const refusedByService = (text: string) => ({
  name: "InvalidIdentityTokenException",
  message: new RegExp(
    `^${text.replace(/[()]/g, "\\$&")} \\(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: [0-9a-f-]{36}; Proxy: null\\)$`,
  ),
});

export const INVALID = refusedByService("Invalid base64 SAMLResponse");
export const UNSIGNED = refusedByService(
  "Response (with optional signature) must contain an assertion with a mandatory signature",
);
export const BAD_SIGNATURE = { name: "InvalidIdentityTokenException", message: "Response signature invalid" };
export const NOT_AUTHORIZED = { name: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithSAML" };
