import { lastUses, serviceUses } from "../data/entities/reports.ts";
import { uuid } from "../data/random.ts";
import type { Transaction } from "../data/store.ts";
import { authorize, type Authorization } from "../handlers/authorize.ts";
import type { Caller } from "../handlers/caller.ts";
import { NotImplemented } from "../handlers/errors.ts";
import { operations } from "../handlers/index.ts";
import { authenticateMfa } from "../handlers/mfa/authenticate.ts";
import type { Context, Operation, Permission, RequestFacts, SessionSealer, Tools } from "../handlers/operation.ts";
import { openToken, sealToken } from "../signing/session-token.ts";
import { services, type ApiOperation } from "./api/model.ts";
import type { Emulation } from "./emulation.ts";
import type { Progress } from "./progress.ts";
import { whenThere, type Soon } from "../data/soon.ts";

/** A request of which only the origin is known. The clock is read here, once per request. */
export function begin({ clock, random, options }: Emulation, from: Omit<RequestFacts, "id" | "region">): Progress {
  const id = uuid(random);
  const facts = { id, region: options.region, ...from };
  return {
    id,
    now: clock.now(),
    textSize: 2 * from.userAgent.length,
    service: undefined,
    action: "",
    facts,
    caller: undefined,
    input: undefined,
    authorizations: [],
  };
}

/** Throws NotImplemented for an operation of the API that the emulator does not have. */
export function implementation(name: string): Operation {
  const operation = operations.get(name);
  if (!operation) throw NotImplemented(`${name} is not implemented.`);
  return operation;
}

/**
 * From validated input to output: first what may wait, then one turn of the event loop that decides and changes, then
 * again what may wait.
 */
export function perform(
  operation: Operation,
  input: object,
  progress: Progress,
  emulation: Emulation,
  work?: Work,
): Soon<object | undefined> {
  const prepared = prepareFor(operation, input, progress.caller, emulation);
  return whenThere(prepared, (known) => change(operation, input, known, progress, emulation, work));
}

/** The turn of the event loop that decides and changes, with prepared input. */
function change(
  operation: Operation,
  input: object,
  prepared: unknown,
  progress: Progress,
  emulation: Emulation,
  work: Work | undefined,
): Soon<object | undefined> {
  const { store } = emulation;
  const { spec } = operation;
  if (spec.identify) progress.caller = spec.identify(input, prepared);
  const { caller, now, facts } = progress;
  const contextIn = (tx: Transaction, mfaAt?: number) => contextOf(caller!, now, facts, tx, emulation, mfaAt);

  // A transaction of its own: a code counts as used even if the request is refused later (ARCHITECTURE.md, "One
  // request").
  const mfaAt =
    spec.mfa &&
    store.transact((tx) => {
      const context = contextIn(tx);
      spec.admit?.(input, context);
      return authenticateMfa(input, operation.name, context);
    });
  let finalContext: Context | undefined;
  const made = whenThere(mfaAt, (at) =>
    store.transact((tx) => {
      progress.authorizations.length = 0;
      const context = (finalContext = contextIn(tx, at));
      if (!spec.mfa) spec.admit?.(input, context);
      return decide(operation, input, context, prepared, (decision) => progress.authorizations.push(decision), work);
    }),
  );
  return whenThere(made, (output) =>
    output && spec.present ? spec.present(output, input, finalContext!) : (output ?? undefined),
  );
}

/** Done in the operation's place, with its permissions. */
export type Work = (context: Context) => object | void;

/** The part of an operation that must wait, before its transaction, with validated input. Changes nothing. */
export const prepareFor = (
  { spec }: Operation,
  input: object,
  caller: Caller | undefined,
  emulation: Emulation,
): Promise<unknown> | undefined => spec.prepare?.(input, toolsFor(caller!, emulation));

/** An operation within its transaction: authorizes the caller, passing each decision to `record`, and does the work. */
export function decide(
  operation: Operation,
  input: object,
  context: Context,
  prepared: unknown,
  record: (made: Authorization) => void,
  work: Work = () => operation.spec.handle(input, context, prepared),
): object | void {
  authorize(permissionsOf(operation, input, context, prepared), context, record);
  return work(context);
}

