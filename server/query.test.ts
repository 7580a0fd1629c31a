import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { WireError } from "../handlers/errors.ts";
import * as arbitrary from "../integration/arbitrary.ts";
import { services, type ApiOperation, type Shape, type Structure } from "./api/model.ts";
import { parseForm, parseInput } from "./query.ts";
import { validate } from "./validate.ts";

interface Cases {
  readonly forms: readonly { rule: string; text: string; form?: Record<string, string>; error?: string }[];
  readonly inputs: readonly { rule: string; form: string; input?: object; error?: string | null }[];
}
const cases: Cases = JSON.parse(readFileSync("server/cases/query.json", "utf8"));
const operations = [...services.values()].flatMap((service) => [...service.operations.values()]);

function operationOf(form: ReadonlyMap<string, string>): ApiOperation {
  return operations.find((operation) => operation.name === form.get("Action"))!;
}

describe("parseForm", () => {
  for (const { rule, text, form, error } of cases.forms) {
    it(rule, () => {
      if (error === undefined) assert.deepEqual([...parseForm(text)], Object.entries(form!));
      else assert.throws(() => parseForm(text), { code: "MalformedQueryString", status: 400, wireMessage: error });
    });
  }

  it("refuses more parameters than anybody needs", () => {
    const of = (count: number) => Array.from({ length: count }, (_, index) => `${index}=`).join("&");
    assert.equal(parseForm(of(10_000)).size, 10_000);
    assert.throws(() => parseForm(of(10_001)), {
      code: "MalformedInput",
      wireMessage: undefined,
      detail: "The request has more than 10000 parameters.",
    });
  });

  it("decodes what URLSearchParams encodes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(arbitrary.text, arbitrary.text)), (pairs) => {
        const firstWins = new Map(pairs.toReversed());
        assert.deepEqual(parseForm(new URLSearchParams(pairs).toString()), firstWins);
      }),
    );
  });
});

