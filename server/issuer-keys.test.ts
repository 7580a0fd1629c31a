import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { Clock } from "../data/clock.ts";
import { certificate } from "../integration/iam/certificates.ts";
import { IssuerKeyCache } from "./issuer-keys.ts";

describe("the remembered keys of an issuer", () => {
  const own = certificate("localhost");
  const thumbprint = new X509Certificate(own.pem).fingerprint.replaceAll(":", "").toLowerCase();
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer({ cert: own.pem, key: own.keyPem }, (_request, response) =>
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys`, keys: [] })),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are none for a provider that does not vouch for the issuer's certificate", async () => {
    const cache = new IssuerKeyCache(new Clock(), []);
    const pinned = { url, thumbprints: [thumbprint] };
    assert.deepEqual(await cache.keysOf(pinned), { keys: [] });
    assert.equal(await cache.keysOf(pinned), await cache.keysOf(pinned));
    await assert.rejects(cache.keysOf({ url, thumbprints: ["0".repeat(40)] }), {
      name: "KeysUnavailable",
      message: "the certificate of localhost is not accepted: DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });
});
