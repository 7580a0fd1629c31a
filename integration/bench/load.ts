import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { hash } from "node:crypto";
import { Agent, request } from "node:http";
import { stringToSign } from "../../signing/sigv4.ts";
import { signingKey } from "../../signing/signing-key.ts";
import { isoBasic } from "../../signing/timestamp.ts";

/** A server that is measured, in its own process. */
export interface Subject {
  readonly name: string;
  readonly process: ChildProcess;
  readonly port: number;
  /** Milliseconds from spawn to the first answered health check, and to the first answered request. */
  readonly startedMs: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Measurement {
  readonly requestsPerSecond: number;
  /** Server CPU (user and system) per request, in microseconds: steadier than the rate on a busy machine. */
  readonly cpuMicroseconds: number;
  readonly failures: number;
}

const CONCURRENCY = 16;
const agent = new Agent({ keepAlive: true });

/** Closes idle connections: after a while a server does, maybe at the moment when one is used again. */
export const disconnect = (): void => agent.destroy();

/** Starts a server and resolves when `probe` is answered. */
export async function startSubject(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  probe: string,
  environment: Record<string, string> = {},
): Promise<Subject> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: "ignore", env: { ...process.env, ...environment } });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it answered`);
    if (performance.now() - began > 60_000) throw new Error(`${name} did not answer within a minute`);
    const status = await send(port, { method: "GET", path: probe, headers: {} }).catch(() => undefined);
    if (status !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { name, process: child, port, startedMs: performance.now() - began };
}

export async function stopSubject(subject: Subject): Promise<void> {
  const ended = new Promise((resolve) => subject.process.once("exit", resolve));
  subject.process.kill("SIGTERM");
  await ended;
}

let invocation = 0;

/**
 * Signs a new Query request, as a client does for each call: no two are the same, since SDKs also sign an id of the
 * call. Ten times as cheap as a general library, so that the rate depends on the server.
 */
export function sign(
  port: number,
  service: "iam" | "sts",
  parameters: Record<string, string>,
  { accessKeyId, secretAccessKey }: Credentials,
): Outgoing {
  const version = service === "iam" ? "2010-05-08" : "2011-06-15";
  const body = new URLSearchParams({ Version: version, ...parameters }).toString();
  const timestamp = isoBasic(Date.now());
  const date = timestamp.slice(0, 8);
  const region = "us-east-1";
  const headers: Record<string, string> = {
    "amz-sdk-invocation-id": String(invocation++),
    "content-type": "application/x-www-form-urlencoded",
    host: `127.0.0.1:${port}`,
    "x-amz-date": timestamp,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `POST\n/\n\n${lines.join("")}\n${names}\n${hash("sha256", body, "hex")}`;
  const signed = stringToSign(canonical, { timestamp, date, region, service });
  const signature = signingKey(secretAccessKey, date, region, service).hex(signed);
  const credential = `${accessKeyId}/${date}/${region}/${service}/aws4_request`;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { method: "POST", path: "/", headers, body };
}

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Sends one request and resolves to its status, or to its text. */
export function send(port: number, outgoing: Outgoing): Promise<number> {
  return exchange(port, outgoing).then(({ status }) => status);
}

export function exchange(port: number, outgoing: Outgoing): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body } = outgoing;
    const message = request({ host: "127.0.0.1", port, method, path, headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, text }));
      response.on("error", reject);
    });
    message.on("error", reject);
    message.end(body);
  });
}

/** Sends `count` requests, sixteen at a time, and measures the server's rate and CPU. */
export async function measure(subject: Subject, count: number, next: (i: number) => Outgoing): Promise<Measurement> {
  const cpuBefore = cpuSeconds(subject.process.pid!);
  const began = performance.now();
  let sent = 0;
  let failures = 0;
  const worker = async () => {
    while (sent < count) {
      const status = await send(subject.port, next(sent++)).catch(() => 0);
      if (status !== 200) failures++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const seconds = (performance.now() - began) / 1000;
  return {
    requestsPerSecond: count / seconds,
    cpuMicroseconds: ((cpuSeconds(subject.process.pid!) - cpuBefore) / count) * 1e6,
    failures,
  };
}

/** The CPU time of a process and its threads so far; Linux counts it in hundredths of a second. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory in MiB. */
export function residentMemory({ process }: Subject): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))?.[1]) / 1024;
}
