import type { Store } from "../data/store.ts";
import { accountIn } from "../policy/arn.ts";
import type { Caller } from "../handlers/caller.ts";
import { anonymousCaller } from "../handlers/callers.ts";
import { AccessDenied, InvalidAction, type WireError } from "../handlers/errors.ts";
import { canonicalPath } from "../signing/canonical-request.ts";
import { isRegion } from "../signing/regions.ts";
import { SigningError } from "../signing/signing-error.ts";
import { readSignature } from "../signing/read-signature.ts";
import { header } from "../signing/signed-request.ts";
import { verifySignature } from "../signing/sigv4.ts";
import { services, type ApiOperation } from "./api/model.ts";
import { accountThere, claimOf, refuseSessionAtIam } from "./authenticate.ts";
import type { Emulation } from "./emulation.ts";
import { prefersJson, renderJsonError, renderJsonResponse } from "./json.ts";
import { recordOutcome, refusalOf } from "./outcome.ts";
import { renderServiceError, type ServiceCall } from "./gate/service-error.ts";
import { analyzerOperation, notEmulated, otherCall } from "./other-services.ts";
import { begin, implementation, noteUse, perform, useIn } from "./perform.ts";
import type { Progress } from "./progress.ts";
import { parseForm, parseInput, type Form } from "./query.ts";
import { openSession } from "./sessions.ts";
import { attempt, whenThere, type Soon } from "../data/soon.ts";
import { validate } from "./validate.ts";
import type { Source } from "./source.ts";
import { renderError, renderResponse } from "./xml.ts";

/** A request as it came off the wire, neither decoded nor normalised, since the signature covers these very bytes. */
export interface WireRequest extends Source {
  readonly method: string;
  /** The request target, such as `/?Action=…`. */
  readonly target: string;
  /** Name, value, name, value, … as node:http has them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Why it must not be answered, if a page of another site has sent it (server/web/guard.ts). */
  readonly foreign?: string | undefined;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Bytes for protocols that are not text. */
  readonly body: string | Buffer;
}

const AWS_FAULT = "http://webservices.amazon.com/AWSFault/2005-15-09";
const DOCUMENTATION = "https://aws.amazon.com/iam";
const FORM = "application/x-www-form-urlencoded";

/**
 * Answers one request of the Query protocol. The order of the steps is the order of AWS's errors
 * (evidence: sigv4-check-order, query-check-order). Never throws; an internal error becomes a well-formed
 * InternalFailure.
 */
export function answer(request: WireRequest, emulation: Emulation): Soon<WireResponse> {
  const fresh = emulation.store.fresh();
  if (fresh === undefined) return answerFresh(request, emulation);
  return fresh.then(
    () => answerFresh(request, emulation),
    (failure: unknown) => answerFresh(request, emulation, failure),
  );
}

/** Answers by the state as it is now; with `failure`, for want of one. */
function answerFresh(request: WireRequest, emulation: Emulation, failure?: unknown): Soon<WireResponse> {
  const { sourceIp, secure, userAgent } = request;
  const progress = begin(emulation, { sourceIp, secure, userAgent });
  progress.textSize = textSize(request);
  const inJson = prefersJson(header(request.rawHeaders, "accept"));
  const finish = (status: number, body: string, error?: WireError): WireResponse => {
    recordOutcome(progress, emulation, status, error);
    const headers = answerHeaders(progress);
    if (inJson) headers["Content-Type"] = "application/json";
    return { status, headers, body };
  };
  const proceed = (): Soon<WireResponse> => {
    if (failure !== undefined) throw failure;
    if (request.foreign !== undefined) throw AccessDenied(request.foreign);
    // A path that cannot be read is refused before method and form are checked.
    canonicalPath(request.target);
    const form = readForm(request);
    const action = form?.get("Action");
    progress.service = services.get(form?.get("Version") ?? "");
    const other = progress.service ? undefined : otherCall(request, action);
    if (other) return answerOther(other, request, progress, emulation);
    if (form === undefined || action === undefined) return redirect(request, progress);
    progress.action = action;
    return whenThere(authenticate(request, form, progress, emulation), (caller) => {
      const api = route(form, progress);
      if (api.service.name === "iam") refuseSessionAtIam(caller);
      const operation = implementation(api.name);
      const input = parseInput(api.input, form);
      progress.input = input;
      validate(api, input);
      const output = durable(perform(operation, input, progress, emulation), emulation.store);
      return whenThere(output, (made) =>
        finish(200, (inJson ? renderJsonResponse : renderResponse)(api, made, progress.id)),
      );
    });
  };
  return attempt(proceed, async (cause) => {
    // A target that cannot be read gets the bare status (evidence: sigv4-bare-400).
    if (cause instanceof SigningError && cause.code === undefined) {
      return { status: cause.status, headers: answerHeaders(progress), body: "" };
    }
    const error = await refusalOf(cause, progress, emulation);
    return finish(error.status, inJson ? renderJsonError(error, progress.id) : renderErrorOf(error, progress), error);
  });
}

/** The answer, once the state that it shows is durable. */
const durable = <T>(made: Soon<T>, store: Store): Soon<T> =>
  whenThere(made, (value) => whenThere<void, T>(store.durable(), () => value));

