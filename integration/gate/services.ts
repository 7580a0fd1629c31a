import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireInstalled } from "../clients/installed.ts";

// Services of others to put behind a gate.

/** A running service. */
export interface Service {
  /** Such as `http://127.0.0.1:8000`. */
  readonly origin: string;
  close(): Promise<void>;
}

const load = createRequire(import.meta.url);

/** DynamoDB, in this process. */
export async function dynalite(): Promise<Service> {
  const make = load("dynalite") as (options: object) => Server;
  const server = make({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** S3, in this process. It verifies signatures by the keys S3RVER:S3RVER, which a gate must be given for it. */
export async function s3rver(): Promise<Service> {
  const S3rver = load("s3rver") as new (options: object) => { run(): Promise<AddressInfo>; close(): Promise<void> };
  const directory = mkdtempSync(join(tmpdir(), "iam-local-s3rver-"));
  const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, vhostBuckets: false });
  const { port } = await server.run();
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Skips the tests of the enclosing `describe`, and says so, where moto's server is not installed. */
export const requireMoto = (): void => requireInstalled("moto_server", "moto_server", "--help");

let running: Promise<string> | undefined;

/** moto: a little of nearly every service, without any check of who calls. It takes seconds to start, so there is one for all tests. */
export async function moto(): Promise<Service> {
  running ??= startMoto();
  return { origin: await running, close: async () => {} };
}

function startMoto(): Promise<string> {
  const child = spawn("moto_server", ["-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /Running on (http:\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      resolve(address);
      // Nobody waits for it at the end of the tests.
      child.unref();
      (child.stderr as unknown as Socket).unref();
    });
    child.once("error", reject).once("exit", () => reject(new Error(`moto ended: ${said}`)));
  });
}
