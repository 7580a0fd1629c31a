import assert from "node:assert/strict";
import { DeactivateMFADeviceCommand, GetMFADeviceCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { emulator, type Emulator } from "../emulator.ts";
import { allow, enableMfa } from "../fixtures.ts";
import { implicitDenial } from "../iam/authorization.ts";
import { browser, consoleUser, formOf, PASSWORD, said, signIn, signInAsRoot, type Browser } from "./browser.ts";
import { askedBy, testKey, type Asked, type TestKey } from "./security-key.ts";
import { MANAGE_MFA, serialsOf } from "./visitors.ts";

const ASSIGN = "/console/mfa/assign/u2f";
const MFA = "/console/sign-in/mfa";
const UNREGISTERED = "The security key could not be verified, or was touched too late or for another page. Try again.";
const UNVERIFIED = "The security key could not be verified, or was touched too late. Try again.";

/** The origin under which browsers offer keys. */
const atLocalhost = (emu: Emulator): string => `http://localhost:${new URL(emu.server.endpoint).port}`;

/** The visitor's page there: what it asks a key for, and a way to send the key's answer. */
async function asking(visitor: Browser, page: string, origin: string) {
  const shown = await visitor.get(page);
  const { hidden } = formOf(shown.text, "touch")!;
  return { asked: askedBy(shown, origin), send: (answer: string) => visitor.post(page, { ...hidden, answer }) };
}

async function register(visitor: Browser, key: TestKey, origin: string, page = ASSIGN) {
  const { asked, send } = await asking(visitor, page, origin);
  return send(key.register(asked));
}

describe("U2F security keys in the console", () => {
  const emu = emulator();
  const at = (): Browser => browser(emu, atLocalhost(emu));
  const origin = () => atLocalhost(emu);

  it("are enabled by a touch, whether they attest themselves or not", async () => {
    for (const packed of [true, false]) {
      const name = packed ? "Una" : "Uma";
      await consoleUser(emu, name, { statements: [MANAGE_MFA] });
      const visitor = at();
      await signIn(visitor, name);
      const { asked, send } = await asking(visitor, ASSIGN, origin());
      const done = await send(testKey(name).register(asked, { packed }));
      assert.equal(done.headers["location"], "/console/security-credentials");
      const [serial] = await serialsOf(emu, name);
      assert.match(serial!, new RegExp(`^arn:aws:iam::000000000000:u2f/user/${name}/default-[A-Z2-7]{26}$`));
      const device = await emu.iam().send(new GetMFADeviceCommand({ SerialNumber: serial }));
      assert.deepEqual([device.UserName, device.Certifications], [name, {}]);
      const [event] = emu.server.trail().filter(({ eventName }) => eventName === "EnableMFADevice");
      assert.equal(event!.userIdentity!.arn, `arn:aws:iam::000000000000:user/${name}`);
    }
  });

  it("are offered under the name localhost only, to which a page opened otherwise leads", async () => {
    await consoleUser(emu, "Ada", { statements: [MANAGE_MFA] });
    const visitor = browser(emu);
    await signIn(visitor, "Ada");
    const { text } = await visitor.get(ASSIGN);
    assert.ok(text.includes(`href="${origin()}${ASSIGN}"`));
    assert.equal(formOf(text, "touch"), undefined);
  });

  it("are not offered to a page on another port of this machine, which passes on what its visitor does", async () => {
    await consoleUser(emu, "Eve", { statements: [MANAGE_MFA] });
    const visitor = browser(emu, emu.server.endpoint, "localhost:1");
    await signIn(visitor, "Eve");
    const { text } = await visitor.get(ASSIGN);
    assert.ok(text.includes(`href="${origin()}${ASSIGN}"`));
    assert.equal(formOf(text, "touch"), undefined);
  });

  it("take the permission iam:EnableMFADevice", async () => {
    const { arn } = await consoleUser(emu, "Pat", { statements: [allow("iam:ListMFADevices")] });
    const visitor = at();
    await signIn(visitor, "Pat");
    const page = await register(visitor, testKey("Pat"), origin());
    assert.ok(said(page).error!.startsWith(`AccessDenied ${implicitDenial(arn, "iam:EnableMFADevice", arn)}`));
    assert.deepEqual(await serialsOf(emu, "Pat"), []);
  });

  it("are registered and then activated: policies may tell the two, and what the key is certified for", async () => {
    const step = (name: string) => ({ StringEquals: { "iam:RegisterSecurityKey": name } });
    const enable = (Condition: object) => ({ ...allow("iam:EnableMFADevice"), Condition });
    const certified = { StringEquals: { "iam:RegisterSecurityKey": "Activate", "iam:FIDO-certification": "L1" } };
    for (const [name, statements, isEnabled] of [
      ["Cora", [enable(step("Create"))], false],
      ["Acton", [enable(step("Activate"))], false],
      ["Both", [enable(step("Create")), enable(step("Activate"))], true],
      // The certifications of keys that are touched are not known.
      ["Level", [enable(step("Create")), enable(certified)], false],
    ] as const) {
      const { arn } = await consoleUser(emu, name, { statements: [allow("iam:ListMFADevices"), ...statements] });
      const visitor = at();
      await signIn(visitor, name);
      const page = await register(visitor, testKey(name), origin());
      assert.equal((await serialsOf(emu, name)).length, isEnabled ? 1 : 0, name);
      if (isEnabled) continue;
      assert.ok(said(page).error!.startsWith(`AccessDenied ${implicitDenial(arn, "iam:EnableMFADevice", arn)}`));
    }
  });

  it("are enabled for others where policies allow it, and for root", async () => {
    await consoleUser(emu, "admin", { statements: [allow("*")] });
    await consoleUser(emu, "Abe");
    const admin = at();
    await signIn(admin, "admin");
    const done = await register(admin, testKey("Abe"), origin(), `${ASSIGN}?user=Abe`);
    assert.equal(done.headers["location"], "/console/users/Abe/security-credentials");
    assert.match((await serialsOf(emu, "Abe"))[0]!, /:u2f\/user\/Abe\/default-/);
    const root = at();
    await signInAsRoot(root, emu);
    await register(root, testKey("root"), origin());
    const [serial] = await serialsOf(emu);
    assert.match(serial!, /:u2f\/root\/default-[A-Z2-7]{26}$/);
    const again = at();
    assert.equal(said(await signInAsRoot(again, emu)).heading, "Multi-factor authentication");
    const { asked, send } = await asking(again, MFA, origin());
    assert.equal((await send(testKey("root", 1).touch(asked))).headers["location"], "/console");
  });

  it("belong to one holder at a time", async () => {
    const admin = at();
    await signIn(admin, "admin");
    await consoleUser(emu, "Zoe");
    const page = await register(admin, testKey("Abe"), origin(), `${ASSIGN}?user=Zoe`);
    assert.equal(said(page).error, "EntityAlreadyExists MFA Device is already in use.");
  });

  describe("that are registered otherwise than they were asked to be", () => {
    let visitor: Browser;
    before(async () => {
      await consoleUser(emu, "Rex", { statements: [MANAGE_MFA] });
      visitor = at();
      await signIn(visitor, "Rex");
    });

    const otherwise: Readonly<Record<string, (asked: Asked, key: TestKey) => string>> = {
      "for another challenge": (asked, key) => key.register({ ...asked, challenge: "AAAA" }),
      "for another origin": (asked, key) => key.register({ ...asked, origin: "http://localhost:1" }),
      "for another RP ID": (asked, key) => key.register({ ...asked, rpId: "evil.example" }),
      "without being touched": (asked, key) => key.register(asked, { flags: 0x40 }),
      "by a touch for signing in": (asked, key) => key.touch(asked),
      "with an answer that is none": () => "{}",
      "with no JSON": () => "key",
      "with nothing": () => "",
    };
    for (const [how, answer] of Object.entries(otherwise)) {
      it(`are refused: ${how}`, async () => {
        const { asked, send } = await asking(visitor, ASSIGN, origin());
        const page = await send(answer(asked, testKey("Rex")));
        assert.deepEqual([page.status, said(page).error], [403, UNREGISTERED]);
        assert.deepEqual(await serialsOf(emu, "Rex"), []);
      });
    }

    it("are refused: a challenge a second time, after five minutes, or of another page", async () => {
      const first = await asking(visitor, ASSIGN, origin());
      await first.send("{}");
      assert.equal(said(await first.send(testKey("Rex").register(first.asked))).error, UNREGISTERED);
      const late = await asking(visitor, ASSIGN, origin());
      emu.server.clock.advance(300);
      assert.equal(said(await late.send(testKey("Rex").register(late.asked))).error, UNREGISTERED);
      const admin = at();
      await signIn(admin, "admin");
      const { asked } = await asking(admin, `${ASSIGN}?user=Rex`, origin());
      const own = await admin.submit(ASSIGN, { answer: testKey("Rex").register(asked) }, "touch");
      assert.equal(said(own).error, UNREGISTERED);
    });
  });
});

describe("the console's sign-in with a U2F security key", () => {
  const emu = emulator();
  const origin = () => atLocalhost(emu);

  /** A user with a key whose counter has this value, and a visitor who has given the password. */
  async function pendingUser(name: string, counter = 5) {
    await consoleUser(emu, name, { statements: [MANAGE_MFA] });
    const key = testKey(name, counter);
    const first = browser(emu, origin());
    await signIn(first, name);
    await register(first, key, origin());
    return { key, visitor: await passwordGiven(name) };
  }

  async function passwordGiven(name: string): Promise<Browser> {
    const visitor = browser(emu, origin());
    assert.equal(said(await signIn(visitor, name)).heading, "Multi-factor authentication");
    return visitor;
  }

  const lastLogin = () => emu.server.trail().find(({ eventName }) => eventName === "ConsoleLogin")!;

  it("lets in whoever touches the key, again and again, as signed in with MFA", async () => {
    const { key, visitor } = await pendingUser("Una");
    const { asked, send } = await asking(visitor, MFA, origin());
    assert.equal((await send(key.touch(asked))).headers["location"], "/console");
    assert.match((await visitor.get("/console/")).text, /with MFA/);
    assert.equal(lastLogin().additionalEventData!["MFAUsed"], "Yes");
    assert.match(lastLogin().additionalEventData!["MFAIdentifier"]!, /:u2f\/user\/Una\//);
    const again = await passwordGiven("Una");
    const second = await asking(again, MFA, origin());
    assert.equal((await second.send(key.touch(second.asked))).headers["location"], "/console");
  });

  it("takes keys that do not count", async () => {
    const { key, visitor } = await pendingUser("Zed", 0);
    const { asked, send } = await asking(visitor, MFA, origin());
    assert.equal((await send(key.touch(asked, 0))).headers["location"], "/console");
  });

  it("refuses a clone, whose counter has not risen, and tells it in the trail", async () => {
    const { key, visitor } = await pendingUser("Cleo");
    for (const count of [5, 4, 0]) {
      const { asked, send } = await asking(visitor, MFA, origin());
      const page = await send(key.touch(asked, count));
      assert.deepEqual([page.status, said(page).error], [403, UNVERIFIED]);
      assert.equal(lastLogin().errorMessage, "Failed authentication");
      assert.equal(
        lastLogin().errorDetail,
        `The key's signature counter is ${count} and was 5 before: one of the two is a clone.`,
      );
    }
    const { asked, send } = await asking(visitor, MFA, origin());
    assert.equal((await send(key.touch(asked, 6))).headers["location"], "/console");
    const next = await asking(await passwordGiven("Cleo"), MFA, origin());
    assert.equal(said(await next.send(key.touch(next.asked, 6))).error, UNVERIFIED);
  });

  describe("refuses a touch", () => {
    let pending: Awaited<ReturnType<typeof pendingUser>>;
    before(async () => {
      pending = await pendingUser("Rex");
    });

    const otherwise: Readonly<Record<string, (asked: Asked, key: TestKey) => string>> = {
      "for another challenge": (asked, key) => key.touch({ ...asked, challenge: "AAAA" }),
      "for another origin": (asked, key) => key.touch({ ...asked, origin: "http://localhost:1" }),
      "for another RP ID": (asked, key) => key.touch({ ...asked, rpId: "evil.example" }),
      "of another key": (asked) => testKey("other").touch(asked),
      "of another key that claims to be this one": (asked, key) => {
        const forged = JSON.parse(testKey("other").touch(asked, 9)) as object;
        return JSON.stringify({ ...forged, id: key.credentialId, rawId: key.credentialId });
      },
      "that registers a key": (asked, key) => key.register(asked),
      "that is none": () => "",
    };
    for (const [how, answer] of Object.entries(otherwise)) {
      it(how, async () => {
        emu.server.clock.advance(180);
        const { key } = pending;
        const visitor = await passwordGiven("Rex");
        const { asked, send } = await asking(visitor, MFA, origin());
        const page = await send(answer(asked, key));
        assert.deepEqual([page.status, said(page).error], [403, UNVERIFIED]);
        assert.match(lastLogin().errorDetail!, /is not to the challenge of this sign-in, or is not signed by the key/);
      });
    }

    it("whose challenge was given to another visitor, was used, or is five minutes old", async () => {
      const { key } = pending;
      const [one, other] = [await passwordGiven("Rex"), await passwordGiven("Rex")];
      const theirs = await asking(other, MFA, origin());
      const own = await asking(one, MFA, origin());
      assert.equal(said(await own.send(key.touch(theirs.asked))).error, UNVERIFIED);
      assert.equal(said(await own.send(key.touch(own.asked))).error, UNVERIFIED);
      emu.server.clock.advance(300);
      assert.equal(said(await theirs.send(key.touch(theirs.asked))).error, UNVERIFIED);
    });

    it("of a device that was deactivated meanwhile", async () => {
      const { key } = pending;
      const visitor = await passwordGiven("Rex");
      const { asked, send } = await asking(visitor, MFA, origin());
      const [SerialNumber] = await serialsOf(emu, "Rex");
      await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: "Rex", SerialNumber }));
      assert.equal((await send(key.touch(asked))).headers["location"], "/console/sign-in");
    });
  });

  it("looks at no touch once the device's attempts are spent", async () => {
    const { key, visitor } = await pendingUser("Bea");
    for (let i = 0; i < 9; i++) {
      assert.equal(said(await (await asking(visitor, MFA, origin())).send("{}")).error, UNVERIFIED);
    }
    const spent = await asking(visitor, MFA, origin());
    const page = await spent.send(key.touch(spent.asked));
    assert.equal(page.status, 429);
    assert.match(said(page).error!, /too many tries with this MFA device/);
    emu.server.clock.advance(180);
    const { asked, send } = await asking(visitor, MFA, origin());
    assert.equal((await send(key.touch(asked))).headers["location"], "/console");
  });

  it("takes no code for a key, and no touch for a device that is none", async () => {
    const { visitor } = await pendingUser("Kim");
    const [serial] = await serialsOf(emu, "Kim");
    const code = await visitor.submit(MFA, { do: "", serial: serial!, code: "123456" }, "touch");
    assert.match(said(code).error!, /^The code is not right/);
  });
});

