import assert from "node:assert/strict";
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { before, beforeEach, describe, it } from "mocha";
import request from "supertest";
import { emulator, freeze } from "../emulator.ts";
import { createRole, type TestRole } from "../fixtures.ts";
import {
  assumeWithToken,
  claimsOf,
  createProvider,
  giveKeys,
  invalidToken,
  jwksOf,
  KEY_NOT_FOUND,
  sign,
  signingKey,
  tokenIssuer,
  trustFederated,
  UNVERIFIED,
  type SigningKey,
} from "./token-issuer.ts";

const CONFIGURATION = "/.well-known/openid-configuration";
const NOT_AUTHORIZED = { name: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity" };

describe("the keys of a token issuer", () => {
  describe("on this machine", () => {
    const emu = emulator();
    const issuer = tokenIssuer();
    let role: TestRole;
    const assume = async (token: string) => assumeWithToken(emu, role.arn, token);
    const detail = () => emu.server.trail()[0]!.errorDetail;

    before(async () => {
      role = await createRole(emu, "app", { trusts: [trustFederated(await createProvider(emu, issuer.url))] });
    });
    beforeEach(() => {
      issuer.answer = undefined;
    });

    it("are found by discovery, and remembered", async () => {
      await assume(await issuer.token());
      await assume(await issuer.token());
      assert.deepEqual(issuer.requests, [CONFIGURATION, "/keys"]);
    });

    it("are asked for again when a token has another, so that an issuer can change its key at once", async () => {
      const next = await signingKey("ES256", "next");
      issuer.keys = [next];
      assert.ok(await assume(await sign(claimsOf(issuer.url), next)));
      await assert.rejects(assume(await issuer.token()), KEY_NOT_FOUND);
      assert.equal(detail(), `the token's key, "RS256", is none of those that the issuer publishes`);
    });

    it("are asked for again when a signature does not fit, since issuers in tests use one id for many keys", async () => {
      const renewed = await signingKey("RS256", "next");
      issuer.keys = [renewed];
      assert.ok(await assume(await sign(claimsOf(issuer.url), renewed)));
    });

    it("are asked for ten times a minute at most, and once for many requests", async () => {
      issuer.requests.length = 0;
      const unknown = await signingKey("ES256", "unknown");
      for (let i = 0; i < 15; i++) {
        const token = await sign(claimsOf(issuer.url), unknown);
        const outcomes = await Promise.allSettled([assume(token), assume(token), assume(token)]);
        assert.ok(outcomes.every(({ status }) => status === "rejected"));
      }
      const asked = issuer.requests.filter((path) => path === CONFIGURATION).length;
      assert.ok(asked > 0 && asked <= 10, String(asked));
    });

    it("are forgotten by a reset", async () => {
      await emu.server.reset();
      emu.server.clock.freeze();
      emu.server.clock.set(Date.UTC(2026, 10, 24, 12, 0, 0));
      issuer.keys = [issuer.key];
      role = await createRole(emu, "app", { trusts: [trustFederated(await createProvider(emu, issuer.url))] });
      issuer.requests.length = 0;
      assert.ok(await assume(await issuer.token()));
      assert.deepEqual(issuer.requests, [CONFIGURATION, "/keys"]);
    });
  });

  describe("that does not publish them", () => {
    const emu = emulator();
    const issuer = tokenIssuer();
    let role: TestRole;
    const assume = async () => assumeWithToken(emu, role.arn, await issuer.token());
    const detail = () => emu.server.trail()[0]!.errorDetail;

    before(async () => {
      role = await createRole(emu, "app", { trusts: [trustFederated(await createProvider(emu, issuer.url))] });
    });

    const answers: Record<string, [body: (url: string) => unknown, detail: (url: string) => string]> = {
      "no configuration": [() => undefined, (url) => `${url}${CONFIGURATION} does not answer with JSON`],
      "the configuration of another issuer": [
        () => ({ issuer: "https://other.example.com" }),
        (url) => `the configuration of ${url} is that of "https://other.example.com"`,
      ],
      "no address of keys": [(url) => ({ issuer: url }), (url) => `the configuration of ${url} has no jwks_uri`],
      "keys at an address of another kind": [
        (url) => ({ issuer: url, jwks_uri: "file:///etc/passwd" }),
        () => "file:///etc/passwd is no http or https URL",
      ],
      "keys on a metadata service": [
        (url) => ({ issuer: url, jwks_uri: "http://169.254.169.254/keys" }),
        (url) =>
          `169.254.169.254 is not this machine, so it is not asked: give the emulator the issuer's keys (PUT /_emulator/issuers with {"issuer": "${url}", "jwks": …}), or start it with --federation-hosts 169.254.169.254`,
      ],
      "no key set": [
        (url) => ({ issuer: url, jwks_uri: `${url}${CONFIGURATION}` }),
        () => 'a JWKS is a JSON object with a list "keys"',
      ],
    };
    for (const [what, [body, expected]] of Object.entries(answers)) {
      it(`but ${what}`, async () => {
        issuer.answer = (_message, response) => response.end(JSON.stringify(body(issuer.url)));
        await assert.rejects(assume(), KEY_NOT_FOUND);
        assert.equal(detail(), expected(issuer.url));
      });
    }

    it("but a hundred and one of a type", async () => {
      const { keys } = jwksOf(issuer.key);
      issuer.keys = Array.from({ length: 101 }, () => issuer.key);
      issuer.answer = undefined;
      await assert.rejects(assume(), KEY_NOT_FOUND);
      assert.equal(detail(), `the JWKS has more than 100 ${keys[0]!.kty} keys`);
    });

    it("because it fails, may be asked again", async () => {
      issuer.answer = (_message, response) => response.writeHead(503).end();
      await assert.rejects(assume(), {
        name: "IDPCommunicationErrorException",
        message: "The identity provider that was asked to verify the incoming identity token could not be reached.",
      });
      assert.equal(detail(), `${issuer.url}${CONFIGURATION} answers with status 503`);
    });
  });

  describe("of a provider that changes while they are asked for", () => {
    const emu = emulator();
    const issuer = tokenIssuer();
    let role: TestRole;
    let provider: string;

    beforeEach(async () => {
      await emu.server.reset();
      freeze(emu.server);
      provider = await createProvider(emu, issuer.url);
      role = await createRole(emu, "app", { trusts: [trustFederated(provider)] });
    });

    /** Assumes the role with a token, and makes the change before the issuer returns its keys. */
    async function assumeWhile(change: () => Promise<unknown>) {
      issuer.answer = (message, response) => {
        if (message.url !== "/keys")
          return void response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
        void change().then(() => response.end(JSON.stringify(jwksOf(issuer.key))));
      };
      return assumeWithToken(emu, role.arn, await issuer.token());
    }

    it("count as before, if it still trusts the issuer and the audience", async () => {
      const ClientID = "client-b";
      const change = { OpenIDConnectProviderArn: provider, ClientID };
      assert.ok(await assumeWhile(() => emu.iam().send(new RemoveClientIDFromOpenIDConnectProviderCommand(change))));
    });

    it("count for nothing once it is gone", async () => {
      const gone = { OpenIDConnectProviderArn: provider };
      await assert.rejects(
        assumeWhile(() => emu.iam().send(new DeleteOpenIDConnectProviderCommand(gone))),
        invalidToken(`No OpenIDConnect provider found in your account for ${issuer.url}`),
      );
    });

    it("count for nothing once it has lost the client id", async () => {
      const change = { OpenIDConnectProviderArn: provider, ClientID: "client-a" };
      await assert.rejects(
        assumeWhile(() => emu.iam().send(new RemoveClientIDFromOpenIDConnectProviderCommand(change))),
        invalidToken("Incorrect token audience"),
      );
    });
  });

  describe("elsewhere", () => {
    const emu = emulator();
    const GITHUB = "https://token.actions.githubusercontent.com";
    let key: SigningKey;

    before(async () => {
      key = await signingKey();
    });

    it("are not asked for, and the trail says what to do", async () => {
      const provider = await createProvider(emu, GITHUB);
      const Condition = { StringLike: { "token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:*" } };
      const role = await createRole(emu, "deploy", { trusts: [trustFederated(provider, Condition)] });
      const token = await sign(claimsOf(GITHUB, { sub: "repo:octo-org/octo-repo:ref:refs/heads/main" }), key);
      await assert.rejects(assumeWithToken(emu, role.arn, token), KEY_NOT_FOUND);
      assert.equal(
        emu.server.trail()[0]!.errorDetail,
        `token.actions.githubusercontent.com is not this machine, so it is not asked: give the emulator the issuer's keys (PUT /_emulator/issuers with {"issuer": "${GITHUB}", "jwks": …}), or start it with --federation-hosts token.actions.githubusercontent.com`,
      );
      await giveKeys(emu, GITHUB, key);
      assert.ok(await assumeWithToken(emu, role.arn, token));
    });

    it("are given, shown and taken back over the control plane", async () => {
      const control = request(emu.server.endpoint);
      const issuer = "https://given.example.com";
      const { body } = await giveKeys(emu, issuer, key);
      assert.deepEqual(body, { issuer, jwks: jwksOf(key), setAt: "2026-11-24T12:00:00.000Z" });
      const listed = (await control.get("/_emulator/issuers").expect(200)).body.issuers as { issuer: string }[];
      assert.ok(listed.some((entry) => entry.issuer === issuer));
      const path = `/_emulator/issuers?issuer=${encodeURIComponent(issuer)}`;
      assert.deepEqual((await control.delete(path).expect(200)).body, { deleted: issuer });
      assert.deepEqual((await control.delete(path).expect(404)).body, {
        error: { code: "NotFound", message: `The emulator was given no keys of the issuer "${issuer}".` },
      });
      assert.deepEqual((await control.delete("/_emulator/issuers").expect(400)).body.error, {
        code: "InvalidRequest",
        message: "Say which issuer: /_emulator/issuers?issuer=https%3A%2F%2Fidp.example.com",
      });
    });

    it("are refused where they are no keys, or secret ones", async () => {
      const refused = async (body: object) =>
        (await request(emu.server.endpoint).put("/_emulator/issuers").send(body).expect(400)).body.error.message;
      const issuer = "https://given.example.com";
      assert.equal(await refused({ issuer }), 'jwks is not accepted: a JWKS is a JSON object with a list "keys".');
      assert.equal(
        await refused({ issuer, jwks: { keys: [{ kty: "RSA", n: "x", e: "AQAB", d: "x" }] } }),
        "jwks is not accepted: the JWKS has a private key; publish the public members only.",
      );
      assert.equal(
        await refused({ issuer: "example.com", jwks: jwksOf(key) }),
        'issuer must be the URL that tokens name as their iss, not "example.com".',
      );
    });
  });
});

describe("an issuer", () => {
  const emu = emulator({ federationHosts: ["keycloak"] });

  it("on this machine, or on a host that was named at the start, may be plain http", async () => {
    for (const [url, name] of [
      ["http://localhost:8080/realms/test", "localhost:8080/realms/test"],
      ["http://127.0.0.1:8080", "127.0.0.1:8080"],
      ["http://[::1]:8080", "[::1]:8080"],
      ["http://keycloak:8080/realms/test", "keycloak:8080/realms/test"],
    ]) {
      const arn = await createProvider(emu, url!);
      assert.equal(arn, `arn:aws:iam::000000000000:oidc-provider/${name}`);
      const provider = await emu.iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
      assert.equal(provider.Url, name);
    }
    for (const Url of ["http://localhost.example.com", "http://keycloak.example.com", "http://128.0.0.1"]) {
      await assert.rejects(emu.iam().send(new CreateOpenIDConnectProviderCommand({ Url })), {
        name: "ValidationError",
        message: "Invalid Open ID Connect Provider URL",
      });
    }
  });

  it("is not the same over http and https", async () => {
    const key = await signingKey();
    const role = await createRole(emu, "app", {
      trusts: [trustFederated(await createProvider(emu, "http://localhost:9/plain"))],
    });
    await giveKeys(emu, "http://localhost:9/plain", key);
    await giveKeys(emu, "https://localhost:9/plain", key);
    assert.ok(await assumeWithToken(emu, role.arn, await sign(claimsOf("http://localhost:9/plain"), key)));
    await assert.rejects(assumeWithToken(emu, role.arn, await sign(claimsOf("https://localhost:9/plain"), key)), {
      message: "No OpenIDConnect provider found in your account for https://localhost:9/plain",
    });
  });

  it("that is built into IAM needs no provider, and trust policies name it by its domain", async () => {
    const key = await signingKey();
    for (const name of ["accounts.google.com", "cognito-identity.amazonaws.com"]) {
      await giveKeys(emu, `https://${name}`, key);
      const role = await createRole(emu, `from-${name}`, {
        trusts: [trustFederated(name, { StringEquals: { [`${name}:aud`]: "app" } })],
      });
      const answer = await assumeWithToken(emu, role.arn, await sign(claimsOf(`https://${name}`, { aud: "app" }), key));
      assert.equal(answer.Provider, name);
      const other = await sign(claimsOf(`https://${name}`, { aud: "other" }), key);
      await assert.rejects(assumeWithToken(emu, role.arn, other), NOT_AUTHORIZED);
    }
  });

  it("makes condition keys of the claims that AWS knows it for", async () => {
    const key = await signingKey();
    const url = "https://gitlab.com";
    await giveKeys(emu, url, key);
    const role = await createRole(emu, "gitlab", {
      trusts: [
        trustFederated(await createProvider(emu, url), {
          StringLike: { "gitlab.com:sub": "project_path:group/*" },
          StringEquals: { "gitlab.com:project_id": "22", "gitlab.com:ref_protected": "true" },
        }),
      ],
    });
    const claims = { sub: "project_path:group/app:ref_type:branch:ref:main", project_id: 22, ref_protected: "true" };
    assert.ok(await assumeWithToken(emu, role.arn, await sign(claimsOf(url, claims), key)));
    const unprotected = await sign(claimsOf(url, { ...claims, ref_protected: "false" }), key);
    await assert.rejects(assumeWithToken(emu, role.arn, unprotected), NOT_AUTHORIZED);
  });

  it("does not vouch for a token that another one signed", async () => {
    const [mine, theirs] = [await signingKey(), await signingKey()];
    await giveKeys(emu, "https://mine.example.com", mine);
    await giveKeys(emu, "https://theirs.example.com", theirs);
    await createProvider(emu, "https://theirs.example.com");
    const role = await createRole(emu, "mine", {
      trusts: [trustFederated(await createProvider(emu, "https://mine.example.com"))],
    });
    const forged = await sign(claimsOf("https://mine.example.com"), theirs);
    await assert.rejects(assumeWithToken(emu, role.arn, forged), UNVERIFIED);
    const genuine = await sign(claimsOf("https://theirs.example.com"), theirs);
    await assert.rejects(assumeWithToken(emu, role.arn, genuine), NOT_AUTHORIZED);
  });
});
