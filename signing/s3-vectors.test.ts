import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkPostPolicy } from "./post-policy.ts";
import { readPostSignature, verifyPostSignature, type PostFields } from "./post-signature.ts";
import { isRegion } from "./regions.ts";
import { readServiceSignature, verifyServiceSignature } from "./service-signature.ts";
import { signingKeyHex } from "./signing-key.ts";
import { parseIsoBasic } from "./timestamp.ts";

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  /** null where it is streamed: `payload.test.ts` has it. */
  readonly body: string | null;
  /** `signed` is the seed of the chunks. */
  readonly plan: { readonly kind: string; readonly signed?: string };
}

const {
  accessKeyId,
  secret,
  time,
  vectors,
  post,
}: {
  accessKeyId: string;
  secret: string;
  time: string;
  vectors: readonly Vector[];
  post: { readonly policy: string; readonly signature: string; readonly fields: PostFields };
} = JSON.parse(readFileSync("signing/vectors/s3.json", "utf8"));

const options = { times: [parseIsoBasic(time)!.time], regionValid: isRegion };

describe("The published signatures of S3", () => {
  for (const vector of vectors) {
    it(`${vector.name}: is read and verified`, () => {
      const { body, plan } = vector;
      const signature = readServiceSignature(vector, options);
      assert.equal(signature.accessKeyId, accessKeyId);
      const [date, region, service] = [time.slice(0, 8), "us-east-1", "s3"];
      const key = signingKeyHex(secret, date, region, service);
      const signed = plan.signed && { key, seed: plan.signed, timestamp: time, date, region, service };
      assert.deepEqual(
        verifyServiceSignature(vector, signature, secret, body === null ? undefined : Buffer.from(body)),
        signed ? { ...plan, signed } : plan,
      );
    });
  }

  it("an upload by a form: the policy's signature is verified, and the form meets the policy", () => {
    const fields = [...post.fields, ["Policy", post.policy], ["X-Amz-Signature", post.signature]] as const;
    const signature = readPostSignature(fields, options);
    verifyPostSignature(signature, secret);
    assert.equal(checkPostPolicy(signature, fields, "sigv4examplebucket", Date.UTC(2015, 11, 30, 11)), undefined);
  });
});
