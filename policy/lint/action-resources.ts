import { referencedAction } from "../../catalog/service-reference.ts";
import { found, type LintFinding, type Placed, placedStatements, type Subject } from "./finding.ts";
import { actionsNamed } from "./known-actions.ts";
import { type ArnShape, arnShape, shapesOverlap, templateShape } from "./overlap.ts";
import { malformed } from "./resources.ts";

/** Pairs of an action and a resource that are looked at in a statement; what fits into a managed policy has fewer. */
const MOST_PAIRS = 50_000;

/** Actions and resources of a statement that have nothing to do with each other. */
export function* actionResourceFindings(subject: Subject): Iterable<LintFinding> {
  for (const placed of placedStatements(subject)) {
    const { actions, resources } = placed.statement;
    if (actions === undefined || resources === undefined || actions.includes("*")) continue;
    if (actions.length * resources.length > MOST_PAIRS) continue;
    if (resources.some((resource) => malformed(resource, []) !== undefined)) continue;
    const shapes = resources.map(arnShape);
    if (shapes.some((shape) => shape === undefined || isEverything(shape))) continue;
    yield* mismatches(placed, shapes as ArnShape[]);
  }
}

const isEverything = (shape: ArnShape): boolean => shape.every((part) => part === "*");

function* mismatches({ statement, path }: Placed, shapes: readonly ArnShape[]): Iterable<LintFinding> {
  const actedOn = new Set<number>();
  const fittingOf = remembering((arn) => matching(arn, shapes));
  let knowsAll = true;
  for (const [place, pattern] of statement.actions!.entries()) {
    const { prefix, names } = actionsNamed(pattern);
    if (names.length === 0) knowsAll = false;
    const arns = new Set(names.flatMap((name) => referencedAction(`${prefix}:${name}`)!.arns));
    const fitting = [...new Set([...arns].flatMap(fittingOf))];
    for (const index of fitting) actedOn.add(index);
    if (fitting.length > 0 || names.length === 0) continue;
    const told = arns.size === 0 ? '"*" alone' : [...arns].slice(0, 3).join(", ");
    yield found("ACTION_WITHOUT_RESOURCE", [...path, "Action", place], { action: pattern, arns: told });
  }
  if (!knowsAll || actedOn.size === 0) return;
  for (const [place, resource] of statement.resources!.entries()) {
    if (!actedOn.has(place)) yield found("RESOURCE_WITHOUT_ACTION", [...path, "Resource", place], { resource });
  }
}

/** The places of the shapes that an ARN of the reference can match. */
function matching(arn: string, shapes: readonly ArnShape[]): number[] {
  const template = templateShape(arn);
  return [...shapes.keys()].filter((index) => shapesOverlap(shapes[index]!, template));
}

/** A function that remembers what it has made. */
function remembering<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    if (!made.has(text)) made.set(text, make(text));
    return made.get(text)!;
  };
}
