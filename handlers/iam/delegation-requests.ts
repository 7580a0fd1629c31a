import {
  delegationPartners,
  delegationRequests,
  type DelegationApprover,
  type DelegationRequest,
  type DelegationState,
} from "../../data/entities/delegation.ts";
import { uuid } from "../../data/random.ts";
import { delegationRequestArn } from "../arns.ts";
import { AccessDenied, EntityAlreadyExists, InvalidInput } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import { parseInputPolicy } from "../policy-documents.ts";
import { permissionCheck } from "./delegation-permission-check.ts";
import { existingRequest, expiryOf, permissionFor, stateOf, transition } from "./delegation-states.ts";
import { fillInDocument, type TemplateValues } from "./templates.ts";

// A partner of AWS asks an account for access. An identity there associates the request with the account, may forward
// it to one that can approve it, and sends the partner a token for credentials (IAM User Guide, "Temporary
// delegation"). None of this has been recorded: states and rules are from the API reference, the texts of refusals are
// our own. The control plane onboards partners and reads their SNS topics.

const SNS_TOPIC = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/;

export const CreateDelegationRequest = operation("CreateDelegationRequest", {
  resource: (_input, { account }) => ({ arn: delegationRequestArn(account, "*") }),
  keys: (input) => ({
    "iam:DelegationDuration": String(input.SessionDuration),
    "iam:NotificationChannel": input.NotificationChannel!,
    ...(input.Permissions!.PolicyTemplateArn !== undefined && {
      "iam:TemplateArn": input.Permissions!.PolicyTemplateArn,
    }),
  }),
  handle(input, context) {
    const { tx, account, now, random } = context;
    const partner = tx.get(delegationPartners, account);
    if (!partner) throw AccessDenied(`Account ${account} is not onboarded as a partner that may request delegation.`);
    const { PolicyTemplateArn: templateArn = "", Parameters = [] } = input.Permissions!;
    const template = partner.templates.find(({ arn }) => arn === templateArn);
    if (!template) throw InvalidInput(`The policy template ${templateArn} is not registered for account ${account}.`);
    const channel = input.NotificationChannel!;
    if (!SNS_TOPIC.test(channel)) throw InvalidInput(`The notification channel ${channel} is not an SNS topic ARN.`);
    const workflowId = input.RequestorWorkflowId!;
    if (tx.find(delegationRequests, "workflow", account, workflowId)) {
      throw EntityAlreadyExists(`A delegation request with workflow id ${workflowId} already exists.`);
    }
    const parameters = Parameters.map(({ Name = "", Values = [], Type = "string" }) => {
      if (Type === "string" && Values.length !== 1) {
        throw InvalidInput(`The parameter ${Name} of type string takes one value.`);
      }
      return { name: Name, values: Values, type: Type };
    });
    const values: TemplateValues = Object.fromEntries(
      parameters.map(({ name, values: given, type }) => [name, type === "string" ? given[0]! : given]),
    );
    const document = fillInDocument(template.document, values);
    parseInputPolicy(document, "session");
    const request: DelegationRequest = {
      id: uuid(random),
      requestor: account,
      requestorName: partner.name,
      workflowId,
      ...(input.OwnerAccountId !== undefined && { ownerAccount: input.OwnerAccountId }),
      state: "UNASSIGNED",
      createdAt: now,
      updatedAt: now,
      description: input.Description!,
      ...(input.RequestMessage !== undefined && { message: input.RequestMessage }),
      templateArn,
      parameters,
      document,
      restrictionArns: template.restrictionArns,
      ...(input.RedirectUrl !== undefined && { redirectUrl: input.RedirectUrl }),
      channel,
      sessionSeconds: input.SessionDuration!,
      onlySendByOwner: input.OnlySendByOwner ?? false,
    };
    tx.put(delegationRequests, request);
    return {
      ConsoleDeepLink: `https://console.aws.amazon.com/iam/home#/delegation-requests/${request.id}`,
      DelegationRequestId: request.id,
    };
  },
});

/** The caller becomes the request's owner, and the caller's account its owner account. */
export const AssociateDelegationRequest = operation("AssociateDelegationRequest", {
  permissions: permissionFor("iam:AssociateDelegationRequest"),
  handle(input, context) {
    const { account: ownerAccount, caller } = context;
    transition(input, ["UNASSIGNED"], { state: "ASSIGNED", ownerAccount, owner: caller.arn }, context);
  },
});

export const UpdateDelegationRequest = operation("UpdateDelegationRequest", {
  permissions: permissionFor("iam:UpdateDelegationRequest"),
  handle(input, context) {
    const notes = input.Notes === undefined ? {} : { notes: input.Notes };
    transition(input, ["ASSIGNED", "PENDING_APPROVAL"], { state: "PENDING_APPROVAL", ...notes }, context);
  },
});