/** What handlers know of a request. */
export const contextOf = (
  caller: Caller,
  now: number,
  request: RequestFacts,
  tx: Transaction,
  emulation: Emulation,
  mfaAt?: number,
): Context => ({
  tx,
  caller,
  account: caller.account,
  now,
  random: emulation.random,
  settings: emulation.options,
  sessions: sessionSealer(emulation),
  request,
  ...(mfaAt !== undefined && { mfaAt }),
});

function toolsFor(caller: Caller, { store, clock, random, options, era }: Emulation): Tools {
  return {
    caller,
    account: caller.account,
    clock,
    random,
    settings: options,
    issuerKeys: era.issuerKeys,
    read: (work) => store.read(work),
  };
}

/** Seals and opens with the emulator's key, which a reset replaces. */
export function sessionSealer(emulation: Emulation): SessionSealer {
  return {
    seal: (session, size) => sealToken(emulation.era.sealingKey, emulation.random.bytes(12), session, size),
    open: (token) => openToken(emulation.era.sealingKey, token),
  };
}

export function permissionsOf(
  { name, spec }: Operation,
  input: object,
  context: Context,
  prepared?: unknown,
): Iterable<Permission> {
  if (spec.permissions) return spec.permissions(input, context, prepared);
  const resource = spec.resource?.(input, context) ?? { arn: "*" };
  const keys = spec.keys?.(input, context);
  const action = `${apiOperation(name).service.name}:${name}`;
  return [keys ? { action, resource, keys } : { action, resource }];
}

export function apiOperation(name: string): ApiOperation {
  for (const service of services.values()) {
    const operation = service.operations.get(name);
    if (operation) return operation;
  }
  throw new Error(`no service has the operation ${name}`);
}

/**
 * AWS notes the use of a key or role at most once in fifteen minutes, counted from the use that it noted. The use of a
 * key at another service than last time is noted at once (evidence: use-coalesced, last-used-names-last-service).
 */
const USE_COALESCES_MS = 15 * 60 * 1000;

/** What a caller has used: a service, by its prefix in the names of actions, and one of its actions, if it has that. */
export interface Use {
  readonly service: string;
  readonly action: string | undefined;
}

/** What a request to IAM or STS uses; undefined where it names neither. */
export const useIn = ({ service, action }: Progress): Use | undefined =>
  service && { service: service.name, action: service.operations.has(action) ? action : undefined };

/** Notes when the caller's key or role, and the action, were used. */
export function noteUse(
  caller: Caller,
  used: Use | undefined,
  { now, facts }: Pick<Progress, "now" | "facts">,
  tx: Transaction,
): void {
  const { principal, credential, accessKeyId, account } = caller;
  if (!used || principal.type === "service" || principal.type === "anonymous") return;
  const { service, action } = used;
  const use = { at: now, service, region: facts.region };
  const isRecent = (last: { readonly at: number } | undefined) => last && Math.abs(now - last.at) < USE_COALESCES_MS;
  const subject = principal.type === "role" ? principal.id : credential === "long-term" ? accessKeyId : undefined;
  const last = subject === undefined ? undefined : tx.get(lastUses, subject);
  const isOtherService = principal.type !== "role" && last?.service !== service;
  if (subject !== undefined && (isOtherService || !isRecent(last))) tx.note(lastUses, { subject, ...use });
  // Attempts count, even refused or failed ones; those of a federated user count as their user's
  // (evidence: last-accessed-what-counts).
  const user = principalId(caller);
  if (action !== undefined && !isRecent(tx.get(serviceUses, account, user, service, action))) {
    tx.note(serviceUses, { account, principal: user, action, ...use });
  }
}

/** The unique id of the user or role behind a caller, or the account number for root. */
function principalId({ principal, account }: Caller): string {
  if (principal.type === "user" || principal.type === "role") return principal.id;
  return principal.type === "federated-user" ? principal.issuer : account;
}
