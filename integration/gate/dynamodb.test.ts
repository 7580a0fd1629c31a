import assert from "node:assert/strict";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { PutUserPermissionsBoundaryCommand, CreatePolicyCommand } from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import type { Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, credentialsOf, deny, document, enableMfa, trust } from "../fixtures.ts";
import type { Statement } from "../fixtures.ts";
import { beforeService } from "./before-service.ts";
import { dynalite } from "./services.ts";

const TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table";
const key = { Id: { S: "ann" } };
const put = (TableName: string) => ({ PutRequest: { Item: { Id: { S: TableName } } } });

const CALLS = {
  batchGet: (client: DynamoDBClient) =>
    client.send(new BatchGetItemCommand({ RequestItems: { Music: { Keys: [key] }, Films: { Keys: [key] } } })),
  batchWrite: (client: DynamoDBClient) =>
    client.send(new BatchWriteItemCommand({ RequestItems: { Music: [put("a")], Films: [put("b")] } })),
  deleteItem: (client: DynamoDBClient) => client.send(new DeleteItemCommand({ TableName: "Music", Key: key })),
  describe: (client: DynamoDBClient) => client.send(new DescribeTableCommand({ TableName: "Music" })),
  getFilm: (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: "Films", Key: key })),
  getSong: (client: DynamoDBClient) => client.send(new GetItemCommand({ TableName: "Music", Key: key })),
  list: (client: DynamoDBClient) => client.send(new ListTablesCommand({})),
  put: (client: DynamoDBClient) => client.send(new PutItemCommand({ TableName: "Music", Item: key })),
  query: (client: DynamoDBClient) =>
    client.send(
      new QueryCommand({
        TableName: "Music",
        KeyConditionExpression: "Id = :id",
        ExpressionAttributeValues: { ":id": { S: "ann" } },
      }),
    ),
  queryIndex: (client: DynamoDBClient) =>
    client.send(
      new QueryCommand({
        TableName: "Music",
        IndexName: "ByYear",
        KeyConditionExpression: "#year = :year",
        ExpressionAttributeNames: { "#year": "Year" },
        ExpressionAttributeValues: { ":year": { S: "1984" } },
      }),
    ),
  scan: (client: DynamoDBClient) => client.send(new ScanCommand({ TableName: "Music" })),
  update: (client: DynamoDBClient) => client.send(new UpdateItemCommand({ TableName: "Music", Key: key })),
} as const;

const no = (action: string, resource: string) =>
  `perform: dynamodb:${action} on resource: ${resource} because no identity-based policy allows the dynamodb:${action} action`;
const denied = (action: string, resource: string) =>
  `perform: dynamodb:${action} on resource: ${resource} with an explicit deny in an identity-based policy`;

const leading = (key_: string) => ({
  "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [key_] },
  Null: { "dynamodb:LeadingKeys": "false" },
});

/** Who may do what, who calls what, and what comes of it: nothing for what passes, else the end of the refusal. */
const TABLE_OF_CALLS: readonly (readonly [
  what: string,
  policy: readonly Statement[],
  call: keyof typeof CALLS,
  refusal?: string,
])[] = [
  ["an item of a table that is allowed", [allow("dynamodb:GetItem", `${TABLE}/Music`)], "getSong"],
  [
    "an item of another table",
    [allow("dynamodb:GetItem", `${TABLE}/Music`)],
    "getFilm",
    no("GetItem", `${TABLE}/Films`),
  ],
  ["another action", [allow("dynamodb:GetItem", `${TABLE}/Music`)], "put", no("PutItem", `${TABLE}/Music`)],
  ["no policy at all", [], "list", no("ListTables", `${TABLE}/*`)],
  ["a pattern of actions", [allow("dynamodb:List*")], "list"],
  [
    "a denial beside a permission",
    [allow("dynamodb:*"), deny("dynamodb:DeleteItem")],
    "deleteItem",
    denied("DeleteItem", `${TABLE}/Music`),
  ],
  ["a batch of two tables", [allow("dynamodb:BatchGetItem", [`${TABLE}/Music`, `${TABLE}/Films`])], "batchGet"],
  [
    "a batch of which one table is allowed",
    [allow("dynamodb:BatchGetItem", `${TABLE}/Music`)],
    "batchGet",
    no("BatchGetItem", `${TABLE}/Films`),
  ],
  ["a batch of writes", [allow("dynamodb:BatchWriteItem", `${TABLE}/*`)], "batchWrite"],
  ["a query of a table", [allow("dynamodb:Query", `${TABLE}/Music`)], "query"],
  ["a query of an index that is allowed", [allow("dynamodb:Query", `${TABLE}/Music/index/ByYear`)], "queryIndex"],
  [
    "a query of an index where the table is allowed",
    [allow("dynamodb:Query", `${TABLE}/Music`)],
    "queryIndex",
    no("Query", `${TABLE}/Music/index/ByYear`),
  ],
  ["a scan", [allow("dynamodb:Query", `${TABLE}/Music`)], "scan", no("Scan", `${TABLE}/Music`)],
  ["one's own leading key", [{ ...allow("dynamodb:GetItem"), Condition: leading("ann") }], "getSong"],
  [
    "another's leading key",
    [{ ...allow("dynamodb:GetItem"), Condition: leading("bob") }],
    "getSong",
    no("GetItem", `${TABLE}/Music`),
  ],
  [
    "another's leading key in a query",
    [{ ...allow("dynamodb:Query"), Condition: leading("bob") }],
    "query",
    no("Query", `${TABLE}/Music`),
  ],
  ["an update", [allow("dynamodb:UpdateItem", `${TABLE}/Music`)], "update"],
  ["a description", [allow("dynamodb:GetItem")], "describe", no("DescribeTable", `${TABLE}/Music`)],
];

