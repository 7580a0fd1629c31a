import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteRoleCommand, ListUsersCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromContainerMetadata, fromHttp } from "@aws-sdk/credential-providers";
import { after, before, describe, it } from "mocha";
import request from "supertest";
import { requireInstalled } from "../clients/installed.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { allow, createRole, document, type Statement } from "../fixtures.ts";
import { control, refusedByControl } from "../mfa/control.ts";
import { applicationIdentity, cliIdentity, pythonIdentity } from "./application.ts";

const trustService = (Service: string, Condition?: object): Statement => ({
  Principal: { Service },
  Action: ["sts:AssumeRole", "sts:TagSession"],
  ...(Condition && { Condition }),
});
const ECS = trustService("ecs-tasks.amazonaws.com");

interface Endpoint {
  readonly uri: string;
  readonly authorizationToken: string;
  readonly sessionName: string;
  readonly environment: Readonly<Record<string, string>>;
}

const give = async (emu: Emulator, body: object): Promise<Endpoint> =>
  (await control(emu, "container-credentials", body)) as unknown as Endpoint;

const fetchCredentials = (emu: Emulator, { uri, authorizationToken }: Endpoint) =>
  request(emu.server.endpoint).get(new URL(uri).pathname).set("Authorization", authorizationToken);

describe("the container credentials endpoint, for unchanged applications", () => {
  // By this machine's time, since SDKs renew credentials that have expired by it.
  const emu = emulator({ now: Date.now() });
  const folder = mkdtempSync(join(tmpdir(), "iam-local-container-"));
  let endpoint: Endpoint;
  const session = () => `arn:aws:sts::000000000000:assumed-role/app/${endpoint.sessionName}`;

  before(async () => {
    await createRole(emu, "app", { trusts: [ECS], statements: [allow("iam:ListUsers")] });
    endpoint = await give(emu, { roleName: "app" });
  });
  after(() => rmSync(folder, { recursive: true }));

  const inEnvironment = async <T>(
    environment: Readonly<Record<string, string>>,
    work: () => Promise<T>,
  ): Promise<T> => {
    Object.assign(process.env, environment);
    try {
      return await work();
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name];
    }
  };

  it("gives the SDK's fromHttp a role session that may do what the role may", async () => {
    const credentials = await fromHttp({
      awsContainerCredentialsFullUri: endpoint.uri,
      awsContainerAuthorizationToken: endpoint.authorizationToken,
    })();
    const { Arn } = await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, session());
    assert.match(endpoint.sessionName, /^[0-9a-f]{32}$/);
    await emu.iam(credentials).send(new ListUsersCommand({}));
    const lifetime = credentials.expiration!.getTime() - emu.server.clock.now();
    assert.ok(Math.abs(lifetime - 6 * 60 * 60 * 1000) < 60_000, `it lasts six hours, not ${lifetime} ms`);
  });

  it("gives the SDK's fromContainerMetadata the same", async () => {
    const credentials = await inEnvironment(endpoint.environment, () => fromContainerMetadata()());
    assert.equal((await emu.sts(credentials).send(new GetCallerIdentityCommand({}))).Arn, session());
  });

  it("is found by the SDK's default chain, with the token in the environment or in a file", async () => {
    assert.equal(await applicationIdentity(emu, endpoint.environment), session());
    const file = join(folder, "token");
    writeFileSync(file, endpoint.authorizationToken);
    const { AWS_CONTAINER_AUTHORIZATION_TOKEN: _, ...environment } = endpoint.environment;
    assert.equal(
      await applicationIdentity(emu, { ...environment, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }),
      session(),
    );
  }).timeout(20_000);

  describe("in Python", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");

    it("is found by boto3's default chain", async () => {
      assert.equal(await pythonIdentity(emu, endpoint.environment), session());
    }).timeout(30_000);
  });

  describe("by the AWS CLI", () => {
    requireInstalled("the AWS CLI", "aws", "--version");

    it("is found", async () => {
      assert.equal(await cliIdentity(emu, endpoint.environment), session());
    }).timeout(30_000);
  });
});

