import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { canonicalPath, canonicalRequest, decodeComponent, queryParameters } from "./canonical-request.ts";
import { SigningError } from "./signing-error.ts";

interface Cases {
  readonly paths: readonly { readonly target: string; readonly canonical: string }[];
  readonly queries: readonly { readonly it: string; readonly query: string; readonly canonical: string }[];
  readonly headers: readonly {
    readonly it: string;
    readonly rawHeaders: readonly string[];
    readonly signed: string;
    readonly canonical: string;
  }[];
}

const cases: Cases = JSON.parse(readFileSync("signing/cases/canonical-requests.json", "utf8"));

const request = { method: "GET", target: "/", rawHeaders: [], bodyHash: "hash" };

describe("canonicalRequest", () => {
  describe("path", () => {
    for (const { target, canonical } of cases.paths) {
      it(`${target} is ${canonical}`, () => assert.equal(canonicalPath(target), canonical));
    }

    it("refuses what leaves the root or is not absolute, without a code", () => {
      for (const target of ["/..", "/a/../..", "a", "", "*", "http://host/", "/%", "/%4", "/%zz"]) {
        assert.throws(
          () => canonicalPath(target),
          (error) => error instanceof SigningError && error.code === undefined && error.status === 400,
          target,
        );
      }
    });
  });

  describe("query", () => {
    for (const { it: sentence, query, canonical } of cases.queries) {
      it(sentence, () => {
        const text = canonicalRequest({ ...request, target: `/?${query}` }, [], false);
        assert.equal(text, `GET\n/\n${canonical}\n\n\nhash`);
      });
    }

    it("leaves out the first X-Amz-Signature of a presigned request, and no other", () => {
      const target = "/?a=1&X-Amz-Signature=one&X-Amz-Signature=two&x-amz-signature=three";
      const text = canonicalRequest({ ...request, target }, [], true);
      assert.equal(text.split("\n")[2], "X-Amz-Signature=two&a=1&x-amz-signature=three");
    });

    it("leaves it out where the query begins with it, too", () => {
      const text = canonicalRequest({ ...request, target: "/?X-Amz-Signature=one&a=1" }, [], true);
      assert.equal(text.split("\n")[2], "a=1");
    });

    it("loses none of 2,000 parameters", () => {
      const query = Array.from({ length: 2000 }, (_, i) => `p=${i}`).join("&");
      assert.equal(queryParameters(`/?${query}`).length, 2000);
    });
  });

  describe("headers", () => {
    for (const { it: sentence, rawHeaders, signed, canonical } of cases.headers) {
      it(sentence, () => {
        const text = canonicalRequest({ ...request, rawHeaders }, signed.split(";"), false);
        assert.equal(text, `GET\n/\n\n${canonical}\n${signed}\nhash`);
      });
    }
  });
});

describe("decodeComponent", () => {
  it("gives the text of UTF-8 escapes", () => assert.equal(decodeComponent("a%20%E1%88%B4%2F"), "a ሴ/"));

  it("puts a replacement where the bytes are not UTF-8", () => assert.equal(decodeComponent("%FFa"), "\uFFFDa"));
});
