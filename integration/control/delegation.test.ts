import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CHANNEL, createRequest, onboard, PARTNER, sendToken, TEMPLATE } from "../delegation.ts";
import { emulator } from "../emulator.ts";
import { control, refusedByControl } from "../mfa/control.ts";

describe("the control plane's delegation", () => {
  const emu = emulator();

  it("onboards partners with their templates, and shows them", async () => {
    assert.deepEqual(await control(emu, "delegation-partners"), { partners: [] });
    const partner = await onboard(emu);
    assert.deepEqual(partner, {
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
    assert.deepEqual(await control(emu, "delegation-partners"), { partners: [partner] });
    const own = await control(emu, "delegation-partners", { name: "Own" });
    assert.deepEqual(own, { account: emu.server.account, name: "Own", templates: [] });
  });

  it("shows what IAM publishes to a partner's topic, the trade-in token above all", async () => {
    assert.deepEqual(await control(emu, `delegation-notifications?channel=${CHANNEL}`), { notifications: [] });
    const id = await createRequest(emu);
    const tradeInToken = await sendToken(emu, id, emu.server.rootCredentials);
    const of = (state: string) => ({ sentAt: "2026-11-24T12:00:00.000Z", channel: CHANNEL, requestId: id, state });
    assert.deepEqual(await control(emu, `delegation-notifications?channel=${CHANNEL}`), {
      notifications: [of("ASSIGNED"), of("ACCEPTED"), { ...of("FINALIZED"), tradeInToken }],
    });
  });

  it("refuses what cannot be a partner and says why", async () => {
    const refused = (body: object) => refusedByControl(emu, "delegation-partners", body);
    const invalid = (message: string) => ({ status: 400, code: "InvalidRequest", message });
    assert.deepEqual(await refused({}), invalid("name is missing."));
    assert.deepEqual(await refused({ name: "n".repeat(31) }), invalid("name must have 1 to 30 characters."));
    assert.deepEqual(await refused({ name: "n", account: "1" }), invalid('account must be 12 digits, not "1".'));
    assert.deepEqual(await refused({ name: "n", templates: {} }), invalid("templates must be a list."));
    assert.deepEqual(
      await refused({ name: "n", template: [] }),
      invalid('Unknown member "template". Known are: account, name, templates.'),
    );
    const { code } = await refused({ name: "n", templates: [{ arn: TEMPLATE, document: { Statements: [] } }] });
    assert.equal(code, "MalformedPolicyDocument");
  });

  it("asks which topic", async () => {
    assert.deepEqual(await refusedByControl(emu, "delegation-notifications"), {
      status: 400,
      code: "InvalidRequest",
      message: "Say which SNS topic: /_emulator/delegation-notifications?channel=ARN",
    });
  });
});
