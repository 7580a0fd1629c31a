import type { Clock } from "../data/clock.ts";
import { lastUses, serviceUses } from "../data/entities.ts";
import { uuid, type Random } from "../data/random.ts";
import { StoreFailed, type Store, type Transaction } from "../data/store.ts";
import { authorize, type Authorization } from "../handlers/authorize.ts";
import type { Caller, Session } from "../handlers/caller.ts";
import { InternalFailure, InvalidAction, NotImplemented, ServiceFailure, WireError } from "../handlers/errors.ts";
import { operations } from "../handlers/index.ts";
import { authenticateMfa } from "../handlers/mfa/authenticate.ts";
import type {
  Context,
  Operation,
  Permission,
  RequestFacts,
  SessionSealer,
  Settings,
  Tools,
} from "../handlers/operation.ts";
import { isRegion } from "../signing/regions.ts";
import { openToken, sealToken } from "../signing/session-token.ts";
import { SigningError } from "../signing/signing-error.ts";
import { readSignature, verifySignature } from "../signing/sigv4.ts";
import { services, type ApiOperation, type Service } from "./api/model.ts";
import { claimOf, ensureAccount, refuseSessionAtIam } from "./authenticate.ts";
import type { Options } from "./options.ts";
import { parseForm, parseInput, type Form } from "./query.ts";
import { requestParameters, userIdentity, type Trail, type TrailEvent } from "./trail.ts";
import { validate } from "./validate.ts";
import { renderError, renderResponse } from "./xml.ts";

