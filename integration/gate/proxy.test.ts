import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { buffer } from "node:stream/consumers";
import { closed, converse, open, parseAnswers } from "../wire.ts";
import { gateOf } from "./fake-engine.ts";
import { upstream } from "./upstream.ts";

/** A request that the engine of these tests lets pass, and its answer. */
async function ask(
  endpoint: string,
  { path = "/", body, ...options }: RequestOptions & { readonly path?: string; readonly body?: string | Buffer } = {},
): Promise<{ readonly message: IncomingMessage; readonly status: number; readonly body: string }> {
  const { hostname, port } = new URL(endpoint);
  const sent = request({
    hostname,
    port,
    path,
    ...options,
    headers: { "x-test": "pass", ...(options.headers as object) },
  });
  sent.end(body);
  const [message] = (await once(sent, "response")) as [IncomingMessage];
  return { message, status: message.statusCode!, body: (await buffer(message)).toString() };
}

const OBJECT = { call: { service: "s3", operation: "PutObject", protocol: "s3" as const } };
/** A signature, as far as the proxy reads it, that makes a PUT one of S3, whose body is not read whole. */
const OF_S3 = {
  authorization: "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
};
const OF_DYNAMODB = { authorization: OF_S3.authorization.replace("/s3/", "/dynamodb/") };
const PASS = `x-test: pass\r\nauthorization: ${OF_S3.authorization}\r\n`;

