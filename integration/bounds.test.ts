import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "./emulator.ts";
import { converse, parseAnswers } from "./wire.ts";

// A request without a signature, or to a page, must cost no more than in proportion to its length.
describe("a request that asks for more than it should", () => {
  const emu = emulator({ idp: true });
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const send = async (method: "POST" | "PUT", path: string, body: string) => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(emu.server.endpoint + path, { method, headers, body });
    return { status: response.status, text: await response.text() };
  };
  const invalid = (message: string) => JSON.stringify({ error: { code: "InvalidRequest", message } });

  for (const [what, path, body, method] of [
    [
      "a policy",
      "/_emulator/authorize",
      `{"principal": "arn:aws:iam::000000000000:root", "action": "s3:GetObject", "resourcePolicy": ${nested(200_000)}}`,
      "POST",
    ],
    [
      "a key of an issuer",
      "/_emulator/issuers",
      `{"issuer": "https://a.example", "jwks": {"keys": [{"a": ${nested(200_000)}}]}}`,
      "PUT",
    ],
    ["details to import", "/_emulator/import", "[".repeat(3_000_000), "POST"],
    ["claims", "/_idp/token", `{"claims": ${nested(5_000)}}`, "POST"],
  ] as const) {
    it(`is refused where ${what} is nested too deeply`, async () => {
      const { status, text } = await send(method, path, body);
      assert.deepEqual([status, text], [400, invalid("The body is nested too deeply.")]);
    });
  }

  it("is refused where its Host is none, whatever the page", async () => {
    const host = "localhost:99999";
    const body = JSON.stringify({
      clientId: "arn:aws:signin:::devtools/same-device",
      grantType: "authorization_code",
      code: "code",
      redirectUri: "http://127.0.0.1:1/",
      codeVerifier: "v".repeat(50),
    });
    const paths = ["/v1/token", "/v1/authorize", "/_emulator/clock", "/console", "/console/sign-in", "/federation"];
    for (const path of [...paths, "/_idp/token", "/_idp/.well-known/openid-configuration", "/latest/api/token"]) {
      for (const method of ["GET", "POST", "PUT"]) {
        const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nDPoP: a\r\nContent-Type: application/json\r\n`;
        const heard = await converse(emu.server.endpoint, (socket) =>
          socket.end(`${head}Content-Length: ${body.length}\r\n\r\n${body}`),
        );
        const [answer] = parseAnswers(heard);
        assert.ok(answer!.status < 500, `${method} ${path}: ${answer!.status} ${answer!.body}`);
        if (method + path === "POST/v1/token") {
          const { message } = JSON.parse(answer!.body) as { message: string };
          assert.deepEqual([answer!.status, message], [400, "The Host header names no host."]);
        }
      }
    }
  });

  it("gets an answer that names its unknown member, though no more than 128 KB of it", async () => {
    const { status, text } = await send("POST", "/_emulator/clock", `{"${"x".repeat(4_000_000)}": 1}`);
    assert.equal(status, 400);
    assert.match(text, /^\{"error":\{"code":"InvalidRequest","message":"Unknown member \\"xxxx/);
    assert.ok(text.length < 140_000, `${text.length} characters`);
  });

  it("gets an answer that quotes it, though no more than 128 KB of it", async () => {
    const value = '"'.repeat(4_000_000);
    const form = `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a&WebIdentityToken=a&RoleSessionName=${value}`;
    const response = await fetch(emu.server.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: form,
    });
    const text = await response.text();
    assert.equal(response.status, 400);
    assert.match(
      text,
      /<Code>ValidationError<\/Code>\s*<Message>4 validation errors detected: Value 'a' at 'roleArn' /,
    );
    assert.ok(text.length < 1_000_000, `${text.length} characters`);
    assert.match(text, /…<\/Message>/);
  });
});
