import type { ServiceOperations } from "../catalog/service-operations.ts";
import type { Input } from "./rule.ts";

const compiled = new WeakMap<ServiceOperations, Map<string, ReadonlySet<string>>>();

/**
 * The members of an input that the operation has. What else was sent the service ignores, and so must the mapping: otherwise
 * `TopicArn` beside `ResourceArn` would be checked in place of what is acted on.
 */
export function ofOperation(catalogue: ServiceOperations, operation: string, input: Input): Input {
  const members = membersOf(catalogue, operation);
  for (const name in input) {
    if (!members.has(name)) return Object.fromEntries(Object.entries(input).filter(([one]) => members.has(one)));
  }
  return input;
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
