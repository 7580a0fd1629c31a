import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListSAMLProvidersCommand,
} from "@aws-sdk/client-iam";
import { after, describe, it } from "mocha";
import request from "supertest";
import { start } from "../../server/index.ts";
import { browser, said } from "../console/browser.ts";
import { emulator } from "../emulator.ts";
import { ask, issue, type Json } from "./provider.ts";

describe("the built-in identity provider", () => {
  const emu = emulator({ idp: true });
  const http = () => request(emu.server.endpoint);

  it("says by health that it is on", async () => {
    const { body } = await http().get("/_emulator/health").expect(200);
    assert.equal(body.identityProvider, "on");
  });

  it("makes providers once, and brings them up to date when it is asked again", async () => {
    const first = await ask(emu, "providers", { clientIds: ["one"] });
    assert.deepEqual(await ask(emu, "providers", { clientIds: ["two"] }), first);
    const { ClientIDList } = await emu
      .iam()
      .send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: String(first["oidcProviderArn"]) }));
    assert.deepEqual(ClientIDList, ["one", "two"]);
    const { OpenIDConnectProviderList } = await emu.iam().send(new ListOpenIDConnectProvidersCommand({}));
    const { SAMLProviderList } = await emu.iam().send(new ListSAMLProvidersCommand({}));
    assert.equal(OpenIDConnectProviderList!.length, 1);
    assert.equal(SAMLProviderList!.length, 1);
    const [event] = emu.server.trail().filter(({ eventName }) => eventName === "UpdateSAMLProvider");
    assert.equal(event!.userIdentity!.arn, "arn:aws:iam::000000000000:root");
  });

  it("makes them in another account, under another name", async () => {
    const made = await ask(emu, "providers", { account: "111122223333", samlProvider: "sso" });
    assert.equal(made["samlProviderArn"], "arn:aws:iam::111122223333:saml-provider/sso");
  });

  it("refuses what it does not understand, and says why", async () => {
    const refused = async (path: string, body: unknown, status = 400) =>
      (await http().post(`/_idp/${path}`).send(JSON.stringify(body)).expect(status)).body.error as Json;
    const invalid = (message: string) => ({ code: "InvalidRequest", message });
    assert.deepEqual(
      await refused("token", { preset: "jenkins" }),
      invalid('preset must be one of github-actions, gitlab, eks, not "jenkins".'),
    );
    assert.deepEqual(
      await refused("token", { preset: "toString" }),
      invalid('preset must be one of github-actions, gitlab, eks, not "toString".'),
    );
    assert.match(
      String((await refused("token", { subject: "x" }))["message"]),
      /^Unknown member "subject"\. Known are: preset, /,
    );
    assert.deepEqual(
      await refused("token", { expiresIn: 0.5 }),
      invalid("expiresIn must be a whole number of seconds."),
    );
    assert.deepEqual(await refused("token", { aud: [1] }), invalid("aud must be a list of texts."));
    assert.deepEqual(await refused("token", { tags: { a: 1 } }), invalid("tags must be a JSON object of texts."));
    assert.deepEqual(await refused("token", { claims: [] }), invalid("claims must be a JSON object."));
    assert.deepEqual(await refused("saml", {}), invalid("roleArn is missing."));
    assert.deepEqual(
      await refused("saml", { roleArn: "r", attributes: { a: 1 } }),
      invalid("a must be a list of texts."),
    );
    assert.equal((await refused("providers", { issuer: "http://example.com" }))["code"], "ValidationError");
    assert.equal((await refused("nothing", {}, 404))["code"], "NotFound");
  });

  it("keeps web pages out", async () => {
    for (const [header, value] of [
      ["Host", "evil.example"],
      ["Origin", "http://evil.example"],
    ] as const) {
      const { body } = await http().post("/_idp/token").set(header, value).send("{}").expect(403);
      assert.equal(body.error.code, "Forbidden");
      await http().get("/console/emulator/identity-provider").set(header, value).expect(403);
    }
  });

  it("gives all who ask at the same time tokens of one key", async () => {
    await emu.server.reset();
    const tokens = await Promise.all(Array.from({ length: 4 }, () => issue(emu)));
    const kids = tokens.map(
      (token) => JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()).kid as string,
    );
    const { body } = await http().get("/_idp/keys").expect(200);
    assert.deepEqual(new Set(kids), new Set([body.keys[0].kid]));
    assert.deepEqual(Object.keys(body.keys[0]).toSorted(), ["alg", "e", "kid", "kty", "n", "use"]);
  });
});

