import assert from "node:assert/strict";
import { GetOpenIDConnectProviderCommand, GetSAMLProviderCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { certificate } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";
import { consoleUser, factsOf, rowsOf, said, type Browser } from "./browser.ts";
import { administrator, signedIn } from "./visitors.ts";

const ARN = "arn:aws:iam::000000000000";
const LIST = "/console/identity-providers";
const OIDC = `${ARN}:oidc-provider/token.actions.githubusercontent.com`;
const SAML = `${ARN}:saml-provider/Corporate`;
const oidcPage = `/console/oidc-provider?arn=${encodeURIComponent(OIDC)}`;
const samlPage = `/console/saml-provider?arn=${encodeURIComponent(SAML)}`;
const [first, second] = ["first", "second"].map((name) =>
  samlMetadata({ entityId: `https://${name}.example.com`, certificates: [certificate("idp").base64] }),
) as [string, string];
/** As browsers send it. */
const withCrLf = (text: string) => text.replaceAll("\n", "\r\n");

describe("identity providers in the console", () => {
  const emu = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
  });
  const oidc = () => emu.iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: OIDC }));
  const saml = () => emu.iam().send(new GetSAMLProviderCommand({ SAMLProviderArn: SAML }));

  it("are added and listed, each kind with its own", async () => {
    const url = "https://token.actions.githubusercontent.com";
    const added = await admin.submitAndFollow("/console/add-oidc-provider", { url, clientId: "sts.amazonaws.com" });
    assert.equal(said(added).notice, "The provider has been added. Create a role that trusts it.");
    assert.equal(factsOf(added)["ARN"], OIDC);
    assert.deepEqual((await oidc()).ClientIDList, ["sts.amazonaws.com"]);
    const named = await admin.submitAndFollow("/console/add-saml-provider", {
      providerName: "Corporate",
      metadata: withCrLf(first),
    });
    assert.equal(said(named).heading, "SAML provider Corporate");
    assert.equal((await saml()).SAMLMetadataDocument, first);
    assert.deepEqual(
      rowsOf(await admin.get(LIST)).map(([name]) => name),
      ["token.actions.githubusercontent.com", "Corporate"],
    );
  });

  it("are refused as IAM refuses them, with the form as it was", async () => {
    const bad = await admin.submit("/console/add-saml-provider", { providerName: "Other", metadata: "x".repeat(1000) });
    assert.equal(said(bad).error, "InvalidInput Could not parse metadata");
    assert.match(bad.text, /name="providerName"[^>]* value="Other"/);
    const again = await admin.submit("/console/add-oidc-provider", {
      url: "https://token.actions.githubusercontent.com",
    });
    assert.equal(
      said(again).error,
      "EntityAlreadyExists Provider with url https://token.actions.githubusercontent.com already exists.",
    );
  });

  it("of OpenID Connect get and lose audiences, thumbprints and tags", async () => {
    const [one, other] = ["a".repeat(40), "b".repeat(40)];
    await admin.submit(oidcPage, { newClientId: "mine" }, "add-audience");
    await admin.submit(oidcPage, { clientId: "sts.amazonaws.com" }, "remove-audience");
    const saved = await admin.submitAndFollow(oidcPage, { thumbprints: `${one}\r\n\r\n${other}` }, "thumbprints");
    assert.equal(said(saved).notice, "The thumbprints have been saved.");
    await admin.submit(oidcPage, { tagKey: "team", tagValue: "blue" }, "tag");
    const { ClientIDList, ThumbprintList, Tags } = await oidc();
    assert.deepEqual([ClientIDList, ThumbprintList, Tags], [["mine"], [one, other], [{ Key: "team", Value: "blue" }]]);
    const untagged = await admin.submitAndFollow(oidcPage, { key: "team" }, "untag");
    assert.deepEqual(rowsOf(untagged), [["mine", "Remove audience mine"]]);
  });

  it("of SAML get other metadata, and tags", async () => {
    const replaced = await admin.submitAndFollow(samlPage, { metadata: withCrLf(second) }, "metadata");
    assert.equal(said(replaced).notice, "The metadata have been replaced.");
    await admin.submit(samlPage, { tagKey: "team", tagValue: "red" }, "tag");
    const { SAMLMetadataDocument, Tags } = await saml();
    assert.deepEqual([SAMLMetadataDocument, Tags], [second, [{ Key: "team", Value: "red" }]]);
  });

  it("are shown and changed by who may only", async () => {
    await consoleUser(emu, "Reader", {
      statements: [allow(["iam:GetOpenIDConnectProvider", "iam:ListSAMLProviders"])],
    });
    const reader = await signedIn(emu, "Reader");
    const { text } = await reader.get(LIST);
    assert.match(text, /is not authorized to perform: iam:ListOpenIDConnectProviders/);
    assert.match(text, />Corporate<\/a>/);
    assert.match(
      said(await reader.get(samlPage)).error!,
      /^AccessDenied .* is not authorized to perform: iam:GetSAMLProvider/,
    );
    const refused = await reader.submit(oidcPage, { newClientId: "theirs" }, "add-audience");
    assert.match(said(refused).error!, /iam:AddClientIDToOpenIDConnectProvider/);
    assert.match(refused.text, /name="newClientId"[^>]* value="theirs"/);
  });

  it("are deleted", async () => {
    for (const [page, called] of [
      [oidcPage, "the OpenID Connect provider token.actions.githubusercontent.com"],
      [samlPage, "the SAML provider Corporate"],
    ] as const) {
      const deleted = await admin.submitAndFollow(page.replace("?", "/delete?"), {});
      assert.equal(said(deleted).notice, `${called.replace("the", "The")} has been deleted.`);
    }
    assert.deepEqual(rowsOf(await admin.get(LIST)), []);
    await assert.rejects(oidc(), { name: "NoSuchEntityException" });
    await assert.rejects(saml(), { name: "NoSuchEntityException", message: `Manifest not found for arn ${SAML}` });
  });
});