describe("DynamoDB behind the gate: dynalite, by the SDK", () => {
  const gate = beforeService(dynalite);
  const clients: DynamoDBClient[] = [];
  const as = (credentials?: Credentials): DynamoDBClient => {
    const client = new DynamoDBClient(gate.config(credentials));
    clients.push(client);
    return client;
  };
  after(() => clients.forEach((client) => client.destroy()));

  before(async () => {
    for (const TableName of ["Music", "Films", "Drafts"]) await createTable(TableName);
  });

  const createTable = (TableName: string) =>
    as().send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
        AttributeDefinitions: [
          { AttributeName: "Id", AttributeType: "S" },
          { AttributeName: "Year", AttributeType: "S" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "ByYear",
            KeySchema: [{ AttributeName: "Year", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        ],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );

  for (const [i, [what, policy, call, refusal]] of TABLE_OF_CALLS.entries()) {
    it(`${refusal === undefined ? "passes" : "is refused"}: ${what}`, async () => {
      const user = await createUser(gate, `caller-${i}`, { statements: policy });
      const called = CALLS[call](as(user.credentials));
      if (refusal === undefined) await called;
      else
        await assert.rejects(called, {
          name: "AccessDeniedException",
          message: `User: ${user.arn} is not authorized to ${refusal}`,
        });
    });
  }

  it("says why it passed where it is asked to", async () => {
    const client = as();
    let decision: string | undefined;
    client.middlewareStack.add(
      (next) => async (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-iam-local-explain"] = "1";
        const result = await next(args);
        decision = (result.response as { headers: Record<string, string> }).headers["x-iam-local-decision"];
        return result;
      },
      { step: "finalizeRequest", priority: "low" },
    );
    await CALLS.getSong(client);
    assert.match(decision!, new RegExp(`^dynamodb:GetItem on ${TABLE}/Music: `));
  });

  it("refuses another secret, a changed call and an unknown key as DynamoDB does", async () => {
    const { rootCredentials } = gate.server;
    await assert.rejects(CALLS.list(as({ ...rootCredentials, secretAccessKey: "wrong" })), {
      name: "InvalidSignatureException",
      message: /^The request signature we calculated does not match the signature you provided\./,
    });
    await assert.rejects(CALLS.list(as({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" })), {
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
  });

  it("deletes a table for a session with MFA alone, where policies ask for it", async () => {
    const protects = {
      ...allow("dynamodb:DeleteTable"),
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    };
    const user = await createUser(gate, "mfa", { statements: [protects, allow("sts:GetSessionToken")] });
    const SerialNumber = await enableMfa(gate, user.name);
    const remove = (credentials: Credentials) => as(credentials).send(new DeleteTableCommand({ TableName: "Drafts" }));
    const refused = {
      name: "AccessDeniedException",
      message: `User: ${user.arn} is not authorized to ${no("DeleteTable", `${TABLE}/Drafts`)}`,
    };
    await assert.rejects(remove(user.credentials), refused);
    const without = await gate.sts(user.credentials).send(new GetSessionTokenCommand({}));
    await assert.rejects(remove(credentialsOf(without)), refused);
    // Enabling has used up two codes.
    gate.server.clock.advance(60_000);
    const TokenCode = gate.server.mfa.code(SerialNumber).code;
    const withMfa = await gate.sts(user.credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    const { TableDescription } = await remove(credentialsOf(withMfa));
    assert.equal(TableDescription!.TableName, "Drafts");
  });

  it("lets a role do what its session policy leaves of its permissions", async () => {
    const user = await createUser(gate, "assuming", { statements: [allow("sts:AssumeRole")] });
    const role = await createRole(gate, "reader", { trusts: [trust(user.arn)], statements: [allow("dynamodb:*")] });
    const Policy = document(allow("dynamodb:GetItem", `${TABLE}/Music`));
    const session = await assume(gate, user.credentials, role, { Policy });
    await CALLS.getSong(as(session));
    await assert.rejects(CALLS.scan(as(session)), {
      name: "AccessDeniedException",
      message:
        "User: arn:aws:sts::000000000000:assumed-role/reader/session is not authorized to perform: dynamodb:Scan on resource: " +
        `${TABLE}/Music because no session policy allows the dynamodb:Scan action`,
    });
  });

  it("lets a user do no more than their boundary allows", async () => {
    const user = await createUser(gate, "bounded", { statements: [allow("dynamodb:*")] });
    const { Policy } = await gate
      .iam()
      .send(new CreatePolicyCommand({ PolicyName: "bound", PolicyDocument: document(allow("dynamodb:GetItem")) }));
    await gate
      .iam()
      .send(new PutUserPermissionsBoundaryCommand({ UserName: user.name, PermissionsBoundary: Policy!.Arn! }));
    await CALLS.getSong(as(user.credentials));
    await assert.rejects(CALLS.scan(as(user.credentials)), {
      name: "AccessDeniedException",
      message: `User: ${user.arn} is not authorized to perform: dynamodb:Scan on resource: ${TABLE}/Music because no permissions boundary allows the dynamodb:Scan action`,
    });
  });

  it("has in its trail what passed and what was refused, with what came of it", () => {
    const events = gate.server.trail().filter(({ eventName }) => eventName === "Scan");
    assert.deepEqual(new Set(events.map(({ errorCode }) => errorCode)), new Set(["AccessDeniedException"]));
    assert.equal(gate.server.trail().find(({ eventName }) => eventName === "BatchWriteItem")!.errorCode, undefined);
    assert.match(gate.server.why(), /dynamodb:Scan/);
  });
});
