import assert from "node:assert/strict";
import {
  GetRoleCommand,
  GetUserCommand,
  ListRolesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { start } from "../../server/index.ts";
import { policyTest } from "../../workbench/index.ts";
import { clientsOf } from "../emulator.ts";

const OWN = "arn:aws:iam::000000000000:user/u0";
const ROLE = "arn:aws:iam::000000000000:role/R";

/** Calls of the user u0, and what policies are asked about them. */
const CALLS: readonly {
  readonly action: string;
  readonly resource: string;
  readonly send: (iam: IAMClient) => Promise<unknown>;
}[] = [
  {
    action: "iam:ListUsers",
    resource: "arn:aws:iam::000000000000:user/",
    send: (iam) => iam.send(new ListUsersCommand({})),
  },
  {
    action: "iam:ListRoles",
    resource: "arn:aws:iam::000000000000:role/",
    send: (iam) => iam.send(new ListRolesCommand({})),
  },
  { action: "iam:GetUser", resource: OWN, send: (iam) => iam.send(new GetUserCommand({ UserName: "u0" })) },
  {
    action: "iam:GetUser",
    resource: OWN.replace("u0", "u1"),
    send: (iam) => iam.send(new GetUserCommand({ UserName: "u1" })),
  },
  {
    action: "iam:ListUserPolicies",
    resource: OWN.replace("u0", "u1"),
    send: (iam) => iam.send(new ListUserPoliciesCommand({ UserName: "u1" })),
  },
  { action: "iam:GetRole", resource: ROLE, send: (iam) => iam.send(new GetRoleCommand({ RoleName: "R" })) },
];

const statement = fc.record(
  {
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    pattern: fc.constantFrom(
      "iam:*",
      "iam:Get*",
      "iam:getuser",
      "iam:List*",
      "iam:ListUsers",
      "iam:GetRole",
      "iam:?et*",
      "s3:*",
    ),
    not: fc.boolean(),
    Resource: fc.constantFrom(
      "*",
      OWN,
      "arn:aws:iam::000000000000:user/${aws:username}",
      "arn:aws:iam::*:role/*",
      "arn:aws:iam::000000000000:user/u?",
    ),
    Condition: fc.constantFrom(
      undefined,
      { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      { StringEquals: { "aws:username": "u0" } },
      { StringNotLike: { "aws:PrincipalTag/team": "b*" } },
      { Null: { "aws:TokenIssueTime": "true" } },
      { IpAddress: { "aws:SourceIp": "127.0.0.0/8" } },
      { StringLikeIfExists: { "aws:RequestTag/x": "y" } },
    ),
  },
  { requiredKeys: ["Effect", "pattern", "not", "Resource"] },
);
const document = fc.array(statement, { minLength: 1, maxLength: 3 }).map((statements) => ({
  Version: "2012-10-17",
  Statement: statements.map(({ pattern, not, Condition, ...rest }) => ({
    ...rest,
    [not ? "NotAction" : "Action"]: pattern,
    ...(Condition && { Condition }),
  })),
}));

describe("iam-local policy test", () => {
  it("says what the emulator does: of the same seed, whatever the policies", async function () {
    this.timeout(60_000);
    const accessKey = { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
    await fc.assert(
      fc.asyncProperty(document, fc.option(document), fc.option(document), async (own, ofGroup, boundary) => {
        const seed = {
          managedPolicies: boundary ? [{ name: "Bound", document: boundary }] : [],
          groups: [{ name: "G", ...(ofGroup && { policies: { g: ofGroup } }) }],
          users: [
            {
              name: "u0",
              tags: { team: "blue" },
              groups: ["G"],
              policies: { own },
              accessKeys: [accessKey],
              ...(boundary && { boundary: "Bound" }),
            },
            { name: "u1" },
          ],
          roles: [
            {
              name: "R",
              trustPolicy: {
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "sts:AssumeRole" }],
              },
            },
          ],
        };
        const server = await start({ port: 0, seed, log: () => {} });
        const clients = clientsOf(() => server);
        try {
          const iam = clients.iam({ accessKeyId: accessKey.id, secretAccessKey: accessKey.secret });
          const answered: string[] = [];
          for (const { send } of CALLS) {
            answered.push(
              await send(iam).then(
                () => "allow",
                (error: Error) =>
                  error.name !== "AccessDenied"
                    ? error.name
                    : /explicit deny/.test(error.message)
                      ? "explicitDeny"
                      : "implicitDeny",
              ),
            );
          }
          const tests = CALLS.map(({ action, resource }, i) => ({
            name: action,
            principal: "user/u0",
            action,
            resource,
            expect: answered[i]!,
          }));
          const { passed, text } = await policyTest({ seed, tests });
          assert.ok(passed, text);
        } finally {
          clients.destroy();
          await server.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
