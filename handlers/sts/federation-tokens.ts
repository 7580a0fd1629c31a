import { federatedUserArn } from "../arns.ts";
import { operation, type Permission } from "../operation.ts";
import { issueSession, packedPolicySize, type Grant } from "../sessions.ts";
import { requestTagKeys } from "../tags.ts";
import { admits } from "./admission.ts";
import { sessionPolicies } from "./session-policies.ts";
import { sessionTags } from "./session-tags.ts";
import { ownerOfSession, ownSessionSeconds } from "./session-tokens.ts";

export const GetFederationToken = operation("GetFederationToken", {
  admit: admits("GetFederationToken"),
  permissions({ Name, Tags = [] }, { account, caller }) {
    const arn = federatedUserArn(account, Name!);
    const actions = ["sts:GetFederationToken", ...(Tags.length > 0 ? ["sts:TagSession"] : [])];
    return actions.map((action): Permission => ({
      action,
      resource: { arn },
      keys: requestTagKeys(Tags),
      denied: `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`,
    }));
  },
  handle(input, context) {
    const { account } = context;
    const name = input.Name!;
    const grant: Grant = {
      account,
      kind: "federation",
      principalId: ownerOfSession(context),
      sessionName: name,
      ...sessionPolicies(input, account, context),
      ...sessionTags(input),
    };
    const seconds = ownSessionSeconds(input.DurationSeconds, context);
    const issued = issueSession(grant, seconds, context, input.MinimumSessionTokenSize);
    return {
      ...issued,
      FederatedUser: { FederatedUserId: `${account}:${name}`, Arn: federatedUserArn(account, name) },
      // Zero without policies and tags, where AssumeRole omits it (evidence: sts-packed-policy-size).
      PackedPolicySize: packedPolicySize(grant, issued) ?? 0,
    };
  },
});