describe("the gate's proxy", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin, down: "http://127.0.0.1:1" }));

  describe("before a request is allowed", () => {
    it("opens no connection to the upstream, and sends it not a byte", async () => {
      const { status, body } = await ask(gate.endpoint, {
        method: "POST",
        headers: { "x-test": "refuse" },
        body: "{}",
      });
      assert.deepEqual([status, JSON.parse(body)], [403, { __type: "AccessDeniedException", message: "no" }]);
      assert.deepEqual([behind.requests.length, behind.bytes, behind.sockets.size], [0, 0, 0]);
      assert.equal(gate.engine.decided.length, 1);
    });

    it("sends nothing of a streamed body while the engine decides", async () => {
      let decide = () => {};
      gate.engine.turn = new Promise((resolve) => (decide = resolve));
      gate.engine.passage = OBJECT;
      const socket = open(gate.endpoint, (to) =>
        to.write(`PUT /photos/k HTTP/1.1\r\nhost: x\r\n${PASS}content-length: 5\r\n\r\nhello`),
      );
      while (gate.engine.decided.length === 0) await new Promise(setImmediate);
      assert.equal(gate.engine.decided[0]!.body, undefined);
      assert.equal(behind.bytes, 0);
      decide();
      await once(socket, "data");
      assert.equal(behind.requests.length, 1);
      socket.destroy();
    });

    it("lets a client that expects 100-continue send nothing", async () => {
      const socket = open(gate.endpoint, (to) =>
        to.write(
          `PUT /photos/k HTTP/1.1\r\nhost: x\r\nauthorization: ${OF_S3.authorization}\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n`,
        ),
      );
      const [heard] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      assert.match(heard.toString(), /^HTTP\/1\.1 403 /);
      assert.match(heard.toString(), /connection: close/i);
      assert.equal(behind.bytes, 0);
    });
  });

  it("refuses a body that is too large to be read whole, without asking for it", async () => {
    const { hostname, port } = new URL(gate.endpoint);
    const headers = { expect: "100-continue", "content-length": 17 * 1024 * 1024, "x-amz-target": "A.B" };
    const sent = request({ hostname, port, method: "POST", headers: { ...headers, ...OF_DYNAMODB } });
    sent.on("continue", () => assert.fail("the body was asked for")).on("error", () => {});
    sent.flushHeaders();
    const [message] = (await once(sent, "response")) as [IncomingMessage];
    assert.equal(message.statusCode, 413);
    assert.deepEqual(JSON.parse((await buffer(message)).toString()), {
      __type: "RequestEntityTooLarge",
      message: "The request is larger than the 16777216 bytes that the gate reads whole.",
    });
    sent.destroy();
  });

  describe("an allowed request", () => {
    it("reaches the upstream with its path and query byte for byte", async () => {
      const path = "/a%2Fb//c/../%7e?x=%20y&X=+&empty";
      assert.equal((await ask(gate.endpoint, { path })).status, 200);
      assert.equal(behind.requests[0]!.url, path);
    });

    it("leaves its signature and what concerns the connection at the gate", async () => {
      await ask(gate.endpoint, {
        path: "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=1&keep=1&X-Amz-Security-Token=t",
        headers: {
          "X-Amz-Security-Token": "token",
          "X-Moto-Account-Id": "999999999999",
          Connection: "keep-alive, X-Hop",
          "X-Hop": "1",
          TE: "trailers",
          "Proxy-Authorization": "Basic x",
          "Accept-Encoding": "gzip",
          "X-Kept": "1",
        },
      });
      const [{ url, rawHeaders }] = behind.requests as [(typeof behind.requests)[number]];
      assert.equal(url, "/?keep=1");
      const sent = new Map<string, string>();
      for (let i = 0; i < rawHeaders.length; i += 2) sent.set(rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!);
      for (const gone of ["x-amz-security-token", "x-hop", "te", "proxy-authorization", "accept-encoding"])
        assert.ok(!sent.has(gone), gone);
      assert.equal(sent.get("x-kept"), "1");
      assert.equal(sent.get("host"), new URL(behind.origin).host);
      assert.equal(sent.get("x-moto-account-id"), "111122223333");
      assert.equal(sent.get("x-amz-date"), "20261124T120000Z");
      assert.match(
        sent.get("authorization")!,
        /^AWS4-HMAC-SHA256 Credential=111122223333\/20261124\/us-east-1\/dynamodb\/aws4_request, SignedHeaders=host;x-amz-date, Signature=0{64}$/,
      );
    });

    it("is told its decision where it asks for it", async () => {
      const asked = await ask(gate.endpoint, { headers: { "x-iam-local-explain": "1" } });
      assert.equal(asked.message.headers["x-iam-local-decision"], "the test said so");
      assert.equal((await ask(gate.endpoint)).message.headers["x-iam-local-decision"], undefined);
      assert.ok(!behind.requests[0]!.rawHeaders.some((name) => name.toLowerCase() === "x-iam-local-explain"));
    });

    it("is told to go on with its body once it is allowed", async () => {
      gate.engine.passage = OBJECT;
      let body = "";
      behind.answer = (message, response) => {
        void buffer(message).then((bytes) => {
          body = bytes.toString();
          response.end();
        });
      };
      const { hostname, port } = new URL(gate.endpoint);
      const sent = request({
        hostname,
        port,
        method: "PUT",
        path: "/photos/k",
        headers: { ...OF_S3, "x-test": "pass", expect: "100-continue", "content-length": 5 },
      });
      sent.flushHeaders();
      await once(sent, "continue");
      assert.equal(behind.bytes > 0, false);
      sent.end("hello");
      const [message] = (await once(sent, "response")) as [IncomingMessage];
      message.resume();
      assert.equal(body, "hello");
    });

    it("has its answer's trailers, and a body in chunks", async () => {
      behind.answer = (_message, response) => {
        response.writeHead(200, { trailer: "x-end", "content-type": "application/octet-stream" });
        response.write("one ");
        response.addTrailers({ "x-end": "here" });
        response.end("two");
      };
      const { message, body } = await ask(gate.endpoint);
      assert.deepEqual([body, message.trailers], ["one two", { "x-end": "here" }]);
    });

    it("has answers without a body as they are: HEAD, 204 and 304", async () => {
      behind.answer = (message, response) => {
        if (message.method === "HEAD") response.writeHead(200, { "content-length": 1234, etag: "e" }).end();
        else response.writeHead(message.url === "/204" ? 204 : 304, { etag: "e" }).end();
      };
      const head = await ask(gate.endpoint, { method: "HEAD" });
      assert.deepEqual([head.status, head.message.headers["content-length"], head.body], [200, "1234", ""]);
      assert.equal((await ask(gate.endpoint, { path: "/204" })).status, 204);
      const unchanged = await ask(gate.endpoint, { path: "/304" });
      assert.deepEqual([unchanged.status, unchanged.message.headers["etag"]], [304, "e"]);
    });

    it("is answered once what it changed is kept", async () => {
      let keep = () => {};
      gate.engine.kept = new Promise((resolve) => (keep = resolve));
      let isAnswered = false;
      const answered = ask(gate.endpoint).then(() => (isAnswered = true));
      while (gate.engine.told.length === 0) await new Promise(setImmediate);
      assert.deepEqual(gate.engine.told, [{ status: 200, body: "{}" }]);
      assert.equal(isAnswered, false);
      keep();
      await answered;
    });

    it("finds URLs of its service in the answer that lead to the gate", async () => {
      gate.engine.passage = { call: { service: "sqs", operation: "ListQueues", protocol: "json" } };
      behind.answer = (_message, response) => {
        response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
        response.end(
          JSON.stringify({
            QueueUrls: [`${behind.origin}/1/a`, "http://sqs.us-east-1.localhost.localstack.cloud:4566/1/ü"],
            NextToken: behind.origin,
          }),
        );
      };
      const { body, message } = await ask(gate.endpoint, { headers: { host: "localhost:4594" } });
      assert.deepEqual(JSON.parse(body), {
        QueueUrls: ["http://localhost:4594/1/a", "http://localhost:4594/1/ü"],
        NextToken: behind.origin,
      });
      assert.equal(message.headers["content-length"], String(Buffer.byteLength(body)));
    });

    it("is sent on by a Location of the upstream to the gate, and by one of others to them", async () => {
      behind.answer = (message, response) => {
        const port = new URL(behind.origin).port;
        response
          .writeHead(301, {
            location: message.url === "/own" ? `http://localhost:${port}/b?x` : "https://example.com/",
          })
          .end();
      };
      assert.equal((await ask(gate.endpoint, { path: "/own" })).message.headers.location, `${gate.endpoint}/b?x`);
      assert.equal((await ask(gate.endpoint, { path: "/" })).message.headers.location, "https://example.com/");
    });
  });

  describe("where something fails", () => {
    it("answers 503 in the form of the service whose upstream is down", async () => {
      gate.engine.passage = { call: { service: "down", operation: "GetItem", protocol: "json" } };
      const json = await ask(gate.endpoint, { method: "POST", body: "{}" });
      assert.deepEqual(
        [json.status, JSON.parse(json.body)],
        [
          503,
          {
            __type: "ServiceUnavailableException",
            message: "The upstream of down at http://127.0.0.1:1 does not answer.",
          },
        ],
      );
      gate.engine.passage = { call: { service: "down", operation: "GetObject", protocol: "s3" } };
      const xml = await ask(gate.endpoint);
      assert.match(
        xml.body,
        /<Error><Code>ServiceUnavailable<\/Code><Message>The upstream of down at .* does not answer\.<\/Message>/,
      );
      assert.deepEqual(
        gate.engine.told.map(({ status }) => status),
        [undefined, undefined],
      );
    });

    it("answers 503 where the upstream hangs up before it answers", async () => {
      behind.answer = (message) => message.socket.destroy();
      assert.equal((await ask(gate.endpoint)).status, 503);
    });

    it("tears the connection where the upstream fails in the middle of an answer", async () => {
      behind.answer = (_message, response) => {
        response.writeHead(200, { "content-length": 1_000_000 });
        response.write("beginning", () => response.destroy());
      };
      await assert.rejects(ask(gate.endpoint), { code: "ECONNRESET" });
      behind.answer = (_message, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write("{", () => response.destroy());
      };
      await assert.rejects(ask(gate.endpoint), { code: "ECONNRESET" });
    });

    it("drops the request at the upstream where the client goes away, in the body or before the answer", async () => {
      const gone = new Promise<void>((resolve) => {
        behind.answer = (message) => void message.on("close", () => resolve());
      });
      const { hostname, port } = new URL(gate.endpoint);
      const waiting = request({ hostname, port, headers: { "x-test": "pass" } }).on("error", () => {});
      waiting.end();
      while (behind.requests.length < 1) await new Promise(setImmediate);
      waiting.destroy();
      await gone;

      gate.engine.passage = OBJECT;
      let isComplete: boolean | undefined;
      const broken = new Promise<void>((resolve) => {
        behind.answer = (message) =>
          void message
            .on("data", () => {})
            .on("error", () => {})
            .on("close", () => {
              isComplete = message.complete;
              resolve();
            });
      });
      const sending = request({
        hostname,
        port,
        method: "PUT",
        path: "/photos/k",
        headers: { ...OF_S3, "x-test": "pass" },
      }).on("error", () => {});
      sending.write("half");
      while (behind.requests.length < 2) await new Promise(setImmediate);
      sending.destroy();
      await broken;
      assert.equal(isComplete, false);
    });
  });

  describe("what is not one plain request", () => {
    const REFUSED: Readonly<Record<string, string>> = {
      "two lengths": "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "two equal lengths":
        "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
      "a length and chunks":
        "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "another encoding":
        "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "an encoding that is not the last":
        "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "two hosts": "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\nx-test: pass\r\n\r\n",
      "no host": "GET / HTTP/1.1\r\nx-test: pass\r\n\r\n",
      "a folded header": "GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nx-a: 1\r\n 2\r\n\r\n",
      "a blank before the colon": "GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nx-a : 1\r\n\r\n",
      "a bare line feed": "GET / HTTP/1.1\nhost: x\nx-test: pass\n\n",
      "a target of another server": "GET http://example.com/ HTTP/1.1\r\nhost: x\r\nx-test: pass\r\n\r\n",
      "a fragment": "GET /a#b HTTP/1.1\r\nhost: x\r\nx-test: pass\r\n\r\n",
      "two targets of the service":
        "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nx-amz-target: A.B\r\nX-Amz-Target: A.C\r\ncontent-length: 0\r\n\r\n",
      "a header that ends with the connection":
        "GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nx-amz-acl: private\r\nconnection: close, x-amz-acl\r\n\r\n",
      "a header that ends with the connection, in a second list":
        "GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nif-match: a\r\nconnection: close\r\nconnection: If-Match\r\n\r\n",
      "a websocket": "GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      "a tunnel": "CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\nx-test: pass\r\n\r\n",
      "a chunk of no size": "POST / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      "headers without end": `GET / HTTP/1.1\r\nhost: x\r\nx-test: pass\r\nx-a: ${"a".repeat(70_000)}\r\n\r\n`,
    };
    for (const [what, bytes] of Object.entries(REFUSED)) {
      it(`is refused: ${what}`, async () => {
        const heard = await converse(gate.endpoint, (to) => to.end(bytes, "latin1"));
        assert.match(heard.toString(), /^HTTP\/1\.1 4\d\d /);
        assert.deepEqual([behind.requests.length, behind.bytes], [0, 0]);
      });
    }

    it("is answered once for each of several requests in one write", async () => {
      const one = "GET /1 HTTP/1.1\r\nhost: x\r\nx-test: pass\r\n\r\n";
      const two = "GET /2 HTTP/1.1\r\nhost: x\r\nx-test: refuse\r\n\r\n";
      const heard = await converse(gate.endpoint, (to) => {
        let answers = 0;
        to.on("data", (chunk: Buffer) => {
          answers += chunk.toString().split("HTTP/1.1 ").length - 1;
          if (answers === 3) to.end();
        });
        to.write(one + two + one);
      });
      assert.deepEqual(
        parseAnswers(heard).map(({ status }) => status),
        [200, 403, 200],
      );
      assert.deepEqual(
        behind.requests.map(({ url }) => url),
        ["/1", "/1"],
      );
    });

    it("is refused where it comes from a foreign page or by a foreign name", async () => {
      const page = await ask(gate.endpoint, { headers: { origin: "https://evil.example" } });
      const name = await ask(gate.endpoint, { headers: { host: "evil.example" } });
      assert.deepEqual([page.status, name.status, behind.bytes], [403, 403, 0]);
      assert.match(name.body, /The host name "evil\.example" is not accepted here/);
    });
  });

  it("says at /_gate/health whether it decides, and which upstreams accept connections", async () => {
    const { status, body } = await ask(gate.endpoint, { path: "/_gate/health", headers: { "x-test": "" } });
    assert.equal(status, 200);
    assert.deepEqual((JSON.parse(body) as { upstreams: object }).upstreams, {
      "*": { url: behind.origin, reachable: true },
      down: { url: "http://127.0.0.1:1", reachable: false },
    });
    assert.equal(behind.bytes, 0);
  });
});

