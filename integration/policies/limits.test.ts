import assert from "node:assert/strict";
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetRoleCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  deny,
  document,
  notAuthorized,
  trust,
  type TestUser,
  withDetails,
} from "../fixtures.ts";
import { noPolicyAllows } from "../iam/authorization.ts";

const ACCOUNT = "arn:aws:iam::000000000000";
const USERS = `${ACCOUNT}:user/`;

/** The usual sentence with another ending. */
const denied = (caller: string, action: string, resource: string, ending: string) => ({
  name: "AccessDenied",
  message: withDetails(`User: ${caller} is not authorized to perform: ${action} on resource: ${resource} ${ending}`),
});

describe("a permissions boundary", () => {
  const emu = emulator();
  let boundary = "";
  before(async () => {
    const policy = { PolicyName: "edge", PolicyDocument: document(allow("iam:Get*"), deny("iam:GetRole")) };
    boundary = (await emu.iam().send(new CreatePolicyCommand(policy))).Policy!.Arn!;
  });

  it("limits what the user's own policies allow, and allows nothing itself", async () => {
    const alice = await createUser(emu, "alice", { statements: [allow("*")] });
    const iam = emu.iam(alice.credentials);
    await iam.send(new ListUsersCommand({}));
    await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName: "alice", PermissionsBoundary: boundary }));
    await iam.send(new GetUserCommand({}));
    await assert.rejects(
      iam.send(new ListUsersCommand({})),
      denied(alice.arn, "iam:ListUsers", USERS, "because no permissions boundary allows the iam:ListUsers action"),
    );
    await assert.rejects(
      iam.send(new GetRoleCommand({ RoleName: "any" })),
      denied(alice.arn, "iam:GetRole", `${ACCOUNT}:role/any`, "with an explicit deny in a permissions boundary"),
    );
    const bob = await createUser(emu, "bob", { PermissionsBoundary: boundary });
    await assert.rejects(
      emu.iam(bob.credentials).send(new GetUserCommand({})),
      noPolicyAllows(bob.arn, "iam:GetUser", bob.arn),
    );
  });

  it("can be demanded of every user that a delegate makes, who so cannot give more than it has", async () => {
    const Condition = { StringEquals: { "iam:PermissionsBoundary": boundary } };
    const guarded = [
      "iam:CreateUser",
      "iam:PutUserPolicy",
      "iam:AttachUserPolicy",
      "iam:DeleteUserPermissionsBoundary",
    ];
    const delegate = await createUser(emu, "delegate", {
      statements: [{ ...allow(guarded), Condition }, deny("iam:DeleteUserPermissionsBoundary")],
    });
    const iam = emu.iam(delegate.credentials);
    const UserName = "made";
    const made = `${USERS}${UserName}`;
    await assert.rejects(
      iam.send(new CreateUserCommand({ UserName })),
      noPolicyAllows(delegate.arn, "iam:CreateUser", made),
    );
    await iam.send(new CreateUserCommand({ UserName, PermissionsBoundary: boundary }));
    const PolicyDocument = document(allow("*"));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "all", PolicyDocument }));
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await assert.rejects(
      iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })),
      denied(
        delegate.arn,
        "iam:DeleteUserPermissionsBoundary",
        made,
        "with an explicit deny in an identity-based policy",
      ),
    );
    await assert.rejects(
      iam.send(new AttachUserPolicyCommand({ UserName: "delegate", PolicyArn })),
      noPolicyAllows(delegate.arn, "iam:AttachUserPolicy", delegate.arn),
    );
  });
});

describe("a session policy", () => {
  const emu = emulator();

  it("limits what the role allows, and allows nothing itself", async () => {
    const alice = await createUser(emu, "alice");
    const role = await createRole(emu, "deploy", {
      trusts: [trust(alice.arn)],
      statements: [allow(["iam:GetUser", "iam:ListUsers"])],
    });
    const Policy = document(allow(["iam:GetUser", "iam:GetRole"]));
    const iam = emu.iam(await assume(emu, alice.credentials, role, { Policy }));
    const session = "arn:aws:sts::000000000000:assumed-role/deploy/session";
    await iam.send(new GetUserCommand({ UserName: "alice" }));
    await assert.rejects(
      iam.send(new ListUsersCommand({})),
      denied(session, "iam:ListUsers", USERS, "because no session policy allows the iam:ListUsers action"),
    );
    await assert.rejects(
      iam.send(new GetRoleCommand({ RoleName: "deploy" })),
      noPolicyAllows(session, "iam:GetRole", role.arn),
    );
  });
});

