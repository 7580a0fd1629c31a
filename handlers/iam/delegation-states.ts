import {
  delegationNotifications,
  delegationRequests,
  type DelegationRequest,
  type DelegationState,
} from "../../data/entities/delegation.ts";
import type { PolicySource } from "../../policy/evaluate.ts";
import { delegationRequestArn } from "../arns.ts";
import { InvalidInput, NoSuchEntity, type WireError } from "../errors.ts";
import type { Context, Permission } from "../operation.ts";

// In which state a delegation request is, who may act on it, and how it comes from one state into another.

/** Known of rejected requests; here it holds for every state in which a request waits. */
const LIFETIME_MS = 7 * 86_400_000;

type ShownState = DelegationState | "EXPIRED";

export function stateOf(request: DelegationRequest, now: number): ShownState {
  return request.state !== "FINALIZED" && now >= expiryOf(request) ? "EXPIRED" : request.state;
}

/** When the request can no longer be acted on; once it is final, when the partner's credentials end. */
export const expiryOf = ({ state, updatedAt, sessionSeconds }: DelegationRequest): number =>
  updatedAt + (state === "FINALIZED" ? sessionSeconds * 1000 : LIFETIME_MS);

/**
 * The request of that id, where the caller's account may know of it: as long as no account was named and nobody has taken
 * it on, every account may. NoSuchEntity otherwise.
 */
export function existingRequest(id: string, { tx, account }: Context): DelegationRequest {
  const request = tx.get(delegationRequests, id);
  if (!request || (request.ownerAccount !== undefined && request.ownerAccount !== account)) {
    throw noRequest(id);
  }
  return request;
}

export const noRequest = (id: string): WireError =>
  NoSuchEntity(`The delegation request with id ${id} cannot be found.`);

const OWNERS_DEFAULT: PolicySource = {
  id: "default permissions of the delegation request's owner",
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: ["iam:GetDelegationRequest", "iam:GetHumanReadableSummary", "iam:UpdateDelegationRequest"],
      Resource: "*",
    },
  }),
};

/** Whoever has taken a request on needs no policy to look at it and to update it. */
export function requestPermission(action: string, id: string, { tx, account, caller }: Context): Permission {
  const resource = { arn: delegationRequestArn(account, id) };
  const isOwner = tx.get(delegationRequests, id)?.owner === caller.arn;
  return isOwner ? { action, resource, implied: OWNERS_DEFAULT } : { action, resource };
}

/** An input that names a request. */
export type ById = { readonly DelegationRequestId?: string | undefined };

/** Of an operation that is about one request. */
export const permissionFor = (action: string) => (input: ById, context: Context) => [
  requestPermission(action, input.DelegationRequestId!, context),
];

/** Brings a request from one of the states `from` into another, and tells the partner. Throws InvalidInput from others. */
export function transition(
  input: ById,
  from: readonly DelegationState[],
  change: Partial<DelegationRequest> & { readonly state: DelegationState },
  context: Context,
): void {
  const { tx, now } = context;
  const request = existingRequest(input.DelegationRequestId!, context);
  const state = stateOf(request, now);
  if (!(from as readonly string[]).includes(state)) {
    throw InvalidInput(
      `The delegation request with id ${request.id} is in state ${state}; it must be in ${from.join(" or ")}.`,
    );
  }
  const changed = { ...request, ...change, updatedAt: now };
  tx.put(delegationRequests, changed);
  tx.put(delegationNotifications, {
    channel: request.channel,
    number: tx.count(delegationNotifications, request.channel) + 1,
    requestId: request.id,
    state: changed.state,
    sentAt: now,
    ...(change.tradeInToken !== undefined && { tradeInToken: change.tradeInToken }),
  });
}
