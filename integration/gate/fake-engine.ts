import { after, before, beforeEach } from "mocha";
import { systemRandom, uuid } from "../../data/random.ts";
import type { Engine, GateHead, Passage, Refusal } from "../../server/gate/engine.ts";
import { startGate, type Gate, type GateParts, type GateSettings } from "../../server/gate/gate.ts";
import { header } from "../../signing/signed-request.ts";

/** An engine for the proxy's own tests: it lets pass what is sent with `x-test: pass`, and keeps what it is told. */
export class FakeEngine implements Engine {
  decided: { readonly head: GateHead; readonly body: Buffer | undefined }[] = [];
  told: { readonly status: number | undefined; readonly body: string | undefined }[] = [];
  /** Of what comes next. */
  passage: Partial<Passage> = {};
  /** Resolves when the engine may decide, and when it has kept what it was told. */
  turn: Promise<void> = Promise.resolve();
  kept: Promise<void> = Promise.resolve();

  async decide(head: GateHead, body?: Buffer) {
    this.decided.push({ head, body });
    await this.turn;
    if (header(head.rawHeaders, "x-test") !== "pass") return refusalOf("AccessDeniedException", "no");
    return {
      kind: "pass" as const,
      requestId: uuid(systemRandom),
      call: { service: "dynamodb", operation: "GetItem", protocol: "json" as const },
      account: "111122223333",
      region: "us-east-1",
      body: { kind: "unsigned" as const },
      decision: "the test said so",
      ...this.passage,
    };
  }

  async completed(_passage: Passage, status: number | undefined, answer?: { readonly body?: Buffer }) {
    this.told.push({ status, body: answer?.body?.toString() });
    await this.kept;
  }

  async bodyRefused(_passage: Passage, error: Error) {
    return refusalOf("InvalidSignatureException", error.message);
  }
}

const refusalOf = (code: string, message: string): Refusal => ({
  kind: "refuse",
  requestId: uuid(systemRandom),
  status: 403,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: JSON.stringify({ __type: code, message }),
});

/** A gate with such an engine around the tests of the enclosing `describe`. */
export function gateOf(
  to: () => GateSettings["to"],
  settings: Partial<GateSettings> = {},
  parts: Partial<GateParts> = {},
): { readonly engine: FakeEngine; readonly endpoint: string; readonly gate: Gate } {
  const engine = new FakeEngine();
  let gate: Gate | undefined;
  before(async () => {
    gate = await startGate(
      {
        port: 0,
        host: "127.0.0.1",
        to: to(),
        upstreamKeys: undefined,
        allowedHosts: [],
        allowedOrigins: [],
        publicUrl: "",
        trustProxy: false,
        ...settings,
      },
      {
        engine,
        health: async () => ({
          status: "ok",
          version: "0",
          iam: "a test",
          unmapped: "refuse",
          checks: { permissions: "on" },
        }),
        unchecked: () => undefined,
        now: () => Date.UTC(2026, 10, 24, 12),
        requestTimeout: 60_000,
        ...parts,
      },
    );
  });
  beforeEach(() => {
    engine.decided = [];
    engine.told = [];
    engine.passage = {};
    engine.turn = engine.kept = Promise.resolve();
  });
  after(() => gate?.close());
  return {
    engine,
    get gate() {
      return gate!;
    },
    get endpoint() {
      return gate!.endpoint;
    },
  };
}
