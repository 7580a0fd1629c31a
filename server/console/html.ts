/** Markup: written in a template, or escaped. Only `html` makes it, and kept-answer.ts again of what it has made. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/**
 * What a template may contain: text and numbers are escaped, markup is inserted as it is, lists are joined, and false,
 * null and undefined show nothing.
 */
export type Value = string | number | Html | false | null | undefined | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text so that it reads the same in an element and in a quoted attribute, and cannot leave either. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/**
 * Markup with values in it. A value may stand in an element or in a quoted attribute. For an attribute without quotes
 * the template throws, since escaping would not keep a value inside it.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let markup = parts[0]!;
  values.forEach((value, i) => {
    if (/=\s*$/.test(parts[i]!)) throw new Error(`a value stands in an attribute without quotes: ${parts[i]}`);
    markup += render(value) + parts[i + 1]!;
  });
  return new Html(markup);
}

function render(value: Value): string {
  if (value instanceof Html) return value.toString();
  if (value === false || value === null || value === undefined) return "";
  if (typeof value === "string") return escapeHtml(value);
  return typeof value === "number" ? String(value) : value.map(render).join("");
}

/** Attributes by name: true gives the bare name; undefined and false leave the attribute out. */
export const attributes = (named: Readonly<Record<string, string | number | boolean | undefined>>): Html =>
  new Html(
    Object.entries(named)
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name, value]) => (value === true ? name : `${name}="${escapeHtml(String(value))}"`))
      .join(" "),
  );