describe("the emulator's own software keys", () => {
  const emu = emulator();
  const uncontrolled = emulator({
    control: false,
    seed: { users: [{ name: "Sia", password: PASSWORD, mfaDevices: [{ kind: "u2f" }] }] },
  });

  const enrol = async (device: object) =>
    supertest(emu.server.endpoint)
      .post("/_emulator/mfa-devices")
      .send({ kind: "u2f", ...device })
      .expect(200);

  it("sign in by a button, for tests without a browser, and count", async () => {
    await consoleUser(emu, "Sia");
    await enrol({ userName: "Sia" });
    for (let i = 0; i < 2; i++) {
      const visitor = browser(emu);
      await signIn(visitor, "Sia");
      const page = await visitor.submitAndFollow(MFA, {}, "touch-software");
      assert.equal(said(page).heading, "IAM Dashboard");
      assert.match(page.text, /<dd>Signed in with MFA</);
    }
  });

  it("sign in as root", async () => {
    await enrol({ root: true });
    const visitor = browser(emu);
    await signInAsRoot(visitor, emu);
    assert.equal(said(await visitor.submitAndFollow(MFA, {}, "touch-software")).heading, "IAM Dashboard");
  });

  it("have no clock that root could resynchronise", async () => {
    const visitor = browser(emu);
    await signInAsRoot(visitor, emu);
    await visitor.submit(MFA, {}, "touch-software");
    const page = `/console/mfa/device?serial=${encodeURIComponent((await serialsOf(emu))[0]!)}`;
    const forced = await visitor.submit(page, { do: "resync", code1: "000000", code2: "000001" }, "remove");
    assert.equal(
      said(forced).error,
      "ValidationError The MFA device serial number sent in the request is invalid or not supported by this API. U2F security keys have no clock that could go out of sync.",
    );
  });

  it("touch for nobody while the control plane is off", async () => {
    const visitor = browser(uncontrolled);
    const page = await signIn(visitor, "Sia");
    assert.match(page.text, /cannot be touched while the control plane is off/);
    const { csrf } = formOf(page.text)!.hidden;
    const forced = await visitor.post(MFA, { csrf: csrf!, do: "touch-software" });
    assert.deepEqual([forced.status, said(forced).error], [403, "The emulator was started with --no-control."]);
  });

  it("are not the keys that people touch", async () => {
    await consoleUser(emu, "Ned", { statements: [MANAGE_MFA] });
    const first = browser(emu, atLocalhost(emu));
    await signIn(first, "Ned");
    await register(first, testKey("Ned"), atLocalhost(emu));
    const visitor = browser(emu, atLocalhost(emu));
    await signIn(visitor, "Ned");
    const page = await visitor.submit(MFA, { do: "touch-software" }, "touch");
    assert.equal(said(page).error, "This security key is no software of the emulator: touch it.");
  });
});

describe("U2F security keys beside another device", () => {
  const emu = emulator({ mfaRules: "current" });
  const origin = () => atLocalhost(emu);

  it("are enabled for oneself after a sign-in with MFA only, so that who has the password cannot add a key", async () => {
    await consoleUser(emu, "Ann", { statements: [MANAGE_MFA] });
    const [without, visitor] = [browser(emu, origin()), browser(emu, origin())];
    await signIn(without, "Ann");
    const serial = await enableMfa(emu, "Ann");
    const refused = await register(without, testKey("thief"), origin());
    assert.equal(
      said(refused).error!.split(" Which")[0],
      "AccessDenied To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
    );
    assert.deepEqual(await serialsOf(emu, "Ann"), [serial]);
    await signIn(visitor, "Ann");
    await visitor.submit(MFA, { code: emu.server.mfa.code(serial).code });
    assert.equal((await register(visitor, testKey("Ann"), origin())).status, 303);
    assert.equal((await serialsOf(emu, "Ann")).length, 2);
  });
});
