import { mfaDevices, type MfaDevice } from "../../data/entities/mfa.ts";
import { users } from "../../data/entities/users.ts";
import { mfaDeviceArn, rootArn } from "../arns.ts";
import { AccessDenied } from "../errors.ts";
import { acceptPair } from "../mfa/codes.ts";
import {
  deactivate,
  deviceOf,
  devicesOf,
  enable,
  findDevice,
  noSuchDevice,
  requireApiKind,
  requireKind,
  requireResync,
  requireRoom,
  rootHolder,
  unassignedDevice,
  unsupportedKind,
  userHolder,
} from "../mfa/devices.ts";
import { kindOf } from "../mfa/kinds.ts";
import { createVirtualDevice, deleteVirtualDevice, drawQrCode, otpauthUri, seedOf } from "../mfa/virtual-devices.ts";
import { operation, type Context, type Resource } from "../operation.ts";
import { page, pageOf } from "../paging.ts";
import { createPermissions, newTags, requestTagKeys } from "../tags.ts";
import { listTagsOfResource, tagResource, untagResource, type TaggedKind } from "../tag-operations.ts";
import { existingAccount } from "./account.ts";
import { existingUser, namedUserOrCaller, shownPasswordUse, toUser, userResource } from "./users.ts";

// The permissions to enable, deactivate, resynchronise, list and describe are on the user; those to create, delete and
// tag are on the device (evidence: authz-resource-wording).

/** A virtual device as a resource. A serial number that is not an ARN takes the place of the device's name. */
function deviceResource(serialNumber: string, context: Context): Resource {
  const device = findDevice(serialNumber, context);
  const arn = serialNumber.startsWith("arn:") ? serialNumber : mfaDeviceArn(context.account, serialNumber);
  return device ? { arn, tags: device.tags } : { arn };
}

/**
 * A user with a device may not enable or deactivate one of their own with credentials obtained without it: otherwise a
 * thief of the password could replace the device (AWS bulletin AWS-2023-001). Checked before anything is looked up.
 */
export function requireMfaForOwnDevices(userName: string | undefined, context: Context): void {
  const { principal, session } = context.caller;
  if (principal.type !== "user") return;
  const self = userName === undefined || userName.toLowerCase() === principal.name.toLowerCase();
  if (self && session?.mfaAt === undefined && devicesOf(principal, context).length > 0) {
    throw AccessDenied(
      "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
      `${principal.name} has a device, and this request was not made with it: it needs a session of GetSessionToken with a code, or of the console after MFA.`,
    );
  }
}

function existingVirtualDevice(serialNumber: string, { tx, account }: Context): MfaDevice {
  requireKind("virtual", serialNumber, "Only virtual MFA devices have tags.");
  const device = tx.get(mfaDevices, account, "virtual", serialNumber);
  if (!device) throw noSuchDevice(serialNumber);
  return device;
}

export const CreateVirtualMFADevice = operation("CreateVirtualMFADevice", {
  permissions(input, { account }) {
    const resource = { arn: mfaDeviceArn(account, input.VirtualMFADeviceName!, input.Path) };
    const create = { action: "iam:CreateVirtualMFADevice", resource, keys: requestTagKeys(input.Tags) };
    return createPermissions(create, "iam:TagMFADevice", input.Tags);
  },
  handle(input, context) {
    const tags = newTags(input.Tags, "sensitive", context);
    const device = createVirtualDevice({ name: input.VirtualMFADeviceName!, path: input.Path, tags }, context);
    return {
      VirtualMFADevice: {
        SerialNumber: device.serialNumber,
        Base32StringSeed: Buffer.from(seedOf(device, context)),
        // The text of the picture, which `present` draws.
        QRCodePNG: Buffer.from(otpauthUri(device, context)),
        ...(tags.length > 0 && { Tags: [...tags] }),
      },
    };
  },
  async present({ VirtualMFADevice: device }) {
    const picture = await drawQrCode(Buffer.from(device!.QRCodePNG!).toString());
    return { VirtualMFADevice: { ...device!, QRCodePNG: picture } };
  },
});

export const EnableMFADevice = operation("EnableMFADevice", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    // On AWS this check is known to come first, and user and device are looked up before the codes are checked
    // (evidence: mfa-enable-order).
    requireMfaForOwnDevices(input.UserName, context);
    const holder = userHolder(existingUser(input.UserName!, context));
    const serialNumber = input.SerialNumber!;
    requireApiKind(serialNumber);
    const device = unassignedDevice(serialNumber, holder, context);
    requireRoom(holder, context);
    acceptPair(serialNumber, input.AuthenticationCode1!, input.AuthenticationCode2!, context);
    enable(device, holder, context);
  },
});

export const DeactivateMFADevice = operation("DeactivateMFADevice", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    requireMfaForOwnDevices(input.UserName, context);
    // Root itself needs the console for this; an AssumeRoot session can do it here.
    const ofRoot = input.UserName === undefined && context.caller.credential === "assumed-root";
    const holder = ofRoot ? rootHolder(context.account) : userHolder(namedUserOrCaller(input.UserName, context));
    deactivate(deviceOf(holder, input.SerialNumber!, context), context);
  },
});

