import assert from "node:assert/strict";
import { DeactivateMFADeviceCommand, ListVirtualMFADevicesCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, deny, enableMfa } from "../fixtures.ts";
import { implicitDenial } from "../iam/authorization.ts";
import { browser, consoleUser, formOf, rowsOf, said, signIn, signInAsRoot, type Browser } from "./browser.ts";
import {
  administrator,
  codesOf,
  lastCode,
  MANAGE_MFA,
  mintToken,
  serialsOf,
  signedIn,
  signedInRoot,
} from "./visitors.ts";

const ARN = "arn:aws:iam::000000000000";
const CREDENTIALS = "/console/security-credentials";
const VIRTUAL = "/console/mfa/assign/virtual";
const SMS = "/console/mfa/assign/sms";

/** The secret key and serial number on a page. */
const shownSecret = (page: { text: string }) => ({
  serial: /<dt>Serial number<\/dt>\s*<dd><code>([^<]+)/.exec(page.text)?.[1],
  seed: /<dt>Secret key<\/dt>\s*<dd><code>([A-Z2-7]{64})</.exec(page.text)?.[1],
});

const deviceAt = (serial: string, user?: string): string =>
  `/console/mfa/device?${new URLSearchParams({ ...(user !== undefined && { user }), serial }).toString()}`;

