import type { InstanceProfile, Role } from "../../data/entities/roles.ts";
import { WireError } from "../../handlers/errors.ts";
import type { Emulation } from "../emulation.ts";
import { arnOfProfile, profileOf, type RunningInstance } from "./instance.ts";
import { jsonTime, SERVICE_SESSION_SECONDS, type ServiceSession, type ServiceSessions } from "./service-sessions.ts";

/** A text, or a value that is shown as JSON. */
type Item = () => unknown;

/**
 * The metadata of an instance, by path below /latest: what applications read to find credentials and region. Anything
 * that would have to be invented, such as an image or a network, is absent.
 */
export function metadataItems(
  instance: RunningInstance,
  emulation: Emulation,
  sessions: ServiceSessions,
): ReadonlyMap<string, Item> {
  const { region } = emulation.options;
  const { profile, role } = profileOf(instance, emulation);
  return new Map<string, Item>([
    ["dynamic/instance-identity/document", () => identityDocument(instance, region)],
    ["meta-data/iam/info", () => profileInfo(profile, role, instance, emulation)],
    ...(role
      ? [
          [
            `meta-data/iam/security-credentials/${role.name}`,
            () => credentials(role, instance, emulation, sessions),
          ] as const,
        ]
      : []),
    ["meta-data/instance-id", () => instance.id],
    ["meta-data/placement/availability-zone", () => zoneOf(region)],
    ["meta-data/placement/region", () => region],
    ["meta-data/services/domain", () => "amazonaws.com"],
    ["meta-data/services/partition", () => "aws"],
  ]);
}

const zoneOf = (region: string): string => `${region}a`;

const identityDocument = ({ account, id, startedAt }: RunningInstance, region: string): object => ({
  accountId: account,
  availabilityZone: zoneOf(region),
  instanceId: id,
  pendingTime: jsonTime(startedAt),
  region,
  version: "2017-09-30",
});

/** The content of `iam/info`, also if something is wrong (IAM User Guide, "Troubleshoot IAM and Amazon EC2"). */
function profileInfo(
  profile: InstanceProfile | undefined,
  role: Role | undefined,
  { profile: name }: RunningInstance,
  { clock }: Emulation,
): object {
  const LastUpdated = jsonTime(clock.now());
  if (!profile) {
    return { Code: "InstanceProfileNotFound", Message: `Instance Profile ${name} cannot be found.`, LastUpdated };
  }
  return {
    Code: "Success",
    ...(!role && { Message: "Instance Profile does not contain a role." }),
    LastUpdated,
    InstanceProfileArn: arnOfProfile(profile),
    InstanceProfileId: profile.id,
  };
}

async function credentials(
  role: Role,
  instance: RunningInstance,
  emulation: Emulation,
  sessions: ServiceSessions,
): Promise<object> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, issuedAt, expiresAt } = await sessions(
      sessionOf(role, instance, emulation),
    );
    return {
      Code: "Success",
      LastUpdated: jsonTime(issuedAt),
      Type: "AWS-HMAC",
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: jsonTime(expiresAt),
    };
  } catch (cause) {
    if (!(cause instanceof WireError) || cause.code !== "AccessDenied") throw cause;
    return {
      Code: "AssumeRoleUnauthorizedAccess",
      Message: `EC2 cannot assume the role ${role.name}. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.`,
      LastUpdated: jsonTime(emulation.clock.now()),
    };
  }
}

/**
 * The session of an instance's role is named after the instance (IAM User Guide, "AWS global condition context keys").
 */
const sessionOf = (role: Role, { id, account }: RunningInstance, { options }: Emulation): ServiceSession => ({
  account,
  roleId: role.id,
  service: "ec2.amazonaws.com",
  sessionName: id,
  seconds: SERVICE_SESSION_SECONDS,
  keys: {},
  // There is no network, so the keys of the instance's network are absent.
  sessionKeys: {
    "ec2:RoleDelivery": "2.0",
    "ec2:SourceInstanceARN": `arn:aws:ec2:${options.region}:${account}:instance/${id}`,
  },
  tags: {},
});