export const ResyncMFADevice = operation("ResyncMFADevice", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const holder = userHolder(existingUser(input.UserName!, context));
    const serialNumber = input.SerialNumber!;
    requireResync(serialNumber);
    const device = deviceOf(holder, serialNumber, context);
    acceptPair(device.serialNumber, input.AuthenticationCode1!, input.AuthenticationCode2!, context);
  },
});

export const DeleteVirtualMFADevice = operation("DeleteVirtualMFADevice", {
  resource: (input, context) => deviceResource(input.SerialNumber!, context),
  handle(input, context) {
    deleteVirtualDevice(input.SerialNumber!, context);
  },
});

export const ListMFADevices = operation("ListMFADevices", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const { caller, account } = context;
    const ofRoot = input.UserName === undefined && caller.principal.type === "root";
    const holder = ofRoot ? rootHolder(account) : userHolder(namedUserOrCaller(input.UserName, context));
    const { items, paging } = pageOf(devicesOf(holder, context), input, context, ["ListMFADevices", holder.id]);
    return {
      MFADevices: items.map((device) => ({
        // Root has no user name, as in GetUser and ListVirtualMFADevices.
        UserName: holder.userName,
        SerialNumber: device.serialNumber,
        EnableDate: new Date(device.enabledAt!),
      })),
      ...paging,
    };
  },
});

export const ListVirtualMFADevices = operation("ListVirtualMFADevices", {
  resource: (_input, { account }) => ({ arn: mfaDeviceArn(account, "") }),
  handle(input, context) {
    const { tx, account } = context;
    const status = input.AssignmentStatus ?? "Any";
    const { items, paging } = page(
      input,
      context,
      ["ListVirtualMFADevices", status],
      (after) => withStatus(tx.list(mfaDevices, [account, "virtual"], after && [account, "virtual", ...after]), status),
      ({ serialNumber }) => [serialNumber],
    );
    return { VirtualMFADevices: items.map((device) => toVirtualDevice(device, context)), ...paging };
  },
});

function* withStatus(devices: Iterable<MfaDevice>, status: "Any" | "Assigned" | "Unassigned"): Iterable<MfaDevice> {
  for (const device of devices) {
    if (status === "Any" || (status === "Assigned") === (device.owner !== undefined)) yield device;
  }
}

/**
 * The form in lists: without seed, picture and tags. Root has neither name nor path, as in GetUser
 * (evidence: mfa-list-devices, mfa-root-device).
 */
function toVirtualDevice({ serialNumber, owner, enabledAt }: MfaDevice, context: Context) {
  if (owner === undefined) return { SerialNumber: serialNumber };
  const { tx, account } = context;
  const user =
    owner === account
      ? ({
          UserId: account,
          Arn: rootArn(account),
          CreateDate: new Date(existingAccount(context).createdAt),
          // evidence: list-virtual-mfa-devices-root-password
          ...shownPasswordUse(account, context),
        } as never)
      : toUser(tx.find(users, "id", account, owner)!, context);
  return { SerialNumber: serialNumber, EnableDate: new Date(enabledAt!), User: user };
}

export const GetMFADevice = operation("GetMFADevice", {
  resource(input, context) {
    const { tx, account } = context;
    const owner = input.UserName === undefined ? findDevice(input.SerialNumber!, context)?.owner : undefined;
    if (owner === account) return { arn: rootArn(account) };
    const ownerName = owner === undefined ? undefined : tx.find(users, "id", account, owner)?.name;
    return userResource(input.UserName ?? ownerName, context);
  },
  handle(input, context) {
    const { tx, account } = context;
    const serialNumber = input.SerialNumber!;
    if (kindOf(serialNumber) !== "u2f") {
      throw unsupportedKind(
        "Currently, only hardware FIDO security keys are supported. Please use the compatible device or API.",
      );
    }
    const named = input.UserName === undefined ? undefined : userHolder(existingUser(input.UserName, context));
    const device = named ? deviceOf(named, serialNumber, context) : findDevice(serialNumber, context);
    if (device?.kind !== "u2f") throw noSuchDevice(serialNumber);
    const userName = tx.find(users, "id", account, device.owner!)?.name;
    return {
      ...(userName !== undefined && { UserName: userName }),
      SerialNumber: serialNumber,
      EnableDate: new Date(device.enabledAt!),
      Certifications: { ...device.securityKey.certifications },
    };
  },
});

const TAGGED: TaggedKind<MfaDevice, "SerialNumber"> = {
  member: "SerialNumber",
  tagCase: "sensitive",
  collection: mfaDevices,
  existing: existingVirtualDevice,
  resource: deviceResource,
};

export const TagMFADevice = operation("TagMFADevice", tagResource(TAGGED));
export const UntagMFADevice = operation("UntagMFADevice", untagResource(TAGGED));
export const ListMFADeviceTags = operation("ListMFADeviceTags", listTagsOfResource(TAGGED));
