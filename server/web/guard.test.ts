import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { Guard, type Welcome } from "./guard.ts";

interface Case {
  readonly says: string;
  readonly host?: string;
  readonly origin?: string;
  readonly site?: string;
  readonly mode?: string;
  readonly allowed?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly publicUrl?: string;
  readonly welcome?: Partial<Welcome>;
  readonly refused?: "host name" | "origin" | "page";
}

const cases = JSON.parse(readFileSync("server/web/guard.test.json", "utf8")) as readonly Case[];

describe("the guard of every site", () => {
  for (const { says, host, origin, site, mode, allowed = [], allowedOrigins = [], publicUrl = "", ...rest } of cases) {
    it(says, () => {
      const guard = new Guard({ options: { allowedHosts: allowed, allowedOrigins, publicUrl } });
      const welcome = { links: false, origins: false, ...rest.welcome };
      const reason = guard.whyForeign({ host, origin, "sec-fetch-site": site, "sec-fetch-mode": mode }, welcome);
      if (rest.refused === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? "", new RegExp(`\\b${rest.refused}\\b.* is not accepted here`));
    });
  }

  it("decides the same of a host that it has met, and after more hosts than it remembers", () => {
    const guard = new Guard({ options: { allowedHosts: [], allowedOrigins: [], publicUrl: "" } });
    const welcome = { links: false, origins: false };
    for (let n = 0; n < 1000; n += 1) {
      assert.equal(guard.whyForeign({ host: "localhost" }, welcome), undefined);
      assert.notEqual(guard.whyForeign({ host: "evil.example" }, welcome), undefined);
      assert.equal(guard.whyForeign({ host: `container-${n}` }, welcome), undefined);
      assert.notEqual(guard.whyForeign({ host: `container-${n}.evil.example` }, welcome), undefined);
    }
  });
});
