import assert from "node:assert/strict";
import { DeleteItemCommand, GetItemCommand, PutResourcePolicyCommand } from "@aws-sdk/client-dynamodb";
import { CreatePolicyCommand, PutUserPermissionsBoundaryCommand } from "@aws-sdk/client-iam";
import { GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  document,
  enableMfa,
  lastUses,
  trust,
  type Statement,
} from "../fixtures.ts";
import { MEMBER, organize, rootOf } from "../organization.ts";
import { gated } from "./gated.ts";

const TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
const getItem = (TableName = "orders") => new GetItemCommand({ TableName, Key: { id: { S: "1" } } });
const deleteItem = () => new DeleteItemCommand({ TableName: "orders", Key: { id: { S: "1" } } });

/** For assert.rejects: DynamoDB's refusal of a permission. */
const refused = (who: string, action: string, why: string, resource = TABLE) => ({
  name: "AccessDeniedException",
  message: `User: ${who} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
});
const lacking = (type: string) => `because no ${type} allows the dynamodb:GetItem action`;
const denying = (type: string) => `with an explicit deny in a ${type}`;

describe("a call through the gate", () => {
  const emu = emulator();
  const gate = gated(emu);
  const get = (credentials: Credentials, table?: string) => gate.dynamodb(credentials).send(getItem(table));

  /** Refused, and nothing of it passed on. */
  async function isRefused(
    asked: Promise<unknown>,
    error: { readonly name: string; readonly message: string | RegExp },
  ) {
    const before = gate.behind.bytes;
    await assert.rejects(asked, error);
    assert.equal(gate.behind.bytes, before);
  }

  it("passes where a policy of the caller allows it", async () => {
    const { credentials } = await createUser(emu, "Ada", { statements: [allow("dynamodb:GetItem", TABLE)] });
    await get(credentials);
    assert.equal(gate.behind.requests.length, 1);
  });

  it("passes for root", async () => {
    await gate.dynamodb().send(getItem());
    assert.equal(gate.behind.requests.length, 1);
  });

  for (const [operator, key, value] of [
    ["StringNotEquals", "aws:ResourceTag/secret", "yes"],
    ["StringEqualsIfExists", "aws:ResourceTag/team", "a"],
    ["ForAllValues:StringEquals", "aws:ResourceTag/team", "a"],
    ["Null", "aws:ResourceTag/secret", "true"],
  ] as const) {
    it(`is refused where ${operator} would allow it for a key that nobody can know`, async () => {
      const statements = [{ ...allow("dynamodb:GetItem", TABLE), Condition: { [operator]: { [key]: value } } }];
      const { credentials, arn } = await createUser(emu, `Unsure-${operator.replace(":", "-")}`, { statements });
      await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", lacking("identity-based policy")));
    });
  }

  it("is refused where one of two values that a key may have would allow it", async () => {
    const condition = (operator: string, of: readonly string[]) => ({
      ...allow("dynamodb:GetItem", TABLE),
      Condition: { [operator]: { "dynamodb:LeadingKeys": of } },
    });
    const { credentials, arn } = await createUser(emu, "Any", {
      statements: [condition("ForAnyValue:StringEquals", ["ada"])],
    });
    const { credentials: sure } = await createUser(emu, "All", {
      statements: [condition("ForAllValues:StringEquals", ["ada", "bob"])],
    });
    const Key = { customer: { S: "bob" }, sort: { S: "ada" } };
    const item = new GetItemCommand({ TableName: "orders", Key });
    const why = refused(arn, "dynamodb:GetItem", lacking("identity-based policy"));
    await isRefused(gate.dynamodb(credentials).send(item), why);
    await gate.dynamodb(sure).send(item);
  });

  it("is refused where no policy allows it", async () => {
    const { credentials, arn } = await createUser(emu, "Bob", { statements: [allow("dynamodb:PutItem", TABLE)] });
    await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", lacking("identity-based policy")));
    assert.equal(gate.behind.requests.length, 0);
  });

  it("is refused where a policy of the caller denies it", async () => {
    const statements = [allow("dynamodb:*"), deny("dynamodb:GetItem")];
    const { credentials, arn } = await createUser(emu, "Cleo", { statements });
    const why = "with an explicit deny in an identity-based policy";
    await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", why));
  });

  it("is limited by the caller's permissions boundary", async () => {
    const { credentials, arn, name } = await createUser(emu, "Dora", { statements: [allow("dynamodb:*")] });
    const bound = async (PolicyName: string, statement: Statement) => {
      const { Policy } = await emu
        .iam()
        .send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document(statement) }));
      const boundary = { UserName: name, PermissionsBoundary: Policy!.Arn! };
      await emu.iam().send(new PutUserPermissionsBoundaryCommand(boundary));
    };
    await bound("silent", allow("s3:*"));
    await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", lacking("permissions boundary")));
    await bound("denying", deny("dynamodb:GetItem"));
    await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", denying("permissions boundary")));
    await bound("allowing", allow("dynamodb:GetItem"));
    await get(credentials);
  });

  it("in a role is limited by the session's policy, and passes within it", async () => {
    const { credentials, arn } = await createUser(emu, "Ed", { statements: [allow("sts:AssumeRole")] });
    const role = await createRole(emu, "Reader", { trusts: [trust(arn)], statements: [allow("dynamodb:*")] });
    const session = "arn:aws:sts::000000000000:assumed-role/Reader/session";
    await get(await assume(emu, credentials, role));
    await get(await assume(emu, credentials, role, { Policy: document(allow("dynamodb:GetItem")) }));
    const narrow = await assume(emu, credentials, role, { Policy: document(allow("s3:*")) });
    await isRefused(get(narrow), refused(session, "dynamodb:GetItem", lacking("session policy")));
    const denied = await assume(emu, credentials, role, { Policy: document(allow("*"), deny("dynamodb:Get*")) });
    await isRefused(get(denied), refused(session, "dynamodb:GetItem", denying("session policy")));
  });

  it("of a federated user is limited by its session policies, and needs no MFA", async () => {
    const statements = [allow(["sts:GetFederationToken", "dynamodb:*"])];
    const { credentials } = await createUser(emu, "Fay", { statements });
    const federated = async (...policy: Statement[]) =>
      credentialsOf(
        await emu.sts(credentials).send(new GetFederationTokenCommand({ Name: "guest", Policy: document(...policy) })),
      );
    await get(await federated(allow("dynamodb:GetItem")));
    const guest = "arn:aws:sts::000000000000:federated-user/guest";
    const narrow = await federated(allow("s3:*"));
    await isRefused(get(narrow), refused(guest, "dynamodb:GetItem", lacking("session policy")));
  });

  it("that is protected by MFA passes with a session that has it, and with no other", async () => {
    const statements = [
      allow("dynamodb:*"),
      { ...deny("dynamodb:DeleteItem"), Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } },
      { ...deny("dynamodb:DeleteItem"), Condition: { Null: { "aws:MultiFactorAuthPresent": "true" } } },
      { ...deny("dynamodb:DeleteItem"), Condition: { NumericGreaterThan: { "aws:MultiFactorAuthAge": "300" } } },
    ];
    const { credentials, arn, name } = await createUser(emu, "Gil", { statements });
    const SerialNumber = await enableMfa(emu, name);
    const sts = emu.sts(credentials);
    const explicit = refused(arn, "dynamodb:DeleteItem", "with an explicit deny in an identity-based policy");
    await isRefused(gate.dynamodb(credentials).send(deleteItem()), explicit);
    const without = credentialsOf(await sts.send(new GetSessionTokenCommand({})));
    await get(without);
    await isRefused(gate.dynamodb(without).send(deleteItem()), explicit);
    emu.server.clock.advance(60);
    const TokenCode = emu.server.mfa.code(SerialNumber).code;
    const session = credentialsOf(await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })));
    await gate.dynamodb(session).send(deleteItem());
    emu.server.clock.advance(301);
    await isRefused(gate.dynamodb(session).send(deleteItem()), explicit);
  });

  it("is limited by the organization's policies: the caller's, and those of the resource", async () => {
    const root = rootOf(emu, MEMBER);
    const table = `arn:aws:dynamodb:us-east-1:${MEMBER}:table/orders`;
    const who = `arn:aws:iam::${MEMBER}:root`;
    const scp = { name: "NoReads", document: document(allow("*"), deny("dynamodb:GetItem")) };
    await organize(emu, { root: { accounts: [MEMBER], scps: [scp] }, delegatedAdministrators: [] });
    await isRefused(get(root), refused(who, "dynamodb:GetItem", denying("service control policy"), table));
    const rcp = { name: "NoReads", document: document({ ...deny("dynamodb:GetItem"), Principal: "*" }) };
    await organize(emu, { root: { accounts: [MEMBER], rcps: [rcp] }, delegatedAdministrators: [] });
    await isRefused(get(root), refused(who, "dynamodb:GetItem", denying("resource control policy"), table));
    await organize(emu, { root: { accounts: [MEMBER] }, delegatedAdministrators: [] });
    await get(root);
  });

  it("is allowed and denied by the policy of its resource, also to another account", async () => {
    const { credentials, arn } = await createUser(emu, "Hal", { statements: [allow("dynamodb:Get*")] });
    const there = await createUser(emu, "Hal", { root: rootOf(emu, MEMBER), statements: [allow("dynamodb:GetItem")] });
    const setPolicy = (...statements: Statement[]) =>
      gate.dynamodb().send(new PutResourcePolicyCommand({ ResourceArn: TABLE, Policy: document(...statements) }));
    const resource = { Action: "dynamodb:GetItem", Resource: TABLE };
    await isRefused(
      get(there.credentials, TABLE),
      refused(there.arn, "dynamodb:GetItem", lacking("resource-based policy")),
    );
    await setPolicy(
      { ...resource, Principal: { AWS: there.arn } },
      { ...resource, Effect: "Deny", Principal: { AWS: arn } },
    );
    await get(there.credentials, TABLE);
    await isRefused(get(credentials), refused(arn, "dynamodb:GetItem", denying("resource-based policy")));
  });

  it("is refused where nobody could tell what it does, which is named", async () => {
    const { credentials } = await createUser(emu, "Ida", { statements: [allow("*")] });
    const dynamodb = gate.dynamodb(credentials);
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-target"] = "DynamoDB_20120810.Invent";
        return next(args);
      },
      { step: "build" },
    );
    await isRefused(dynamodb.send(getItem()), {
      name: "AccessDeniedException",
      message:
        /Invent.* The gate cannot tell which permissions the call needs, so that it is refused; --unmapped pass lets such calls through\.$/,
    });
    assert.equal(emu.server.trail()[0]!.eventName, "Invent");
  });

  it("counts as a use of the caller's key and of the service", async () => {
    const { credentials, arn } = await createUser(emu, "Jo", { statements: [allow("dynamodb:GetItem")] });
    await get(credentials);
    assert.deepEqual(
      Object.entries(await lastUses(emu, arn)).map(([service, at]) => [service, at !== undefined]),
      [["dynamodb", true]],
    );
  });
});