describe("a body that is checked while it passes the gate", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin }));
  const put = (length: number) => {
    const { hostname, port } = new URL(gate.endpoint);
    const headers = { ...OF_S3, "x-test": "pass", "content-length": length };
    return request({ hostname, port, method: "PUT", path: "/photos/k", headers });
  };
  const REFUSED = /^The provided 'x-amz-content-sha256' header does not match what was computed\.$/;

  it("is broken off at the upstream where it is not the signed one, and refused", async () => {
    gate.engine.passage = { ...OBJECT, body: { kind: "hash", sha256: "0".repeat(64) } };
    let isComplete: boolean | undefined;
    const broken = new Promise<void>((resolve) => {
      behind.answer = (message) =>
        void message
          .resume()
          .on("error", () => {})
          .on("close", () => {
            isComplete = message.complete;
            resolve();
          });
    });
    const sent = put(10);
    sent.write("first");
    sent.write("");
    while (gate.engine.decided.length === 0) await new Promise(setImmediate);
    assert.equal(behind.bytes, 0);
    sent.write("two");
    while (behind.requests.length === 0) await new Promise(setImmediate);
    sent.end("!!");
    const [message] = (await once(sent, "response")) as [IncomingMessage];
    assert.equal(message.statusCode, 403);
    assert.match((JSON.parse((await buffer(message)).toString()) as { message: string }).message, REFUSED);
    await broken;
    assert.equal(isComplete, false);
  });

  it("never reaches the upstream where it is one piece, or none, that is not the signed one", async () => {
    gate.engine.passage = { ...OBJECT, body: { kind: "hash", sha256: "0".repeat(64) } };
    for (const body of ["small", ""]) {
      const sent = put(body.length);
      sent.end(body);
      const [message] = (await once(sent, "response")) as [IncomingMessage];
      message.resume();
      assert.equal(message.statusCode, 403);
    }
    assert.deepEqual([behind.requests.length, behind.bytes], [0, 0]);
  });

  it("reaches the upstream out of its chunks, with its own length and coding", async () => {
    gate.engine.passage = { ...OBJECT, body: { kind: "chunks", trailer: false, decodedLength: 5, trailers: [] } };
    const received = new Promise<Buffer>((resolve) => {
      behind.answer = (message, response) => {
        response.end();
        resolve(buffer(message));
      };
    });
    const { hostname, port } = new URL(gate.endpoint);
    const chunks = "5\r\nhello\r\n0\r\n\r\n";
    const headers = {
      ...OF_S3,
      "x-test": "pass",
      "content-encoding": "aws-chunked,gzip",
      "x-amz-decoded-content-length": 5,
      "content-length": chunks.length,
    };
    request({ hostname, port, method: "PUT", path: "/photos/k", headers }).end(chunks);
    assert.equal((await received).toString(), "hello");
    const { rawHeaders } = behind.requests[0]!;
    const sent = Object.fromEntries(
      rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1]]] : [])),
    );
    assert.deepEqual(
      [
        sent["content-length"],
        sent["content-encoding"],
        sent["x-amz-decoded-content-length"],
        sent["x-amz-content-sha256"],
      ],
      ["5", "gzip", undefined, "UNSIGNED-PAYLOAD"],
    );
  });
});

