import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import aws4 from "aws4";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import { run } from "../process.ts";
import { requireInstalled } from "./installed.ts";

const told = (service: string) =>
  `iam-local emulates IAM and STS; this was a call to ${service}. Set AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL_STS and ` +
  `AWS_ENDPOINT_URL_SIGNIN in place of AWS_ENDPOINT_URL, which sends every service here, or give ${service} an endpoint of its own.`;

const environment = (home: string, endpoint: string) => ({
  HOME: home,
  AWS_CONFIG_FILE: join(home, "config"),
  AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ENDPOINT_URL: endpoint,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_MAX_ATTEMPTS: "1",
});

describe("calls to other services", () => {
  const emu = emulator();
  const host = () => new URL(emu.server.endpoint).host;

  const send = (service: string, request: aws4.Request, region = "us-east-1") => {
    const { method = "POST", path = "/", body, headers } = request;
    const signed = aws4.sign(
      { host: host(), service, region, method, path, body, headers },
      { accessKeyId: "test", secretAccessKey: "test" },
    );
    const asked = supertest(emu.server.endpoint)[method.toLowerCase() as "post"](path);
    return asked.set(signed.headers as Record<string, string>).send(body);
  };
  const error = (service: string) => `<Code>ServiceNotEmulated</Code><Message>${told(service)}</Message>`;

  it("in JSON with a target are refused in JSON, of the type that was sent", async () => {
    const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "DynamoDB_20120810.ListTables" };
    const answer = await send("dynamodb", { body: "{}", headers }).expect(400);
    assert.equal(answer.headers["content-type"], "application/x-amz-json-1.1");
    assert.deepEqual(JSON.parse(answer.text ?? String(answer.body)), {
      __type: "ServiceNotEmulated",
      message: told("dynamodb"),
    });
  });

  it("are in the trail as those of their service, without a caller", async () => {
    const headers = { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem" };
    const answer = await send("dynamodb", { body: "{}", headers });
    const [event] = emu.server.trail();
    assert.deepEqual(
      [
        event!.requestID,
        event!.eventSource,
        event!.eventName,
        event!.errorCode,
        event!.userIdentity,
        event!.httpStatus,
      ],
      [answer.headers["x-amzn-requestid"], "dynamodb.amazonaws.com", "GetItem", "ServiceNotEmulated", null, 400],
    );
    assert.ok(emu.server.why().includes(told("dynamodb")));
  });

  it("of REST are refused in JSON, of S3 and other services of XML in theirs", async () => {
    const lambda = await send("lambda", { method: "GET", path: "/2015-03-31/functions" }).expect(400);
    assert.deepEqual(
      [lambda.headers["x-amzn-errortype"], lambda.body],
      ["ServiceNotEmulated", { message: told("lambda") }],
    );
    assert.equal(emu.server.trail()[0]!.eventName, "GET /2015-03-31/functions");
    const s3 = await send("s3", { method: "PUT", path: "/box/key", body: "x" }).expect(400);
    assert.match(s3.text, /^<\?xml .*\?>\n<Error><Code>/);
    assert.ok(s3.text.includes(`<Error>${error("s3")}<RequestId>`));
    assert.equal((await send("s3", { method: "HEAD", path: "/box" }).expect(400)).text, undefined);
    const route53 = await send("route53", { method: "GET", path: "/2013-04-01/hostedzone" }).expect(400);
    assert.ok(route53.text.includes(`<ErrorResponse><Error><Type>Sender</Type>${error("route53")}</Error>`));
  });

  it("of the Query protocol are refused in its form, and EC2 in its own", async () => {
    const form = (body: string) => ({ body, headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    const sns = await send("sns", form("Action=ListTopics&Version=2010-03-31")).expect(400);
    assert.ok(sns.text.includes(`<ErrorResponse><Error><Type>Sender</Type>${error("sns")}</Error><RequestId>`));
    const ec2 = await send("ec2", form("Action=DescribeInstances&Version=2016-11-15")).expect(400);
    assert.ok(ec2.text.includes(`<Response><Errors><Error>${error("ec2")}</Error></Errors><RequestID>`));
    assert.equal(emu.server.trail()[0]!.eventName, "DescribeInstances");
  });

  it("in CBOR are refused in CBOR", async () => {
    const headers = { "smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor" };
    const path = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
    const answer = await send("monitoring", { path, body: "x", headers }).expect(400).responseType("blob");
    assert.deepEqual(
      [answer.headers["smithy-protocol"], answer.headers["content-type"]],
      ["rpc-v2-cbor", "application/cbor"],
    );
    const text = (value: string) =>
      Buffer.concat([Buffer.of(0x79, value.length >> 8, value.length & 255), Buffer.from(value)]);
    const entries = ["__type", "ServiceNotEmulated", "message", told("monitoring")].map(text);
    assert.deepEqual(answer.body, Buffer.concat([Buffer.of(0xa2), ...entries]));
    assert.equal(emu.server.trail()[0]!.eventName, "ListMetrics");
  });

  it("by a presigned URL are refused, too", async () => {
    const { path } = aws4.sign(
      { host: host(), service: "s3", region: "us-east-1", method: "GET", path: "/box/key", signQuery: true },
      { accessKeyId: "test", secretAccessKey: "test" },
    );
    assert.ok((await supertest(emu.server.endpoint).get(path!).expect(400)).text.includes(error("s3")));
  });

  it("that are not signed are known by what only their service is sent", async () => {
    const asked = () => supertest(emu.server.endpoint);
    const target = (name: string) =>
      asked().post("/").set({ "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": name }).send("{}");
    const json = (message: string) => ({ __type: "ServiceNotEmulated", message });
    for (const [name, service] of [
      ["AWSCognitoIdentityService.GetId", "cognito-identity"],
      ["AWSCognitoIdentityProviderService.InitiateAuth", "cognito-idp"],
    ] as const) {
      const { text, body } = await target(name).expect(400);
      assert.deepEqual(JSON.parse(text ?? String(body)), json(told(service)));
      assert.equal(emu.server.trail()[0]!.eventName, name.split(".")[1]);
    }
    const portal = asked().get("/federation/credentials?role_name=app").set("x-amz-sso_bearer_token", "token");
    assert.deepEqual((await portal.expect(400)).body, { message: told("awsssoportal") });
    for (const path of ["/client/register", "/device_authorization", "/token"]) {
      assert.deepEqual((await asked().post(path).send({}).expect(400)).body, { message: told("sso-oauth") });
    }
  });

  it("that are not signed and name none of these services are nobody's", async () => {
    const asked = supertest(emu.server.endpoint);
    await asked.post("/").set("X-Amz-Target", "constructor.GetId").send("{}").expect(302);
    await asked.get("/token").expect(302);
    await asked.post("/token").type("form").send("grant_type=x").expect(302);
  });

  it("leave IAM's and STS's as they were, wrong scopes included", async () => {
    await emu.sts().send(new GetCallerIdentityCommand({}));
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    assert.match((await send("s3", { body, headers }).expect(403)).text, /scoped to correct service: 'sts'/);
    await send("sts", { body: "{}", headers: { "Content-Type": "application/json" } }).expect(302);
  });

  describe("by boto3", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");

    it("show the sentence, whatever the protocol", async function () {
      this.timeout(60_000);
      const home = mkdtempSync(join(tmpdir(), "iam-local-other-services-"));
      const script = readFileSync("integration/clients/other_services.py", "utf8");
      const { code, stdout, stderr } = await run("python3", ["-"], {
        cwd: home,
        stdin: script,
        env: environment(home, emu.server.endpoint),
      });
      rmSync(home, { recursive: true });
      assert.equal(code, 0, stderr);
      const outcomes = Object.fromEntries(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as [string, unknown]),
      );
      const refused = (service: string) => [400, "ServiceNotEmulated", told(service)];
      assert.deepEqual(outcomes, {
        dynamodb: refused("dynamodb"),
        sqs: refused("sqs"),
        kinesis: refused("kinesis"),
        lambda: refused("lambda"),
        s3: refused("s3"),
        "s3 put": refused("s3"),
        sns: refused("sns"),
        ec2: refused("ec2"),
        route53: refused("route53"),
        cloudwatch: refused("monitoring"),
        "arc-region-switch": refused("arc-region-switch"),
      });
    });
  });

  describe("by the AWS CLI", () => {
    requireInstalled("the AWS CLI", "aws", "--version");

    it("show the sentence", async function () {
      this.timeout(60_000);
      const home = mkdtempSync(join(tmpdir(), "iam-local-other-services-"));
      const cli = (...args: string[]) => run("aws", args, { cwd: home, env: environment(home, emu.server.endpoint) });
      const tables = await cli("dynamodb", "list-tables");
      const buckets = await cli("s3", "ls");
      rmSync(home, { recursive: true });
      assert.ok(
        tables.stderr.includes(`(ServiceNotEmulated) when calling the ListTables operation: ${told("dynamodb")}`),
        tables.stderr,
      );
      assert.ok(
        buckets.stderr.includes(`(ServiceNotEmulated) when calling the ListBuckets operation: ${told("s3")}`),
        buckets.stderr,
      );
    });
  });
});

describe("a browser that opens the emulator's address", () => {
  const emu = emulator();
  const get = (path: string, accept: string) =>
    supertest(emu.server.endpoint).get(path).set("Accept", accept).expect(302);

  it("is led to the console, and a program to AWS's documentation", async () => {
    const html = "text/html,application/xhtml+xml,*/*;q=0.8";
    assert.equal((await get("/", html)).headers["location"], "/console");
    assert.equal((await get("/?x=1", html)).headers["location"], "/console");
    assert.equal((await get("/elsewhere", html)).headers["location"], "https://aws.amazon.com/iam");
    assert.equal((await get("/", "*/*")).headers["location"], "https://aws.amazon.com/iam");
  });
});
