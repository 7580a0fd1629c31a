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
  /** What the trail shows of the input; no codes, tokens and keys. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly authorizations: Authorization[];
  /** Known once what the request brings was looked at. */
  caller?: Caller;
}

/** The clock is read once per request: here. */
export function beginSignin(
  name: SigninRequest["name"],
  parameters: SigninRequest["parameters"],
  from: Omit<RequestFacts, "id" | "region">,
  { clock, random, options }: Emulation,
): SigninRequest {
  const facts = { id: uuid(random), region: options.region, ...from };
  return { name, now: clock.now(), facts, parameters, authorizations: [] };
}

/** Throws AccessDenied where the caller's policies do not let them do this with that client. Root needs no policy, as everywhere. */
export function authorizeClient(clientId: string, caller: Caller, request: SigninRequest, context: Context): void {
  const { name, facts, authorizations } = request;
  const arn = clientArn(clientId, facts.region, caller.account);
  authorize([{ action: `signin:${name}`, resource: { arn } }], context, (made) => authorizations.push(made));
}

/** Notes in the trail how a request ended, as CloudTrail has the requests of developer tools. */
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