export const AcceptDelegationRequest = operation("AcceptDelegationRequest", {
  permissions: permissionFor("iam:AcceptDelegationRequest"),
  handle(input, context) {
    const approver = approverFrom(context);
    transition(input, ["ASSIGNED", "PENDING_APPROVAL"], { state: "ACCEPTED", approver }, context);
  },
});

/** The calling identity as it is now: the partner's credentials will be this identity's. */
function approverFrom({ caller: { principal, account, arn, session } }: Context): DelegationApprover {
  const principalId = principal.type === "user" || principal.type === "role" ? principal.id : account;
  if (!session) return { arn, principalId };
  // Everything of the session except its keys and times.
  const {
    accessKeyId: _accessKeyId,
    secret: _secret,
    account: _account,
    kind: _kind,
    issuedAt: _issuedAt,
    expiresAt: _expiresAt,
    ...kept
  } = session;
  return { ...kept, arn, principalId };
}

export const RejectDelegationRequest = operation("RejectDelegationRequest", {
  permissions: permissionFor("iam:RejectDelegationRequest"),
  handle(input, context) {
    const reason = input.Notes === undefined ? {} : { rejectionReason: input.Notes };
    const from: readonly DelegationState[] = ["UNASSIGNED", "ASSIGNED", "PENDING_APPROVAL", "ACCEPTED"];
    transition(input, from, { state: "REJECTED", ...reason }, context);
  },
});

/** The partner's session lasts as long as was asked for, counted from now. */
export const SendDelegationToken = operation("SendDelegationToken", {
  permissions: permissionFor("iam:SendDelegationToken"),
  handle(input, context) {
    const { owner, onlySendByOwner } = existingRequest(input.DelegationRequestId!, context);
    if (onlySendByOwner && context.caller.arn !== owner) {
      throw AccessDenied("The token of this delegation request can only be sent by its owner.");
    }
    const tradeInToken = context.random.bytes(32).toString("base64url");
    transition(input, ["ACCEPTED"], { state: "FINALIZED", tradeInToken }, context);
  },
});

export const GetDelegationRequest = operation("GetDelegationRequest", {
  permissions: permissionFor("iam:GetDelegationRequest"),
  handle(input, context) {
    const request = existingRequest(input.DelegationRequestId!, context);
    return {
      DelegationRequest: toDelegationRequest(request, context),
      ...(input.DelegationPermissionCheck === true && {
        PermissionCheckStatus: "COMPLETE" as const,
        PermissionCheckResult: permissionCheck(request.document, context),
      }),
    };
  },
});

/** A request without an owner is in no account's list, even if it names the account. */
export const ListDelegationRequests = operation("ListDelegationRequests", {
  keys: ({ OwnerId }) => ({ ...(OwnerId !== undefined && { "iam:DelegationRequestOwner": OwnerId }) }),
  handle(input, context) {
    const { tx, account } = context;
    const { OwnerId } = input;
    const { items, paging } = page(
      input,
      context,
      ["ListDelegationRequests", OwnerId],
      function* (after) {
        for (const request of tx.listBy(delegationRequests, "owner", [account])) {
          if ((OwnerId ?? request.owner) === request.owner && request.id > (after?.[0] ?? "")) yield request;
        }
      },
      ({ id }) => [id],
    );
    const { IsTruncated, ...marker } = paging;
    // The only list whose answer has this member in lower case (evidence: list-no-paging).
    return {
      DelegationRequests: items.map((request) => toDelegationRequest(request, context)),
      isTruncated: IsTruncated,
      ...marker,
    };
  },
});

function toDelegationRequest(request: DelegationRequest, { now }: Context) {
  const { parameters } = request;
  return {
    DelegationRequestId: request.id,
    OwnerAccountId: request.ownerAccount,
    Description: request.description,
    RequestMessage: request.message,
    Permissions: {
      PolicyTemplateArn: request.templateArn,
      ...(parameters.length > 0 && {
        Parameters: parameters.map(({ name, values, type }) => ({ Name: name, Values: [...values], Type: type })),
      }),
    },
    PermissionPolicy: request.document,
    ...(request.restrictionArns.length > 0 && { RolePermissionRestrictionArns: [...request.restrictionArns] }),
    OwnerId: request.owner,
    ApproverId: request.approver?.arn,
    State: stateOf(request, now),
    ExpirationTime: new Date(expiryOf(request)),
    RequestorId: request.requestor,
    RequestorName: request.requestorName,
    CreateDate: new Date(request.createdAt),
    SessionDuration: request.sessionSeconds,
    RedirectUrl: request.redirectUrl,
    Notes: request.notes,
    RejectionReason: request.rejectionReason,
    OnlySendByOwner: request.onlySendByOwner,
    UpdatedTime: new Date(request.updatedAt),
  };
}
