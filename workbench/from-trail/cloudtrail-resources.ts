import { referencedAction } from "../../catalog/service-reference.ts";
import { splitArn } from "../../policy/arn.ts";
import { Glob } from "../../policy/glob.ts";

/** Where something is: what ARNs are made with. */
export interface Whereabouts {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

const VARIABLE = /\$\{(\w+)\}/g;

/** What variables of the reference are called in the parameters of requests, where it is not the same. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  ObjectName: ["key"],
  QueueName: ["queueName", "queueUrl"],
  TopicName: ["name"],
  LogGroupName: ["logGroupName"],
  ParameterNameWithoutLeadingSlash: ["name"],
};

/**
 * The resources of an action that a request was about: ARNs that CloudTrail lists or the request names, if they can be of the
 * action; otherwise made of the request's parameters by the service reference, with `*` for what these do not tell. `*` where the
 * action has no resources, or nothing is known.
 */
export function resourcesOfEvent(
  action: string,
  named: readonly string[],
  parameters: unknown,
  where: Whereabouts,
): string[] {
  const templates = referencedAction(action)?.arns ?? [];
  if (templates.length === 0) return ["*"];
  const texts = textsIn(parameters);
  const arns = [...new Set([...named, ...texts.values()].filter((text) => text.startsWith("arn:")))];
  const matching = arns.filter((arn) => templateOf(arn, templates) !== undefined);
  if (matching.length > 0) return matching;
  const filled = templates.map((template) => fill(template, texts, where)).filter(({ known }) => known > 0);
  // The more is known the nearer it is, and of those the one that leaves the least open.
  filled.sort((a, b) => b.known - a.known || a.open - b.open);
  return [filled[0]?.arn ?? "*"];
}

/** The template of an action that an ARN fits: the one with the most text of its own. */
export function templateOf(arn: string, templates: readonly string[]): string | undefined {
  const parts = splitArn(arn);
  if (parts === undefined) return undefined;
  const fitting = templates.filter((template) => {
    const pattern = splitArn(template.replace(VARIABLE, "*"));
    return pattern?.every((part, i) => (i === 5 ? matchesResource(part, parts[5]) : Glob.of(part).matches(parts[i]!)));
  });
  return fitting.sort((a, b) => b.replace(VARIABLE, "").length - a.replace(VARIABLE, "").length)[0];
}

/** A name has no slash unless the reference says so: buckets are no objects. */
function matchesResource(pattern: string, resource: string): boolean {
  if (!pattern.includes("/") && pattern === "*" && resource.includes("/")) return false;
  return Glob.of(pattern).matches(resource);
}

function fill(template: string, texts: ReadonlyMap<string, string>, { partition, region, account }: Whereabouts) {
  let known = 0;
  let open = 0;
  const arn = template.replace(VARIABLE, (_, variable: string) => {
    if (variable === "Partition") return partition;
    if (variable === "Region") return region;
    if (variable === "Account") return account;
    const value = parameterFor(variable, texts);
    if (value === undefined) open++;
    else known++;
    return value ?? "*";
  });
  return { arn, known, open };
}

function parameterFor(variable: string, texts: ReadonlyMap<string, string>): string | undefined {
  const names = PARAMETERS[variable] ?? [variable.replace(/WithPath$/, "")];
  for (const name of names) {
    const value = texts.get(name.toLowerCase());
    // Of a URL the last part is the name; wildcards would stand for more than the request was about.
    if (value !== undefined && !/[*?]/.test(value))
      return value.slice(/^https?:/.test(value) ? value.lastIndexOf("/") + 1 : 0);
  }
  return undefined;
}

/** The texts among the parameters, and among those one level below, by their names in lower case. */
function textsIn(parameters: unknown): Map<string, string> {
  const texts = new Map<string, string>();
  const add = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === "string" && !texts.has(name.toLowerCase())) texts.set(name.toLowerCase(), member);
      else if (depth < 1) add(member, depth + 1);
    }
  };
  add(parameters, 0);
  return texts;
}
