import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { certificate, type TestCertificate } from "../integration/iam/certificates.ts";
import { fetchJson, type FetchRules } from "./guarded-fetch.ts";

const HERE: FetchRules = { hosts: [] };
const failed = (message: string | RegExp, more: object = {}) => ({ name: "FetchFailed", message, ...more });

/** Resolves names from a table, with node:dns's interface. */
const names = (table: Readonly<Record<string, readonly string[]>>): NonNullable<FetchRules["lookup"]> =>
  ((name: string, _options: object, callback: (error: null, addresses: object[]) => void) =>
    callback(
      null,
      table[name]!.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as unknown as NonNullable<FetchRules["lookup"]>;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("a fetch", () => {
  let answer: RequestListener;
  let server: Server;
  let port: number;
  const url = (host = "localhost", path = "/") => `http://${host}:${port}${path}`;
  const answers = (body: string) => {
    answer = (_request, response) => response.end(body);
  };

  before(async () => {
    server = createHttpServer((request, response) => answer(request, response));
    port = await listen(server);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("reads JSON from this machine", async () => {
    answers('{"a":1}');
    for (const host of ["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]"]) {
      assert.deepEqual(await fetchJson(url(host), HERE), { a: 1 }, host);
    }
    const lookup = names({ "idp.localhost": ["127.0.0.1"] });
    assert.deepEqual(await fetchJson(url("idp.localhost"), { ...HERE, lookup }), { a: 1 });
  });

  it("asks no other host but those that were declared", async () => {
    answers("1");
    const lookup = names({ "idp.test": ["127.0.0.1"], "localhost.test": ["127.0.0.1"] });
    for (const host of ["idp.test", "localhost.test", "10.0.0.1", "[2001:db8::1]"]) {
      const bare = host.replace(/[[\]]/g, "");
      await assert.rejects(
        fetchJson(url(host), { ...HERE, lookup }),
        failed(`${bare} is not this machine`, { undeclaredHost: bare }),
      );
    }
    assert.equal(await fetchJson(url("IDP.test"), { hosts: ["idp.test"], lookup }), 1);
  });

  it("goes by the address behind a name, which is looked up once", async () => {
    answers("1");
    let lookups = 0;
    const rebinding = ((name: string, options: object, callback: never) => {
      lookups++;
      names({ localhost: lookups === 1 ? ["127.0.0.1"] : ["169.254.169.254"] })(name, options as never, callback);
    }) as NonNullable<FetchRules["lookup"]>;
    assert.equal(await fetchJson(url(), { ...HERE, lookup: rebinding }), 1);
    assert.equal(lookups, 1);
    await assert.rejects(
      fetchJson(url(), { ...HERE, lookup: names({ localhost: ["127.0.0.1", "192.0.2.1"] }) }),
      failed(/localhost is at 192\.0\.2\.1, which is not this machine$/),
    );
  });

  for (const address of [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "192.0.0.192",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
  ]) {
    it(`never goes to ${address}, by number or by name`, async () => {
      const host = address.includes(":") ? `[${address}]` : address;
      const named = new URL(`http://${host}/`).hostname.replace(/[[\]]/g, "");
      await assert.rejects(
        fetchJson(`http://${host}/latest/meta-data`, { hosts: [named] }),
        failed(`${named} is at ${named}, which may be a metadata service`),
      );
      await assert.rejects(
        fetchJson("http://idp.test/", { hosts: ["idp.test"], lookup: names({ "idp.test": [address] }) }),
        failed(/which may be a metadata service$/),
      );
    });
  }

  it("follows a few redirects, under the same rules", async () => {
    const redirect =
      (location: string): RequestListener =>
      (request, response) => {
        if (request.url === "/end") response.end("1");
        else response.writeHead(302, { location }).end();
      };
    answer = redirect("/end");
    assert.equal(await fetchJson(url(), HERE), 1);
    answer = redirect("/again");
    await assert.rejects(fetchJson(url(), HERE), failed(`${url()} redirects more than 3 times`));
    answer = redirect("http://169.254.169.254/latest");
    await assert.rejects(fetchJson(url(), HERE), failed("169.254.169.254 is not this machine"));
    answer = redirect("ftp://localhost/");
    await assert.rejects(fetchJson(url(), HERE), failed("ftp://localhost/ is no http or https URL"));
  });

  it("reads so much and no more", async () => {
    answers(JSON.stringify("x".repeat(100)));
    await assert.rejects(
      fetchJson(url(), { ...HERE, maximumBytes: 100 }),
      failed("localhost answers with more than 100 bytes"),
    );
    assert.equal(((await fetchJson(url(), { ...HERE, maximumBytes: 102 })) as string).length, 100);
  });

  it("waits so long and no longer, for the answer and for its end", async () => {
    for (const stalled of [() => {}, ((_request, response) => response.writeHead(200).write("{")) as RequestListener]) {
      answer = stalled;
      await assert.rejects(
        fetchJson(url(), { ...HERE, timeoutMs: 50 }),
        failed(`${url()} did not answer in time`, { transient: true }),
      );
    }
  });

  it("fails where there is no answer, no good one, or no JSON", async () => {
    answer = (_request, response) => response.writeHead(404).end("{}");
    await assert.rejects(fetchJson(url(), HERE), failed(`${url()} answers with status 404`, { transient: false }));
    answer = (_request, response) => response.writeHead(500).end("{}");
    await assert.rejects(fetchJson(url(), HERE), failed(`${url()} answers with status 500`, { transient: true }));
    answers("<html>");
    await assert.rejects(fetchJson(url(), HERE), failed(`${url()} does not answer with JSON`));
    answer = (_request, response) => void response.socket!.destroy();
    await assert.rejects(fetchJson(url(), HERE), failed(`${url()} cannot be read: socket hang up`));
    await assert.rejects(fetchJson("localhost", HERE), failed("localhost is no http or https URL"));
  });
});

describe("a fetch over https", () => {
  const self = certificate("localhost");
  const other = certificate("other.test");
  const root = certificate("root", { ca: true });
  const leaf = certificate("localhost", { issuer: root });
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  const thumbprint = ({ pem }: TestCertificate) =>
    new X509Certificate(pem).fingerprint.replaceAll(":", "").toLowerCase();

  /** Serves with a certificate and further ones that are sent along. */
  const serve = async ([own, ...along]: [TestCertificate, ...TestCertificate[]], answer?: RequestListener) => {
    const cert = [own, ...along].map(({ pem }) => pem).join("");
    const secure: RequestListener = (_request, response) => response.end('{"secure":true}');
    const server = createHttpsServer({ cert, key: own.keyPem }, answer ?? secure);
    servers.push(server);
    return `https://localhost:${await listen(server)}/`;
  };

  it("takes a certificate that nobody vouches for by its thumbprint only", async () => {
    const url = await serve([self]);
    const refused = failed("the certificate of localhost is not accepted: DEPTH_ZERO_SELF_SIGNED_CERT");
    await assert.rejects(fetchJson(url, HERE), refused);
    await assert.rejects(fetchJson(url, HERE, [thumbprint(other)]), refused);
    assert.deepEqual(await fetchJson(url, HERE, [thumbprint(self)]), { secure: true });
  });

  it("takes one by the thumbprint of what signed it, and not of what is merely sent along", async () => {
    const signed = await serve([leaf, root]);
    assert.deepEqual(await fetchJson(signed, HERE, [thumbprint(root)]), { secure: true });
    const padded = await serve([self, root]);
    await assert.rejects(fetchJson(padded, HERE, [thumbprint(root)]), failed(/^the certificate of localhost/));
  });

  it("takes none that is for another host", async () => {
    const url = await serve([other]);
    await assert.rejects(
      fetchJson(url, HERE, [thumbprint(other)]),
      failed("the certificate of localhost is for another host"),
    );
  });

  it("takes none that has expired, whatever its thumbprint", async () => {
    const expired = certificate("localhost", { issuer: root, to: "2021-01-01T00:00:00Z" });
    const url = await serve([expired, root]);
    await assert.rejects(fetchJson(url, HERE, [thumbprint(expired)]), failed(/^the certificate of localhost/));
  });

  it("is never led from https to http", async () => {
    const url = await serve([self], (_request, response) =>
      response.writeHead(301, { location: "http://localhost:1/" }).end(),
    );
    await assert.rejects(fetchJson(url, HERE, [thumbprint(self)]), failed(`${url} redirects from https to http`));
  });
});
