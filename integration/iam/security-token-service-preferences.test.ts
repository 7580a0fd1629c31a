import assert from "node:assert/strict";
import {
  GetAccountSummaryCommand,
  SetSecurityTokenServicePreferencesCommand,
  type GlobalEndpointTokenVersion,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { asksPermissionOn } from "./authorization.ts";

describe("SetSecurityTokenServicePreferences", () => {
  const emu = emulator();
  const set = (version: string, iam = emu.iam()) =>
    iam.send(
      new SetSecurityTokenServicePreferencesCommand({
        GlobalEndpointTokenVersion: version as GlobalEndpointTokenVersion,
      }),
    );
  const version = async () =>
    (await emu.iam().send(new GetAccountSummaryCommand({}))).SummaryMap!.GlobalEndpointTokenVersion;

  it("answers nothing and is seen in the account summary at once", async () => {
    assert.equal(await version(), 1);
    const { $metadata: _metadata, ...answer } = await set("v2Token");
    assert.deepEqual(answer, {});
    assert.equal(await version(), 2);
    await set("v2Token");
    assert.equal(await version(), 2);
    await set("v1Token");
    assert.equal(await version(), 1);
  });

  it("leaves STS at work", async () => {
    await set("v2Token");
    assert.ok((await emu.sts().send(new GetSessionTokenCommand({}))).Credentials);
  });

  for (const value of ["", "V1Token", "1", "v2token"]) {
    it(`refuses ${JSON.stringify(value)}`, async () => {
      await assert.rejects(set(value), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'globalEndpointTokenVersion' failed to satisfy constraint: Member must satisfy enum value set: [v2Token, v1Token]",
      });
    });
  }

  it("refuses to be told nothing", async () => {
    await assert.rejects(emu.iam().send(new SetSecurityTokenServicePreferencesCommand({} as never)), {
      name: "ValidationError",
      message:
        "1 validation error detected: Value at 'globalEndpointTokenVersion' failed to satisfy constraint: Member must not be null",
    });
  });

  it("asks permission on everything", async () => {
    await asksPermissionOn(emu, "iam:SetSecurityTokenServicePreferences", "*", (iam) => set("v1Token", iam));
  });
});
