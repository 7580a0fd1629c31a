import { uuid } from "../../data/random.ts";
import { authorize, type Authorization } from "../../handlers/authorize.ts";
import type { Caller } from "../../handlers/caller.ts";
import type { WireError } from "../../handlers/errors.ts";
import type { Context, RequestFacts } from "../../handlers/operation.ts";
import { detailText } from "../../signing/detail.ts";
import type { Emulation } from "../emulation.ts";
import { eventHead, userIdentity, writtenEntry } from "../trail.ts";
import { clientArn } from "./clients.ts";

/** A request to the sign-in service, for its decisions and for the trail. */
export interface SigninRequest {
  readonly name: "AuthorizeOAuth2Access" | "CreateOAuth2Token" | "GetSigninToken";
  readonly now: number;
  readonly facts: RequestFacts;
  /** What the trail shows of the input, without codes, tokens and keys. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly authorizations: Authorization[];
  /** Set once the request's proof has been checked. */
  caller?: Caller;
}

/** The clock is read here, once per request. */
export function beginSignin(
  name: SigninRequest["name"],
  parameters: SigninRequest["parameters"],
  from: Omit<RequestFacts, "id" | "region">,
  { clock, random, options }: Emulation,
): SigninRequest {
  const facts = { id: uuid(random), region: options.region, ...from };
  return { name, now: clock.now(), facts, parameters, authorizations: [] };
}

/**
 * Throws AccessDenied if the caller's policies do not allow this with that client. Root needs no policy, as everywhere.
 */
export function authorizeClient(clientId: string, caller: Caller, request: SigninRequest, context: Context): void {
  const { name, facts, authorizations } = request;
  const arn = clientArn(clientId, facts.region, caller.account);
  authorize([{ action: `signin:${name}`, resource: { arn } }], context, (made) => authorizations.push(made));
}

/** Notes a request's outcome in the trail, in CloudTrail's form for developer tools. */
export function recordSignin(request: SigninRequest, { era }: Emulation, error?: WireError): void {
  const { name, now, facts, parameters, authorizations, caller } = request;
  if (error) error.requestId = facts.id;
  const denial = authorizations.find((made) => made.denial !== undefined)?.denial;
  const event = {
    ...eventHead("signin", name, now, facts),
    userIdentity: caller ? userIdentity(caller) : null,
    requestParameters: parameters,
    readOnly: false,
    httpStatus: error?.status ?? 200,
    ...(error && { errorCode: error.code, errorMessage: error.wireMessage ?? "" }),
    ...(error?.detail !== undefined && { errorDetail: detailText(error.detail) }),
    ...(caller && { recipientAccountId: caller.account }),
    ...(denial !== undefined && denial !== error?.wireMessage && { uncheckedDenial: denial }),
  };
  era.trail.record(writtenEntry(event, authorizations));
}
