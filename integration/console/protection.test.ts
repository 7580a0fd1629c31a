import assert from "node:assert/strict";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { allow, enableMfa } from "../fixtures.ts";
import { browser, consoleUser, formOf, PASSWORD, said, signIn } from "./browser.ts";

describe("the console's protection", () => {
  const emu = emulator();
  const request = () => supertest(emu.server.endpoint);

  it("forbids every page to be framed, cached, sniffed, or to run anything that is not its own", async () => {
    const policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    for (const path of ["/console/sign-in", "/console", "/console/nothing"]) {
      await request()
        .get(path)
        .expect("Content-Security-Policy", policy)
        .expect("X-Frame-Options", "DENY")
        .expect("X-Content-Type-Options", "nosniff")
        .expect("Referrer-Policy", "same-origin")
        .expect("Cache-Control", "no-store")
        .expect("Permissions-Policy", /publickey-credentials-get=\(self\)/);
    }
  });

  it("has no script, style or handler inside of its pages", async () => {
    const { text } = await request()
      .get("/console/sign-in")
      .expect(200)
      .expect("Content-Type", /^text\/html/);
    assert.doesNotMatch(text, /<style|<script(?![^>]* src=)| style=| on\w+=|javascript:/);
  });

  it("says that it is an emulator and not AWS", async () => {
    const { text } = await request().get("/console/sign-in");
    assert.match(text, /iam-local<\/a>\s+<span>An emulator of AWS IAM and STS on your own machine\. This is not AWS\./);
  });

  it("gives its cookie to the server only", async () => {
    const { headers } = await request().get("/console/sign-in");
    assert.match(String(headers["set-cookie"]), /^iam-local-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("refuses names that are not this machine's, and pages of others", async () => {
    for (const path of ["/console/sign-in", "/console/assets/console.css"]) {
      await request()
        .get(path)
        .set("Host", "evil.example")
        .expect(403, /The host name .* is not accepted/);
      await request()
        .get(path)
        .set("Origin", "http://evil.example")
        .expect(403, /The origin .* is not accepted/);
    }
    const { headers } = await request()
      .post("/console/sign-in")
      .set("Origin", "null")
      .expect(403, /The origin/);
    assert.equal(headers["set-cookie"], undefined, "another page must not give the visitor another cookie");
  });

  it("takes no form but its own: none without a token, with that of another visitor, or from before the sign-in", async () => {
    await consoleUser(emu, "Jane");
    const fields = { account: "000000000000", userName: "Jane", password: PASSWORD };
    const post = (csrf: object, agent = supertest.agent(emu.server.endpoint)) =>
      agent
        .post("/console/sign-in")
        .type("form")
        .send({ ...fields, ...csrf });
    const tokenOf = (page: string) => formOf(page)!.hidden["csrf"]!;

    for (const csrf of [
      {},
      { csrf: "" },
      { csrf: "x" },
      { csrf: tokenOf((await request().get("/console/sign-in")).text) },
    ]) {
      const page = await post(csrf);
      assert.deepEqual([page.status, said(page).error?.slice(0, 36)], [403, "The form was not sent by this page, "]);
    }
    const agent = supertest.agent(emu.server.endpoint);
    const csrf = tokenOf((await agent.get("/console/sign-in")).text);
    assert.equal((await post({ csrf }, agent)).headers["location"], "/console");
    const signOut = await agent.post("/console/sign-out").type("form").send({ csrf });
    // It was made for this browser, which is told so; nothing is done all the same.
    assert.equal(signOut.status, 409);
    assert.equal((await agent.get("/console/")).status, 200);
  });

  it("gives another id at the sign-in, so that an id planted before is worth nothing", async () => {
    await consoleUser(emu, "Kim");
    const planted = (await request().get("/console/sign-in")).headers["set-cookie"]![0]!.split(";")[0]!;
    const { text } = await request().get("/console/sign-in").set("Cookie", planted);
    const answer = await request()
      .post("/console/sign-in")
      .set("Cookie", planted)
      .type("form")
      .send({ ...formOf(text)!.hidden, account: "000000000000", userName: "Kim", password: PASSWORD })
      .expect(303);
    const given = answer.headers["set-cookie"]![0]!.split(";")[0]!;
    assert.notEqual(given, planted);
    await request().get("/console/").set("Cookie", planted).expect(303);
    await request().get("/console/").set("Cookie", given).expect(200);
  });

  it("ends an id at every step of a sign-in: what had come so far with it goes on under the new one only", async () => {
    await consoleUser(emu, "Lea");
    const serial = await enableMfa(emu, "Lea");
    const [password, mfa] = ["/console/sign-in", "/console/sign-in/mfa"];
    /** Sends a form with this visitor id, and returns the id that comes with the redirect. */
    const send = async (path: string, cookie: string, form: object) => {
      const answer = await request().post(path).set("Cookie", cookie).type("form").send(form).expect(303);
      return answer.headers["set-cookie"]![0]!.split(";")[0]!;
    };
    const step = async (path: string, cookie: string, fields: object) => {
      const { text } = await request().get(path).set("Cookie", cookie).expect(200);
      return send(path, cookie, { ...formOf(text)!.hidden, ...fields });
    };
    const first = (await request().get(password)).headers["set-cookie"]![0]!.split(";")[0]!;
    const lea = { account: "000000000000", userName: "Lea", password: PASSWORD };
    const waiting = await step(password, first, lea);
    const inside = await step(mfa, waiting, { code: emu.server.mfa.code(serial).code });
    await request().get(mfa).set("Cookie", waiting).expect(303).expect("Location", password);
    const { text } = await request().get("/console/").set("Cookie", inside).expect(200);
    await send(password, inside, { ...formOf(text, "/console/sign-out")!.hidden, ...lea });
    await request().get("/console/").set("Cookie", inside).expect(303);
  });

  it("answers an unknown page with 404, another method with 405 and a body too large with 413", async () => {
    assert.equal(said(await request().get("/console/nothing").expect(404)).error, "There is no such page.");
    await request().delete("/console/sign-in").expect(405);
    await request()
      .post("/console/sign-in")
      .type("form")
      .send(`a=${"x".repeat(2 ** 20)}`)
      .expect(413);
  });

  it("shows what was typed as text, whatever it is", async () => {
    const name = `"><script>alert(1)</script>`;
    const page = await browser(emu).submit("/console/sign-in", {
      account: name,
      userName: name,
      password: "x",
      next: name,
    });
    assert.ok(!page.text.includes("<script>"));
    assert.ok(page.text.includes("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  });

  it("does nothing by a form whose action is the name of what every object has", async () => {
    await consoleUser(emu, "Proto", { statements: [allow("*")] });
    const visitor = browser(emu);
    await signIn(visitor, "Proto");
    const pages = ["security-credentials", "mfa/assign/virtual", "emulator/key-ring", "emulator/clock"];
    for (const path of pages.map((page) => `/console/${page}`)) {
      for (const name of ["constructor", "toString", "__proto__"]) {
        const page = await visitor.submit(path, { do: name });
        assert.equal(page.status, 400, name);
        assert.equal(said(page).error, "The form does not say what is to be done.");
      }
    }
  });

  it("serves its style sheet under an address that changes with it, to be kept", async () => {
    const { text } = await request().get("/console/sign-in");
    const address = /<link rel="stylesheet" href="([^"]+)" \/>/.exec(text)![1]!;
    await request()
      .get(address)
      .expect(200)
      .expect("Content-Type", "text/css; charset=utf-8")
      .expect("Cache-Control", "public, max-age=31536000, immutable");
    await request().get("/console/assets/console.css").expect(200).expect("Cache-Control", "no-cache");
    await request().get("/console/assets/..%2Fconsole.js").expect(404);
  });
});

describe("the console beside checks that are off", () => {
  const emu = emulator({ enforcement: "soft" });

  it("says on every page what is not enforced", async () => {
    const { text } = await supertest(emu.server.endpoint).get("/console/sign-in");
    assert.match(text, /Not enforced: permissions \(soft\)/);
  });
});

describe("two consoles on one host", () => {
  const one = emulator();
  const two = emulator();

  it("do not sign each other's users out", async () => {
    await consoleUser(one, "Jane");
    const visitor = browser(one);
    const { request } = await signIn(visitor, "Jane");
    const cookie = (request as unknown as { cookies: string }).cookies;
    const { headers } = await supertest(two.server.endpoint).get("/console/sign-in").set("Cookie", cookie);
    const other = headers["set-cookie"]![0]!.split(";")[0]!;
    assert.notEqual(other.split("=")[0], cookie.split("=")[0]);
  });
});
