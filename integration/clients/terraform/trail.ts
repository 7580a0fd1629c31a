import type { Emulator } from "../../emulator.ts";
import type { Statement } from "../../fixtures.ts";

export interface Decision {
  readonly action: string;
  readonly resource: string;
}

/** What Terraform's requests asked permission for, read by the control plane. The trail holds the last thousand. */
export async function permissionsAsked({ server }: Emulator): Promise<readonly Decision[]> {
  const asked = new Map<string, Decision>();
  for (const { requestID, userAgent } of server.trail()) {
    if (!userAgent.includes("Terraform/")) continue;
    const { decisions } = (await (await fetch(`${server.endpoint}/_emulator/trail/${requestID}`)).json()) as {
      decisions: readonly Decision[];
    };
    for (const { action, resource } of decisions) asked.set(`${action} ${resource}`, { action, resource });
  }
  return [...asked.values()];
}

/** The ends of names that Terraform makes up, which are others each time. */
const MADE_UP = /\d{18}[\da-f]{8}$/;

/** Statements that allow this and nothing else, a statement for each resource. */
export function exactly(asked: readonly Decision[]): readonly Statement[] {
  const actions = new Map<string, Set<string>>();
  for (const { action, resource } of asked) {
    const named = resource.replace(MADE_UP, "*");
    actions.set(named, (actions.get(named) ?? new Set()).add(action));
  }
  return [...actions].map(([Resource, Action]) => ({ Action: [...Action].toSorted(), Resource }));
}

/** The statements in as few lists as managed policies can hold, which may have 6,144 characters. */
export function inPolicies(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const policies: Statement[][] = [[]];
  let length = 0;
  for (const statement of statements) {
    length += JSON.stringify(statement).length + 20;
    if (length > 6000) {
      policies.push([]);
      length = JSON.stringify(statement).length + 20;
    }
    policies.at(-1)!.push(statement);
  }
  return policies;
}
