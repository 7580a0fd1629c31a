import type { Authorization } from "../handlers/authorize.ts";
import { sessionCaller } from "../handlers/callers.ts";
import type { Session } from "../handlers/caller.ts";
import type { Context, Input, Operation } from "../handlers/operation.ts";
import { AssumeRole } from "../handlers/sts/assume-role.ts";
import type { ContextKeys } from "../policy/evaluate.ts";
import { contextOf, decide, permissionsOf } from "../server/perform.ts";
import type { Place } from "../server/seed/place.ts";
import { expectationIn, keysIn, mfaIn, refusedAt, type Assertion, type Reading } from "./assertions.ts";
import { orDefaults, type TestDefaults } from "./checks.ts";
import type { Principal } from "./principals.ts";
import { overlaid, requestContext, type Mfa } from "./request-context.ts";

/**
 * Who may assume a role, or a chain of roles one from the other: AssumeRole itself is asked, with what the request would
 * say. A code of an MFA device is given at the first role.
 */
export function* assumeAssertions(assume: Place, test: TestDefaults, reading: Reading): Iterable<Assertion> {
  const { role, externalId, sessionName, sourceIdentity, tags, ...own } = assume.members(
    "role",
    "externalId",
    "sessionName",
    "sourceIdentity",
    "tags",
    "principal",
    "context",
    "mfa",
    "expect",
    "decidedBy",
    "why",
  );
  const places = orDefaults(own, test);
  const expectation = expectationIn(places);
  const keys = own.context.isGiven ? overlaid(test.keys, keysIn(own.context)) : test.keys;
  const roles = (Array.isArray(role.value) ? role.items() : [role]).map((item) => ({
    item,
    arn: roleArn(item, reading),
  }));
  const request = {
    RoleSessionName: sessionName.textIfGiven() ?? "test",
    ExternalId: externalId.textIfGiven(),
    SourceIdentity: sourceIdentity.textIfGiven(),
    Tags: tags.isGiven ? tags.entries().map(([Key, value]) => ({ Key, Value: value.text() })) : undefined,
  };
  for (const principal of reading.principals.named(places.principal)) {
    const steps: Authorization[] = [];
    let mfa = mfaIn(places.mfa);
    let { caller } = principal;
    for (const { item, arn } of roles) {
      const input = { ...request, RoleArn: arn };
      const who = { name: principal.name, caller };
      const given = mfa;
      caller = refusedAt(item, () => assumed(input, who, keys, given, steps, reading));
      mfa = undefined;
    }
    const resource = roles.map(({ arn }) => arn).join(" -> ");
    const shown = { test: test.name, place: assume, principal: principal.name, action: "sts:AssumeRole", resource };
    yield { ...shown, ...expectation, steps };
  }
}

/** The ARN of a role that is named by it or by `role/NAME`; there must be one. */
function roleArn(place: Place, { principals }: Reading): string {
  const [one, ...others] = principals.named(place);
  const principal = one?.caller.principal;
  if (principal?.type !== "role" || others.length > 0) throw place.fail("must be one role, such as role/Deploy.");
  return principal.roleArn;
}

/** Has a role assumed, and notes in `steps` what was decided about it; what is refused goes on, so that all is decided. */
function assumed(
  input: Input<"AssumeRole">,
  principal: Principal,
  keys: ContextKeys,
  mfa: Mfa,
  steps: Authorization[],
  reading: Reading,
) {
  const { tx, now, accounts } = reading;
  const { request, mfaAt } = requestContext(principal.caller, mfa, reading);
  const whole = contextOf(principal.caller, now, request, tx, accounts.emulation, mfaAt);
  const context: Context = { ...whole, settings: { ...whole.settings, enforcement: "soft" } };
  AssumeRole.spec.admit?.(input, context);
  const output = decide(withKeys(keys), input, context, undefined, (made) => steps.push(made)) as {
    readonly Credentials: { readonly SessionToken: string };
  };
  return sessionCaller(context.sessions.open(output.Credentials.SessionToken) as Session, tx);
}

/** AssumeRole, asked with condition keys beside those that it knows. */
const withKeys = (keys: ContextKeys): Operation => ({
  ...AssumeRole,
  spec: {
    ...AssumeRole.spec,
    permissions: (input: object, context: Context) =>
      Array.from(permissionsOf(AssumeRole, input, context), (permission) => ({
        ...permission,
        keys: overlaid(permission.keys ?? {}, keys),
      })),
  },
});