/** The most bytes of memory that the request's texts take. */
function textSize({ target, rawHeaders, body }: WireRequest): number {
  let size = target.length + 2 * body.length;
  for (const text of rawHeaders) size += text.length;
  return size;
}

/** The parameters; undefined if the request is not a form. */
function readForm(request: WireRequest): Form | undefined {
  if (request.method === "GET") {
    const question = request.target.indexOf("?");
    return parseForm(question === -1 ? "" : request.target.slice(question + 1));
  }
  if (request.method !== "POST") return undefined;
  const type = header(request.rawHeaders, "content-type");
  const isForm = type === FORM || type?.split(";", 1)[0]?.trim().toLowerCase() === FORM;
  return isForm ? parseForm(request.body.toString("utf8")) : undefined;
}

/** The caller, proved by the signature. The two operations with another proof are let through unsigned. */
function authenticate(request: WireRequest, form: Form, progress: Progress, emulation: Emulation): Soon<Caller> {
  const { store, clock, options } = emulation;
  const api = progress.service?.operations.get(progress.action);
  // Such an operation is about a role, so the request counts as one to the role's account.
  if (api && !api.signed)
    return (progress.caller = anonymousCaller(accountIn(form.get("RoleArn") ?? "") ?? options.account));
  const signature = readSignature(request, {
    service: progress.service?.name,
    times: clock.moved ? [progress.now, clock.machineNow()] : [progress.now],
    regionValid: isRegion,
  });
  const claimed = store.read((tx) => {
    const open = (token: string) => openSession(token, emulation, tx);
    const { caller, secret } = claimOf(signature, tx, progress.now, options, open);
    verifySignature(request, signature, secret, options.rootSecretAccessKey);
    progress.caller = caller;
    progress.facts.region = progress.service?.name === "iam" ? "us-east-1" : signature.region;
    noteUse(caller, useIn(progress), progress, tx);
    return caller;
  });
  return whenThere(accountThere(claimed.account, progress.now, store), () => claimed);
}

function route(form: Form, { service, action }: Progress): ApiOperation {
  const operation = service?.operations.get(action);
  if (operation) return operation;
  throw InvalidAction(
    `Could not find operation ${action} for version ${form.get("Version") ?? "NO_VERSION_SPECIFIED"}`,
  );
}

/** A call to another service: the emulator has some operations of Access Analyzer. */
function answerOther(
  call: ServiceCall,
  request: WireRequest,
  progress: Progress,
  emulation: Emulation,
): Soon<WireResponse> {
  const operation = call.service === "access-analyzer" ? analyzerOperation(request) : undefined;
  if (operation === undefined) return refuseOther(call, request, progress, emulation);
  // Loaded when somebody asks for it: it reads all of AWS's service reference.
  return import("./access-analyzer/access-analyzer.ts").then(({ answerAnalyzer }) =>
    answerAnalyzer(operation, request, progress, emulation),
  );
}

/** A call that was meant for another service is refused in the words of its protocol. Who has signed it is not looked at. */
function refuseOther(
  call: ServiceCall,
  { rawHeaders }: WireRequest,
  progress: Progress,
  emulation: Emulation,
): WireResponse {
  progress.otherService = call.service;
  progress.action = call.operation;
  const error = notEmulated(call);
  recordOutcome(progress, emulation, error.status, error);
  const { headers, body } = renderServiceError(call, error, progress.id, header(rawHeaders, "content-type"));
  return { status: error.status, headers: { ...answerHeaders(progress), ...headers }, body };
}

/**
 * AWS redirects requests without a form or an action to its documentation, signed or not (evidence: query-redirects). A
 * person with a browser is redirected to the console.
 */
function redirect({ method, target, rawHeaders }: WireRequest, progress: Progress): WireResponse {
  const question = target.indexOf("?");
  const isPerson =
    method === "GET" && /^\/(?:\?|$)/.test(target) && header(rawHeaders, "accept")?.includes("text/html");
  if (isPerson) return { status: 302, headers: { ...answerHeaders(progress), Location: "/console" }, body: "" };
  const query = method === "GET" && question !== -1 ? target.slice(question) : "";
  return { status: 302, headers: { ...answerHeaders(progress), Location: DOCUMENTATION + query }, body: "" };
}

function renderErrorOf(error: WireError, { service, id }: Progress): string {
  const namespace = error.code === "InvalidAction" ? AWS_FAULT : (service ?? services.values().next().value!).namespace;
  return renderError(namespace, error, id);
}

function answerHeaders({ id, now, service, facts }: Progress): Record<string, string> {
  const headers: Record<string, string> = {
    "x-amzn-RequestId": id,
    "Content-Type": "text/xml",
    // Clients read the time from this header, so it is the emulator's (evidence: sigv4-client-clock).
    Date: dateText(Math.floor(now / 1000)),
  };
  if (service?.name === "sts") {
    const extended = `1:${facts.region}:S:${now}:R:${id.slice(0, 8)}`;
    headers["x-amz-sts-extended-request-id"] = Buffer.from(extended, "latin1").toString("base64");
  }
  return headers;
}

let lastDate = { second: NaN, text: "" };

/** HTTP's date format; made once for all answers of a second. */
function dateText(second: number): string {
  if (second !== lastDate.second) lastDate = { second, text: new Date(second * 1000).toUTCString() };
  return lastDate.text;
}
