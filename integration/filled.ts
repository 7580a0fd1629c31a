import type { ScalarShape, Shape, Structure } from "../server/api/model.ts";

/** A structure with every member, as troublesome as its constraints allow. */
export function filled(structure: Structure): Record<string, unknown> {
  return Object.fromEntries(structure.members.map(({ name, shape }) => [name, valueOf(shape)]));
}

function valueOf(shape: Shape): unknown {
  switch (shape.type) {
    case "structure":
      return filled(shape.of);
    case "list":
      return [valueOf(shape.of), valueOf(shape.of)];
    case "map":
      return { [TROUBLE]: valueOf(shape.of), constructor: valueOf(shape.of) };
    case "integer":
      return shape.max ?? 2 ** 31 - 1;
    case "boolean":
      return false;
    case "timestamp":
      return new Date("2026-02-28T23:59:59Z");
    case "blob":
      return new Uint8Array([0, 1, 254, 255]);
    default:
      return textOf(shape);
  }
}

const TROUBLE = `é €\u{1f511} <a href="x">&amp;'%41+~*\\]]></a>\t\r\n.`;

/** Texts, the most troublesome first. */
const TEXTS = [
  TROUBLE,
  `é <a href="x">&amp;'%41+~*\\]]></a>\t\r\n.`,
  ` <a href="x">&amp;'%41+~*\\]]></a> `,
  "a é.:/=+-@",
  "/a!/<&>'%/",
  "/a,b+c=d@e_f-g.h/",
  "a,b+c=d@e_f-g.h",
  "arn:aws:iam::000000000000:user/a",
  "a_b-c",
  "a_B.c-d",
  "A1",
  "a1",
  "v1.b-C",
  "000000000000",
  "000000",
  "https://example.com/a_b?c=d&e#f",
  "o-0123456789/r-0123/ou-0123",
  "p-01234567",
];

function textOf({ min = 0, max = Infinity, pattern = "[^]*", enum: values, worded }: ScalarShape): string {
  if (values) return values.at(-1)!;
  const fits = new RegExp(`^(?:${pattern})$`, "u");
  const texts = worded === "arn" ? TEXTS.filter((text) => text.startsWith("arn:")) : TEXTS;
  for (const text of texts) {
    const filling = text.repeat(Math.max(1, Math.ceil(min / text.length))).slice(0, max);
    if (fits.test(filling)) return filling;
  }
  throw new Error(`no text fits ${pattern}`);
}
