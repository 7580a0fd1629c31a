import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { after, before, describe, it } from "mocha";
import { requireInstalled } from "../clients/installed.ts";
import type { Credentials } from "../emulator.ts";
import { allow, createUser, document, type Statement } from "../fixtures.ts";
import { run } from "../process.ts";
import { beforeService } from "./before-service.ts";
import { moto, requireMoto } from "./services.ts";

const JOBS = "arn:aws:sqs:us-east-1:000000000000:jobs";

describe("SQS behind the gate: moto, by the SDK", () => {
  requireMoto();
  const gate = beforeService(moto);
  const clients: SQSClient[] = [];
  const as = (credentials?: Credentials): SQSClient => {
    const client = new SQSClient(gate.config(credentials));
    clients.push(client);
    return client;
  };
  after(() => clients.forEach((client) => client.destroy()));
  let QueueUrl: string;
  before(async () => {
    QueueUrl = (await as().send(new CreateQueueCommand({ QueueName: "jobs" }))).QueueUrl!;
  });

  const send = (client: SQSClient) => client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
  const CALLS = {
    batch: (client: SQSClient) =>
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "m" }] })),
    list: (client: SQSClient) => client.send(new ListQueuesCommand({})),
    purge: (client: SQSClient) => client.send(new PurgeQueueCommand({ QueueUrl })),
    receive: (client: SQSClient) => client.send(new ReceiveMessageCommand({ QueueUrl })),
    send,
  } as const;
  // SQS writes actions in lower case.
  const no = (action: string) =>
    `perform: sqs:${action} on resource: ${JOBS} because no identity-based policy allows the sqs:${action} action`;
  const TABLE_OF_CALLS: readonly (readonly [
    what: string,
    policy: readonly Statement[],
    call: keyof typeof CALLS,
    refusal?: string,
  ])[] = [
    ["a message to a queue that is allowed", [allow("sqs:SendMessage", JOBS)], "send"],
    ["a batch, by the permission of its messages", [allow("sqs:SendMessage", JOBS)], "batch"],
    ["a message to another queue", [allow("sqs:SendMessage", `${JOBS}-2`)], "send", no("sendmessage")],
    ["receiving where sending is allowed", [allow("sqs:SendMessage")], "receive", no("receivemessage")],
    ["a pattern of actions", [allow("sqs:Purge*", JOBS)], "purge"],
  ];

  for (const [i, [what, policy, call, refusal]] of TABLE_OF_CALLS.entries()) {
    it(`${refusal === undefined ? "passes" : "is refused"}: ${what}`, async () => {
      const user = await createUser(gate, `caller-${i}`, { statements: policy });
      const called: Promise<unknown> = CALLS[call](as(user.credentials));
      if (refusal === undefined) await called;
      else {
        const message = `User: ${user.arn} is not authorized to ${refusal}`;
        await assert.rejects(called, { name: /^AccessDenied(?:Exception)?$/, message });
      }
    });
  }

  it("names queues by URLs that lead to the gate", async () => {
    assert.equal(QueueUrl, `${gate.endpoint}/000000000000/jobs`);
    assert.ok((await CALLS.list(as())).QueueUrls!.includes(QueueUrl));
    assert.equal((await as().send(new GetQueueUrlCommand({ QueueName: "jobs" }))).QueueUrl, QueueUrl);
  });

  it("lets another account send where the queue's policy does", async () => {
    const root = { accessKeyId: "111122223333", secretAccessKey: gate.server.rootCredentials.secretAccessKey };
    const guest = await createUser(gate, "guest", { root, statements: [allow("sqs:SendMessage", JOBS)] });
    await assert.rejects(send(as(guest.credentials)), { name: /^AccessDenied/ });
    const Policy = document({ Principal: { AWS: guest.arn }, ...allow("sqs:SendMessage", JOBS) });
    await as().send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await send(as(guest.credentials));
    await assert.rejects(CALLS.receive(as(guest.credentials)), { name: /^AccessDenied/ });
  });
});

