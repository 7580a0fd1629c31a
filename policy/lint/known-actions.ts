import { referencedService, referencedServices } from "../../catalog/service-reference.ts";
import { Glob } from "../glob.ts";

/** The actions of AWS's service reference that a pattern for actions names. */
export interface NamedActions {
  /** Such as `s3`; `*` for all services. */
  readonly prefix: string;
  /** As AWS spells them, without the prefix. */
  readonly names: readonly string[];
}

const remembered = new Map<string, NamedActions>();
/** Patterns that are remembered; one document has fewer. */
const MOST = 5_000;

/** The actions that a pattern names: none for an unknown service; `*` itself stands for all, which are not listed. */
export function actionsNamed(pattern: string): NamedActions {
  let named = remembered.get(pattern);
  if (named === undefined) {
    if (remembered.size >= MOST) remembered.clear();
    remembered.set(pattern, (named = lookUp(pattern)));
  }
  return named;
}

function lookUp(pattern: string): NamedActions {
  if (pattern === "*") return { prefix: "*", names: [] };
  const colon = pattern.indexOf(":");
  const prefix = pattern.slice(0, Math.max(colon, 0)).toLowerCase();
  const names = Object.keys(referencedService(prefix)?.actions ?? {});
  const name = pattern.slice(colon + 1).toLowerCase();
  if (!/[*?]/.test(name)) return { prefix, names: names.filter((known) => known.toLowerCase() === name) };
  const glob = Glob.of(name);
  return { prefix, names: names.filter((known) => glob.matches(known.toLowerCase())) };
}

/** Whether the service reference has the service. */
export const isService = (prefix: string): boolean => referencedService(prefix.toLowerCase()) !== undefined;

/** The prefixes of all services. */
export const servicePrefixes = (): string[] => Object.keys(referencedServices());

/** Whether a pattern for actions covers an action, such as `iam:PassRole`. */
export function coversAction(pattern: string, action: string): boolean {
  return Glob.of(pattern.toLowerCase()).matches(action.toLowerCase());
}
