import { fold } from "../../data/entities/accounts.ts";
import { instances, type Instance } from "../../data/entities/instances.ts";
import { instanceProfiles, roles, type InstanceProfile, type Role } from "../../data/entities/roles.ts";
import type { Soon } from "../../data/soon.ts";
import type { Transaction } from "../../data/store.ts";
import { instanceProfileArn } from "../../handlers/arns.ts";
import { NotFound } from "../web/errors.ts";
import { accountId, jsonObject, optionalString, requiredString } from "../web/input.ts";
import type { Routes } from "../web/routes.ts";
import type { Emulation } from "../emulation.ts";

/** An instance and the name of its profile. */
export interface RunningInstance extends Instance {
  readonly profile: string;
}

/**
 * The instance whose metadata is served, with the profile from the control plane or else from the emulator's start;
 * undefined if there is neither, and so no metadata.
 */
export function runningInstance(emulation: Emulation): Soon<RunningInstance | undefined> {
  const { store, options } = emulation;
  const launched = (tx: Transaction) => tx.get(instances, "instance");
  const instance = store.read(launched);
  const profile = instance?.profile ?? options.instanceProfile;
  if (profile === undefined) return undefined;
  if (instance) return { ...instance, profile };
  return store.transact((tx) => ({ profile, ...(launched(tx) ?? launch(options.account, tx, emulation)) }));
}

/** Whether there is an instance, and so metadata. */
export const hasInstance = ({ store, options }: Emulation): boolean =>
  (options.instanceProfile ?? store.read((tx) => tx.get(instances, "instance")?.profile)) !== undefined;

function launch(account: string, tx: Transaction, { random, clock }: Emulation): Instance {
  const id = `i-0${random.bytes(8).toString("hex")}`;
  const instance = { id, account, startedAt: clock.now() };
  tx.put(instances, instance);
  return instance;
}

/** The profile of an instance and its role, as they are now: either may have been deleted. */
export function profileOf(
  { account, profile: name }: RunningInstance,
  { store }: Emulation,
): { readonly profile: InstanceProfile | undefined; readonly role: Role | undefined } {
  return store.read((tx) => {
    const profile = tx.get(instanceProfiles, account, fold(name));
    const role = profile?.role === undefined ? undefined : tx.find(roles, "id", account, profile.role);
    return { profile, role };
  });
}

export const arnOfProfile = ({ account, name, path }: InstanceProfile): string =>
  instanceProfileArn(account, name, path);

/** `/_emulator/instance-metadata`: which instance profile the metadata endpoint serves. */
export function instanceRoutes(emulation: Emulation): Routes {
  const { store, options } = emulation;
  return {
    "/instance-metadata": {
      async GET() {
        const instance = await runningInstance(emulation);
        if (instance) return describe(instance);
        throw NotFound("There is no instance. POST an instance profile to /_emulator/instance-metadata.");
      },
      async POST(request) {
        const body = jsonObject(request, ["instanceProfile", "account"]);
        const name = requiredString(body, "instanceProfile");
        const account = accountId(optionalString(body, "account"), options.account);
        const instance = await store.transact((tx) => {
          const profile = tx.get(instanceProfiles, account, fold(name));
          if (!profile) throw NotFound(`There is no instance profile ${JSON.stringify(name)} in account ${account}.`);
          // The same instance gets another profile, as by EC2's ReplaceIamInstanceProfileAssociation.
          const former = tx.get(instances, "instance");
          const kept = former?.account === account ? former : launch(account, tx, emulation);
          const given = { ...kept, profile: profile.name };
          tx.put(instances, given);
          return given;
        });
        return describe(instance);
      },
    },
  };

  function describe(instance: RunningInstance) {
    const { profile } = profileOf(instance, emulation);
    return {
      instanceId: instance.id,
      account: instance.account,
      instanceProfile: instance.profile,
      instanceProfileArn: profile ? arnOfProfile(profile) : null,
      // AWS CLI v2 (2.9) appends "latest/…" directly.
      environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${emulation.options.publicUrl}/` },
    };
  }
}
