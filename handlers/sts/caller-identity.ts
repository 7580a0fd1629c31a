import { operation } from "../operation.ts";
import { admits } from "./admission.ts";

export const GetCallerIdentity = operation("GetCallerIdentity", {
  admit: admits("GetCallerIdentity"),
  // Needs no permission, and a deny has no effect: the refusal would reveal the same (API reference,
  // "GetCallerIdentity").
  permissions: () => [],
  handle: (_input, { caller }) => ({ UserId: caller.userId, Account: caller.account, Arn: caller.arn }),
});
