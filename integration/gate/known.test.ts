import assert from "node:assert/strict";
import aws4 from "aws4";
import { describe, it } from "mocha";
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type Tag,
} from "@aws-sdk/client-dynamodb";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createUser, document } from "../fixtures.ts";
import { MEMBER, rootOf } from "../organization.ts";
import { gated } from "./gated.ts";

const KEY = "arn:aws:kms:us-east-1:000000000000:key/1234abcd";
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf";

describe("what the gate has learnt from calls that it let pass", () => {
  const emu = emulator();
  const gate = gated(emu);

  /** A call in JSON with a target, signed by root unless somebody else is given; and what its service answers, if it gets there. */
  async function call(target: string, input: object, credentials?: Credentials, answer: object = {}) {
    gate.behind.answer = (message, response) =>
      message.resume().on("end", () => {
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
      });
    const { accessKeyId, secretAccessKey } = credentials ?? emu.server.rootCredentials;
    const service = target.startsWith("TrentService") ? "kms" : "secretsmanager";
    const body = JSON.stringify(input);
    const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target };
    const request = {
      host: new URL(gate.endpoint).host,
      path: "/",
      method: "POST",
      service,
      region: "us-east-1",
      headers,
      body,
    };
    const signed = aws4.sign(request, { accessKeyId, secretAccessKey });
    const { Host: _host, "Content-Length": _length, ...sent } = signed.headers as Record<string, string>;
    const response = await fetch(gate.endpoint, { method: "POST", headers: sent, body });
    return { status: response.status, ...((await response.json()) as { __type?: string; message?: string }) };
  }
  const lacking = (who: string, action: string, on: string, type: string) => ({
    status: 400,
    __type: "AccessDeniedException",
    message: `User: ${who} is not authorized to perform: ${action} on resource: ${on} because no ${type} allows the ${action} action`,
  });
  const encrypt = (KeyId: string, credentials?: Credentials) =>
    call("TrentService.Encrypt", { KeyId, Plaintext: "aGVsbG8=" }, credentials);

  it("decides about a key that nobody has seen made as about one with the policy that keys are made with", async () => {
    const ada = await createUser(emu, "Ada", { statements: [allow("kms:Encrypt")] });
    const bob = await createUser(emu, "Bob");
    const guest = await createUser(emu, "Guest", { root: rootOf(emu, MEMBER), statements: [allow("kms:*")] });
    assert.equal((await encrypt(KEY, ada.credentials)).status, 200);
    assert.deepEqual(
      await encrypt(KEY, bob.credentials),
      lacking(bob.arn, "kms:Encrypt", KEY, "identity-based policy"),
    );
    assert.deepEqual(
      await encrypt(KEY, guest.credentials),
      lacking(guest.arn, "kms:Encrypt", KEY, "resource-based policy"),
    );
  });

  it("lets nobody use a key whose policy does not allow it, root neither", async () => {
    const cleo = await createUser(emu, "Cleo", { statements: [allow("kms:*")] });
    const dora = await createUser(emu, "Dora");
    const guest = await createUser(emu, "Other", { root: rootOf(emu, MEMBER), statements: [allow("kms:Encrypt")] });
    const Policy = document({ Principal: { AWS: [dora.arn, guest.arn] }, Action: "kms:*", Resource: "*" });
    const Arn = "arn:aws:kms:us-east-1:000000000000:key/0000-1";
    await call("TrentService.CreateKey", { Policy }, undefined, { KeyMetadata: { Arn } });
    assert.equal((await encrypt(Arn, dora.credentials)).status, 200);
    assert.equal((await encrypt(Arn, guest.credentials)).status, 200);
    assert.deepEqual(
      await encrypt(Arn, cleo.credentials),
      lacking(cleo.arn, "kms:Encrypt", Arn, "resource-based policy"),
    );
    const root = "arn:aws:iam::000000000000:root";
    assert.deepEqual(await encrypt(Arn), lacking(root, "kms:Encrypt", Arn, "resource-based policy"));
  });

  it("decides about a ciphertext that came through it as about its key, and about no other", async () => {
    const ada = await createUser(emu, "Hal", { statements: [allow("kms:Decrypt", KEY)] });
    const bob = await createUser(emu, "Ida", { statements: [allow("kms:Encrypt", KEY)] });
    const CiphertextBlob = "AQICAHg=";
    const decrypt = (blob: string, credentials: Credentials) =>
      call("TrentService.Decrypt", { CiphertextBlob: blob }, credentials);
    assert.match((await decrypt(CiphertextBlob, ada.credentials)).message!, /only KMS can read/);
    const answer = { CiphertextBlob, KeyId: KEY };
    await call("TrentService.Encrypt", { KeyId: KEY, Plaintext: "aGVsbG8=" }, bob.credentials, answer);
    assert.equal((await decrypt(CiphertextBlob, ada.credentials)).status, 200);
    const lacks = lacking(bob.arn, "kms:Decrypt", KEY, "identity-based policy");
    assert.deepEqual(await decrypt(CiphertextBlob, bob.credentials), lacks);
    assert.match((await decrypt("AQICAHk=", ada.credentials)).message!, /only KMS can read/);
  });

  it("decides about an alias as about its key, once it knows that", async () => {
    const { credentials } = await createUser(emu, "Ed", { statements: [allow("kms:Encrypt", KEY)] });
    assert.match(
      (await encrypt("alias/app", credentials)).message!,
      /Which key .*alias\/app stands for, the gate does not know yet/,
    );
    await call("TrentService.CreateAlias", { AliasName: "alias/app", TargetKeyId: KEY });
    assert.equal((await encrypt("alias/app", credentials)).status, 200);
  });

  it("decides about a secret by its whole ARN, also where it is called by its name", async () => {
    const { credentials, arn } = await createUser(emu, "Fay", {
      statements: [allow("secretsmanager:GetSecretValue", SECRET)],
    });
    const get = () => call("secretsmanager.GetSecretValue", { SecretId: "db" }, credentials);
    await call("secretsmanager.CreateSecret", { Name: "db", SecretString: "x" }, undefined, { ARN: SECRET });
    assert.equal((await get()).status, 200);
    const ResourcePolicy = document({ Effect: "Deny", Principal: { AWS: arn }, Action: "*", Resource: "*" });
    await call("secretsmanager.PutResourcePolicy", { SecretId: "db", ResourcePolicy });
    assert.match((await get()).message!, /with an explicit deny in a resource-based policy$/);
    assert.doesNotMatch(JSON.stringify(emu.server.trail()), /SecretString":"x"|"secretString":"x"/);
  });

  it("knows which attribute of an item is its hash key from the table's making", async () => {
    const { credentials } = await createUser(emu, "Gil", {
      statements: [
        {
          ...allow("dynamodb:PutItem"),
          Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${aws:username}" } },
        },
        { ...allow("dynamodb:PutItem"), Effect: "Deny", Condition: { Null: { "dynamodb:LeadingKeys": "true" } } },
      ],
    });
    const put = (owner: string) =>
      gate
        .dynamodb(credentials)
        .send(new PutItemCommand({ TableName: "notes", Item: { text: { S: "hello" }, owner: { S: owner } } }));
    await assert.rejects(put("Gil"), { name: "AccessDeniedException" });
    await gate.dynamodb().send(
      new CreateTableCommand({
        TableName: "notes",
        KeySchema: [{ AttributeName: "owner", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "owner", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    await put("Gil");
    await assert.rejects(put("Hal"), { name: "AccessDeniedException" });
  });

  it("knows the tags of what was made through it as they are now, and of nothing else", async () => {
    const Condition = { StringEquals: { "aws:ResourceTag/team": "blue" } };
    const { credentials } = await createUser(emu, "Tia", {
      statements: [{ ...allow("dynamodb:GetItem"), Condition }],
    });
    const get = (TableName: string) =>
      gate.dynamodb(credentials).send(new GetItemCommand({ TableName, Key: { id: { S: "a" } } }));
    const make = (TableName: string, Tags: Tag[] = []) =>
      gate.dynamodb().send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
          ...(Tags.length > 0 && { Tags }),
        }),
      );
    const ResourceArn = "arn:aws:dynamodb:us-east-1:000000000000:table/plain";
    const tag = (Value: string) =>
      gate.dynamodb().send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "team", Value }] }));
    const refused = { name: "AccessDeniedException" };

    await make("blue", [{ Key: "team", Value: "blue" }]);
    await get("blue");
    await make("plain");
    await assert.rejects(get("plain"), refused);
    await tag("blue");
    await get("plain");
    await tag("red");
    await assert.rejects(get("plain"), refused);
    await tag("blue");
    await gate.dynamodb().send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team"] }));
    await assert.rejects(get("plain"), refused);

    // Nobody knows which tags it has besides.
    const elsewhere = "arn:aws:dynamodb:us-east-1:000000000000:table/elsewhere";
    const Tags = [{ Key: "team", Value: "blue" }];
    await gate.dynamodb().send(new TagResourceCommand({ ResourceArn: elsewhere, Tags }));
    await assert.rejects(get("elsewhere"), refused);
  });
});
