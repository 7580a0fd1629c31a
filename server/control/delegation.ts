import { delegationNotifications, delegationPartners, type DelegationPartner } from "../../data/entities/delegation.ts";
import { checkStructure } from "../../handlers/policy-documents.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { InvalidRequest } from "../web/errors.ts";
import { accountId, jsonObject, knownMembers, optionalString, requiredString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";

/**
 * What AWS does for temporary delegation outside of its APIs: onboarding partners, and publishing to their SNS topics.
 */
export function delegationRoutes({ store, clock, options }: Emulation): Routes {
  return {
    "/delegation-partners": {
      GET: () => ({ partners: store.read((tx) => Array.from(tx.list(delegationPartners, []), toPartner)) }),
      async POST(request) {
        const body = jsonObject(request, ["account", "name", "templates"]);
        const partner: DelegationPartner = {
          account: accountId(optionalString(body, "account"), options.account),
          name: partnerName(requiredString(body, "name")),
          templates: listOf(body["templates"], "templates").map(templateFrom),
        };
        await store.transact((tx) => {
          ensureAccount(partner.account, tx, clock.now());
          tx.put(delegationPartners, partner);
        });
        return toPartner(partner);
      },
    },
    "/delegation-notifications": {
      GET: asks(["channel"], ({ channel }) => {
        if (!channel) throw InvalidRequest("Say which SNS topic: /_emulator/delegation-notifications?channel=ARN");
        const notifications = store.read((tx) => [...tx.list(delegationNotifications, [channel])]);
        return {
          notifications: notifications.map(({ sentAt, requestId, state, tradeInToken }) => ({
            sentAt: new Date(sentAt).toISOString(),
            channel,
            requestId,
            state,
            ...(tradeInToken !== undefined && { tradeInToken }),
          })),
        };
      }),
    },
  };
}

/** By the model's limit for RequestorName. */
function partnerName(name: string): string {
  if (name.length > 0 && name.length <= 30) return name;
  throw InvalidRequest("name must have 1 to 30 characters.");
}

/** One `{arn, document, rolePermissionRestrictionArns}`; the document may be JSON or a text of JSON. */
function templateFrom(value: unknown): DelegationPartner["templates"][number] {
  const body = knownMembers(value, ["arn", "document", "rolePermissionRestrictionArns"]);
  const document = typeof body["document"] === "string" ? body["document"] : JSON.stringify(body["document"] ?? {});
  // Whether it is a valid policy is known only when its parameters are filled in.
  checkStructure(document);
  return {
    arn: requiredString(body, "arn"),
    document,
    restrictionArns: listOf(body["rolePermissionRestrictionArns"], "rolePermissionRestrictionArns").map(String),
  };
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw InvalidRequest(`${name} must be a list.`);
}

const toPartner = ({ account, name, templates }: DelegationPartner) => ({
  account,
  name,
  templates: templates.map(({ arn, document, restrictionArns }) => ({
    arn,
    document: JSON.parse(document) as unknown,
    rolePermissionRestrictionArns: restrictionArns,
  })),
});
