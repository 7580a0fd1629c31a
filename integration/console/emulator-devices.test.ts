import assert from "node:assert/strict";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { enableMfa } from "../fixtures.ts";
import { browser, consoleUser, rowsOf, said, signIn } from "./browser.ts";
import { codesOf, mintToken } from "./visitors.ts";

const KEY_RING = "/console/emulator/key-ring";
const VIRTUAL = "/console/emulator/virtual-devices";
const PHONE = "/console/emulator/phone";
const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("the console's key ring of hardware tokens", () => {
  const emu = emulator();
  const page = () => browser(emu).get(KEY_RING);
  const rowOf = async (serial: string) => rowsOf(await page()).find(([first]) => first === serial);
  const enrol = (device: object) =>
    supertest(emu.server.endpoint).post("/_emulator/mfa-devices").send(device).expect(200);

  it("says so where there is no token", async () => {
    assert.match((await page()).text, /There is no hardware token yet\./);
  });

  it("mints a token of a serial number of its own, or of the one that is wanted, and shows no seed", async () => {
    const visitor = browser(emu);
    const made = await visitor.submitAndFollow(KEY_RING, {}, "mint");
    assert.match(said(made).notice!, /^The token GAHT\d{8} is on the key ring\.$/);
    const named = await visitor.submitAndFollow(KEY_RING, { serialNumber: "GAHT00000001", drift: "-90" }, "mint");
    assert.equal(said(named).notice, "The token GAHT00000001 is on the key ring.");
    const { code1, code2 } = codesOf(emu, "GAHT00000001");
    assert.deepEqual((await rowOf("GAHT00000001"))!.slice(1, 6), [code1, code2, "30 s", "90 s behind", "nobody"]);
    const { body } = await supertest(emu.server.endpoint).get("/_emulator/hardware-tokens");
    for (const { base32Seed } of body.tokens) assert.ok(!named.text.includes(base32Seed));
  });

  it("sets the clock of a token that is there", async () => {
    const serial = await mintToken(emu);
    await browser(emu).submitAndFollow(KEY_RING, { serialNumber: serial, drift: "45" }, "mint");
    assert.deepEqual((await rowOf(serial))!.slice(3, 5), ["15 s", "45 s ahead"]);
  });

  it("counts down on the emulator's clock, and shows the next code after that", async () => {
    const serial = await mintToken(emu);
    const [, code, next] = (await rowOf(serial))!;
    emu.server.clock.advance(29);
    assert.deepEqual((await rowOf(serial))!.slice(1, 4), [code, next, "1 s"]);
    emu.server.clock.advance(1);
    assert.deepEqual((await rowOf(serial))!.slice(1, 2), [next]);
  });

  it("says whom a token is enabled for", async () => {
    await consoleUser(emu, "Jane");
    const [ofUser, ofRoot] = [await mintToken(emu), await mintToken(emu)];
    await enrol({ kind: "hardware", userName: "Jane", serialNumber: ofUser });
    await enrol({ kind: "hardware", root: true, serialNumber: ofRoot });
    assert.equal((await rowOf(ofUser))![5], "user Jane of 000000000000");
    assert.equal((await rowOf(ofRoot))![5], "root of 000000000000");
  });

  it("refuses what the control plane refuses, in its words, and keeps the form", async () => {
    const visitor = browser(emu);
    const short = await visitor.submit(KEY_RING, { serialNumber: "short" }, "mint");
    assert.equal(short.status, 400);
    assert.match(said(short).error!, /^InvalidInput "short" is no vendor's serial number/);
    assert.match(short.text, /name="serialNumber" [^>]*value="short"/);
    const drift = await visitor.submit(KEY_RING, { drift: "1.5" }, "mint");
    assert.match(said(drift).error!, /offsetSeconds is a whole number of seconds/);
  });

  it("imports a vendor's list, CSV or PSKC, all of it or nothing", async () => {
    const visitor = browser(emu);
    const list = async (text: string) => said(await visitor.submitAndFollow(KEY_RING, { list: text }, "import"));
    assert.equal((await list(`serial,seed\nCSV000000001,${SEED}\n`)).notice, "One token has been imported.");
    const pskc =
      `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0">` +
      ["PSKC00000001", "PSKC00000002"]
        .map(
          (serial) =>
            `<KeyPackage><DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo>` +
            `<Key Id="${serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data><Secret>` +
            `<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data></Key></KeyPackage>`,
        )
        .join("") +
      `</KeyContainer>`;
    assert.equal((await list(pskc)).notice, "2 tokens have been imported.");
    const broken = await list(`CSV000000002,${SEED}\nnothing`);
    assert.equal(broken.error, "InvalidInput Line 2 of the list is not a serial number, a comma and a base32 seed.");
    assert.equal(await rowOf("CSV000000002"), undefined);
    assert.ok(await rowOf("PSKC00000002"));
  });

  it("deletes a token that nobody has enabled, and no other", async () => {
    const serial = await mintToken(emu);
    const visitor = browser(emu);
    const remove = async () => said(await visitor.submitAndFollow(KEY_RING, { serial }, "delete"));
    await consoleUser(emu, "Kim");
    await enrol({ kind: "hardware", userName: "Kim", serialNumber: serial });
    assert.equal((await remove()).error, `DeleteConflict Hardware token ${serial} is in use. Must deactivate first.`);
    const free = await mintToken(emu);
    const done = await visitor.submitAndFollow(KEY_RING, { serial: free }, "delete");
    assert.equal(said(done).notice, `The token ${free} has been deleted.`);
    assert.equal(await rowOf(free), undefined);
    const again = await visitor.submit(KEY_RING, { serial: free }, "delete");
    assert.equal(again.status, 404);
    assert.equal(said(again).error, `NoSuchEntity MFA Device with serial number ${free} does not exist.`);
  });

  it("refuses a form that does not say what it is for", async () => {
    const answer = await browser(emu).submit(KEY_RING, { do: "nothing" }, "mint");
    assert.deepEqual([answer.status, said(answer).error], [400, "The form does not say what is to be done."]);
  });

  it("tells a script what changes, without the page around it", async () => {
    const serial = await mintToken(emu);
    const { code1, code2 } = codesOf(emu, serial);
    const { body, type } = await browser(emu).get(`${KEY_RING}?format=json`);
    assert.equal(type, "application/json");
    assert.equal(body.parts[`code ${serial}`], `<span class="shown">${code1}</span>`);
    assert.equal(body.parts[`next ${serial}`], `<span class="shown">${code2}</span>`);
    assert.match(body.parts[`left ${serial}`], /^\d+ s$/);
  });

  it("can be reloaded by a button where there is no script", async () => {
    assert.match((await page()).text, /<noscript><form method="get"[^]*>Reload<\/button><\/form\s*><\/noscript>/);
  });
});

describe("the console's authenticator app", () => {
  const emu = emulator();

  it("shows the codes of every virtual device, and whom it is enabled for", async () => {
    assert.match((await browser(emu).get(VIRTUAL)).text, /There is no virtual MFA device yet\./);
    await consoleUser(emu, "Jane");
    const serial = await enableMfa(emu, "Jane");
    const { code1, code2 } = codesOf(emu, serial);
    assert.deepEqual(rowsOf(await browser(emu).get(VIRTUAL)), [
      [serial, code1, code2, "30 s", "user Jane of 000000000000"],
    ]);
    const { body } = await browser(emu).get(`${VIRTUAL}?format=json`);
    assert.equal(body.parts[`left ${serial}`], "30 s");
  });
});

describe("the console's phone", () => {
  const emu = emulator();
  const send = async (userName: string, phoneNumber: string) =>
    (await supertest(emu.server.endpoint).post("/_emulator/sms").send({ userName, phoneNumber }).expect(200)).body;
  const messages = async (query = "") => rowsOf(await browser(emu).get(`${PHONE}${query}`));

  it("says so where there is no message", async () => {
    assert.match((await browser(emu).get(PHONE)).text, /No phone has been sent a message yet\./);
  });

  it("shows the messages to all phones, the newest first, and what their codes are worth", async () => {
    await consoleUser(emu, "Sue");
    await consoleUser(emu, "Tom");
    const first = await send("Sue", "+12065550100");
    emu.server.clock.advance(1);
    const second = await send("Sue", "+12065550100");
    emu.server.clock.advance(1);
    const third = await send("Tom", "+12065550101");
    assert.deepEqual(
      (await messages()).map(([sent, phone, text, code, state]) => [sent, phone, text, code, state]),
      [
        ["2026-11-24 12:00:02 UTC", "+12065550101", third.text, third.code, "good"],
        ["2026-11-24 12:00:01 UTC", "+12065550100", second.text, second.code, "good"],
        ["2026-11-24 12:00:00 UTC", "+12065550100", first.text, first.code, "void: a later one was sent"],
      ],
    );
    const enrolment = { kind: "sms", userName: "Tom", phoneNumber: "+12065550101", code1: third.code };
    await supertest(emu.server.endpoint).post("/_emulator/mfa-devices").send(enrolment).expect(200);
    emu.server.clock.advance(300);
    assert.deepEqual(
      (await messages()).map((cells) => cells[4]),
      ["used", "expired", "void: a later one was sent"],
    );
  });

  it("shows the messages to one phone", async () => {
    const page = await browser(emu).get(`${PHONE}?phone=%2B12065550101`);
    assert.deepEqual(
      rowsOf(page).map((cells) => cells[1]),
      ["+12065550101"],
    );
    assert.match(page.text, /<option value="\+12065550101" selected>/);
    assert.match((await browser(emu).get(`${PHONE}?phone=%22%3E%3Cscript%3E`)).text, /has been sent no message/);
  });

  it("tells a script of messages as they arrive", async () => {
    const json = async () => (await browser(emu).get(`${PHONE}?format=json&phone=%2B12065550100`)).body.parts;
    const before = await json();
    const { code } = await send("Sue", "+12065550100");
    const after = await json();
    assert.ok(!before.messages.includes(`>${code}<`));
    assert.ok(after.messages.includes(`<span class="shown">${code}</span>`));
    assert.match(after.newest, new RegExp(`role="status">\\s*Newest message, to \\+12065550100: .*${code}`));
  });
});

describe("the console's MFA sign-in beside the emulator's pages", () => {
  const emu = emulator();
  const locked = emulator({ control: false });

  it("leads to where the code is shown", async () => {
    await consoleUser(emu, "Vera");
    await enableMfa(emu, "Vera");
    const page = await signIn(browser(emu), "Vera");
    assert.match(page.text, /<a href="\/console\/emulator\/virtual-devices" target="_blank">/);
    await consoleUser(emu, "Sam");
    const phone = { kind: "sms", userName: "Sam", phoneNumber: "+12065550102" };
    await supertest(emu.server.endpoint).post("/_emulator/mfa-devices").send(phone).expect(200);
    assert.match((await signIn(browser(emu), "Sam")).text, /href="\/console\/emulator\/phone"/);
    await consoleUser(emu, "Hal");
    const token = { kind: "hardware", userName: "Hal", serialNumber: await mintToken(emu) };
    await supertest(emu.server.endpoint).post("/_emulator/mfa-devices").send(token).expect(200);
    assert.match((await signIn(browser(emu), "Hal")).text, /href="\/console\/emulator\/key-ring"/);
  });

  it("leads nowhere while the control plane is off", async () => {
    await consoleUser(locked, "Vera");
    await enableMfa(locked, "Vera");
    const page = await signIn(browser(locked), "Vera");
    assert.equal(said(page).heading, "Multi-factor authentication");
    assert.ok(!page.text.includes("/console/emulator/"));
  });
});
