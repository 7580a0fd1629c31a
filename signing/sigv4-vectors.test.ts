import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalRequest } from "./canonical-request.ts";
import { isRegion } from "./regions.ts";
import { readSignature, type Signature } from "./read-signature.ts";
import { stringToSign, verifySignature } from "./sigv4.ts";
import { parseIsoBasic } from "./timestamp.ts";

interface Vector {
  readonly name: string;
  readonly form: "header" | "query";
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly scope: string;
  readonly timestamp: string;
  readonly signedHeaders: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

const { secret, vectors }: { secret: string; vectors: readonly Vector[] } = JSON.parse(
  readFileSync("signing/vectors/sigv4.json", "utf8"),
);

function signatureOf(vector: Vector): Signature {
  const { form, timestamp, signature } = vector;
  const [date, region, service] = vector.scope.split("/");
  return {
    form,
    accessKeyId: "AKIDEXAMPLE",
    date: date!,
    region: region!,
    service: service!,
    signedHeaders: vector.signedHeaders.split(";"),
    signature,
    timestamp,
    signedAt: parseIsoBasic(timestamp)!.time,
  };
}

describe("AWS's published signatures", () => {
  for (const vector of vectors) {
    it(`${vector.name}: canonical request, string to sign and signature agree`, () => {
      const { method, target, rawHeaders } = vector;
      const signature = signatureOf(vector);
      const canonical = canonicalRequest(
        { method, target, rawHeaders, bodyHash: hash("sha256", vector.body, "hex") },
        signature.signedHeaders,
        vector.form === "query",
      );
      assert.equal(canonical, vector.canonicalRequest);
      assert.equal(stringToSign(canonical, signature), vector.stringToSign);
      verifySignature({ method, target, rawHeaders, body: Buffer.from(vector.body) }, signature, secret);
    });
  }

  // The suite's own service is called "service"; the examples for IAM can be read as well.
  for (const vector of vectors.filter(({ scope }) => scope.includes("/iam/"))) {
    it(`${vector.name}: the request says what was published`, () => {
      const { method, target, signedHeaders, scope, signature } = vector;
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
      const rawHeaders =
        vector.form === "query" ? vector.rawHeaders : [...vector.rawHeaders, "Authorization", authorization];
      const expected = signatureOf(vector);
      const read = readSignature(
        { method, target, rawHeaders },
        { service: "iam", times: [expected.signedAt], regionValid: isRegion },
      );
      assert.deepEqual(read, { ...expected, securityToken: undefined });
    });
  }
});
