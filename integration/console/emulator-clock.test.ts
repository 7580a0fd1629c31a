import assert from "node:assert/strict";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { browser, consoleUser, factsOf, said, signIn } from "./browser.ts";

const CLOCK = "/console/emulator/clock";

describe("the console's clock", () => {
  const emu = emulator({ now: Date.UTC(2026, 1, 24, 12, 0, 0) });
  const facts = async () => factsOf(await browser(emu).get(CLOCK));
  const move = (fields: Record<string, string>, form: string) => browser(emu).submitAndFollow(CLOCK, fields, form);
  const now = () => new Date(emu.server.clock.now()).toISOString();

  it("says what time it is, and whether the clock stands still or was moved", async () => {
    assert.equal((await facts())["The clock"], "runs, and has been moved");
    assert.equal(said(await move({}, "real")).notice, "The clock has been moved.");
    assert.deepEqual([emu.server.clock.moved, (await facts())["The clock"]], [false, "runs with this machine's"]);
    await move({}, "freeze");
    assert.deepEqual([emu.server.clock.frozen, (await facts())["The clock"]], [true, "stands still"]);
    await move({ time: "2026-02-24T12:00:00Z" }, "set");
    assert.equal((await facts())["The emulator's time"], "2026-02-24 12:00:00 UTC");
  });

  it("is set to any time in ISO 8601", async () => {
    await move({ time: "2027-01-01T00:30:00+01:00" }, "set");
    assert.equal(now(), "2026-12-31T23:30:00.000Z");
    await move({ time: "2026-02-24T12:00:00Z" }, "set");
    assert.equal(now(), "2026-02-24T12:00:00.000Z");
  });

  it("is advanced by the usual steps, or by any number of seconds", async () => {
    await move({}, "advance-30");
    assert.equal(now(), "2026-02-24T12:00:30.000Z");
    await move({}, "advance-300");
    assert.equal(now(), "2026-02-24T12:05:30.000Z");
    await move({}, "advance-3600");
    assert.equal(now(), "2026-02-24T13:05:30.000Z");
    await move({ seconds: "-3930" }, "advance");
    assert.equal(now(), "2026-02-24T12:00:00.000Z");
  });

  it("refuses what is no time, and stays as it was", async () => {
    for (const [fields, form, message] of [
      [{ time: "tomorrow" }, "set", /^set must be a time in ISO 8601 with its zone/],
      [{ time: "" }, "set", /^set must be a time in ISO 8601 with its zone/],
      [{ seconds: "soon" }, "advance", /^Give a number of seconds, such as 90\.$/],
      [{ seconds: "" }, "advance", /^Give a number of seconds, such as 90\.$/],
      [{ seconds: "1e15" }, "advance", /^advance must leave the clock between the years 1970 and 9999\.$/],
      [{ do: "nothing" }, "real", /^The form does not say what is to be done\.$/],
    ] as const) {
      const page = await browser(emu).submit(CLOCK, fields, form);
      assert.equal(page.status, 400);
      assert.match(said(page).error!, message);
      assert.equal(now(), "2026-02-24T12:00:00.000Z");
    }
  });

  it("tells a script the time", async () => {
    const { body } = await browser(emu).get(`${CLOCK}?format=json`);
    assert.equal(body.parts.now, '<time datetime="2026-02-24T12:00:00Z">2026-02-24 12:00:00 UTC</time>');
  });
});

