import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CreateUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

describe("the control plane", () => {
  const emu = emulator();
  const control = () => request(emu.server.endpoint);

  it("tells by health the version, the rules and which checks are on", async () => {
    const { body } = await control().get("/_emulator/health").expect(200).expect("Content-Type", /json/);
    assert.deepEqual(body, {
      status: "ok",
      version,
      account: "000000000000",
      mfaRules: "guide",
      state: "memory",
      clock: { now: "2026-11-24T12:00:00.000Z", moved: true, frozen: true },
      checks: { signatures: "on", mfaCodes: "on", permissions: "on" },
    });
  });

  it("answers health by HEAD and with a query, too", async () => {
    await control().head("/_emulator/health").expect(200);
    await control().get("/_emulator/health?probe=1").expect(200);
  });

  it("lets no answer be cached or read as anything but JSON", async () => {
    await control()
      .get("/_emulator/clock")
      .expect("Cache-Control", "no-store")
      .expect("X-Content-Type-Options", "nosniff")
      .expect("Content-Type", "application/json; charset=utf-8");
  });

  it("answers 404 for an unknown path", async () => {
    const { body } = await control().get("/_emulator/clocks").expect(404);
    assert.deepEqual(body, {
      error: {
        code: "NotFound",
        message: "There is no /_emulator/clocks. Paths are listed in docs/control-plane.md.",
      },
    });
  });

  it("answers 405 with Allow for a method that a path does not have", async () => {
    const { body } = await control().delete("/_emulator/clock").expect(405).expect("Allow", "GET, POST");
    assert.deepEqual(body, {
      error: { code: "MethodNotAllowed", message: "/_emulator/clock takes GET, POST, not DELETE." },
    });
    await control().get("/_emulator/reset").expect(405).expect("Allow", "POST");
    await control().options("/_emulator/reset").expect(405).expect("Allow", "POST");
  });

  it("answers 400 for a body that is not JSON, and says where it is wrong", async () => {
    const { body } = await control().post("/_emulator/clock").send("{advance: 1}").expect(400);
    assert.equal(body.error.code, "InvalidRequest");
    assert.match(body.error.message, /^The body is not JSON: .*position 1/);
  });

  it("takes JSON under whatever content type it comes", async () => {
    for (const type of [
      "application/json",
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/octet-stream",
    ]) {
      await control().post("/_emulator/clock").set("Content-Type", type).send('{"advance": 0}').expect(200);
    }
  });

  it("answers 413 for a body beyond its limit", async () => {
    const { body } = await control()
      .post("/_emulator/clock")
      .send("x".repeat(5 * 1024 * 1024))
      .expect(413);
    assert.deepEqual(body, { error: { code: "RequestTooLarge", message: "The body is larger than 4mb." } });
  });

  it("answers 415 for text in a character set that it does not know", async () => {
    const { body } = await control()
      .post("/_emulator/clock")
      .set("Content-Type", "text/plain; charset=klingon")
      .send("{}")
      .expect(415);
    assert.equal(body.error.code, "UnsupportedMediaType");
    assert.match(body.error.message, /^The body must be text in UTF-8: .*KLINGON/);
  });

  it("answers 400 for an escape in the path that is none", async () => {
    const { body } = await control().get("/_emulator/trail/%zz").expect(400);
    assert.equal(body.error.code, "InvalidRequest");
    assert.match(body.error.message, /%zz/);
  });

  it("refuses a Host that is a public name", async () => {
    const { body } = await control().get("/_emulator/clock").set("Host", "evil.example").expect(403);
    assert.equal(body.error.code, "Forbidden");
    assert.match(body.error.message, /^The host name "evil\.example" is not accepted here.*--allowed-hosts\.$/);
    await control().head("/_emulator/health").set("Host", "evil.example").expect(403);
  });

  it("refuses a web page of another origin, and does nothing for it", async () => {
    const { body } = await control()
      .post("/_emulator/clock")
      .set("Origin", "https://evil.example")
      .send({ advance: 3600 })
      .expect(403);
    assert.equal(body.error.code, "Forbidden");
    assert.match(body.error.message, /^The origin "https:\/\/evil\.example" is not accepted here/);
    await control().get("/_emulator/clock").expect({ now: "2026-11-24T12:00:00.000Z" });
  });

  it("takes a page of its own", async () => {
    await control().get("/_emulator/clock").set("Origin", emu.server.endpoint).expect(200);
  });
});

describe("POST /_emulator/reset", () => {
  const emu = emulator();
  const reset = () => request(emu.server.endpoint).post("/_emulator/reset");

  it("makes everything as at start, the clock and the trail included, while the root keys stay", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "alice" }));
    await reset().expect(200, { reset: true });
    assert.equal(emu.server.clock.moved, false);
    assert.deepEqual(emu.server.trail(), []);
    const { Users } = await emu.iam().send(new ListUsersCommand({}));
    assert.deepEqual(Users, []);
  });

  it("ends every session", async () => {
    const { Credentials } = await emu.sts().send(new GetSessionTokenCommand({}));
    const session = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken,
    };
    await emu.sts(session).send(new GetCallerIdentityCommand({}));
    await reset().expect(200);
    await assert.rejects(emu.sts(session).send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid",
    });
  });

  it("needs no body, and passes over any", async () => {
    await reset().set("Content-Type", "text/plain").expect(200);
    await reset().set("Content-Type", "application/json").send("not JSON").expect(200);
    await reset().set("Content-Type", "text/xml; charset=klingon").send("<a/>").expect(200);
  });
});

describe("the control plane that was switched off", () => {
  const emu = emulator({ control: false });

  it("answers health", async () => {
    await request(emu.server.endpoint).get("/_emulator/health").expect(200);
  });

  it("answers everything else with 404 and says that it is off", async () => {
    const refused = {
      error: {
        code: "ControlPlaneOff",
        message: "The control plane is off; the emulator was started with --no-control.",
      },
    };
    await request(emu.server.endpoint).get("/_emulator/clock").expect(404, refused);
    await request(emu.server.endpoint).post("/_emulator/reset").expect(404, refused);
    await request(emu.server.endpoint).get("/_emulator/nothing").expect(404, refused);
  });
});

describe("the control plane with --allowed-hosts", () => {
  const emu = emulator({ allowedHosts: ["iam.corp.example"] });

  it("answers under these names, to pages of theirs too", async () => {
    await request(emu.server.endpoint).get("/_emulator/clock").set("Host", "iam.corp.example").expect(200);
    await request(emu.server.endpoint)
      .get("/_emulator/clock")
      .set("Host", "iam.corp.example")
      .set("Origin", "https://iam.corp.example")
      .expect(200);
  });
});