describe("MFA devices of one's own in the console", () => {
  const emu = emulator();
  const phone = "+12065550100";

  it("a virtual one is made, its secret shown with its QR code to whoever made it until it is enabled by two codes", async () => {
    await consoleUser(emu, "Vera", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Vera");
    const created = await visitor.submitAndFollow(VIRTUAL, { name: "phone" }, "create");
    assert.equal(shownSecret(created).serial, `${ARN}:mfa/phone`);
    assert.ok(shownSecret(created).seed);
    assert.match(created.text, /<img class="qr" src="data:image\/png;base64,[\w+/=]{100,}"/);

    const resumed = `${VIRTUAL}?serial=${encodeURIComponent(`${ARN}:mfa/phone`)}`;
    assert.deepEqual(shownSecret(await visitor.get(resumed)), shownSecret(created));
    const wrong = await visitor.submit(resumed, { code1: "000000", code2: "000001" }, "enable");
    assert.equal(said(wrong).error, "InvalidAuthenticationCode Authentication code for device is not valid.");
    assert.deepEqual(shownSecret(wrong), shownSecret(created));
    const elsewhere = await (await signedIn(emu, "Vera")).get(resumed);
    assert.equal(shownSecret(elsewhere).seed, undefined);
    assert.match(elsewhere.text, /waits for two codes/);
    const { code1, code2 } = codesOf(emu, `${ARN}:mfa/phone`);
    const done = await visitor.submitAndFollow(resumed, { code1: code1.replace(/^.../, "$& "), code2 }, "enable");
    assert.equal(said(done).notice, "The virtual MFA device has been assigned to Vera.");
    assert.deepEqual(await serialsOf(emu, "Vera"), [`${ARN}:mfa/phone`]);
    assert.equal(shownSecret(await visitor.get(resumed)).seed, undefined);
  });

  it("a virtual one that was abandoned waits unassigned, to be resumed or deleted", async () => {
    await consoleUser(emu, "Abe", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Abe");
    await visitor.submit(VIRTUAL, { name: "Abe" }, "create");
    const list = await visitor.get(VIRTUAL);
    assert.match(
      list.text,
      /href="\/console\/mfa\/assign\/virtual\?serial=arn%3Aaws%3Aiam%3A%3A000000000000%3Amfa%2FAbe"/,
    );
    const again = await visitor.submit(VIRTUAL, { name: "Abe" }, "create");
    assert.equal(said(again).error, "EntityAlreadyExists MFA device already exists.");
    const page = await visitor.submitAndFollow(VIRTUAL, {}, "delete");
    assert.equal(said(page).notice, `The virtual MFA device ${ARN}:mfa/Abe has been deleted.`);
  });

  it("a hardware token is assigned by its serial number and two codes", async () => {
    await consoleUser(emu, "Hal", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Hal");
    const serial = await mintToken(emu);
    const page = "/console/mfa/assign/hardware";
    const unknown = await visitor.submit(page, { serial: "GAHT99999999", code1: "000000", code2: "000001" });
    assert.equal(said(unknown).error, "NoSuchEntity MFA Device with serial number GAHT99999999 does not exist.");
    assert.match(unknown.text, /value="GAHT99999999"/);
    const done = await visitor.submitAndFollow(page, { serial, ...codesOf(emu, serial) });
    assert.equal(said(done).notice, "The hardware TOTP token has been assigned to Hal.");
    assert.deepEqual(await serialsOf(emu, "Hal"), [serial]);
  });

  it("a phone is assigned by the code that arrives, which can be sent again", async () => {
    await consoleUser(emu, "Sam", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Sam");
    const sent = await visitor.submitAndFollow(SMS, { phoneNumber: "+1 (206) 555-0100" }, "send");
    assert.match(sent.text, /Enter the code that was sent to <code>\+12065550100</);
    const first = await lastCode(emu, phone);
    await visitor.submit(SMS, { phoneNumber: phone }, "send");
    const enable = (code: string) =>
      visitor.submitAndFollow(`${SMS}?phone=%2B12065550100`, { phoneNumber: phone, code }, "enable");
    const wrong = await enable(first);
    assert.equal(said(wrong).error, "InvalidAuthenticationCode Authentication code for device is not valid.");
    assert.match(wrong.text, /name="do" value="enable"/);
    const done = await enable(await lastCode(emu, phone));
    assert.equal(said(done).notice, "The SMS MFA device has been assigned to Sam.");
    assert.deepEqual(await serialsOf(emu, "Sam"), [`${ARN}:sms-mfa/Sam`]);
    const [event] = emu.server.trail().filter(({ eventName }) => eventName === "EnableMFADevice");
    assert.equal(event!.userIdentity!.arn, `${ARN}:user/Sam`);
    assert.deepEqual([event!.errorCode, event!.httpStatus], [undefined, 200]);
    assert.deepEqual(event!.requestParameters, { userName: "Sam", serialNumber: `${ARN}:sms-mfa/Sam` });
  });

  it("a phone gets five messages in a quarter of an hour, and none under a number that is none", async () => {
    await consoleUser(emu, "Sol", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Sol");
    const send = (phoneNumber: string) => visitor.submit(SMS, { phoneNumber }, "send");
    assert.match(said(await send("555")).error!, /^InvalidInput phoneNumber is the phone's number in E\.164 form/);
    for (let i = 0; i < 5; i++) assert.equal(said(await send("+12065550101")).error, undefined);
    assert.match(said(await send("+12065550101")).error!, /too many messages to this phone/);
  });

  it("take the permission iam:EnableMFADevice, for phones as for everything else", async () => {
    const { arn } = await consoleUser(emu, "Pam", {
      statements: [allow(["iam:CreateVirtualMFADevice", "iam:ListMFADevices"])],
    });
    const visitor = await signedIn(emu, "Pam");
    const denied = `AccessDenied ${implicitDenial(arn, "iam:EnableMFADevice", arn)}`;
    const messages = async () => emu.server.trail().filter(({ eventName }) => eventName === "EnableMFADevice").length;
    const before = await messages();
    const sent = await visitor.submit(SMS, { phoneNumber: "+12065550102" }, "send");
    assert.deepEqual([sent.status, said(sent).error!.startsWith(denied)], [403, true], said(sent).error);
    assert.equal(said(sent).refusedRequest, emu.server.trail()[0]!.requestID);
    assert.equal(await messages(), before + 1);
    const enabled = await visitor.submit(SMS, { do: "enable", phoneNumber: "+12065550102", code: "000000" }, "send");
    assert.ok(said(enabled).error!.startsWith(denied));
    await assert.rejects(lastCode(emu, "+12065550102"));
    await visitor.submit(VIRTUAL, { name: "Pam" }, "create");
    const resumed = `${VIRTUAL}?serial=${encodeURIComponent(`${ARN}:mfa/Pam`)}`;
    const virtual = await visitor.submit(resumed, codesOf(emu, `${ARN}:mfa/Pam`), "enable");
    assert.ok(said(virtual).error!.startsWith(denied));
    assert.deepEqual(await serialsOf(emu, "Pam"), []);
  });

  it("are resynchronised and removed on a page of their own, after a sign-in with MFA only", async () => {
    await consoleUser(emu, "Rex", { statements: [MANAGE_MFA] });
    const without = await signedIn(emu, "Rex");
    const serial = await enableMfa(emu, "Rex");
    assert.match((await without.get(CREDENTIALS)).text, new RegExp(`<code>${serial}</code>`));
    const refused = await without.submit(deviceAt(serial), {}, "remove");
    assert.equal(
      said(refused).error!.split(" Which")[0],
      "AccessDenied To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
    );

    emu.server.clock.advance(60);
    const visitor = browser(emu);
    await signIn(visitor, "Rex");
    await visitor.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    emu.server.clock.advance(60);
    const synced = await visitor.submitAndFollow(deviceAt(serial), codesOf(emu, serial), "resync");
    assert.equal(said(synced).notice, "The MFA device is in sync.");
    const removed = await visitor.submitAndFollow(deviceAt(serial), {}, "remove");
    assert.equal(said(removed).notice, `The MFA device ${serial} has been removed.`);
    assert.deepEqual(await serialsOf(emu, "Rex"), []);
    const { VirtualMFADevices } = await emu.iam().send(new ListVirtualMFADevicesCommand({}));
    assert.ok(!VirtualMFADevices!.some(({ SerialNumber }) => SerialNumber === serial));
  });

  it("a virtual one stays, unassigned, with whoever may not delete it", async () => {
    await consoleUser(emu, "Lea", { statements: [MANAGE_MFA, deny("iam:DeleteVirtualMFADevice")] });
    const serial = await enableMfa(emu, "Lea");
    const visitor = browser(emu);
    await signIn(visitor, "Lea");
    await visitor.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    const page = await visitor.submitAndFollow(deviceAt(serial), {}, "remove");
    assert.match(
      said(page).notice!,
      /has been deactivated, but could not be deleted: User: .*iam:DeleteVirtualMFADevice/,
    );
  });

  it("a device of somebody else is nothing to one's own page", async () => {
    await consoleUser(emu, "Eva", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(emu, "Eva");
    const page = await visitor.get(deviceAt(`${ARN}:sms-mfa/Sam`));
    assert.deepEqual([page.status, said(page).error], [404, `There is no MFA device ${ARN}:sms-mfa/Sam of Eva.`]);
  });
});

describe("MFA devices of root in the console", () => {
  const emu = emulator();

  async function withMfa(code: string): Promise<Browser> {
    const visitor = browser(emu);
    await signInAsRoot(visitor, emu);
    await visitor.submit("/console/sign-in/mfa", { code });
    return visitor;
  }

  it("are enabled, used, resynchronised and removed there, and never by SMS", async () => {
    const serial = `${ARN}:mfa/root-account-mfa-device`;
    const first = await signedInRoot(emu);
    const forUsersOnly = "SMS MFA devices are for IAM users only. The root user can have a device of any other kind.";
    assert.equal(said(await first.get(SMS)).error, forUsersOnly);
    const { csrf } = formOf((await first.get(VIRTUAL)).text)!.hidden;
    const sms = await first.post(SMS, { csrf: csrf!, do: "send", phoneNumber: "+12065550100" });
    assert.equal(said(sms).error, `InvalidInput ${forUsersOnly}`);
    const created = await first.submitAndFollow(VIRTUAL, { name: "root-account-mfa-device" }, "create");
    assert.equal(shownSecret(created).serial, serial);
    const resumed = `${VIRTUAL}?serial=${encodeURIComponent(serial)}`;
    const done = await first.submitAndFollow(resumed, codesOf(emu, serial), "enable");
    assert.equal(said(done).notice, "The virtual MFA device has been assigned to the root user.");
    assert.deepEqual(await serialsOf(emu), [serial]);
    const [event] = emu.server.trail().filter(({ eventName }) => eventName === "EnableMFADevice");
    assert.deepEqual([event!.userIdentity!.type, event!.requestParameters], ["Root", { serialNumber: serial }]);

    emu.server.clock.advance(60);
    const visitor = await withMfa(emu.server.mfa.code(serial).code);
    emu.server.clock.advance(60);
    const wrong = await visitor.submit(deviceAt(serial), { code1: "000000", code2: "000001" }, "resync");
    assert.equal(said(wrong).error, "InvalidAuthenticationCode Authentication code for device is not valid.");
    const synced = await visitor.submitAndFollow(deviceAt(serial), codesOf(emu, serial), "resync");
    assert.equal(said(synced).notice, "The MFA device is in sync.");
    const removed = await visitor.submitAndFollow(deviceAt(serial), {}, "remove");
    assert.equal(said(removed).notice, `The MFA device ${serial} has been removed.`);
    assert.deepEqual(await serialsOf(emu), []);
  });

  it("can be a hardware token, which then is gone from root alone", async () => {
    const visitor = await signedInRoot(emu);
    const serial = await mintToken(emu);
    await visitor.submit("/console/mfa/assign/hardware", { serial, ...codesOf(emu, serial) });
    assert.deepEqual(await serialsOf(emu), [serial]);
    await visitor.submit(deviceAt(serial), {}, "remove");
    assert.deepEqual(await serialsOf(emu), []);
  });
});

describe("MFA devices of others in the console", () => {
  const emu = emulator();
  const codesFor = (serial: string) => codesOf(emu, serial);

  it("are assigned on behalf of a user: virtual, hardware and SMS", async () => {
    const admin = await administrator(emu);
    for (const name of ["Ann", "Ben", "Cal"]) await consoleUser(emu, name);
    await admin.submit(`${VIRTUAL}?user=Ann`, { name: "Ann" }, "create");
    const resumed = `${VIRTUAL}?user=Ann&serial=${encodeURIComponent(`${ARN}:mfa/Ann`)}`;
    const done = await admin.submit(resumed, codesFor(`${ARN}:mfa/Ann`), "enable");
    assert.equal(done.headers["location"], "/console/users/Ann/security-credentials");
    const token = await mintToken(emu);
    await admin.submit("/console/mfa/assign/hardware?user=Ben", { serial: token, ...codesFor(token) });
    await admin.submit(`${SMS}?user=Cal`, { phoneNumber: "+12065550103" }, "send");
    const code = await lastCode(emu, "+12065550103");
    await admin.submit(`${SMS}?user=Cal`, { do: "enable", phoneNumber: "+12065550103", code });
    assert.deepEqual(
      [await serialsOf(emu, "Ann"), await serialsOf(emu, "Ben"), await serialsOf(emu, "Cal")],
      [[`${ARN}:mfa/Ann`], [token], [`${ARN}:sms-mfa/Cal`]],
    );
  });

  it("are tagged and untagged where they are virtual", async () => {
    const admin = await signedIn(emu, "admin");
    const page = deviceAt(`${ARN}:mfa/Ann`, "Ann");
    const set = await admin.submitAndFollow(page, { tagKey: "owner", tagValue: "Ann" }, "tag");
    assert.equal(said(set).notice, "The tag owner has been set.");
    assert.deepEqual(rowsOf(set), [["owner", "Ann", "Remove tag owner"]]);
    assert.deepEqual(rowsOf(await admin.submitAndFollow(page, { key: "owner" }, "untag")), []);
    assert.ok(!(await admin.get(deviceAt(`${ARN}:sms-mfa/Cal`, "Cal"))).text.includes("Add tag"));
  });

  it("are resynchronised and removed for them", async () => {
    const admin = await signedIn(emu, "admin");
    const serial = `${ARN}:mfa/Ann`;
    emu.server.clock.advance(60);
    assert.match((await admin.get("/console/users/Ann/security-credentials")).text, /user=Ann&amp;serial=arn/);
    await admin.submit(deviceAt(serial, "Ann"), codesFor(serial), "resync");
    const removed = await admin.submitAndFollow(deviceAt(serial, "Ann"), {}, "remove");
    assert.equal(said(removed).notice, `The MFA device ${serial} has been removed.`);
    const sms = await admin.submitAndFollow(deviceAt(`${ARN}:sms-mfa/Cal`, "Cal"), {}, "remove");
    assert.equal(said(sms).notice, `The MFA device ${ARN}:sms-mfa/Cal has been removed.`);
    assert.deepEqual([await serialsOf(emu, "Ann"), await serialsOf(emu, "Cal")], [[], []]);
  });

  it("are nobody's to assign who lacks the permission on that user", async () => {
    await consoleUser(emu, "Mia", {
      statements: [allow("iam:*MFADevice*", "arn:aws:iam::000000000000:user/Mia")],
    });
    const visitor = await signedIn(emu, "Mia");
    const page = await visitor.submit(`${SMS}?user=Ann`, { phoneNumber: "+12065550104" }, "send");
    assert.match(said(page).error!, /not authorized to perform: iam:EnableMFADevice on resource: \S+:user\/Ann /);
  });
});

describe("the kinds of MFA device that the console offers", () => {
  const guide = emulator();
  const current = emulator({ mfaRules: "current" });
  const ASSIGN = "/console/mfa/assign";
  /** Which kinds can be assigned, and why the others cannot. */
  const offered = ({ text }: { text: string }) =>
    Object.fromEntries(
      [...text.matchAll(/<section class="card[^"]*">\s*<h2>([^<]*)<\/h2>([^]*?)<\/section>/g)].map(
        ([, kind, shown]) => [
          kind,
          /href="([^"]*)"/.exec(shown!)?.[1] ?? /<strong>([^]*?)<\/p>/.exec(shown!)![1]!.replace("</strong>", ""),
        ],
      ),
    );
  it("are all four for a user under the rules of the guide, and none once there is one", async () => {
    await consoleUser(guide, "Ann", { statements: [MANAGE_MFA] });
    const visitor = await signedIn(guide, "Ann");
    assert.deepEqual(offered(await visitor.get(ASSIGN)), {
      "Virtual MFA device": "/console/mfa/assign/virtual",
      "Hardware TOTP token": "/console/mfa/assign/hardware",
      "U2F security key": "/console/mfa/assign/u2f",
      "SMS MFA device": "/console/mfa/assign/sms",
    });
    const serial = await enableMfa(guide, "Ann");
    const page = await visitor.get(ASSIGN);
    assert.deepEqual(offered(page), {});
    assert.match(
      page.text,
      /A user, and the root user, can have one MFA device at a time\. Remove the one that is assigned first\.<\/p>\s*<div class="buttons"><a href="\/console\/security-credentials"/,
    );
    await guide.iam().send(new DeactivateMFADeviceCommand({ UserName: "Ann", SerialNumber: serial }));
  });

  it("are three for root, which is told why", async () => {
    const visitor = await signedInRoot(guide);
    assert.equal(
      offered(await visitor.get(ASSIGN))["SMS MFA device"],
      "Cannot be assigned. SMS MFA devices are for IAM users only. The root user can have a device of any other kind.",
    );
  });

  it("are three under the current rules, also beside a device, up to eight", async () => {
    await consoleUser(current, "Ann", { statements: [MANAGE_MFA] });
    await consoleUser(current, "Bob");
    const visitor = await signedIn(current, "Ann");
    await enableMfa(current, "Ann");
    const kinds = offered(await visitor.get(ASSIGN));
    assert.equal(kinds["Virtual MFA device"], "/console/mfa/assign/virtual");
    assert.equal(
      kinds["SMS MFA device"],
      "Cannot be assigned. SMS MFA devices can no longer be enabled: AWS has ended their support. Those that exist go on.",
    );
  });

  it("lead to pages for the user they are for", async () => {
    await consoleUser(guide, "Zed");
    const admin = await administrator(guide);
    const kinds = offered(await admin.get(`${ASSIGN}?user=Zed`));
    assert.equal(kinds["U2F security key"], "/console/mfa/assign/u2f?user=Zed");
  });
});