describe("the container credentials endpoint", () => {
  const emu = emulator();

  it("answers as ECS does, the same credentials until they are to be renewed", async () => {
    const role = await createRole(emu, "answers", { trusts: [ECS] });
    const endpoint = await give(emu, { roleArn: role.arn, sessionName: "task", durationSeconds: 900 });
    const { body: first } = await fetchCredentials(emu, endpoint).expect(200).expect("Cache-Control", "no-store");
    assert.deepEqual(Object.keys(first), ["RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"]);
    assert.equal(first.RoleArn, role.arn);
    assert.equal(first.Expiration, "2026-11-24T12:15:00Z");
    assert.match(first.AccessKeyId, /^ASIA/);
    emu.server.clock.advance(599);
    assert.deepEqual((await fetchCredentials(emu, endpoint)).body, first);
    emu.server.clock.advance(1);
    const { body: renewed } = await fetchCredentials(emu, endpoint);
    assert.equal(renewed.Expiration, "2026-11-24T12:25:00Z");
    assert.notEqual(renewed.AccessKeyId, first.AccessKeyId);
  });

  it("gives the same credentials to all who ask at the same time", async () => {
    await createRole(emu, "together", { trusts: [ECS] });
    const endpoint = await give(emu, { roleName: "together" });
    const answers = await Promise.all(Array.from({ length: 5 }, () => fetchCredentials(emu, endpoint)));
    assert.equal(new Set(answers.map(({ body }) => body.AccessKeyId)).size, 1);
  });

  it("asks for the session as the service, which the trail shows", async () => {
    await createRole(emu, "seen", { trusts: [ECS] });
    const { sessionName } = await give(emu, { roleName: "seen" });
    const [event] = emu.server.trail();
    assert.equal(event!.eventName, "AssumeRole");
    assert.equal(event!.sourceIPAddress, "ecs-tasks.amazonaws.com");
    assert.deepEqual(
      { type: event!.userIdentity!.type, invokedBy: event!.userIdentity!.invokedBy },
      { type: "AWSService", invokedBy: "ecs-tasks.amazonaws.com" },
    );
    assert.equal((event!.requestParameters as { roleSessionName: string }).roleSessionName, sessionName);
  });

  it("lets the trust policy ask for whom ECS acts", async () => {
    const condition = (account: string) => ({
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-1:000000000000:*" },
    });
    await createRole(emu, "own", { trusts: [trustService("ecs-tasks.amazonaws.com", condition("000000000000"))] });
    await give(emu, { roleName: "own" });
    await createRole(emu, "foreign", { trusts: [trustService("ecs-tasks.amazonaws.com", condition("111122223333"))] });
    assert.equal(
      (await refusedByControl(emu, "container-credentials", { roleName: "foreign" }))["code"],
      "AccessDenied",
    );
  });

  it("refuses a role that does not trust the service", async () => {
    const refused = (name: string, body: object = {}) =>
      refusedByControl(emu, "container-credentials", { roleName: name, ...body });
    const denied = (service: string, action: string, role: string) => ({
      status: 403,
      code: "AccessDenied",
      message: `User: ${service} is not authorized to perform: ${action} on resource: ${role}`,
    });
    const lambda = await createRole(emu, "of-lambda", { trusts: [trustService("lambda.amazonaws.com")] });
    assert.deepEqual(await refused("of-lambda"), denied("ecs-tasks.amazonaws.com", "sts:AssumeRole", lambda.arn));
    const ecs = await createRole(emu, "of-ecs", { trusts: [ECS] });
    assert.deepEqual(await refused("of-ecs", { eks: {} }), denied("pods.eks.amazonaws.com", "sts:AssumeRole", ecs.arn));
    // "Everyone" does not include services.
    await createRole(emu, "of-all", { trusts: [{ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }] });
    assert.equal((await refused("of-all"))["code"], "AccessDenied");
    const untagged = await createRole(emu, "untagged", {
      trusts: [{ Principal: { Service: "pods.eks.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    assert.deepEqual(
      await refused("untagged", { eks: {} }),
      denied("pods.eks.amazonaws.com", "sts:TagSession", untagged.arn),
    );
  });

  it("tags the session of a pod as EKS Pod Identity does", async () => {
    const namespace = (value: string) => ({ StringEquals: { "aws:PrincipalTag/kubernetes-namespace": value } });
    await createRole(emu, "pod", {
      trusts: [trustService("pods.eks.amazonaws.com")],
      statements: [
        { ...allow("iam:ListUsers"), Condition: namespace("shop") },
        { ...allow("iam:ListRoles"), Condition: namespace("other") },
      ],
    });
    const endpoint = await give(emu, { roleName: "pod", eks: { cluster: "prod", namespace: "shop", pod: "web-0" } });
    assert.match(endpoint.sessionName, /^eks-prod-web-0-[0-9a-f]{8}-/);
    const { body } = await fetchCredentials(emu, endpoint);
    const iam = emu.iam({
      accessKeyId: body.AccessKeyId,
      secretAccessKey: body.SecretAccessKey,
      sessionToken: body.Token,
    });
    await iam.send(new ListUsersCommand({}));
    const elsewhere = await give(emu, { roleName: "pod", eks: {} });
    const { body: other } = await fetchCredentials(emu, elsewhere);
    await assert.rejects(
      emu
        .iam({ accessKeyId: other.AccessKeyId, secretAccessKey: other.SecretAccessKey, sessionToken: other.Token })
        .send(new ListUsersCommand({})),
      { name: "AccessDenied" },
    );
  });

  it("refuses requests that are no request for a role", async () => {
    const refused = (body: object) => refusedByControl(emu, "container-credentials", body);
    const invalid = (message: string) => ({ status: 400, code: "InvalidRequest", message });
    assert.deepEqual(await refused({}), invalid("Say which role: either roleArn or roleName."));
    assert.deepEqual(
      await refused({ roleArn: "arn:aws:iam::000000000000:role/answers", roleName: "answers" }),
      invalid("Say which role: either roleArn or roleName."),
    );
    assert.deepEqual(await refused({ roleName: "nobody" }), {
      status: 404,
      code: "NotFound",
      message: 'There is no role "nobody" in account 000000000000.',
    });
    assert.equal((await refused({ roleArn: "arn:aws:iam::000000000000:role/else/answers" }))["status"], 404);
    const { code, message } = await refused({ roleName: "answers", durationSeconds: 899 });
    assert.equal(code, "ValidationError");
    assert.match(String(message), /durationSeconds.*greater than or equal to 900/);
  });

  describe("refuses", () => {
    let endpoint: Endpoint;
    before(async () => {
      await createRole(emu, "guarded", { trusts: [ECS] });
      endpoint = await give(emu, { roleName: "guarded" });
    });
    const path = () => new URL(endpoint.uri).pathname;
    const get = (target = path()) => request(emu.server.endpoint).get(target);
    const error = (code: string, message: string, HTTPErrorCode: number) => ({ code, message, HTTPErrorCode });
    const notThat = error(
      "InvalidAuthorizationToken",
      "The authorization token is not that of these credentials.",
      403,
    );

    it("who has no token", async () => {
      const { body } = await get().expect(401);
      assert.deepEqual(
        body,
        error("MissingAuthorizationToken", "Send the authorization token of these credentials.", 401),
      );
    });

    it("who has a wrong token, or a session token of STS", async () => {
      const { body: session } = await fetchCredentials(emu, endpoint).expect(200);
      const changed = endpoint.authorizationToken.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
      for (const token of ["x", changed, session.Token as string]) {
        assert.deepEqual((await get().set("Authorization", token).expect(403)).body, notThat);
      }
    });

    it("who has the token of another role", async () => {
      await createRole(emu, "other", { trusts: [ECS] });
      const { authorizationToken } = await give(emu, { roleName: "other" });
      assert.deepEqual((await get().set("Authorization", authorizationToken).expect(403)).body, notThat);
    });

    it("who does not say which credentials", async () => {
      const { body } = await get("/v2/credentials").set("Authorization", endpoint.authorizationToken).expect(400);
      assert.deepEqual(body, error("NoIdInRequest", "CredentialsV2Request: No Credential ID in the request", 400));
    });

    it("web pages, whatever they know", async () => {
      const foreign = get().set("Host", "evil.example").set("Authorization", endpoint.authorizationToken);
      assert.equal((await foreign.expect(403)).body.code, "Forbidden");
      const page = get().set("Origin", "http://evil.example").set("Authorization", endpoint.authorizationToken);
      assert.equal((await page.expect(403)).body.code, "Forbidden");
    });

    it("to renew the credentials of a role that no longer trusts the service", async () => {
      const role = await createRole(emu, "distrusting", { trusts: [ECS] });
      const late = await give(emu, { roleName: "distrusting" });
      await fetchCredentials(emu, late).expect(200);
      const elsewhere = document(trustService("lambda.amazonaws.com"));
      await emu.iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: "distrusting", PolicyDocument: elsewhere }));
      // As on AWS, credentials that were issued stay valid; they are just not renewed.
      await fetchCredentials(emu, late).expect(200);
      emu.server.clock.advance(6 * 60 * 60);
      const message = `User: ecs-tasks.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${role.arn}`;
      assert.deepEqual((await fetchCredentials(emu, late).expect(403)).body, error("AccessDenied", message, 403));
    });

    it("the credentials of a role that was deleted, also once there is another of its name", async () => {
      await createRole(emu, "gone", { trusts: [ECS] });
      const late = await give(emu, { roleName: "gone" });
      await emu.iam().send(new DeleteRoleCommand({ RoleName: "gone" }));
      await createRole(emu, "gone", { trusts: [ECS] });
      const { body } = await fetchCredentials(emu, late).expect(404);
      assert.deepEqual(body, error("NoSuchEntity", "The role has been deleted.", 404));
    });

    it("tokens from before a reset", async () => {
      await emu.server.reset();
      assert.deepEqual((await fetchCredentials(emu, endpoint).expect(403)).body, notThat);
    });
  });
});
