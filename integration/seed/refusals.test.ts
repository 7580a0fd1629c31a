import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { start, type StartOptions } from "../../server/index.ts";

interface Case {
  readonly it: string;
  /** The lines of the seed. */
  readonly seed: readonly string[];
  /** The refusal: line, key and reason. */
  readonly error: string;
  readonly options?: StartOptions;
}

const cases = JSON.parse(readFileSync("integration/seed/refusals.json", "utf8")) as readonly Case[];

describe("a seed is refused, and the emulator does not start,", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-seed-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const refuses = async (options: StartOptions, message: string) => {
    await assert.rejects(start({ port: 0, log: () => {}, ...options }), { name: "SeedError", message });
  };

  for (const { it: says, seed, error, options } of cases) {
    it(says, async () => {
      const file = join(folder, "seed.yaml");
      writeFileSync(file, seed.join("\n"));
      await refuses({ seed: file, ...options }, file + error);
    });
  }

  it("where there is no such file", () =>
    refuses(
      { seed: join(folder, "none.yaml") },
      `${join(folder, "none.yaml")} cannot be read: there is no such file or folder.`,
    ));

  it("as an object, which has no lines", () =>
    refuses({ seed: { users: [{ nmae: "Jane" }] } }, "seed: users[0].nmae: unknown key. Did you mean name?"));

  it("as an object that JSON cannot hold", () =>
    refuses(
      { seed: { users: [{ name: 1n }] } },
      "seed: contains itself, is nested too deeply, or holds what JSON cannot.",
    ));

  it("with nothing of it made: the port and the folder are free for the next attempt", async () => {
    const data = join(folder, "state");
    const users = [{ name: "Jane" }, { name: "jane" }];
    await refuses(
      { data, seed: { users } },
      "seed: users[1]: EntityAlreadyExists: User with name jane already exists.",
    );
    const server = await start({ port: 0, data, seed: { users: [users[0]] }, log: assert.fail });
    await server.close();
  });
});
