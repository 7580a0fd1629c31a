import type { Transaction } from "../../data/store.ts";
import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import { GLOBAL_CONDITION_KEYS } from "../../catalog/global-condition-keys.ts";
import { serviceKeys } from "../../catalog/condition-keys.ts";
import { referencedAction } from "../../catalog/service-reference.ts";
import { roleArn, userArn } from "../../handlers/arns.ts";
import type { Authorization } from "../../handlers/authorize.ts";
import type { Caller } from "../../handlers/caller.ts";
import { userCaller } from "../../handlers/callers.ts";
import type { AccessContext } from "../../handlers/operation.ts";
import { parsePolicy } from "../../handlers/policy-documents.ts";
import type { ContextKeys, Policies } from "../../policy/evaluate.ts";
import { neededKeys } from "../../policy/explain.ts";
import { refuseSessionAtIam } from "../authenticate.ts";
import { callerNamed } from "../control/principals.ts";
import { answerQuestion, isActionName } from "../question.ts";
import { Refused, type View } from "./page.ts";

/** How MFA stands in a simulated request, as policies see it (evidence: mfa-context). */
export const MFA = {
  none: { label: "Access keys: no MFA key at all", keys: {} },
  without: { label: "A session without MFA", keys: { "aws:MultiFactorAuthPresent": "false" } },
  with: {
    label: "A session with MFA, just now",
    keys: { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0" },
  },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly keys: ContextKeys }>>;
export type Mfa = keyof typeof MFA;

/** What the simulator is asked. */
export interface Asked {
  /** An ARN; empty for somebody who has nothing but the policy. */
  readonly principal: string;
  /** In the place of the principal's own identity-based policies; empty where these count. */
  readonly policy: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly mfa: Mfa;
  /** Condition keys besides those of MFA. */
  readonly keys: ContextKeys;
}

/** More would be no page that anybody reads. */
const MOST_DECISIONS = 100;

/** Who is asked about, as if a request came from where the page is looked at. */
export function contextAsked(asked: Pick<Asked, "principal" | "policy">, tx: Transaction, view: View): AccessContext {
  const { emulation, from, now } = view;
  const caller = callerAsked(asked, tx, view);
  const request = {
    id: "",
    sourceIp: from.sourceIp,
    userAgent: "",
    region: emulation.options.region,
    secure: from.secure,
  };
  return { tx, caller, account: caller.account, now, request };
}

/** Throws Refused, InvalidRequest and NotFound where there is nobody of that name. */
function callerAsked({ principal, policy }: Pick<Asked, "principal" | "policy">, tx: Transaction, view: View): Caller {
  if (principal !== "") return callerNamed(principal, tx, view.emulation);
  if (policy === "") throw new Refused(400, "Name a principal, or paste a policy.");
  const account = view.caller?.account ?? view.emulation.options.account;
  return userCaller({ account, id: "AIDA", name: "somebody", path: "/", createdAt: 0, tags: [] }, "");
}

/** The decisions, resource by resource for each action. Throws what is wrong with the question. */
export function simulate(asked: Asked, view: View): readonly Authorization[] {
  const { actions, resources, policy, mfa } = asked;
  const unfit = actions.find((action) => !isActionName(action) || /[*?\s]/.test(action));
  if (unfit !== undefined)
    throw new Refused(400, `${JSON.stringify(unfit)} is no action: write one such as s3:GetObject.`);
  if (actions.length * resources.length > MOST_DECISIONS) {
    throw new Refused(
      400,
      `These would be more than ${MOST_DECISIONS} decisions: ask about fewer actions or resources.`,
    );
  }
  if (policy !== "") parsePolicy(policy, "identity");
  const identity = policy === "" ? undefined : [{ id: "the pasted policy", document: policy }];
  const keys = { ...MFA[mfa].keys, ...asked.keys };
  return view.emulation.store.read((tx) => {
    const context = contextAsked(asked, tx, view);
    if (actions.some((action) => /^iam:/i.test(action))) refuseSessionAtIam(context.caller);
    return actions.flatMap((action) =>
      resources.map((resource) => answerQuestion({ action, resource, keys, identity }, context)),
    );
  });
}

/** The condition keys that may matter: those that the policies look at, and those that the actions know. */
export function keysToOffer(
  policies: Policies | undefined,
  actions: readonly string[],
): { readonly mentioned: readonly string[]; readonly known: readonly string[] } {
  const all = policies ? sourcesOf(policies) : [];
  const mentioned = neededKeys(all).filter(isOffered);
  const taken = new Set(mentioned.map((key) => key.toLowerCase()));
  const known = new Set(actions.flatMap(keysOfAction).filter((key) => isOffered(key) && !taken.has(key.toLowerCase())));
  return { mentioned, known: [...known].toSorted() };
}

const sourcesOf = ({
  identity,
  boundary,
  session = [],
  scopes = [],
  scps = [],
  rcps = [],
  resource,
  trust,
}: Policies) => [
  ...identity,
  ...(boundary ? [boundary] : []),
  ...session,
  ...scopes,
  ...scps.flat(),
  ...rcps.flat(),
  ...[resource, trust].flatMap((own) => (own ? [{ id: "", document: own.document }] : [])),
];

/** The switch has the keys of MFA; whoever asks is known; a key with a variable in its name can be written in full only. */
const isOffered = (key: string): boolean =>
  !/^aws:(MultiFactorAuth(Present|Age)|userid|username|Principal(Arn|Account|Type|IsAWSService))$/i.test(key) &&
  !key.includes("$");

function keysOfAction(action: string): string[] {
  const known = referencedAction(action);
  const keys = known && serviceKeys(known.service);
  if (!keys) return [];
  const names = Object.keys(keys.types);
  return (keys.actions[known.name] ?? []).map((place) => names[place]!);
}

/** Whether a key has several values, by the reference. */
export function isMultivalued(key: string): boolean {
  const folded = key.toLowerCase();
  const types = { ...serviceKeys(folded.slice(0, Math.max(folded.indexOf(":"), 0)))?.types, ...GLOBAL_CONDITION_KEYS };
  const name = Object.keys(types).find((known) => known.toLowerCase() === folded);
  return name !== undefined && types[name]!.startsWith("ArrayOf");
}

/** The users and roles of an account, to choose from. */
export const principalsOf = (account: string, { emulation }: View): string[] =>
  emulation.store.read((tx) => [
    ...Array.from(tx.list(users, [account]), ({ name, path }) => userArn(account, name, path)),
    ...Array.from(tx.list(roles, [account]), ({ name, path }) => roleArn(account, name, path)),
  ]);