describe("services behind the gate: moto, by tools in Python", () => {
  requireMoto();
  const gate = beforeService(moto);
  const home = mkdtempSync(join(tmpdir(), "iam-local-gate-"));
  after(() => rmSync(home, { recursive: true }));
  const environment = () => ({
    HOME: home,
    AWS_CONFIG_FILE: join(home, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
    AWS_ACCESS_KEY_ID: gate.server.rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: gate.server.rootCredentials.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL: gate.endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "1",
    AWS_PAGER: "",
  });

  describe("boto3", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");
    let outcomes: Readonly<Record<string, unknown>>;
    before(async function () {
      this.timeout(60_000);
      const stdin = readFileSync("integration/gate/flows.py", "utf8");
      const { code, stdout, stderr } = await run("python3", ["-"], { cwd: home, stdin, env: environment() });
      assert.equal(code, 0, stderr + stdout);
      const lines = stdout.trim().split("\n");
      outcomes = Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, unknown]));
    });

    const ann = "User: arn:aws:iam::000000000000:user/ann is not authorized to perform:";
    const because = (action: string) => `because no identity-based policy allows the ${action} action`;
    const EXPECTED: Readonly<Record<string, unknown>> = {
      "s3 put": "passes",
      "s3 put elsewhere": `AccessDenied: ${ann} s3:PutObject on resource: "arn:aws:s3:::boto/bob/x" ${because("s3:PutObject")}`,
      "s3 delete": `AccessDenied: ${ann} s3:DeleteObject on resource: "arn:aws:s3:::boto/ann/x" ${because("s3:DeleteObject")}`,
      "s3 large": true,
      "s3 presigned": "x",
      "sqs url": true,
      "sqs send": "passes",
      "sqs receive": `AccessDenied: ${ann} sqs:receivemessage on resource: arn:aws:sqs:us-east-1:000000000000:jobs ${because("sqs:receivemessage")}`,
      "sqs message": "m",
      "sns publish": "passes",
      "sns delete": `AuthorizationError: ${ann} SNS:DeleteTopic on resource: arn:aws:sns:us-east-1:000000000000:news ${because("SNS:DeleteTopic")}`,
      "kms red": "passes",
      "secret read": "passes",
    };
    for (const [step, expected] of Object.entries(EXPECTED)) {
      it(`sees of ${step}: ${String(expected).slice(0, 20)}`, () => assert.equal(outcomes[step], expected));
    }

    it("is refused a context of encryption and a secret's change that no policy allows", () => {
      assert.match(String(outcomes["kms blue"]), /^AccessDeniedException: .* kms:Decrypt /);
      assert.match(String(outcomes["secret write"]), /^AccessDeniedException: .* secretsmanager:PutSecretValue /);
    });
  });

  describe("the AWS CLI", () => {
    requireInstalled("the AWS CLI", "aws", "--version");
    const aws = (...words: string[]) => run("aws", words, { cwd: home, env: environment() });

    it("copies files up and down, lists and deletes them", async function () {
      this.timeout(60_000);
      const file = join(home, "up");
      writeFileSync(file, Buffer.alloc(9_000_000, "cli "));
      for (const words of [
        ["s3", "mb", "s3://cli"],
        ["s3", "cp", file, "s3://cli/deep/up", "--no-progress"],
        ["s3", "cp", "s3://cli/deep/up", join(home, "down"), "--no-progress"],
        ["s3", "rm", "s3://cli/deep/up"],
      ]) {
        const { code, stderr } = await aws(...words);
        assert.equal(code, 0, stderr);
      }
      assert.ok(readFileSync(file).equals(readFileSync(join(home, "down"))));
      assert.equal((await aws("s3", "ls", "s3://cli/")).stdout, "");
    });

    it("shows a refusal", async () => {
      const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = (
        await createUser(gate, "cli", { statements: [allow("s3:ListAllMyBuckets")] })
      ).credentials;
      const env = { ...environment(), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
      const { stderr } = await run("aws", ["s3", "ls", "s3://cli/"], { cwd: home, env });
      assert.match(
        stderr,
        /An error occurred \(AccessDenied\) when calling the ListObjectsV2 operation: User: arn:aws:iam::000000000000:user\/cli is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::cli" because no identity-based policy allows the s3:ListBucket action/,
      );
    });
  });
});