describe("a service control policy", () => {
  const emu = emulator();
  const MANAGEMENT = "999999999999";
  let alice: TestUser;

  before(async () => {
    alice = await createUser(emu, "alice", { statements: [allow("*")] });
    const noRoles = { Effect: "Deny", Action: "iam:*Role*", Resource: "*" };
    const getAndSts = allow(["iam:Get*", "iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey", "sts:*"]);
    const body = {
      managementAccount: MANAGEMENT,
      root: {
        scps: [{ name: "no-roles", document: document(allow("*"), noRoles) }],
        children: [
          { name: "team", scps: [{ name: "reading", document: document(getAndSts) }], accounts: ["000000000000"] },
        ],
      },
    };
    await request(emu.server.endpoint).put("/_emulator/organization").send(body).expect(200);
  });

  it("limits users of a member account, at every level of the organization", async () => {
    const iam = emu.iam(alice.credentials);
    await iam.send(new GetUserCommand({}));
    await assert.rejects(
      iam.send(new ListUsersCommand({})),
      denied(alice.arn, "iam:ListUsers", USERS, "because no service control policy allows the iam:ListUsers action"),
    );
    await assert.rejects(
      iam.send(new GetRoleCommand({ RoleName: "any" })),
      denied(alice.arn, "iam:GetRole", `${ACCOUNT}:role/any`, "with an explicit deny in a service control policy"),
    );
  });

  it("limits even the member account's root, but not what needs no permission", async () => {
    await assert.rejects(
      emu.iam().send(new ListUsersCommand({})),
      denied(
        `${ACCOUNT}:root`,
        "iam:ListUsers",
        USERS,
        "because no service control policy allows the iam:ListUsers action",
      ),
    );
    await emu.sts().send(new GetCallerIdentityCommand({}));
    await emu.sts(alice.credentials).send(new GetSessionTokenCommand({}));
  });

  it("allows nothing itself", async () => {
    const bob = await createUser(emu, "bob");
    await assert.rejects(
      emu.iam(bob.credentials).send(new GetUserCommand({})),
      noPolicyAllows(bob.arn, "iam:GetUser", bob.arn),
    );
  });

  it("does not limit the management account, nor other accounts", async () => {
    for (const accessKeyId of [MANAGEMENT, "111122223333"]) {
      await emu.iam({ accessKeyId, secretAccessKey: "test" }).send(new ListUsersCommand({}));
    }
  });
});

describe("a resource control policy", () => {
  const emu = emulator();

  it("refuses callers of whichever account on the resources of a member, and allows nothing itself", async () => {
    const alice = await createUser(emu, "alice", { statements: [allow("sts:AssumeRole")] });
    const outside = { accessKeyId: "111122223333", secretAccessKey: "test" };
    const carol = await createUser(emu, "carol", { root: outside, statements: [allow("sts:AssumeRole")] });
    const role = await createRole(emu, "shared", { trusts: [trust([`${ACCOUNT}:root`, carol.arn])] });
    await assume(emu, carol.credentials, role);
    const statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "sts:AssumeRole",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalAccount": "000000000000" } },
    };
    const rcps = [{ name: "inside-only", document: document(statement) }];
    const body = { managementAccount: "999999999999", root: { rcps, accounts: ["000000000000"] } };
    await request(emu.server.endpoint).put("/_emulator/organization").send(body).expect(200);
    await assert.rejects(assume(emu, carol.credentials, role), notAuthorized(carol.arn, "sts:AssumeRole", role.arn));
    const [event] = emu.server.trail();
    const why = await request(emu.server.endpoint).get(`/_emulator/trail/${event!.requestID}`).expect(200);
    assert.deepEqual(why.body.decisions[0].reasons, [
      'Statement 1 of the resource control policy inside-only denies it: StringNotEquals aws:PrincipalAccount "000000000000" is met, since the request has "111122223333".',
    ]);
    await assume(emu, alice.credentials, role);
    const nobody = await createUser(emu, "nobody");
    await assert.rejects(assume(emu, nobody.credentials, role), notAuthorized(nobody.arn, "sts:AssumeRole", role.arn));
  });

  it("has no say in actions that act on no resource", async () => {
    const dave = await createUser(emu, "dave", { statements: [allow("sts:*")] });
    const rcps = [{ name: "none", document: document({ ...deny("sts:*"), Principal: "*" }) }];
    const body = { managementAccount: "999999999999", root: { rcps, accounts: ["000000000000"] } };
    await request(emu.server.endpoint).put("/_emulator/organization").send(body).expect(200);
    const sts = emu.sts(dave.credentials);
    const key = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: dave.credentials.accessKeyId }));
    assert.equal(key.Account, "000000000000");
    await assert.rejects(sts.send(new GetFederationTokenCommand({ Name: "guest" })), { name: "AccessDenied" });
  });
});
