import assert from "node:assert/strict";
import { CreateUserCommand, GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { authorizationId } from "../../handlers/authorization-details.ts";
import type { DecisionReport } from "../../handlers/decision-report.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, deny, trust, type TestRole, type TestUser } from "../fixtures.ts";
import { runCli } from "../process.ts";

const ROOT = "arn:aws:iam::000000000000:root";

describe("why a request was allowed or denied", () => {
  const emu = emulator();
  let alice: TestUser;
  let role: TestRole;

  before(async () => {
    const whenMfa = { Sid: "WithMfa", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    alice = await createUser(emu, "alice", {
      statements: [
        allow("iam:Get*"),
        { ...whenMfa, ...allow(["iam:ListUsers", "iam:CreateUser"]) },
        deny("iam:GetRole"),
      ],
    });
    const onlyWithId = { StringEquals: { "sts:ExternalId": "right" } };
    role = await createRole(emu, "deploy", { trusts: [trust(ROOT, "sts:AssumeRole", onlyWithId)] });
  });

  /** Sends a request that may be refused, and returns its id. */
  const idOf = async (call: Promise<{ $metadata: { requestId?: string | undefined } }>): Promise<string> => {
    const { $metadata } = await call.catch((error: { $metadata: { requestId?: string } }) => error);
    return $metadata.requestId!;
  };
  const decisionsOf = async (id: string): Promise<DecisionReport[]> => {
    const { body } = await request(emu.server.endpoint).get(`/_emulator/trail/${id}`).expect(200);
    assert.equal(body.requestID, id);
    return body.decisions;
  };

  it("is told of an allowed request by the statement that allowed it", async () => {
    const [decision, ...others] = await decisionsOf(
      await idOf(emu.iam(alice.credentials).send(new GetUserCommand({}))),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(decision, {
      action: "iam:GetUser",
      resource: alice.arn,
      decision: "allowed",
      decidedBy: "identity",
      silent: [],
      matched: [
        {
          policyType: "identity",
          policy: "inline policy test of user alice",
          statement: 1,
          effect: "Allow",
          conditions: [],
        },
      ],
      unmet: [],
      reasons: ["Statement 1 of inline policy test of user alice allows it."],
    });
  });

  it("is told of a denied one by the types that are silent, and by conditions that are not met", async () => {
    const id = await idOf(emu.iam(alice.credentials).send(new ListUsersCommand({})));
    const [decision] = await decisionsOf(id);
    assert.deepEqual(
      [decision!.decision, decision!.decidedBy, decision!.silent],
      ["implicitDeny", "identity", ["identity"]],
    );
    assert.deepEqual(decision!.reasons, [
      "No identity-based policy allows the iam:ListUsers action.",
      'Statement 2 (WithMfa) of inline policy test of user alice would allow it, but Bool aws:MultiFactorAuthPresent "true" is not met, since the request has no such key.',
    ]);
    assert.deepEqual(decision!.unmet[0]!.conditions, [
      { operator: "Bool", key: "aws:MultiFactorAuthPresent", expected: ["true"], met: false },
    ]);
  });

  it("tells every decision of a request, those on trust policies too, with the value that a condition saw", async () => {
    const call = (ExternalId: string) =>
      emu
        .sts(alice.credentials)
        .send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ExternalId }));
    const [denied] = await decisionsOf(await idOf(call("wrong")));
    assert.equal(denied!.decidedBy, "trust");
    assert.deepEqual(denied!.reasons, [
      "No role trust policy allows the sts:AssumeRole action.",
      "No identity-based policy allows the sts:AssumeRole action.",
      `Statement 1 of the trust policy of ${role.arn} would allow it, but StringEquals sts:ExternalId "right" is not met, since the request has "wrong".`,
    ]);
    const create = new CreateUserCommand({ UserName: "bob", Tags: [{ Key: "team", Value: "a" }] });
    const both = await decisionsOf(await idOf(emu.iam().send(create)));
    assert.deepEqual(
      both.map(({ action, decision }) => [action, decision]),
      [
        ["iam:CreateUser", "allowed"],
        ["iam:TagUser", "allowed"],
      ],
    );
    assert.deepEqual(both[0]!.reasons, ["Root may do everything in its account."]);
  });

  it("tells nothing where nothing was decided", async () => {
    assert.deepEqual(
      await decisionsOf(await idOf(emu.sts(alice.credentials).send(new GetCallerIdentityCommand({})))),
      [],
    );
  });

  it("is explained by the policies as they were at the time, and not in the list of events", async () => {
    const id = await idOf(emu.iam(alice.credentials).send(new ListUsersCommand({})));
    const carol = await createUser(emu, "carol", { statements: [allow("iam:ListUsers")] });
    await emu.iam(carol.credentials).send(new ListUsersCommand({}));
    assert.equal((await decisionsOf(id))[0]!.decision, "implicitDeny");
    const { body } = await request(emu.server.endpoint).get("/_emulator/trail?limit=1").expect(200);
    assert.equal("decisions" in body.events[0], false);
  });

  describe("iam-local why", () => {
    const why = async (...args: string[]) => runCli(["why", ...args, "--endpoint", emu.server.endpoint]);

    it("tells of the last refusal of any kind, or of the request of an id, also of the one that is in the refusal", async () => {
      const id = await idOf(emu.iam(alice.credentials).send(new ListUsersCommand({})));
      const allowed = await idOf(emu.iam(alice.credentials).send(new GetUserCommand({})));
      const { stdout } = await why();
      assert.equal(
        stdout,
        [
          `2026-11-24T12:00:00.000Z  403  ListUsers  ${alice.arn}  ${id}`,
          `    AccessDenied: User: ${alice.arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ because no identity-based policy allows the iam:ListUsers action`,
          "",
          "iam:ListUsers on arn:aws:iam::000000000000:user/: denied",
          "  No identity-based policy allows the iam:ListUsers action.",
          '  Statement 2 (WithMfa) of inline policy test of user alice would allow it, but Bool aws:MultiFactorAuthPresent "true" is not met, since the request has no such key.',
          "",
        ].join("\n"),
      );
      assert.equal((await why(authorizationId(id))).stdout, stdout);
      assert.match((await why(allowed)).stdout, /iam:GetUser on \S+: allowed\n {2}Statement 1 of inline policy test/);
    });

    it("tells what AWS's message says, and where it was the operation that refused", async () => {
      await idOf(emu.iam(alice.credentials).send(new GetUserCommand({ UserName: "nobody" })));
      const { stdout } = await why();
      assert.match(
        stdout,
        /^ {4}NoSuchEntity: [^]*\n\nThe permission was there: it is the operation that refused\.\n\n/m,
      );
      await idOf(emu.iam().send(new GetUserCommand({ UserName: "" })));
      assert.match(
        (await why()).stdout,
        /^ {4}ValidationError: .*\n\nIt was refused for what the message says, before permissions were looked at\.\n$/m,
      );
    });

    it("tells where no permission was needed", async () => {
      const id = await idOf(emu.sts(alice.credentials).send(new GetCallerIdentityCommand({})));
      assert.match((await why(id)).stdout, /\n\nIt needs no permission, or permissions are not checked\.\n$/);
    });

    it("fails for a request that is not known", async () => {
      const { code, stderr } = await why("unknown");
      assert.equal(code, 1);
      assert.match(stderr, /^iam-local: No event of the request "unknown" is kept/);
    });
  }).timeout(30_000);
});
