import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { HmacKey } from "./hmac.ts";

describe("HmacKey", () => {
  it("makes the code of RFC 4231, test case 2", () => {
    const code = new HmacKey(Buffer.from("Jefe")).hex("what do ya want for nothing?");
    assert.equal(code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("makes the codes that node makes, whatever the key and the text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.string({ unit: "binary" })), (key, texts) => {
        const mac = new HmacKey(Buffer.from(key));
        for (const text of texts) assert.equal(mac.hex(text), createHmac("sha256", key).update(text).digest("hex"));
      }),
    );
  });
});
