import assert from "node:assert/strict";
import { ListAccessKeysCommand, UpdateLoginProfileCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { isSecretField } from "../../server/console/drafts.ts";
import { emulator } from "../emulator.ts";
import { allow } from "../fixtures.ts";
import { browser, consoleUser, decode, formOf, PASSWORD, said, signIn, signInAsRoot } from "./browser.ts";
import { signedIn } from "./visitors.ts";

describe("sessions of the console that end while somebody types", () => {
  const emu = emulator();
  before(async () => {
    for (const name of ["Ann", "Ben"]) await consoleUser(emu, name, { statements: [allow("*")] });
  });

  it("bring a form back as it was typed, without its passwords, after the sign-in", async () => {
    const ann = await signedIn(emu, "Ann");
    const { hidden } = formOf((await ann.get("/console/create-user")).text)!;
    await emu.iam().send(new UpdateLoginProfileCommand({ UserName: "Ann", Password: "Another 1 password" }));
    const sent = await ann.post("/console/create-user", {
      ...hidden,
      userName: "Zoe",
      path: "/new/",
      password: "Hidden 1 word",
    });
    assert.equal(sent.status, 303);
    const page = await ann.get(sent.headers["location"]!);
    assert.match(
      said(page).notice!,
      /^Your session has ended\. Sign in to come back to the page\. Nothing was done, and what you typed/,
    );
    const back = await ann.submitAndFollow(sent.headers["location"]!, {
      account: "000000000000",
      userName: "Ann",
      password: "Another 1 password",
    });
    assert.match(said(back).notice!, /^This is what you typed before your session ended/);
    assert.match(back.text, /name="userName"[^>]*value="Zoe"/);
    assert.ok(!back.text.includes("Hidden 1 word"));
  });

  it("keep a refused form for its page, without its passwords; of a sign-in nothing", async () => {
    const again = ({ text }: { readonly text: string }) => decode(/data-again="([^"]*)"/.exec(text)![1]!);
    const ben = await signedIn(emu, "Ben");
    const typed = { userName: "Ann", path: "/new/", password: "Hidden 1 word" };
    const refused = await ben.submit("/console/create-user", typed);
    assert.equal(said(refused).error, "EntityAlreadyExists User with name Ann already exists.");
    const page = await ben.get(again(refused));
    assert.equal(said(page).notice, "This is what you typed. When it was sent, it was refused.");
    assert.match(page.text, /name="path"[^>]*value="\/new\/"/);
    assert.ok(!page.text.includes("Hidden 1 word"));
    const signInRefused = await browser(emu).submit("/console/sign-in", { account: "0", userName: "x", password: "y" });
    assert.equal(again(signInRefused), "/console/sign-in");
  });

  it("keep nothing of a form that is not the console's own", async () => {
    const sent = await browser(emu).post("/console/create-user", { userName: "Zoe" });
    assert.ok(!sent.headers["location"]!.includes("draft"));
  });

  it("never keep a field that pages show as a secret", async () => {
    const root = browser(emu);
    await signInAsRoot(root, emu);
    for (const path of [
      "/create-user",
      "/security-credentials",
      "/users/Ben/security-credentials",
      "/mfa/assign/virtual",
      "/mfa/assign/hardware",
      "/mfa/assign/sms",
    ]) {
      const { text } = await root.get(`/console${path}`);
      for (const [input] of text.matchAll(/<input[^>]*(?:type="password"|one-time-code|data-webauthn)[^>]*>/g)) {
        assert.ok(isSecretField(/name="([^"]*)"/.exec(input)![1]!), input);
      }
    }
  });

  it("notice that somebody else has signed in meanwhile, and do nothing for them", async () => {
    const visitor = await signedIn(emu, "Ben");
    const { hidden } = formOf((await visitor.get("/console/create-user")).text)!;
    await visitor.submit("/console", {}, "/console/sign-out");
    const signedOut = await visitor.post("/console/create-user", { ...hidden, userName: "Zoe" });
    assert.match(signedOut.headers["location"]!, /draft/);
    await signInAsRoot(visitor, emu);
    assert.equal((await visitor.get("/console/users/Zoe")).status, 404);
  });

  it("notice at once a sign-in that came between a page and its form", async () => {
    const visitor = browser(emu);
    const signInPage = formOf((await visitor.get("/console/sign-in")).text)!;
    await signIn(visitor, "Ben", PASSWORD);
    const sent = await visitor.post("/console/create-user", { ...signInPage.hidden, userName: "Zoe" });
    assert.equal(sent.status, 409);
    assert.match(
      said(sent).error!,
      /^Nothing was done: since this page was loaded, somebody has signed in or out in another tab/,
    );
    assert.match(sent.text, /name="userName"[^>]*value="Zoe"/);
    assert.equal((await visitor.get("/console/users/Zoe")).status, 404);
  });

  it("do once what is sent twice", async () => {
    const ben = await signedIn(emu, "Ben");
    const page = await ben.get("/console/security-credentials");
    const { hidden } = formOf(page.text, "create-access-key")!;
    const [first, second] = await Promise.all([1, 2].map(() => ben.post("/console/security-credentials", hidden)));
    const secretOf = (text: string) => /Secret access key<\/dt>\s*<dd>([^]*?)<\/dd>/.exec(text)![1];
    assert.equal(secretOf(first!.text), secretOf(second!.text));
    const { AccessKeyMetadata } = await emu.iam().send(new ListAccessKeysCommand({ UserName: "Ben" }));
    assert.equal(AccessKeyMetadata!.length, 2);
  });
});
