import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readSeedList } from "./seed-lists.ts";

interface Case {
  readonly says: string;
  readonly list: readonly string[];
  readonly tokens?: readonly object[];
  readonly refused?: string;
}

const cases = JSON.parse(readFileSync("handlers/mfa/seed-lists.test.json", "utf8")) as readonly Case[];

describe("seed lists of hardware tokens", () => {
  for (const { says, list, tokens, refused } of cases) {
    it(says, async () => {
      const reading = readSeedList(list.join("\n"));
      if (refused === undefined) assert.deepEqual(await reading, tokens);
      else await assert.rejects(reading, { name: "InvalidInput", status: 400, message: refused });
    });
  }

  it("are read with the line ends of other systems and a byte order mark", async () => {
    const tokens = [{ serialNumber: "GAHT12345678", base32Seed: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }];
    assert.deepEqual(
      await readSeedList("\uFEFFserial,seed\r\nGAHT12345678,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\r\n"),
      tokens,
    );
    assert.deepEqual(await readSeedList("\uFEFFGAHT12345678,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), tokens);
    const pskc = cases.find(({ says }) => says === "PSKC: a clock that is slow")!;
    assert.deepEqual(await readSeedList(`\uFEFF${pskc.list.join("\r\n")}`), pskc.tokens);
  });
});
