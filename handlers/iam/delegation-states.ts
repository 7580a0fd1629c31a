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

// The states of a delegation request, who may act on it in each, and the transitions between them.

/** Documented for rejected requests; here it applies to every state in which a request waits. */
const LIFETIME_MS = 7 * 86_400_000;

type ShownState = DelegationState | "EXPIRED";

export function stateOf(request: DelegationRequest, now: number): ShownState {
  return request.state !== "FINALIZED" && now >= expiryOf(request) ? "EXPIRED" : request.state;
}

/** When the request expires; once it is final, when the partner's credentials do. */
export const expiryOf = ({ state, updatedAt, sessionSeconds }: DelegationRequest): number =>
  updatedAt + (state === "FINALIZED" ? sessionSeconds * 1000 : LIFETIME_MS);

/**
 * The request with this id, if the caller's account may see it. A request that names no account and has no owner can be
 * seen by every account. Otherwise NoSuchEntity.
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

/** The owner of a request needs no policy to get and update it. */
export function requestPermission(action: string, id: string, { tx, account, caller }: Context): Permission {
  const resource = { arn: delegationRequestArn(account, id) };
  const isOwner = tx.get(delegationRequests, id)?.owner === caller.arn;
  return isOwner ? { action, resource, implied: OWNERS_DEFAULT } : { action, resource };
}

/** An input that names a request. */
export type ById = { readonly DelegationRequestId?: string | undefined };

/** The permission of an operation on one request. */
export const permissionFor = (action: string) => (input: ById, context: Context) => [
  requestPermission(action, input.DelegationRequestId!, context),
];

/**
 * Moves a request from one of the states `from` to another, and notifies the partner. Throws InvalidInput in any other
 * state.
 */
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
