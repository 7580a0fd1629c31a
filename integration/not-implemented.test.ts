import assert from "node:assert/strict";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { operations } from "../handlers/index.ts";
import { services } from "../server/api/model.ts";
import { emulator } from "./emulator.ts";

/** The operations that are not implemented yet. This list can only shrink: an implemented operation must be removed. */
const NOT_BUILT: readonly string[] = [];

type Command = new (input: object) => never;

describe("An operation that is not built", () => {
  const emu = emulator();
  const all = [...services.values()].flatMap(({ operations: known }) => [...known.keys()]);

  it("is one of this list, and no other", () => {
    assert.deepEqual(
      all.filter((name) => !operations.has(name)),
      NOT_BUILT,
    );
  });

  for (const name of NOT_BUILT) {
    it(`is refused in a form that clients understand: ${name}`, async () => {
      const [client, commands] = `${name}Command` in iam ? [emu.iam(), iam] : [emu.sts(), sts];
      const Command = (commands as unknown as Record<string, Command>)[`${name}Command`]!;
      const send = client.send.bind(client) as (command: never) => Promise<unknown>;
      await assert.rejects(send(new Command({})), (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
        assert.equal(error.name, "NotImplemented");
        assert.equal(error.message, `${name} is not implemented.`);
        assert.equal(error.$metadata?.httpStatusCode, 501);
        return true;
      });
    });
  }
});
