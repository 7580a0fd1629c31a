import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  CreateDelegationRequestCommand,
  SendDelegationTokenCommand,
  type CreateDelegationRequestCommandInput,
} from "@aws-sdk/client-iam";
import type { Credentials, Emulator } from "./emulator.ts";
import { control } from "./mfa/control.ts";
import { rootOf } from "./organization.ts";

/** The account of the partner that tests onboard. */
export const PARTNER = "777788889999";
export const TEMPLATE = "arn:aws:iam::aws:delegation-template/acme/buckets";
export const CHANNEL = `arn:aws:sns:us-east-1:${PARTNER}:requests`;

/** Onboards a partner with one template: a policy for the users and roles below a path. */
export const onboard = (emu: Emulator) =>
  control(emu, "delegation-partners", {
    account: PARTNER,
    name: "Acme",
    templates: [
      {
        arn: TEMPLATE,
        document: {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: ["iam:GetUser", "iam:ListUsers"], Resource: "@{Resources}" },
        },
        rolePermissionRestrictionArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
      },
    ],
  });

let created = 0;

/** A partner's request for an hour of access to all users. Returns its id. */
export async function createRequest(
  emu: Emulator,
  more: Partial<CreateDelegationRequestCommandInput> = {},
  credentials: Credentials = rootOf(emu, PARTNER),
): Promise<string> {
  const { DelegationRequestId } = await emu.iam(credentials).send(
    new CreateDelegationRequestCommand({
      Description: "Looks at users.",
      Permissions: {
        PolicyTemplateArn: TEMPLATE,
        Parameters: [{ Name: "Resources", Values: ["arn:aws:iam::*:user/*"], Type: "stringList" }],
      },
      RequestorWorkflowId: `workflow-${++created}`,
      NotificationChannel: CHANNEL,
      SessionDuration: 3600,
      ...more,
    }),
  );
  return DelegationRequestId!;
}

/** Takes a request through all steps: `approver` associates, accepts and sends it. Returns the partner's token. */
export async function sendToken(emu: Emulator, id: string, approver: Credentials, channel = CHANNEL): Promise<string> {
  const iam = emu.iam(approver);
  await iam.send(new AssociateDelegationRequestCommand({ DelegationRequestId: id }));
  await iam.send(new AcceptDelegationRequestCommand({ DelegationRequestId: id }));
  await iam.send(new SendDelegationTokenCommand({ DelegationRequestId: id }));
  return String((await notificationsOf(emu, id, channel)).at(-1)!["tradeInToken"]);
}

/** The notifications to the partner about a request. */
export async function notificationsOf(
  emu: Emulator,
  id: string,
  channel = CHANNEL,
): Promise<readonly Record<string, unknown>[]> {
  const { notifications } = await control(emu, `delegation-notifications?channel=${channel}`);
  return (notifications as Record<string, unknown>[]).filter(({ requestId }) => requestId === id);
}
