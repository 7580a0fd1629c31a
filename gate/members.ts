import type { ServiceOperations } from "../catalog/service-operations.ts";
import { ambiguous } from "./cannot-map.ts";
import type { Input } from "./rule.ts";

const compiled = new WeakMap<ServiceOperations, Map<string, ReadonlySet<string>>>();

/**
 * The members of an input that the operation has. What else was sent the service ignores, and so must the mapping: otherwise
 * `TopicArn` beside `ResourceArn` would be checked in place of what is acted on. Throws CannotMap for a member in other letters, which
 * services written in Go take for the same.
 */
export function ofOperation(catalogue: ServiceOperations, operation: string, input: Input): Input {
  const members = membersOf(catalogue, operation);
  for (const name in input) {
    if (!members.has(name)) return withoutOthers(input, members);
  }
  return input;
}

function withoutOthers(input: Input, members: ReadonlySet<string>): Input {
  const folded = new Map(Array.from(members, (name) => [name.toLowerCase(), name]));
  for (const name in input) {
    const meant = members.has(name) ? undefined : folded.get(name.toLowerCase());
    if (meant !== undefined) throw ambiguous(`its member ${name} is ${meant} in other letters`);
  }
  return Object.fromEntries(Object.entries(input).filter(([name]) => members.has(name)));
}

function membersOf(catalogue: ServiceOperations, operation: string): ReadonlySet<string> {
  let ofService = compiled.get(catalogue);
  if (!ofService) compiled.set(catalogue, (ofService = new Map()));
  let members = ofService.get(operation);
  if (!members) {
    members = new Set(catalogue.apis.flatMap(({ operations }) => operations[operation]?.members ?? []));
    ofService.set(operation, members);
  }
  return members;
}
