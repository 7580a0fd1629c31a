import assert from "node:assert/strict";
import aws4 from "aws4";
import * as fc from "fast-check";
import { Clock } from "../data/clock.ts";
import { systemRandom } from "../data/random.ts";
import { services, type ApiOperation, type Shape } from "../server/api/model.ts";
import { DEFAULTS } from "../server/options.ts";
import { emulationOf } from "../server/emulation.ts";
import { answer, type WireRequest } from "../server/service.ts";
import { openState } from "../server/state.ts";

// Requests of all sorts go through the pipeline in process, without sockets: no request may end in a 5xx, except for
// the 501 of what is not implemented.

const RUNS = 50_000;
const CHUNK = 1_000;

const apiOperations = [...services.values()].flatMap((service) => [...service.operations.values()]);

/** Only a few names and ARNs, so that requests meet entities that earlier ones created. */
const names = ["ann", "Ann", "bob", "p", "x".repeat(65), "é", "a b", ""];
const documents = [
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"${aws:username}","Condition":{"StringLike":{"aws:x":["*"]}}}]}',
  "{",
  "[]",
  '{"__proto__":{"Statement":1}}',
];
const arns = [
  "arn:aws:iam::000000000000:user/ann",
  "arn:aws:iam::000000000000:role/bob",
  "arn:aws:iam::000000000000:mfa/ann",
  "arn:aws:iam::000000000000:policy/p",
  "arn:aws:iam::aws:policy/ReadOnlyAccess",
  "arn:aws:iam::000000000000:u2f/user/ann/x",
  "GAHT12345678",
];
const anything = fc.oneof(
  fc.constantFrom(...names, ...arns, ...documents, "1", "900", "true", "/a/", "%zz", "v1", "-1"),
  fc.string({ unit: "binary" }),
);

/** Mostly what the model accepts, so that requests get as far as the handlers. */
function scalar(shape: Shape, name: string): fc.Arbitrary<string> {
  return fc.oneof({ weight: 9, arbitrary: plausible(shape, name) }, { weight: 1, arbitrary: anything });
}

function plausible({ type, enum: choices, min = 1, max = min + 10 }: Shape, name: string): fc.Arbitrary<string> {
  if (choices) return fc.constantFrom(...choices);
  if (type === "integer") return fc.integer({ min, max }).map(String);
  if (type === "boolean") return fc.constantFrom("true", "false");
  if (/Document$|Policy$/.test(name)) return fc.constantFrom(...documents.slice(0, 2));
  if (/Arn$|Boundary$/.test(name)) return fc.constantFrom(...arns.slice(0, 5));
  if (/Serial/.test(name)) return fc.constantFrom(arns[2]!, arns[5]!, arns[6]!);
  if (/Path/.test(name)) return fc.constantFrom("/", "/a/");
  if (/Code/.test(name)) return fc.constantFrom("123456", "000000");
  if (name.endsWith("Password")) return fc.constantFrom("Correct-Horse-1", "short");
  if (/Marker|AccessKeyId/.test(name)) return fc.constantFrom("AKIAQAAAAAAAO3Q62M6W");
  return fc.constantFrom("ann", "bob", "Ann");
}

/** Parameters that describe something like the shape, though not always correctly. */
function parameters(shape: Shape, name: string): fc.Arbitrary<[string, string][]> {
  switch (shape.type) {
    case "structure":
      return members(shape.of.members.map((member) => parameters(member.shape, `${name}.${member.name}`)));
    case "list":
      return fc
        .tuple(fc.constantFrom("1", "1", "1", "2", "01", "0", "13", "x"), parameters(shape.of, ""))
        .map(([index, pairs]) =>
          pairs.map(([rest, value]): [string, string] => [`${name}.member.${index}${rest}`, value]),
        );
    case "map":
      return parameters(shape.of, `${name}.entry.1.value`).map((pairs) => [[`${name}.entry.1.key`, "a:b"], ...pairs]);
    default:
      return scalar(shape, name).map((value) => [[name, value]]);
  }
}

const members = (each: fc.Arbitrary<[string, string][]>[]): fc.Arbitrary<[string, string][]> =>
  fc.tuple(...each.map((one) => fc.option(one, { freq: 3, nil: [] }))).map((lists) => lists.flat());

const calls: fc.Arbitrary<{ operation: ApiOperation; form: [string, string][] }>[] = apiOperations.map((operation) =>
  fc
    .tuple(
      ...operation.input.members.map(({ name, shape, required }) =>
        fc.option(parameters(shape, name), { freq: required ? 50 : 1, nil: [] }),
      ),
    )
    .map((lists) => ({ operation, form: lists.flat() })),
);

const encode = (form: readonly [string, string][]) =>
  form.map(([name, value]) => `${name}=${encodeURIComponent(value.replace(/[\ud800-\udfff]/gu, "\ufffd"))}`).join("&");

/** One in five is unsigned or damaged; root signs the others. */
const request = fc.tuple(fc.oneof(...calls), fc.nat(24), fc.string({ unit: "binary" })).map(([call, damage, noise]) => {
  const { operation, form } = call;
  const { name, service } = operation;
  const body = encode([["Action", name], ["Version", service.version], ...form]) + (damage === 1 ? `&${noise}` : "");
  const signed = aws4.sign(
    {
      host: "localhost",
      path: "/",
      method: "POST",
      service: service.name,
      region: "us-east-1",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body,
    },
    { accessKeyId: damage === 2 ? noise : "test", secretAccessKey: "test" },
  );
  const headers = damage === 3 ? { ...signed.headers, Authorization: noise } : signed.headers!;
  return {
    method: "POST",
    target: damage === 4 ? `/?${noise}` : "/",
    rawHeaders: damage === 5 ? [] : Object.entries(headers).flatMap(([key, value]) => [key, String(value)]),
    body: Buffer.from(body),
    sourceIp: "127.0.0.1",
    userAgent: "",
    secure: false,
  } satisfies WireRequest;
});

describe("The pipeline under fuzz", () => {
  it(`answers ${RUNS} requests of all sorts with an AWS answer and never with a 5xx of its own`, async function () {
    this.timeout(300_000);
    const clock = new Clock();
    const state = await openState(DEFAULTS, { clock, random: systemRandom, warn: () => {} });
    const emulation = emulationOf(state, clock, systemRandom, DEFAULTS);
    const statuses = new Map<number, number>();
    for (let done = 0; done < RUNS; done += CHUNK) {
      for (const sent of fc.sample(request, CHUNK)) {
        const answered = await answer(sent, emulation);
        const { status } = answered;
        const body = answered.body.toString();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 501) assert.match(body, /<Code>NotImplemented<\/Code>/);
        else assert.ok(status < 500, `${status}: ${body}\n${sent.body.toString()}`);
        assert.ok(status === 302 || body === "" || /^<\w+Response xmlns="http/.test(body), body);
      }
    }
    // A fuzz test that never gets past the signature would prove nothing.
    assert.ok(statuses.get(200)! > RUNS / 20, JSON.stringify([...statuses]));
  });
});