/** A request as it came off the wire: nothing decoded, nothing normalised, since the signature covers these very bytes. */
export interface WireRequest {
  readonly method: string;
  /** The request target, such as `/?Action=…`. */
  readonly target: string;
  /** Name, value, name, value, … as node:http has them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly secure: boolean;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What requests are answered with; one per emulator. */
export interface Emulation {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: Options;
  readonly trail: Trail;
  /** 32 bytes that seal session tokens; replaced by a reset, which ends every session. */
  sealingKey: Buffer;
}

/** What is known of a request so far, for its answer and for the trail. */
interface Progress {
  readonly id: string;
  readonly now: number;
  service: Service | undefined;
  action: string;
  facts: RequestFacts;
  caller?: Caller;
  input?: object;
  readonly authorizations: Authorization[];
}

const AWS_FAULT = "http://webservices.amazon.com/AWSFault/2005-15-09";
const DOCUMENTATION = "https://aws.amazon.com/iam";
const FORM = "application/x-www-form-urlencoded";

/**
 * Answers one request of the Query protocol. The order of the steps is the order of AWS's errors (facts D1 for the
 * signature, aws-iam 1 for the rest). Never throws; whatever goes wrong inside is a well-formed InternalFailure.
 */
export async function answer(request: WireRequest, emulation: Emulation): Promise<WireResponse> {
  const { clock, random } = emulation;
  const progress: Progress = {
    id: uuid(random),
    now: clock.now(),
    service: undefined,
    action: "",
    authorizations: [],
    facts: { id: "", sourceIp: request.sourceIp, userAgent: "", region: "", secure: request.secure },
  };
  try {
    const form = readForm(request);
    if (form === undefined) return redirect(request, progress);
    progress.service = services.get(form.get("Version") ?? "");
    progress.action = form.get("Action") ?? "";
    const caller = authenticate(request, progress, emulation);
    if (form.get("Action") === undefined) return redirect(request, progress);
    const api = route(form, progress.service);
    if (api.service.name === "iam") refuseSessionAtIam(caller);
    const operation = operations.get(api.name);
    if (!operation) throw NotImplemented(`${api.name} is not implemented.`);
    const input = parseInput(api.input, form);
    progress.input = input;
    validate(api, input);
    const output = await perform(operation, input, progress, emulation);
    await emulation.store.durable();
    return finish(200, renderResponse(api, output, progress.id), progress, emulation);
  } catch (cause) {
    return await refusal(cause, progress, emulation);
  }
}

/** The parameters; undefined where the request is no form, which AWS redirects to its documentation (facts D5). */
function readForm(request: WireRequest): Form | undefined {
  if (request.method === "GET") {
    const question = request.target.indexOf("?");
    return parseForm(question === -1 ? "" : request.target.slice(question + 1));
  }
  if (request.method !== "POST") return undefined;
  const type = header(request, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return type === FORM ? parseForm(request.body.toString("utf8")) : undefined;
}

/** Who is calling, proved by the signature; the two operations that carry another proof are let through unsigned. */
function authenticate(request: WireRequest, progress: Progress, emulation: Emulation): Caller {
  const { store, clock, options } = emulation;
  const api = progress.service?.operations.get(progress.action);
  if (api && !api.signed) return (progress.caller = anonymous(options));
  const signature = readSignature(request, {
    service: progress.service?.name,
    times: clock.moved ? [progress.now, clock.machineNow()] : [progress.now],
    regionValid: isRegion,
  });
  const claim = store.transact((tx) =>
    claimOf(
      signature,
      tx,
      progress.now,
      options,
      (token) => openToken(emulation.sealingKey, token) as Session | undefined,
    ),
  );
  verifySignature(request, signature, claim.secret);
  const { caller } = claim;
  progress.caller = caller;
  progress.facts = {
    id: progress.id,
    sourceIp: request.sourceIp,
    userAgent: header(request, "user-agent") ?? "",
    region: progress.service?.name === "iam" ? "us-east-1" : signature.region,
    secure: request.secure,
  };
  store.transact((tx) => {
    ensureAccount(caller.account, tx, progress.now);
    noteUse(caller, progress, tx);
  });
  return caller;
}

function route(form: Form, service: Service | undefined): ApiOperation {
  const action = form.get("Action") ?? "";
  const operation = service?.operations.get(action);
  if (operation) return operation;
  throw InvalidAction(
    `Could not find operation ${action} for version ${form.get("Version") ?? "NO_VERSION_SPECIFIED"}`,
  );
}

/** From validated input to output: what may wait, then one turn of the event loop that decides and changes, then what may wait. */
async function perform(
  operation: Operation,
  input: object,
  progress: Progress,
  emulation: Emulation,
): Promise<object | undefined> {
  const { store, clock, random, options } = emulation;
  const settings: Settings = options;
  const { spec } = operation;
  const caller = progress.caller!;
  const { account } = caller;
  const tools: Tools = { caller, account, clock, random, settings, read: (work) => store.transact(work) };
  const prepared = await spec.prepare?.(input, tools);
  const contextOf = (tx: Transaction, mfaAt?: number): Context => ({
    tx,
    caller,
    account,
    now: progress.now,
    random,
    settings,
    sessions: sessionSealer(emulation),
    request: progress.facts,
    ...(mfaAt !== undefined && { mfaAt }),
  });

  store.transact((tx) => spec.admit?.(input as never, contextOf(tx)));
  // A transaction of its own: a code counts as used even if the request is refused further on (design: one request).
  const mfaAt = spec.mfa && store.transact((tx) => authenticateMfa(input, contextOf(tx)));
  let finalContext: Context | undefined;
  const output = store.transact((tx) => {
    const context = (finalContext = contextOf(tx, mfaAt));
    authorize(permissionsOf(operation, input, context), context, (made) => progress.authorizations.push(made));
    return spec.handle(input, context, prepared);
  });
  return output && spec.present ? await spec.present(output, input, finalContext!) : (output ?? undefined);
}

/** Seals and opens with the emulator's key, which a reset replaces. */
export function sessionSealer(emulation: Emulation): SessionSealer {
  return {
    seal: (session, size) => sealToken(emulation.sealingKey, emulation.random.bytes(12), session, size),
    open: (token) => openToken(emulation.sealingKey, token),
  };
}

export function permissionsOf({ name, spec }: Operation, input: object, context: Context): Iterable<Permission> {
  if (spec.permissions) return spec.permissions(input, context);
  const resource = spec.resource?.(input, context) ?? { arn: "*" };
  const keys = spec.keys?.(input, context);
  const action = `${serviceOf(name)}:${name}`;
  return [keys ? { action, resource, keys } : { action, resource }];
}

const serviceOf = (operation: string): string => {
  for (const service of services.values()) if (service.operations.has(operation)) return service.name;
  throw new Error(`no service has the operation ${operation}`);
};

/** AWS notes the use of a key or role at most once in fifteen minutes, the first use of those counting (facts: aws-more 5.2). */
const USE_COALESCES_MS = 15 * 60 * 1000;

function noteUse(caller: Caller, { now, service, action, facts }: Progress, tx: Transaction): void {
  if (!service) return;
  const { principal, credential, accessKeyId, account } = caller;
  const use = { at: now, service: service.name, region: facts.region };
  const isRecent = (last: { readonly at: number } | undefined) => last && Math.abs(now - last.at) < USE_COALESCES_MS;
  const subject = principal.type === "role" ? principal.id : credential === "long-term" ? accessKeyId : undefined;
  if (subject !== undefined && !isRecent(tx.get(lastUses, subject))) tx.note(lastUses, { subject, ...use });
  // Attempts count, also those that are refused or fail, and a federated user's as those of its user (facts: aws-more 5.3).
  const user = principalId(caller);
  if (service.operations.has(action) && !isRecent(tx.get(serviceUses, account, user, service.name, action))) {
    tx.note(serviceUses, { account, principal: user, action, ...use });
  }
}

/** The unique id of the user or role behind a caller, or the account number for root. */
function principalId({ principal, account }: Caller): string {
  if (principal.type === "user" || principal.type === "role") return principal.id;
  return principal.type === "federated-user" ? principal.issuer : account;
}

const anonymous = ({ account }: Options): Caller => ({
  account,
  arn: "anonymous",
  userId: "anonymous",
  principal: { type: "anonymous" },
  credential: "none",
  accessKeyId: "",
});

/** The first header of that name, which must be given in lower case. */
function header({ rawHeaders }: WireRequest, name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

function redirect({ method, target }: WireRequest, progress: Progress): WireResponse {
  const question = target.indexOf("?");
  const query = method === "GET" && question !== -1 ? target.slice(question) : "";
  return { status: 302, headers: { ...answerHeaders(progress), Location: DOCUMENTATION + query }, body: "" };
}

async function refusal(cause: unknown, progress: Progress, emulation: Emulation): Promise<WireResponse> {
  // A target that cannot be read is answered with the bare status (facts D1, step 1).
  if (cause instanceof SigningError && cause.code === undefined) {
    return { status: cause.status, headers: answerHeaders(progress), body: "" };
  }
  const error = wireErrorOf(cause);
  if (error.status === 500)
    console.error(`iam-local: request ${progress.id} (${progress.action}) failed inside:`, cause);
  try {
    await emulation.store.durable();
  } catch {
    // The store has failed: what this answer says of the state may be lost, so it says nothing of it.
    return finish(500, renderErrorOf(storeFailure(), progress), progress, emulation, storeFailure());
  }
  return finish(error.status, renderErrorOf(error, progress), progress, emulation, error);
}

const storeFailure = () => ServiceFailure("The state could not be stored. Restart the emulator once its disk works.");

function wireErrorOf(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  if (cause instanceof SigningError) return new WireError(cause.code!, cause.status, cause.wireMessage);
  if (cause instanceof StoreFailed) return storeFailure();
  return InternalFailure("The request processing has failed because of an unknown error, exception or failure.");
}

function renderErrorOf(error: WireError, { service, id }: Progress): string {
  const namespace = error.code === "InvalidAction" ? AWS_FAULT : (service ?? services.values().next().value!).namespace;
  return renderError(namespace, error, id);
}

function finish(
  status: number,
  body: string,
  progress: Progress,
  { trail }: Emulation,
  error?: WireError,
): WireResponse {
  const { id: requestId, authorizations } = progress;
  trail.record({ requestId, authorizations, event: () => eventOf(progress, status, error) });
  return { status, headers: answerHeaders(progress), body };
}

function eventOf(progress: Progress, status: number, error: WireError | undefined): TrailEvent {
  const { id, now, service, action, facts, caller, input, authorizations } = progress;
  const denial = authorizations.find((made) => made.denial !== undefined)?.denial;
  return {
    eventID: id,
    eventTime: new Date(now).toISOString(),
    eventSource: `${service?.name ?? "unknown"}.amazonaws.com`,
    eventName: action,
    awsRegion: facts.region,
    sourceIPAddress: facts.sourceIp,
    userAgent: facts.userAgent,
    requestID: id,
    userIdentity: caller ? userIdentity(caller) : null,
    requestParameters: requestParameters(input as Record<string, unknown> | undefined),
    readOnly: /^(Get|List|Simulate|Generate|Decode)/.test(action),
    httpStatus: status,
    ...(error && { errorCode: error.code, errorMessage: error.wireMessage ?? "" }),
    ...(caller && { recipientAccountId: caller.account }),
    ...(denial !== undefined && denial !== error?.wireMessage && { uncheckedDenial: denial }),
  };
}

function answerHeaders({ id, now, service, facts }: Progress): Record<string, string> {
  const headers: Record<string, string> = {
    "x-amzn-RequestId": id,
    "Content-Type": "text/xml",
    // Clients read the clock off this header, so it is the emulator's own (facts D8).
    Date: new Date(now).toUTCString(),
  };
  if (service?.name === "sts") {
    const extended = `1:${facts.region}:S:${now}:R:${id.slice(0, 8)}`;
    headers["x-amz-sts-extended-request-id"] = Buffer.from(extended).toString("base64");
  }
  return headers;
}
