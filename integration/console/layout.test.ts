import assert from "node:assert/strict";
import { AddUserToGroupCommand, CreateGroupCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { browser, consoleUser, rowsOf, said, type Browser } from "./browser.ts";
import { administrator, signedIn, signedInRoot } from "./visitors.ts";

/** The pages that the navigation links, by name. */
const navigation = ({ text }: { text: string }): string[] =>
  [...(/<nav[^]*?<\/nav>/.exec(text)?.[0] ?? "").matchAll(/<a [^>]*>([^<]*)</g)].map(([, name]) => name!.trim());

describe("the pages of the console around what they show", () => {
  const emu = emulator({ idp: true });
  const plain = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
  });

  it("are a card without navigation on the way in, with a link to the emulator's pages below it", async () => {
    for (const path of ["/console/sign-in", "/console/sign-in/root"]) {
      const page = await browser(emu).get(path);
      assert.deepEqual(navigation(page), []);
      assert.match(page.text, /<footer>\s*<a href="\/console\/emulator\/trail">/);
    }
    const { text } = await browser(emu).get("/console/sign-in");
    assert.match(text, /<input id="userName" name="userName" required autofocus /);
    const again = await browser(emu).submit("/console/sign-in", { account: "0", userName: "x", password: "y" });
    assert.match(again.text, /<input id="password" name="password" required autofocus /);
  });

  it("link the identity provider where there is one", async () => {
    assert.ok(navigation(await admin.get("/console")).includes("Identity provider"));
    const elsewhere = await browser(plain).get("/console/emulator/phone");
    assert.ok(!navigation(elsewhere).includes("Identity provider"));
  });

  it("say that there is no such page, and lead back", async () => {
    for (const path of ["/console/nowhere", "/console/users/Nobody"]) {
      const page = await admin.get(path);
      assert.deepEqual([page.status, said(page).heading], [404, "Not found"]);
      assert.match(page.text, /<a href="\/console">To the dashboard<\/a>/);
    }
  });

  it("tell root at once that SMS is not for root", async () => {
    const page = await (await signedInRoot(plain)).get("/console/mfa/assign/sms");
    assert.deepEqual(
      [page.status, said(page).error],
      [400, "SMS MFA devices are for IAM users only. The root user can have a device of any other kind."],
    );
  });

  it("show fifty of many hardware tokens, virtual devices and users of a group, and find the others", async () => {
    const control = supertest(emu.server.endpoint);
    const tokens = Array.from({ length: 60 }, (_, i) => ({ serialNumber: `GAHT000000${10 + i}` }));
    await control.post("/_emulator/hardware-tokens").send(tokens).expect(200);
    const ring = "/console/emulator/key-ring";
    assert.equal(rowsOf(await admin.get(ring)).length, 50);
    const second = await admin.get(`${ring}?page=2`);
    assert.deepEqual([rowsOf(second).length, /Page 2 of 2, 60 in all\./.test(second.text)], [10, true]);
    assert.deepEqual(
      rowsOf(await admin.get(`${ring}?filter=00033`)).map(([serial]) => serial),
      ["GAHT00000033"],
    );
    assert.match((await admin.get(`${ring}?filter=none`)).text, /Nothing has that in its name\./);

    const iam = emu.iam();
    await iam.send(new CreateGroupCommand({ GroupName: "Many" }));
    for (let i = 100; i < 160; i++) {
      await iam.send(new CreateUserCommand({ UserName: `u${i}` }));
      await iam.send(new AddUserToGroupCommand({ GroupName: "Many", UserName: `u${i}` }));
    }
    assert.equal(rowsOf(await admin.get("/console/groups/Many")).length, 50);
    assert.equal(rowsOf(await admin.get("/console/groups/Many?page=2")).length, 10);
  });

  it("offer a code of the emulator's own devices only while the control plane is on", async () => {
    await consoleUser(emu, "Mia", { statements: [allow("iam:*MFADevice*")] });
    const page = "/console/mfa/assign/virtual?serial=arn%3Aaws%3Aiam%3A%3A000000000000%3Amfa%2FMia";
    const mia = await signedIn(emu, "Mia");
    await mia.submit("/console/mfa/assign/virtual", { name: "Mia" }, "create");
    const { code, next } = emu.server.mfa.code("arn:aws:iam::000000000000:mfa/Mia");
    const { text } = await mia.get(page);
    assert.ok(
      text.includes(`<span class="shown">${code}</span>`) && text.includes(`<span class="shown">${next}</span>`),
    );
    // A device that the emulator has not: nothing is offered, and nothing breaks.
    const unknown = await mia.get("/console/mfa/assign/virtual?serial=nothing");
    assert.deepEqual([unknown.status, unknown.text.includes("The emulator knows")], [200, false]);
  });
});

describe("the console without the control plane", () => {
  const emu = emulator({ control: false });

  it("offers no codes and links no pages of the emulator", async () => {
    await consoleUser(emu, "Mia", { statements: [allow("iam:*MFADevice*")] });
    const mia = await signedIn(emu, "Mia");
    const made = await mia.submitAndFollow("/console/mfa/assign/virtual", { name: "Mia" }, "create");
    assert.match(made.text, /class="qr"/);
    assert.doesNotMatch(made.text, /The emulator knows|\/console\/emulator/);
    assert.doesNotMatch((await browser(emu).get("/console/sign-in")).text, /<footer>/);
  });
});
