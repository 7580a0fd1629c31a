import { InvalidInput } from "../errors.ts";

/** The values of a template's parameters; lists for list parameters. */
export type TemplateValues = Readonly<Record<string, string | readonly string[]>>;

const PLACEHOLDER = /@\{([^}]*)\}/g;

/**
 * A text with `@{Parameter}` replaced by values; a list is joined with commas. Throws InvalidInput for a parameter
 * without a value.
 */
export const fillInText = (pattern: string, values: TemplateValues): string =>
  pattern.replace(PLACEHOLDER, (_placeholder, name: string) => [valueOf(name, values)].flat().join(","));

/**
 * A policy document with parameters replaced in the same way. Values go into JSON strings and cannot leave them. A
 * string that is only a list's placeholder becomes the list or, within a list, its elements.
 */
export const fillInDocument = (document: string, values: TemplateValues): string =>
  JSON.stringify(fillIn(JSON.parse(document), values));

function fillIn(json: unknown, values: TemplateValues): unknown {
  if (typeof json === "string") return wholeValue(json, values) ?? fillInText(json, values);
  if (Array.isArray(json)) return json.flatMap((element: unknown) => fillIn(element, values));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [fillInText(key, values), fillIn(value, values)]),
  );
}

/** The value for a text that is only a placeholder. */
function wholeValue(text: string, values: TemplateValues): string | readonly string[] | undefined {
  const name = /^@\{([^}]*)\}$/.exec(text)?.[1];
  return name === undefined ? undefined : valueOf(name, values);
}

function valueOf(name: string, values: TemplateValues): string | readonly string[] {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw InvalidInput(`A value for the parameter ${name} is required.`);
  return value;
}