describe("a gate that pages of an origin may use", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin }), { allowedOrigins: ["http://localhost:3000"] });
  const origin = "http://localhost:3000";

  it("answers what they ask beforehand itself, and lets them read the answers", async () => {
    const asked = await ask(gate.endpoint, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization",
        "x-test": "",
      },
    });
    assert.deepEqual(
      [asked.status, asked.message.headers["access-control-allow-methods"], behind.bytes],
      [204, "GET, HEAD, PUT, POST, DELETE, PATCH", 0],
    );
    behind.answer = (_message, response) =>
      response.writeHead(200, { "access-control-allow-origin": "*", etag: "e" }).end();
    const { message } = await ask(gate.endpoint, { headers: { origin } });
    assert.deepEqual(
      [message.headers["access-control-allow-origin"], message.headers["access-control-expose-headers"]],
      [origin, "*"],
    );
  });
});

describe("a gate whose patience is short", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin }), {}, { patience: { answer: 1, silence: 1 } });

  it("answers 503 for a service that does not begin to answer, and tears what does not go on", async () => {
    behind.answer = () => {};
    const { status, body } = await ask(gate.endpoint);
    assert.equal(status, 503);
    assert.match(body, /"ServiceUnavailableException"/);
    behind.answer = (_message, response) => void response.writeHead(200, { "content-length": 1_000_000 }).write("a");
    await assert.rejects(ask(gate.endpoint), { code: "ECONNRESET" });
  });
});

describe("a gate that is closed", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin }));

  it("lets what is going on end, and takes nothing new", async () => {
    let finish = () => {};
    behind.answer = (_message, response) => (finish = () => void response.end("done"));
    const asked = ask(gate.endpoint);
    while (behind.requests.length === 0) await new Promise(setImmediate);
    const closing = gate.gate.close();
    const refused = open(gate.endpoint, () => assert.fail("a connection was made"));
    await closed(refused);
    finish();
    assert.equal((await asked).body, "done");
    await closing;
  });
});
