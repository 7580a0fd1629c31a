import assert from "node:assert/strict";
import { CreateUserCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { after, before, describe, it } from "mocha";
import { IamLocalContainer, type StartedIamLocalContainer } from "../packages/testcontainers/src/index.ts";
import { dockerEngine, type DockerEngine } from "./docker-engine.ts";
import { run } from "./process.ts";

const IMAGE = "registry.example.com/iam-local:0.1.0";

describe("@iam-local/testcontainers", () => {
  let engine: DockerEngine;
  const environment = { ...process.env };

  before(async () => {
    engine = await dockerEngine(IMAGE);
    // Ryuk, which cleans up after Testcontainers, is a container of another image.
    Object.assign(process.env, { DOCKER_HOST: engine.host, TESTCONTAINERS_RYUK_DISABLED: "true" });
  });
  after(async () => {
    process.env = environment;
    await engine.close();
  });

  const clients = (container: StartedIamLocalContainer) => {
    const config = {
      endpoint: container.getEndpoint(),
      region: "us-east-1",
      credentials: container.getCredentials(),
      maxAttempts: 1,
    };
    return { iam: new IAMClient(config), sts: new STSClient(config) };
  };
  const names = async (iam: IAMClient) =>
    (await iam.send(new ListUsersCommand({}))).Users!.map(({ UserName }) => UserName);

  it("starts a container whose emulator has grown from the seed, and stops it", async () => {
    const container = await new IamLocalContainer(IMAGE)
      .withSeed({
        users: [{ name: "Ann", mfaDevices: [{ kind: "virtual", seed: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }] }],
      })
      .start();
    const { iam } = clients(container);
    assert.deepEqual(await names(iam), ["Ann"]);
    const { code, validUntil } = await container.mfaCode("arn:aws:iam::000000000000:mfa/Ann");
    assert.match(code, /^\d{6}$/);
    assert.ok(Date.parse(validUntil) > 0);
    await assert.rejects(container.mfaCode("arn:aws:iam::000000000000:mfa/Bob"), {
      name: "NoSuchEntity",
      message: "MFA Device with serial number arn:aws:iam::000000000000:mfa/Bob does not exist.",
    });

    await container.takeSnapshot("prepared");
    await iam.send(new CreateUserCommand({ UserName: "Bob" }));
    await container.restoreSnapshot("prepared");
    assert.deepEqual(await names(iam), ["Ann"]);
    await container.reset();
    assert.deepEqual(await names(iam), []);
    await container.stop();
    assert.equal(engine.running(), 0);
  });

  it("has the account and the root keys that it was given", async () => {
    const root = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
    const container = await new IamLocalContainer(IMAGE).withAccount("123456789012").withRootCredentials(root).start();
    const { Arn } = await clients(container).sts.send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::123456789012:root");
    await container.stop();
  });

  it("stops the container where the seed is refused, and says why", async () => {
    await assert.rejects(new IamLocalContainer(IMAGE).withSeed("users: [{ nam: Ann }]").start(), {
      name: "InvalidRequest",
      message: /^the seed:1: users\[0\]\.nam: unknown key\. /,
    });
    assert.equal(engine.running(), 0);
  });

  it("is published with its types, and without anything else", async () => {
    const folder = "packages/testcontainers";
    const built = await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder]);
    assert.equal(built.code, 0, built.stdout);
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: folder });
    const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
    assert.deepEqual(files.map(({ path }) => path).sort(), [
      "README.md",
      "dist/index.d.ts",
      "dist/index.js",
      "package.json",
    ]);
  });
});
