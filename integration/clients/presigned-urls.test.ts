import assert from "node:assert/strict";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createRole, createUser, trust, assume, type TestUser } from "../fixtures.ts";

const CLUSTER = { "x-k8s-aws-id": "my-cluster" };

/** Makes a token as EKS's clients do: a GetCallerIdentity URL that says "60 seconds" and is bound to one cluster. */
async function presign(endpoint: string, credentials: Credentials, signingDate: Date): Promise<string> {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({
    credentials: { ...credentials, sessionToken: credentials.sessionToken! },
    region: "us-east-1",
    service: "sts",
    sha256: Sha256,
  });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol,
      hostname,
      port: Number(port),
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host, ...CLUSTER },
    },
    { expiresIn: 60, signingDate },
  );
  return `${endpoint}/?${new URLSearchParams(signed.query as Record<string, string>).toString()}`;
}

describe("a presigned GetCallerIdentity URL, as EKS takes for a token", () => {
  const emu = emulator();
  let carol: TestUser;
  const minutesAgo = (minutes: number) => new Date(emu.server.clock.now() - minutes * 60_000);

  before(async () => {
    // Long ago, since a signature that is in time by this machine's clock would also be accepted.
    emu.server.clock.set(Date.UTC(2020, 0, 1, 12));
    carol = await createUser(emu, "carol", { statements: [allow("sts:AssumeRole")] });
  });

  const call = async (url: string, headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    return { status: response.status, text: await response.text() };
  };

  it("says who made it, to whoever sends the header that it was signed with", async () => {
    const url = await presign(emu.server.endpoint, carol.credentials, minutesAgo(0));
    assert.match(url, /X-Amz-SignedHeaders=host%3Bx-k8s-aws-id/);
    const { status, text } = await call(url, CLUSTER);
    assert.equal(status, 200, text);
    assert.match(text, /<Arn>arn:aws:iam::000000000000:user\/carol<\/Arn>/);
  });

  it("is good for a role's session, whose token is in the URL", async () => {
    const role = await createRole(emu, "node", { trusts: [trust(carol.arn)] });
    const session = await assume(emu, carol.credentials, role);
    const { status, text } = await call(await presign(emu.server.endpoint, session, minutesAgo(0)), CLUSTER);
    assert.equal(status, 200, text);
    assert.match(text, /<Arn>arn:aws:sts::000000000000:assumed-role\/node\/session<\/Arn>/);
  });

  it("lives for fifteen minutes, whatever X-Amz-Expires says", async () => {
    const { status } = await call(await presign(emu.server.endpoint, carol.credentials, minutesAgo(14)), CLUSTER);
    assert.equal(status, 200);
    const late = await call(await presign(emu.server.endpoint, carol.credentials, minutesAgo(16)), CLUSTER);
    assert.equal(late.status, 403);
    assert.match(
      late.text,
      /<Code>SignatureDoesNotMatch<\/Code>\s*<Message>Signature expired: 20200101T114400Z is now earlier than 20200101T114500Z \(20200101T120000Z - 15 min\.\)<\/Message>/,
    );
  });

  it("is refused to another cluster, and where the header is missing", async () => {
    const url = await presign(emu.server.endpoint, carol.credentials, minutesAgo(0));
    for (const headers of [{ "x-k8s-aws-id": "another-cluster" }, {}]) {
      const { status, text } = await call(url, headers as Record<string, string>);
      assert.equal(status, 403);
      assert.match(
        text,
        /<Code>SignatureDoesNotMatch<\/Code>\s*<Message>The request signature we calculated does not match /,
      );
    }
  });
});

/** The signer's hash function. */
class Sha256 {
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once here");
  }
}
