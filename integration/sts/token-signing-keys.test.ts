import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnableOutboundWebIdentityFederationCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetWebIdentityTokenCommand, STSClient, type GetWebIdentityTokenCommandInput } from "@aws-sdk/client-sts";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { after, before, describe, it } from "mocha";
import request from "supertest";
import { start } from "../../server/index.ts";
import { emulator } from "../emulator.ts";
import { AUDIENCE, NOW, verifyByDiscovery as verify } from "./token-issuer.ts";

const AWS = "https://sts.amazonaws.com/";

describe("the keys of an account's tokens", () => {
  const emu = emulator();
  let issuer: string;

  before(async () => {
    issuer = (await emu.iam().send(new EnableOutboundWebIdentityFederationCommand({}))).IssuerIdentifier!;
  });

  const get = (more: Partial<GetWebIdentityTokenCommandInput> = {}) =>
    emu.sts().send(new GetWebIdentityTokenCommand({ Audience: [AUDIENCE], SigningAlgorithm: "RS256", ...more }));
  const rotate = async (account?: string) =>
    (await request(emu.server.endpoint).post("/_emulator/token-signing-keys/rotate").send({ account })).body;
  const kids = async () =>
    ((await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    );

  it("are public in their public part only", async () => {
    const { keys } = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as { keys: object[] };
    assert.deepEqual(
      keys.map((key) => Object.keys(key).toSorted()),
      [
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
        ["alg", "e", "kid", "kty", "n", "use"],
      ],
    );
  });

  it("change, and verify tokens for as long as these live", async () => {
    const { WebIdentityToken: old } = await get({ DurationSeconds: 3600 });
    const { account, jwks } = await rotate();
    assert.equal(account, "000000000000");
    assert.deepEqual(
      jwks.keys.map(({ kid }: { kid: string }) => kid),
      ["EC384_0", "EC384_1", "RSA_0", "RSA_1"],
    );
    const { WebIdentityToken: young } = await get();
    assert.equal(decodeProtectedHeader(young!).kid, "RSA_1");
    await verify(young!, issuer);
    await verify(old!, issuer, NOW + 3599);
    emu.server.clock.advance(3900);
    assert.deepEqual(await kids(), ["EC384_1", "RSA_1"]);
    await rotate();
    assert.deepEqual(await kids(), ["EC384_1", "EC384_2", "RSA_1", "RSA_2"]);
    emu.server.clock.advance(-3900);
  });

  it("cannot change in an account that has none", async () => {
    assert.deepEqual(await rotate("444455556666"), {
      error: {
        code: "NotFound",
        message: "Outbound identity federation has never been enabled for account 444455556666.",
      },
    });
  });

  it("are below the account's issuer, and nowhere else", async () => {
    for (const path of ["/.well-known/other", "/keys", ""]) {
      assert.equal((await fetch(`${issuer}${path}`)).status, 404);
    }
    const other = issuer.replace(/[^/]+$/, "00000000-0000-4000-8000-000000000000");
    assert.equal((await fetch(`${other}/.well-known/jwks.json`)).status, 404);
  });
});

describe("the issuer of an account's tokens", () => {
  const data = mkdtempSync(join(tmpdir(), "iam-local-issuer-"));
  after(() => rmSync(data, { recursive: true }));

  it("is no URL with more than scheme, host and port", async () => {
    for (const publicUrl of ["http://iam.test/", "http://iam.test/path", "http://iam.test?x"]) {
      await assert.rejects(start({ port: 0, publicUrl }), {
        name: "InvalidOption",
        message: `publicUrl must end with the host or port, as http://localhost:4593 does, not as "${publicUrl}"`,
      });
    }
    await assert.rejects(start({ port: 0, publicUrl: "iam.test" }), {
      name: "InvalidOption",
      message: 'publicUrl must be an http or https URL, not "iam.test"',
    });
  });

  it("and its keys outlive a restart, under the public URL that was said", async () => {
    const publicUrl = "http://iam.test:4593";
    const tokenOf = async (endpoint: string) => {
      const sts = new STSClient({
        endpoint,
        region: "eu-central-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      const input = { Audience: [AUDIENCE], SigningAlgorithm: "ES384" };
      const { WebIdentityToken } = await sts.send(new GetWebIdentityTokenCommand(input));
      sts.destroy();
      return WebIdentityToken!;
    };
    let server = await start({ port: 0, data, publicUrl, log: () => {} });
    const path = (url: string) => new URL(url).pathname;
    const iam = new IAMClient({
      endpoint: server.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { IssuerIdentifier: issuer } = await iam.send(new EnableOutboundWebIdentityFederationCommand({}));
    iam.destroy();
    assert.ok(issuer!.startsWith(`${publicUrl}/_oidc/`));
    const early = await tokenOf(server.endpoint);
    await server.close();

    server = await start({ port: 0, data, publicUrl, log: () => {} });
    const keys = createRemoteJWKSet(new URL(`${server.endpoint}${path(issuer!)}/.well-known/jwks.json`));
    for (const token of [early, await tokenOf(server.endpoint)]) {
      const { payload } = await jwtVerify(token, keys, { issuer: issuer!, audience: AUDIENCE });
      assert.equal((payload[AWS] as Record<string, unknown>)["source_region"], "eu-central-1");
    }
    await server.close();
  });
});
