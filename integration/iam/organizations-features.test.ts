import assert from "node:assert/strict";
import {
  DisableOrganizationsRootCredentialsManagementCommand,
  DisableOrganizationsRootSessionsCommand,
  EnableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootSessionsCommand,
  ListOrganizationsFeaturesCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { afterEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { askOrganization, DELEGATE, MANAGEMENT, MEMBER, organize, rootOf } from "../organization.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

interface Features {
  readonly OrganizationId?: string | undefined;
  readonly EnabledFeatures?: readonly string[] | undefined;
}

const OPERATIONS: Readonly<Record<string, (iam: IAMClient) => Promise<Features>>> = {
  ListOrganizationsFeatures: (iam) => iam.send(new ListOrganizationsFeaturesCommand({})),
  EnableOrganizationsRootSessions: (iam) => iam.send(new EnableOrganizationsRootSessionsCommand({})),
  EnableOrganizationsRootCredentialsManagement: (iam) =>
    iam.send(new EnableOrganizationsRootCredentialsManagementCommand({})),
  DisableOrganizationsRootSessions: (iam) => iam.send(new DisableOrganizationsRootSessionsCommand({})),
  DisableOrganizationsRootCredentialsManagement: (iam) =>
    iam.send(new DisableOrganizationsRootCredentialsManagementCommand({})),
};
const ENABLING = Object.keys(OPERATIONS).filter((name) => name.startsWith("Enable"));

describe("the features of an organization", () => {
  const emu = emulator();
  afterEach(() => askOrganization(emu, "DELETE"));
  const call = async (name: string, iam = emu.iam()) => {
    const { OrganizationId, EnabledFeatures } = await OPERATIONS[name]!(iam);
    return { OrganizationId, EnabledFeatures };
  };

  it("are none at first, and both operations of each answer all that are on", async () => {
    const { id: OrganizationId } = await organize(emu);
    const features = (...EnabledFeatures: string[]) => ({ OrganizationId, EnabledFeatures });
    assert.deepEqual(await call("ListOrganizationsFeatures"), features());
    const management = "RootCredentialsManagement";
    assert.deepEqual(await call("EnableOrganizationsRootCredentialsManagement"), features(management));
    assert.deepEqual(await call("EnableOrganizationsRootSessions"), features("RootSessions", management));
    assert.deepEqual(await call("EnableOrganizationsRootSessions"), features("RootSessions", management));
    assert.deepEqual(await call("ListOrganizationsFeatures"), features("RootSessions", management));
    assert.deepEqual(await call("DisableOrganizationsRootCredentialsManagement"), features("RootSessions"));
    assert.deepEqual(await call("DisableOrganizationsRootCredentialsManagement"), features("RootSessions"));
    assert.deepEqual(await call("DisableOrganizationsRootSessions"), features());
  });

  it("outlive that trusted access is turned off and on", async () => {
    await organize(emu);
    const on = await call("EnableOrganizationsRootSessions");
    await organize(emu, { trustedAccess: false });
    await assert.rejects(call("ListOrganizationsFeatures"), { name: "ServiceAccessNotEnabledException" });
    await organize(emu);
    assert.deepEqual(await call("ListOrganizationsFeatures"), on);
  });

  for (const name of Object.keys(OPERATIONS)) {
    it(`need an organization: ${name}`, async () => {
      await assert.rejects(call(name), {
        name: "OrganizationNotFoundException",
        message: `Account ${MANAGEMENT} is not a member of an organization.`,
      });
    });

    it(`need all features of the organization: ${name}`, async () => {
      await organize(emu, { allFeatures: false });
      await assert.rejects(call(name), {
        name: "OrganizationNotInAllFeaturesModeException",
        message: `The organization of input account ${MANAGEMENT} does not have all features enabled.`,
      });
    });

    it(`need trusted access: ${name}`, async () => {
      await organize(emu, { trustedAccess: false });
      await assert.rejects(call(name), {
        name: "ServiceAccessNotEnabledException",
        message: `Trusted Access for IAM not enabled by organization of input account ${MANAGEMENT}.`,
      });
    });

    it(`are no concern of ordinary members: ${name}`, async () => {
      await organize(emu);
      await assert.rejects(call(name, emu.iam(rootOf(emu, MEMBER))), {
        name: "AccountNotManagementOrDelegatedAdministratorException",
        message: `Input account ${MEMBER} is neither management account nor delegated admin.`,
      });
    });

    it(`ask permission on everything, before anything else is looked at: ${name}`, async () => {
      await organize(emu);
      await asksPermissionOn(emu, `iam:${name}`, "*", (iam) => call(name, iam));
      await askOrganization(emu, "DELETE");
      const arn = `arn:aws:iam::${MANAGEMENT}:root`;
      const caller = await createUser(emu, `only-${name}`, { statements: [allow(`iam:${name}`, arn)] });
      const refusal = noPolicyAllows(caller.arn, `iam:${name}`, "*");
      await assert.rejects(call(name, emu.iam(caller.credentials)), refusal);
    });
  }

  for (const name of Object.keys(OPERATIONS).filter((other) => !ENABLING.includes(other))) {
    it(`can be listed and disabled by a delegated administrator: ${name}`, async () => {
      const { id } = await organize(emu);
      const answer = await call(name, emu.iam(rootOf(emu, DELEGATE)));
      assert.deepEqual(answer, { OrganizationId: id, EnabledFeatures: [] });
    });
  }

  for (const name of ENABLING) {
    it(`cannot be enabled by a delegated administrator: ${name}`, async () => {
      await organize(emu);
      await assert.rejects(call(name, emu.iam(rootOf(emu, DELEGATE))), {
        name: "CallerIsNotManagementAccountException",
        message: `Caller account ${DELEGATE} is not management account of the organization and cannot enable IAM features.`,
      });
    });
  }
});
