import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { services } from "./api/model.ts";
import { parseForm, parseInput } from "./query.ts";
import { validate } from "./validate.ts";

interface Case {
  readonly rule: string;
  readonly form: string;
  /** Further members, each a text repeated a number of times. */
  readonly fill?: Readonly<Record<string, [text: string, times: number]>>;
  /**
   * A further list: the beginning of its parameters' names, and how many there are. The value of each is its number.
   */
  readonly list?: readonly [name: string, count: number];
  /** Absent if the input is valid. */
  readonly message?: string;
}
const cases: readonly Case[] = JSON.parse(readFileSync("server/cases/validate.json", "utf8"));
const operations = [...services.values()].flatMap((service) => [...service.operations.values()]);

function check({ form, fill = {}, list }: Case): void {
  const parameters = new Map(parseForm(form));
  for (const [name, [text, times]] of Object.entries(fill)) parameters.set(name, text.repeat(times));
  for (let index = 1; index <= (list?.[1] ?? 0); index++) parameters.set(`${list![0]}${index}`, String(index));
  const operation = operations.find(({ name }) => name === parameters.get("Action"))!;
  validate(operation, parseInput(operation.input, parameters));
}

describe("validate", () => {
  for (const example of cases) {
    it(example.rule, () => {
      if (example.message === undefined) check(example);
      else assert.throws(() => check(example), { code: "ValidationError", status: 400, wireMessage: example.message });
    });
  }
});
