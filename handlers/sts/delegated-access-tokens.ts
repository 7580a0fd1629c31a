import { delegationRequests } from "../../data/entities/delegation.ts";
import { atSecond } from "../../signing/detail.ts";
import { AccessDenied, ExpiredTradeInTokenException } from "../errors.ts";
import { expiryOf } from "../iam/delegation-states.ts";
import { operation } from "../operation.ts";
import { issueSession, type Grant } from "../sessions.ts";
import { admits } from "./admission.ts";

/**
 * For the partner: credentials of the identity that accepted its delegation request, limited to what was asked for,
 * until the end of the requested time. None of this has been recorded; the texts are our own.
 */
export const GetDelegatedAccessToken = operation("GetDelegatedAccessToken", {
  admit: admits("GetDelegatedAccessToken"),
  handle(input, context) {
    const { tx, account, now } = context;
    const request = tx.find(delegationRequests, "token", input.TradeInToken!);
    if (request?.requestor !== account) {
      throw AccessDenied(
        "The trade-in token is not valid.",
        request ? "The token is of a request that another account has made." : "No delegation request has this token.",
      );
    }
    const seconds = Math.floor((expiryOf(request) - now) / 1000);
    if (seconds <= 0) {
      throw ExpiredTradeInTokenException(
        "The trade-in token has expired.",
        `The access that was asked for ended at ${atSecond(expiryOf(request))}; the emulator's time is ${atSecond(now)}.`,
      );
    }
    // The token was sent to the partner, so the request was accepted by an identity in the owner account.
    const { arn, ...approver } = request.approver!;
    const { policy, policyArns, scopes = [] } = approver;
    const isLimited = policy !== undefined || policyArns !== undefined;
    const grant: Grant = {
      ...approver,
      account: request.ownerAccount!,
      kind: "delegated",
      // A session has one level of session policies. If the approver's session already uses it, the request becomes a
      // scope.
      ...(isLimited ? { scopes: [...scopes, request.document] } : { policy: request.document }),
    };
    const { Credentials } = issueSession(grant, seconds, context);
    return { Credentials, AssumedPrincipal: arn };
  },
});