describe("the console's health page", () => {
  const emu = emulator({
    mfaRules: "current",
    enforcement: "soft",
    rootPassword: "root's own 1",
    rootSecretAccessKey: "a-secret-of-root",
    smsWebhook: "http://localhost:9/hook?key=webhook-key",
    seed: { users: [{ name: "Ann", password: "Seeded pass 1" }] },
    quotas: { UsersPerAccount: 7 },
    allowedHosts: ["iam.test", "sts.test"],
  });
  const page = () => browser(emu).get("/console/emulator/health");

  it("says which checks are on, by which rules, and how much there is", async () => {
    const facts = factsOf(await page());
    assert.match(facts["Version"]!, /^\d+\.\d+\.\d+/);
    assert.equal(facts["MFA rules"], "current: eight MFA devices, no new SMS device");
    assert.deepEqual([facts["Signatures"], facts["MFA codes"], facts["Permissions"]], ["on", "on", "soft"]);
    assert.match(facts["Clock"]!, /^2026-11-24 12:00:00 UTC, frozen: move it$/);
    assert.deepEqual([facts["Users"], facts["Customer managed policies"]], ["1", "0"]);
    await consoleUser(emu, "Bob");
    assert.equal(factsOf(await page())["Users"], "2");
  });

  it("says which options are in effect, and none that is secret", async () => {
    const { text } = await page();
    const options = Object.fromEntries(optionRows(text));
    assert.equal(options["--enforcement"], "soft");
    assert.equal(options["--quotas"], "UsersPerAccount=7");
    assert.equal(options["--allowed-hosts"], "iam.test, sts.test");
    assert.equal(options["--data"], "not set");
    for (const flag of ["--root-secret-access-key", "--root-password", "--sms-webhook", "--seed"]) {
      assert.equal(options[flag], "set (not shown)", flag);
    }
    for (const secret of ["a-secret-of-root", "root&#39;s own 1", "webhook-key", "Seeded pass 1"]) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  const optionRows = (text: string) =>
    [...text.matchAll(/<th scope="row"><code>(--[\w-]+)<\/code><\/th>\s*<td[^>]*>([^]*?)<\/td>/g)].map(
      ([, flag, value]) => [flag!, value!.replace(/<[^>]*>/g, "")] as const,
    );
});

describe("the console's reset", () => {
  const emu = emulator();

  it("asks first, deletes everything, signs everybody out, and says so", async () => {
    await consoleUser(emu, "Jane");
    const visitor = browser(emu);
    await signIn(visitor, "Jane");
    const asked = await visitor.get("/console/emulator/reset");
    assert.match(asked.text, /This\s+cannot\s+be\s+undone\./);
    assert.equal((await visitor.get("/console/")).status, 200);
    const done = await visitor.submitAndFollow("/console/emulator/reset", {});
    assert.equal(said(done).notice, "The emulator has been reset. Everybody is signed out.");
    assert.deepEqual((({ Users, "Requests in the trail": requests }) => [Users, requests])(factsOf(done)), ["0", "0"]);
    assert.equal((await visitor.get("/console/")).status, 303);
  });
});

describe("the emulator's pages", () => {
  const emu = emulator();
  const locked = emulator({ control: false });
  const PAGES = ["phone", "virtual-devices", "key-ring", "clock", "trail", "trail/x", "health", "reset"];

  it("are for anyone on this machine, and linked from each other and from the sign-in", async () => {
    assert.match((await browser(emu).get("/console/sign-in")).text, /href="\/console\/emulator\/trail"/);
    const { text } = await browser(emu).get("/console/emulator/trail");
    for (const name of PAGES.slice(0, 5).concat("health")) {
      assert.ok(text.includes(`href="/console/emulator/${name}"`), name);
      assert.equal((await browser(emu).get(`/console/emulator/${name}`)).status, 200);
    }
  });

  it("are not there while the control plane is off", async () => {
    for (const name of PAGES) {
      for (const method of ["get", "post"] as const) {
        const page = await supertest(locked.server.endpoint)[method](`/console/emulator/${name}`).expect(404);
        assert.equal(said(page).error, "The pages of the emulator are off; it was started with --no-control.");
      }
    }
    assert.ok(!(await browser(locked).get("/console/sign-in")).text.includes("/console/emulator/"));
  });

  it("take no form but their own, and no page of others", async () => {
    for (const name of ["key-ring", "clock", "reset"]) {
      const path = `/console/emulator/${name}`;
      const request = () => supertest(emu.server.endpoint).post(path).type("form").send({ do: "freeze" });
      assert.match(said(await request().expect(403)).error!, /^The form was not sent by this page/);
      assert.match(said(await request().set("Origin", "http://evil.example").expect(403)).error!, /^The origin/);
      assert.match(said(await request().set("Host", "evil.example").expect(403)).error!, /^The host name/);
    }
    await supertest(emu.server.endpoint)
      .get("/console/emulator/key-ring?format=json")
      .set("Host", "evil.example")
      .expect(403);
  });

  it("have a script from the console itself, and none inside", async () => {
    const { text } = await browser(emu).get("/console/emulator/phone");
    const address = /<script src="([^"]*live\.js[^"]*)" defer><\/script>/.exec(text)![1]!;
    const script = await supertest(emu.server.endpoint).get(address).expect(200);
    assert.equal(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert.doesNotMatch(text, /<script(?![^>]* src=)| style=| on\w+=/);
  });
});
