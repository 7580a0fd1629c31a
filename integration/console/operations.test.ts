import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, lastUses } from "../fixtures.ts";
import { consoleUser, said } from "./browser.ts";
import { signedIn } from "./visitors.ts";

describe("the operations that the console runs for a visitor", () => {
  const emu = emulator({ region: "eu-west-1" });

  it("are IAM's and so of us-east-1, wherever the emulator is, for policies and in the trail", async () => {
    const inVirginia = { StringEquals: { "aws:RequestedRegion": "us-east-1" } };
    await consoleUser(emu, "Vera", { statements: [{ ...allow("iam:ListUsers"), Condition: inVirginia }] });
    const page = await (await signedIn(emu, "Vera")).get("/console/users");
    assert.deepEqual([page.status, said(page).error], [200, undefined]);
    const [event] = emu.server.trail().filter(({ eventName }) => eventName === "ListUsers");
    assert.deepEqual([event!.awsRegion, event!.httpStatus], ["us-east-1", 200]);
  });

  it("count as use of the service by its user", async () => {
    const { arn } = await consoleUser(emu, "Uma", { statements: [allow("iam:ListUsers")] });
    await (await signedIn(emu, "Uma")).get("/console/users");
    assert.deepEqual(await lastUses(emu, arn), { iam: new Date("2026-11-24T12:00:00Z") });
  });
});
