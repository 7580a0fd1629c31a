import assert from "node:assert/strict";
import { DeleteUserCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { createRole, createUser, trust, type TestUser } from "../fixtures.ts";
import { browser, decode, said } from "./browser.ts";
import { administrator } from "./visitors.ts";

const SIMULATOR = "/console/emulator/simulator";
const ATTACK = `"'><script>alert(1)</script>`;

describe("the console's simulator", () => {
  const emu = emulator();
  const bare = emulator({ control: false });
  let bob: TestUser;

  before(async () => {
    bob = await createUser(emu, "bob", {
      statements: [
        {
          Effect: "Allow",
          Action: "iam:DeleteUser",
          Resource: "*",
          Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
        },
        { Effect: "Allow", Action: "s3:*", Resource: "*" },
        {
          Sid: "Europe",
          Effect: "Deny",
          Action: "s3:*",
          Resource: "*",
          Condition: { StringNotEquals: { "aws:RequestedRegion": "eu-west-1" } },
        },
      ] as never,
    });
  });

  const simulated = async (query: Readonly<Record<string, string>>) => {
    const { text, status } = await browser(emu).get(`${SIMULATOR}?${new URLSearchParams(query)}`);
    assert.equal(status, 200);
    return decode(text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));
  };

  it("says which allow lacks what, and allows once the request has it", async () => {
    const question = { principal: bob.arn, action: "iam:DeleteUser", resource: bob.arn };
    const denied = await simulated(question);
    assert.match(
      denied,
      /What would have to change Statement 1 of inline policy test of user bob would allow it if aws:MultiFactorAuthPresent is "true"\./,
    );
    assert.match(await simulated({ ...question, mfa: "with" }), /user\/bob: allowed/);
  });

  it("says which deny hits, and no longer denies once the request is as it says", async () => {
    const question = { principal: bob.arn, action: "s3:GetObject", resource: "arn:aws:s3:::b/k" };
    assert.match(
      await simulated(question),
      /Statement 3 \(Europe\) of inline policy test of user bob would not deny it if the request has aws:RequestedRegion and aws:RequestedRegion is "eu-west-1"\./,
    );
    assert.match(
      await simulated({ ...question, "key:aws:RequestedRegion": "eu-west-1" }),
      /arn:aws:s3:::b\/k: allowed/,
    );
    assert.match(
      await simulated({ ...question, context: "aws:RequestedRegion=eu-west-1" }),
      /arn:aws:s3:::b\/k: allowed/,
    );
  });

  it("replays a refusal of the trail", async () => {
    await assert.rejects(emu.iam(bob.credentials).send(new DeleteUserCommand({ UserName: "bob" })), {
      name: "AccessDenied",
    });
    const [refused] = emu.server.trail();
    const listed = await browser(emu).get("/console/emulator/trail?result=refused");
    assert.ok(listed.text.includes(`${SIMULATOR}?request=${refused!.requestID}`));
    assert.match(
      await simulated({ request: refused!.requestID }),
      /iam:DeleteUser on arn:aws:iam::000000000000:user\/bob: denied/,
    );
  });

  it("tries a pasted policy, and says what is wrong with one", async () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: "*" }],
    });
    assert.match(await simulated({ policy, action: "sqs:SendMessage" }), /sqs:SendMessage on \*: allowed/);
    assert.match(await simulated({ policy: "{", action: "sqs:SendMessage" }), /MalformedPolicyDocument/);
  });

  it("checks a pasted policy for scripts as one types, of its own page only, and of anybody who opens that", async () => {
    const agent = supertest.agent(emu.server.endpoint);
    const { text } = await agent.get(SIMULATOR).expect(200);
    const csrf = /data-csrf="([^"]*)"/.exec(text)![1]!;
    const check = (policy: string, token = csrf) => agent.post(SIMULATOR).type("form").send({ policy, csrf: token });
    const { body } = await check('{"Version": "2012-10-17", "Statement": [{ "Effect": "allow" }]}').expect(200);
    assert.match(body.list, /IAM refuses this document for \d faults\./);
    assert.deepEqual(
      body.faults.map(({ severity }: { severity: string }) => severity),
      body.faults.map(() => "error"),
    );
    assert.ok(body.faults.length > 1);
    assert.deepEqual((await check("\n").expect(200)).body, { text: "\n", faults: [], list: "", choices: "" });
    const recorded = emu.server.trail().length;
    assert.equal(
      said(await check("{", "wrong").expect(403)).error,
      "The form was not sent by this page, or is too old. Reload the page and try again.",
    );
    await check("{").set("Origin", "https://example.com").expect(403);
    assert.equal((await browser(bare).post(SIMULATOR, { policy: "{", csrf })).status, 404);
    assert.equal(emu.server.trail().length, recorded);
  });

  it("is one step from the page of a user or role, unless the emulator's own pages are off", async () => {
    const role = await createRole(emu, "Runner", { trusts: [trust(bob.arn)] });
    const admin = await administrator(emu);
    for (const [page, arn] of [
      ["/console/users/bob", bob.arn],
      ["/console/roles/Runner", role.arn],
    ] as const) {
      const { text } = await admin.get(page);
      for (const own of ["simulator", "permissions"]) {
        const to = `/console/emulator/${own}?principal=${encodeURIComponent(arn)}`;
        assert.ok(text.includes(`href="${to}"`), `${page} leads to ${to}`);
        assert.ok(decode((await admin.get(to)).text).includes(arn));
      }
    }
    const { text } = await (await administrator(bare)).get("/console/users/admin");
    assert.ok(!text.includes("/console/emulator/"));
  });

  it("completes actions from the service reference", async () => {
    const { body } = await browser(emu).get("/console/emulator/simulator?complete=sqs");
    assert.ok(body.actions.includes("sqs:SendMessage"));
  });

  it("shows whatever it is given as text", async () => {
    for (const name of [
      "principal",
      "action",
      "resource",
      "context",
      "policy",
      "mfa",
      "request",
      "complete",
      `key:${ATTACK}`,
      "service",
    ]) {
      for (const page of ["simulator", "permissions"]) {
        const query = new URLSearchParams({ principal: bob.arn, action: "s3:GetObject", [name]: ATTACK });
        const { text, type } = await browser(emu).get(`/console/emulator/${page}?${query}`);
        if (type === "text/html") assert.ok(!text.includes("<script>alert"), `${page} ${name}`);
      }
    }
  });
});
