import assert from "node:assert/strict";
import {
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetOutboundWebIdentityFederationInfoCommand,
} from "@aws-sdk/client-iam";
import { afterEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { rootOf } from "../organization.ts";
import { asksPermissionOn } from "./authorization.ts";

describe("outbound federation", () => {
  const emu = emulator();
  const enable = async (iam = emu.iam()) => {
    const { $metadata: _metadata, ...answer } = await iam.send(new EnableOutboundWebIdentityFederationCommand({}));
    return answer;
  };
  const disable = (iam = emu.iam()) => iam.send(new DisableOutboundWebIdentityFederationCommand({}));
  const get = async (iam = emu.iam()) => {
    const { $metadata: _metadata, ...answer } = await iam.send(new GetOutboundWebIdentityFederationInfoCommand({}));
    return answer;
  };
  const disabled = {
    name: "FeatureDisabledException",
    message: "Outbound identity federation is disabled for account 000000000000",
  };

  afterEach(() => disable().catch(() => {}));

  it("is off at first, and can be neither read nor disabled then", async () => {
    await assert.rejects(get(), disabled);
    await assert.rejects(disable(), disabled);
  });

  it("gives the account an issuer, which it shows while it is on", async () => {
    const { IssuerIdentifier, ...rest } = await enable();
    const [before, id] = IssuerIdentifier!.split("/_oidc/");
    assert.equal(before, emu.server.endpoint);
    assert.match(id!, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    assert.deepEqual(rest, {});
    assert.deepEqual(await get(), { IssuerIdentifier, JwtVendingEnabled: true });
  });

  it("cannot be enabled twice", async () => {
    await enable();
    await assert.rejects(enable(), {
      name: "FeatureEnabledException",
      message: "Outbound identity federation is already enabled for account 000000000000",
    });
  });

  it("keeps the issuer when it is disabled, which answers nothing, and enabled again", async () => {
    const { IssuerIdentifier } = await enable();
    const { $metadata: _metadata, ...answer } = await disable();
    assert.deepEqual(answer, {});
    await assert.rejects(get(), disabled);
    assert.deepEqual(await enable(), { IssuerIdentifier });
  });

  it("is each account's own", async () => {
    const other = emu.iam(rootOf(emu, "111122223333"));
    const mine = await enable();
    await assert.rejects(get(other), {
      name: "FeatureDisabledException",
      message: "Outbound identity federation is disabled for account 111122223333",
    });
    assert.notDeepEqual(await enable(other), mine);
  });

  it("can be enabled by one of two that race for it", async () => {
    const both = await Promise.allSettled([enable(), enable()]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  });

  it("asks permission on everything", async () => {
    await asksPermissionOn(emu, "iam:EnableOutboundWebIdentityFederation", "*", enable);
    await asksPermissionOn(emu, "iam:GetOutboundWebIdentityFederationInfo", "*", get);
    await asksPermissionOn(emu, "iam:DisableOutboundWebIdentityFederation", "*", disable);
  });
});
