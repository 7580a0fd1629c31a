import assert from "node:assert/strict";
import { readServiceSignature, verifyServiceSignature } from "./service-signature.ts";
import { isRegion } from "./regions.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
describe("The signature of a service", () => {
  it("GET Object", () => {
    const head = {
      method: "GET",
      target: "/test.txt",
      rawHeaders: [
        "Host",
        "examplebucket.s3.amazonaws.com",
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        "Range",
        "bytes=0-9",
        "x-amz-content-sha256",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-amz-date",
        "20130524T000000Z",
      ],
    };
    const s = readServiceSignature(head, { times: [Date.UTC(2013, 4, 24)], regionValid: isRegion });
    assert.deepEqual(verifyServiceSignature(head, s, SECRET, Buffer.alloc(0)), { kind: "verified" });
  });
});
