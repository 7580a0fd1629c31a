/** `arn`, partition, service, region, account, and the rest, which may contain colons. */
export type ArnParts = readonly [string, string, string, string, string, string];

/** The six parts of an ARN, or undefined for a text with fewer. */
export function splitArn(text: string): ArnParts | undefined {
  const [a, b, c, d, e] = partingColons(text);
  if (a === undefined || b === undefined || c === undefined || d === undefined || e === undefined) return undefined;
  const part = (from: number, to: number) => text.slice(from + 1, to);
  return [text.slice(0, a), part(a, b), part(b, c), part(c, d), part(d, e), text.slice(e + 1)];
}

/** The positions of the first five colons, which separate an ARN's parts; fewer if there are fewer. */
export function partingColons(text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(":"); at >= 0 && places.length < 5; at = text.indexOf(":", at + 1)) places.push(at);
  return places;
}

/** Whether a request's text is an ARN: partition, service and resource must not be empty (evidence: arn-valid). */
export function isArn(parts: ArnParts | undefined): parts is ArnParts {
  return parts !== undefined && parts[0] === "arn" && parts[1] !== "" && parts[2] !== "" && parts[5] !== "";
}

/** The account that an ARN names; undefined for `*` and for ARNs without one. */
export const accountIn = (arn: string): string | undefined => /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];

/**
 * The resource of a request, with its ARN's parts. They are absent for `*`, the resource of actions without resources.
 */
export interface ResourceName {
  readonly name: string;
  readonly parts: ArnParts | undefined;
}

export const resourceName = (name: string): ResourceName => ({ name, parts: splitArn(name) });
