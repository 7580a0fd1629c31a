import * as fc from "fast-check";
import type { Shape, Structure } from "../server/api/model.ts";

/** Texts that have caused trouble before: markup, escapes, line ends, characters of other planes. */
export const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("", " ", "\r\n", "a&b=c+%20", "<é>\"'", "\u{1f511}"),
);

/** Any structure of the model, with any of its members. `strings` generates its strings and keys. */
export function structure(model: Structure, strings: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const members = model.members.map(({ name, shape }) => [name, value(shape, strings)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [], noNullPrototype: true });
}

function value(shape: Shape, strings: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case "structure":
      return structure(shape.of, strings);
    case "list":
      return fc.array(value(shape.of, strings), { maxLength: 3 });
    case "map":
      return fc.dictionary(strings, value(shape.of, strings), { maxKeys: 3, noNullPrototype: true });
    case "integer":
      return fc.integer();
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
    case "blob":
      return fc.uint8Array();
    default:
      return strings;
  }
}
