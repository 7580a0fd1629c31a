import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { after, before } from "mocha";
import { startGate, type Gate } from "../../server/gate/gate.ts";
import { remoteEngine, type RemoteEngine } from "../../server/gate/remote-engine.ts";
import type { Credentials, Emulator } from "../emulator.ts";
import { upstream, type Upstream } from "./upstream.ts";

/** A gate that an emulator decides for over its control plane, before a service that answers whatever it is asked. */
export interface Gated {
  readonly endpoint: string;
  readonly behind: Upstream;
  readonly dynamodb: (credentials?: Credentials) => DynamoDBClient;
  readonly s3: (credentials?: Credentials) => S3Client;
  readonly sqs: (credentials?: Credentials) => SQSClient;
}

/** Puts a gate around the tests of the enclosing `describe`, with real SDK clients on its socket; they sign as root by default. */
export function gated(emu: Emulator, unmapped: "pass" | "refuse" = "refuse"): Gated {
  const behind = upstream();
  const clients: { destroy(): void }[] = [];
  let engine: RemoteEngine | undefined;
  let gate: Gate | undefined;
  before(async () => {
    engine = remoteEngine(emu.server.endpoint, { unmapped });
    const settings = {
      upstreamKeys: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      publicUrl: "",
      trustProxy: false,
    };
    gate = await startGate(
      { port: 0, host: "127.0.0.1", to: { "*": behind.origin }, ...settings },
      {
        engine,
        health: async () => ({ status: "ok", version: "0", iam: emu.server.endpoint, unmapped, checks: {} }),
        unchecked: () => undefined,
        now: () => emu.server.clock.now(),
        requestTimeout: 60_000,
      },
    );
  });
  after(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await gate?.close();
    await engine?.close();
  });
  const config = (credentials: Credentials = emu.server.rootCredentials) => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return {
      endpoint: gate!.endpoint,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    };
  };
  const keep = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  return {
    get endpoint() {
      return gate!.endpoint;
    },
    behind,
    dynamodb: (credentials) => keep(new DynamoDBClient(config(credentials))),
    s3: (credentials) => keep(new S3Client({ ...config(credentials), forcePathStyle: true })),
    sqs: (credentials) => keep(new SQSClient(config(credentials))),
  };
}
