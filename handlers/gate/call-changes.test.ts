import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { collections } from "../../data/entities/collections.ts";
import { gatedResources, keyAliases } from "../../data/entities/gate.ts";
import { memoryBackend, openStore } from "../../data/store.ts";
import type { MappedCall } from "../../gate/call.ts";
import { WireError } from "../errors.ts";
import { changeBy } from "./call-changes.ts";

type Texts = Readonly<Record<string, unknown>>;

interface Call {
  /** Such as `sns:CreateTopic`. */
  readonly call: string;
  /** A policy may be the one statement of it, which allows. */
  readonly input: Texts;
  readonly on: readonly string[];
  readonly answer?: Texts;
  readonly account?: string;
}

interface Case {
  readonly it: string;
  readonly calls: readonly Call[];
  readonly known: Readonly<Record<string, { account: string; statements?: unknown; hashKeys?: unknown }>>;
  readonly aliases?: Readonly<Record<string, string>>;
}

const TABLE = JSON.parse(readFileSync("handlers/gate/cases/call-changes.json", "utf8")) as {
  readonly cases: readonly Case[];
  readonly refusals: readonly (Call & { readonly it: string; readonly error: readonly [string, string] })[];
};

/** A statement in place of a policy, wherever it stands. */
function withPolicies(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPolicies);
  if (typeof value !== "object" || value === null) return value;
  if ("Resource" in value) {
    return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...value }] });
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPolicies(inner)]));
}

function mapped({ call, input, on }: Call): MappedCall {
  const [service = "", operation = ""] = call.split(":");
  const checks = on.map((resource) => ({ action: call, resource, keys: {}, unknowable: [] }));
  return { service, operation, protocol: "json", input: withPolicies(input) as Texts, checks };
}

const openStores = () => openStore({ collections, backend: memoryBackend() });

describe("what a call through the gate changes", () => {
  for (const { it: sentence, calls, known, aliases = {} } of TABLE.cases) {
    it(sentence, async () => {
      const store = await openStores();
      for (const call of calls) {
        const account = call.account ?? "111122223333";
        const keep = store.transact((tx) => changeBy(mapped(call), "", { account, home: "000000000000", tx }));
        if (keep) store.transact((tx) => keep(tx, call.answer ?? {}));
      }
      const found = store
        .transact((tx) => [...tx.list(gatedResources, [])])
        .map(({ arn, policy, bindings: _bindings, tags: _tags, ...rest }) => {
          const told =
            policy === undefined ? {} : { statements: (JSON.parse(policy) as { Statement: unknown }).Statement };
          return [arn, { ...rest, ...told }];
        });
      assert.deepEqual(Object.fromEntries(found), known);
      const standing = store.transact((tx) => [...tx.list(keyAliases, [])]).map(({ arn, key }) => [arn, key]);
      assert.deepEqual(Object.fromEntries(standing), aliases);
    });
  }

  for (const { it: sentence, error, ...call } of TABLE.refusals) {
    it(sentence, async () => {
      const store = await openStores();
      assert.throws(
        () => store.transact((tx) => changeBy(mapped(call), "", { account: "111122223333", home: "000000000000", tx })),
        (thrown: unknown) => {
          assert.ok(thrown instanceof WireError, String(thrown));
          assert.deepEqual([thrown.code, thrown.wireMessage], error);
          assert.equal(typeof thrown.detail, "string");
          return true;
        },
      );
    });
  }
});