describe("parseInput", () => {
  for (const { rule, form, input, error } of cases.inputs) {
    it(rule, () => {
      const parameters = parseForm(form);
      const parse = () => parseInput(operationOf(parameters).input, parameters);
      if (input) assert.deepEqual(parse(), input);
      else assert.throws(parse, { code: "MalformedInput", status: 400, wireMessage: error ?? undefined });
    });
  }

  it("reads times and bytes", () => {
    const structure: Structure = {
      name: "Example",
      members: [
        { name: "Time", required: false, shape: { type: "timestamp" } },
        { name: "Bytes", required: false, shape: { type: "blob" } },
      ],
    };
    assert.deepEqual(parseInput(structure, parseForm("Time=2026-02-01T00%3A00%3A00Z&Bytes=AQI%3D")), {
      Time: new Date("2026-02-01T00:00:00Z"),
      Bytes: new Uint8Array([1, 2]),
    });
    assert.throws(() => parseInput(structure, parseForm("Time=soon")), { code: "MalformedInput" });
  });

  it("does not let a map's key reach the prototype", () => {
    const form = parseForm("Properties.entry.1.key=__proto__&Properties.entry.1.value=x");
    const { Properties }: { Properties?: object } = parseInput(iam("PutAccountProperties").input, form);
    assert.deepEqual(Object.entries(Properties!), [["__proto__", "x"]]);
    assert.equal(Object.getPrototypeOf(Properties), Object.prototype);
  });

  it("reads back whatever an input is spelt as", () => {
    const strings = arbitrary.text.map((text) => text.replaceAll("\0", ""));
    for (const operation of operations) {
      fc.assert(
        fc.property(arbitrary.structure(operation.input, strings), (input) => {
          const form = parseForm(new URLSearchParams(spell(operation.input, input)).toString());
          assert.deepEqual(parseInput(operation.input, form), withoutEmpty(operation.input, input));
        }),
        { numRuns: 10 },
      );
    }
  });

  it("answers any text with an input, or with an error for the wire", () => {
    const oddities = ["member", "entry", "key", "value", "1", "2", "02", "12", "0", "-1", "+1", "999999999999", ""];
    const escapes = ["%", "%4", "%zz", "%00", "%FF", "__proto__", "constructor"];
    const request = fc.constantFrom(...operations).chain((operation) => {
      const names = fc.constantFrom("None", ...namesIn(operation.input));
      const segment = fc.oneof(names, fc.constantFrom(...oddities), fc.constantFrom(...escapes), arbitrary.text);
      const path = fc
        .tuple(names, fc.array(segment, { maxLength: 5 }))
        .map(([name, rest]) => [name, ...rest].join("."));
      const parameter = fc.tuple(path, segment).map(([name, value]) => `${name}=${value}`);
      return fc.tuple(
        fc.constant(operation),
        fc.array(parameter).map((parameters) => parameters.join("&")),
      );
    });
    fc.assert(
      fc.property(request, ([operation, text]) => {
        try {
          validate(operation, parseInput(operation.input, parseForm(text)));
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  const tooMany = (what: string) => ({
    code: "MalformedInput",
    wireMessage: undefined,
    detail: `The request has more than 10000 ${what}.`,
  });

  it("refuses more elements than anybody needs before it makes them, those that are left out included", () => {
    const sparse = new Map<string, string>();
    for (let index = 1; index <= 10_001; index += 10) sparse.set(`Tags.member.${index}.Key`, "k");
    assert.throws(() => parseInput(iam("TagUser").input, sparse), tooMany("elements in lists"));
    sparse.delete("Tags.member.10001.Key");
    assert.doesNotThrow(() => parseInput(iam("TagUser").input, sparse));
  });

  it("counts the elements of lists in lists together", () => {
    const form = new Map<string, string>();
    for (let entry = 1; entry <= 1000; entry++) {
      form.set(`ContextEntries.member.${entry}.ContextKeyValues.member.11`, "v");
    }
    assert.throws(() => parseInput(iam("SimulateCustomPolicy").input, form), tooMany("elements in lists"));
  });

  it("reads very many elements within the time limit of a test", () => {
    const form = new Map<string, string>();
    for (let index = 1; index <= 10_000; index++) form.set(`Tags.member.${index}.Key`, String(index));
    const { Tags }: { Tags?: object[] } = parseInput(iam("TagUser").input, form);
    assert.equal(Tags?.length, 10_000);
    assert.deepEqual(Tags.at(-1), { Key: "10000" });
  });
});

const iam = (name: string): ApiOperation => services.get("2010-05-08")!.operations.get(name)!;

type Pairs = [name: string, value: string][];

/** An independent, naive encoder: parameters for every member. */
function spell(structure: Structure, input: Record<string, unknown>, prefix = ""): Pairs {
  return structure.members.flatMap(({ name, shape }) =>
    input[name] === undefined ? [] : spellValue(shape, input[name], prefix + name),
  );
}

function spellValue(shape: Shape, value: any, name: string): Pairs {
  switch (shape.type) {
    case "structure": {
      const members = spell(shape.of, value, `${name}.`);
      // A structure without members shows only by an unknown member.
      return members.length > 0 ? members : [[`${name}.None`, ""]];
    }
    case "list":
      if (value.length === 0) return [[name, ""]];
      return value.flatMap((element: unknown, index: number) =>
        spellValue(shape.of, element, `${name}.member.${index + 1}`),
      );
    case "map":
      if (Object.keys(value).length === 0) return [[name, ""]];
      return Object.entries(value).flatMap(([key, entry], index): Pairs => {
        const at = `${name}.entry.${index + 1}`;
        return [[`${at}.key`, key], ...spellValue(shape.of, entry, `${at}.value`)];
      });
    default:
      return [[name, String(value)]];
  }
}

/** The Query protocol cannot express a structure without members, except as an element of a list or a map. */
function withoutEmpty(structure: Structure, input: Record<string, any>): object {
  const entries = structure.members.flatMap(({ name, shape }) => {
    if (input[name] === undefined) return [];
    const value = withoutEmptyIn(shape, input[name]);
    return shape.type === "structure" && Object.keys(value).length === 0 ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

function withoutEmptyIn(shape: Shape, value: any): any {
  switch (shape.type) {
    case "structure":
      return withoutEmpty(shape.of, value);
    case "list":
      return value.map((element: unknown) => withoutEmptyIn(shape.of, element));
    case "map":
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutEmptyIn(shape.of, entry)]));
    default:
      return value;
  }
}

function namesIn({ members }: Structure): Set<string> {
  const names = new Set<string>();
  const add = (shape: Shape): void => {
    if (shape.type === "structure") for (const name of namesIn(shape.of)) names.add(name);
    else if (shape.type === "list" || shape.type === "map") add(shape.of);
  };
  for (const { name, shape } of members) {
    names.add(name);
    add(shape);
  }
  return names;
}