describe("the form of the built-in identity provider", () => {
  const emu = emulator({ idp: true });
  const PAGE = "/console/emulator/identity-provider";

  it("is where /_idp leads to, without a sign-in", async () => {
    const { headers } = await request(emu.server.endpoint).get("/_idp").expect(303);
    assert.equal(headers["location"], PAGE);
    assert.equal(said(await browser(emu).get(PAGE)).heading, "Identity provider");
  });

  it("makes providers, tokens and responses", async () => {
    const visitor = browser(emu);
    assert.match((await visitor.submit(PAGE, {}, "register")).text, /oidc-provider\/127\.0\.0\.1:\d+\/_idp/);
    const { text } = await visitor.submit(
      PAGE,
      { preset: "github-actions", claims: '{"repository": "octo-org/app"}' },
      "token",
    );
    assert.match(text, /repo:octo-org\/app:ref:refs\/heads\/main/);
    assert.match(text, /<code>eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+<\/code>/);
    const roleArn = "arn:aws:iam::000000000000:role/sso";
    assert.match((await visitor.submit(PAGE, { roleArn }, "saml")).text, /<code>PHNhbWxw[\w+/=]+<\/code>/);
  });

  it("says what is wrong, and keeps what was typed", async () => {
    const answer = await browser(emu).submit(PAGE, { sub: "ann", claims: "{" }, "token");
    assert.equal(answer.status, 400);
    assert.match(said(answer).error!, /^The claims are not JSON: /);
    assert.match(answer.text, /value="ann"/);
  });

  it("takes no form of another page", async () => {
    await request(emu.server.endpoint).post(PAGE).type("form").send({ do: "token", csrf: "x" }).expect(403);
  });
});

describe("the built-in identity provider, unless asked for,", () => {
  const emu = emulator();

  it("is off, and says how to have it", async () => {
    const message =
      "The built-in identity provider is off, since it says of anybody what it is asked to. Start the emulator with --idp.";
    for (const [method, path] of [
      ["post", "token"],
      ["post", "saml"],
      ["post", "providers"],
      ["get", "keys"],
      ["get", ".well-known/openid-configuration"],
      ["get", "saml/metadata"],
      ["get", ""],
    ] as const) {
      const { body } = await request(emu.server.endpoint)[method](`/_idp/${path}`).expect(404);
      assert.deepEqual(body, { error: { code: "IdentityProviderOff", message } });
    }
    const page = await browser(emu).get("/console/emulator/identity-provider");
    assert.equal(page.status, 404);
    assert.equal(said(page).error, "The built-in identity provider is off. Start the emulator with --idp.");
    const { body } = await request(emu.server.endpoint).get("/_emulator/health").expect(200);
    assert.equal(body.identityProvider, undefined);
  });
});

describe("the built-in identity provider's key", () => {
  const data = mkdtempSync(join(tmpdir(), "iam-local-idp-"));
  after(() => rmSync(data, { recursive: true }));

  it("survives a restart, and not a reset", async () => {
    const keyOf = async (work?: "reset") => {
      const server = await start({ port: 0, idp: true, data, log: () => {} });
      try {
        if (work) await server.reset();
        const { body } = await request(server.endpoint).get("/_idp/keys").expect(200);
        return body.keys[0].n as string;
      } finally {
        await server.close();
      }
    };
    const made = await keyOf();
    assert.equal(await keyOf(), made);
    assert.notEqual(await keyOf("reset"), made);
  });
});
