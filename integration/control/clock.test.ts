import assert from "node:assert/strict";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";

const NOON = "2026-11-24T12:00:00.000Z";

describe("/_emulator/clock", () => {
  const emu = emulator();
  const post = (body: object) => request(emu.server.endpoint).post("/_emulator/clock").send(body);
  const refuses = async (body: object, message: RegExp) => {
    const answer = await post(body).expect(400);
    assert.equal(answer.body.error.code, "InvalidRequest");
    assert.match(answer.body.error.message, message);
  };

  it("tells the emulator's time", async () => {
    await request(emu.server.endpoint).get("/_emulator/clock").expect(200, { now: NOON });
  });

  it("advances by seconds and by fractions of them, and goes back by negative ones", async () => {
    await post({ advance: 90 }).expect(200, { now: "2026-11-24T12:01:30.000Z" });
    await post({ advance: 0.25 }).expect(200, { now: "2026-11-24T12:01:30.250Z" });
    await post({ advance: -90.25 }).expect(200, { now: NOON });
  });

  it("sets the time, whatever zone it is told in", async () => {
    await post({ set: "2030-01-01T00:00:00Z" }).expect(200, { now: "2030-01-01T00:00:00.000Z" });
    await post({ set: "2026-11-24T13:00:00+01:00" }).expect(200, { now: NOON });
    await post({ set: "2026-11-24" }).expect(200, { now: "2026-11-24T00:00:00.000Z" });
    await post({ set: NOON }).expect(200, { now: NOON });
  });

  it("goes back to the machine's time, and freezes where it is", async () => {
    await post({ real: true }).expect(200);
    assert.equal(emu.server.clock.moved, false);
    const { body } = await post({ freeze: true }).expect(200);
    assert.equal(emu.server.clock.frozen, true);
    await request(emu.server.endpoint).get("/_emulator/clock").expect(200, body);
    await post({ set: NOON }).expect(200, { now: NOON });
  });

  it("is the clock that requests are answered by", async () => {
    await post({ set: "2030-01-01T00:00:00Z" }).expect(200);
    await emu.sts().send(new GetCallerIdentityCommand({}));
    assert.equal(emu.server.trail()[0]!.eventTime, "2030-01-01T00:00:00.000Z");
    await post({ set: NOON }).expect(200);
  });

  it("wants exactly one command", async () => {
    const usage = /^Send exactly one of \{"advance": seconds\}, .* and \{"real": true\}\.$/;
    await refuses({}, usage);
    await refuses({ set: NOON, freeze: true }, usage);
  });

  it("refuses an unknown member and names the known ones", async () => {
    await refuses({ advnace: 1 }, /^Unknown member "advnace"\. Known are: advance, set, freeze, real\.$/);
  });

  it("refuses a body that is no object", async () => {
    await refuses([{ advance: 1 }], /^The body must be a JSON object with the members advance, set, freeze, real\.$/);
  });

  it("refuses values of another kind", async () => {
    await refuses({ advance: "1" }, /^advance must be a number of seconds\./);
    await refuses({ advance: null }, /^advance must be a number of seconds\./);
    await refuses({ freeze: false }, /^freeze must be true\./);
    await refuses({ real: 1 }, /^real must be true\./);
  });

  it("refuses a time without a zone, since nobody can tell which it means", async () => {
    for (const set of ["2026-11-24T12:00:00", "noon", 1764000000, "2026-13-01T00:00:00Z"]) {
      await refuses({ set }, /^set must be a time in ISO 8601 with its zone, such as "2026-11-24T12:00:00Z"\.$/);
    }
  });

  it("refuses to leave the years that AWS's timestamps can tell", async () => {
    await refuses({ advance: 1e12 }, /^advance must leave the clock between the years 1970 and 9999\.$/);
    await refuses({ advance: -1e11 }, /^advance must leave the clock between the years 1970 and 9999\.$/);
    await refuses({ set: "1969-12-31T23:59:59Z" }, /^set must be a time between the years 1970 and 9999\.$/);
    await request(emu.server.endpoint).get("/_emulator/clock").expect(200, { now: NOON });
  });
});
