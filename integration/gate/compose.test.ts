import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { DEFAULTS } from "../../server/options.ts";
import { CLI, withProcess } from "../process.ts";
import { dynalite } from "./services.ts";

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
}

describe("the example for docker compose", () => {
  const { services } = parse(readFileSync("docs/examples/compose/compose.yaml", "utf8")) as {
    readonly services: Readonly<Record<"dynamodb" | "iam-local", Service>>;
  };

  it("publishes the emulator and the gate on this machine, and not what is behind the gate", () => {
    assert.deepEqual(services["iam-local"].ports, [
      `127.0.0.1:${DEFAULTS.port}:${DEFAULTS.port}`,
      `127.0.0.1:${DEFAULTS.gatePort}:${DEFAULTS.gatePort}`,
    ]);
    assert.equal(services.dynamodb.ports, undefined);
    assert.equal(services["iam-local"].read_only, true);
  });

  it("lets the application do what the seed allows it, and no more", async () => {
    const behind = await dynalite();
    const env = {
      ...services["iam-local"].environment,
      IAM_LOCAL_GATE_TO: services["iam-local"].environment!["IAM_LOCAL_GATE_TO"]!.replace(
        "http://dynamodb:8000",
        behind.origin,
      ),
      IAM_LOCAL_SEED: resolve("docs/examples/compose", `.${services["iam-local"].environment!["IAM_LOCAL_SEED"]!}`),
      IAM_LOCAL_PORT: "0",
      IAM_LOCAL_GATE_PORT: "0",
    };
    await withProcess(process.execPath, [CLI, "start"], { env }, async ({ output }) => {
      const endpoint = /gate {7}(\S+), before /.exec(output.stdout)![1]!;
      const client = (accessKeyId: string, secretAccessKey: string) =>
        new DynamoDBClient({
          endpoint,
          region: "us-east-1",
          maxAttempts: 1,
          credentials: { accessKeyId, secretAccessKey },
        });
      const root = client("test", "test");
      const application = client("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
      await root.send(
        new CreateTableCommand({
          TableName: "Music",
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "Id", AttributeType: "S" }],
        }),
      );
      await application.send(new PutItemCommand({ TableName: "Music", Item: { Id: { S: "a" } } }));
      await assert.rejects(application.send(new ScanCommand({ TableName: "Music" })), {
        name: "AccessDeniedException",
        message:
          /^User: arn:aws:iam::000000000000:user\/application is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:us-east-1:000000000000:table\/Music because no identity-based policy allows the dynamodb:Scan action/,
      });
      root.destroy();
      application.destroy();
    });
    await behind.close();
  });
});
