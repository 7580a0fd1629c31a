import type { ChildProcess } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { CLI, exitOf, launch } from "./process.ts";

/** A container that was asked for: a process of the emulator stands for it. */
interface Container {
  readonly id: string;
  readonly env: readonly string[];
  readonly ports: readonly string[];
  running?: { readonly child: ChildProcess; readonly port: string; readonly exited: Promise<unknown> };
}

/** Something that answers as Docker's engine does, as far as Testcontainers asks it for one image. */
export interface DockerEngine {
  /** As DOCKER_HOST names it. */
  readonly host: string;
  /** How many containers run. */
  readonly running: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Docker's HTTP API (version 1.44) for one image, whose containers are processes of the emulator on this machine: their environment is
 * the container's, and the exposed port leads to the process. What is not needed answers 501, so that a test that asks for more shows it.
 */
export async function dockerEngine(image: string): Promise<DockerEngine> {
  const containers = new Map<string, Container>();
  const server = createServer((request, response) => {
    answer(request, response, image, containers).catch((cause: unknown) =>
      send(response, 500, { message: String(cause) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stopAll = () => Promise.all([...containers.values()].map(stop));
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    running: () => [...containers.values()].filter(({ running }) => running).length,
    async close() {
      await stopAll();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  image: string,
  containers: Map<string, Container>,
): Promise<void> {
  const { pathname } = new URL(request.url!, "http://engine");
  const path = pathname.replace(/^\/v1\.\d+/, "");
  const [, id = "", verb] = /^\/containers\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  const body = await text(request);
  const asked = `${request.method} ${verb ?? path}`;
  if (path === "/info")
    return send(response, 200, { ServerVersion: "27.0.0", OperatingSystem: "none", OSType: "linux" });
  if (asked === `GET /images/${image}/json`) return send(response, 200, { Id: "sha256:1", RepoTags: [image] });
  if (path.startsWith("/images/")) return send(response, 404, { message: `No such image: ${path}` });
  if (asked === "GET /containers/json") return send(response, 200, []);
  if (asked === "POST /containers/create") {
    const { Env = [], ExposedPorts = {} } = JSON.parse(body) as { Env?: string[]; ExposedPorts?: object };
    const container = { id: `c${containers.size}`.padEnd(64, "0"), env: Env, ports: Object.keys(ExposedPorts) };
    containers.set(container.id, container);
    return send(response, 201, { Id: container.id, Warnings: [] });
  }
  const container = containers.get(id);
  if (!container) return send(response, 404, { message: `No such container: ${id}` });
  switch (asked) {
    case "POST start":
      await start(container);
      return send(response, 204);
    case "GET json":
      return send(response, 200, inspected(container));
    case "POST stop":
      await stop(container);
      return send(response, 204);
    case `DELETE ${path}`:
      await stop(container);
      containers.delete(id);
      return send(response, 204);
    default:
      return send(response, 501, { message: `${request.method} ${path} is not here` });
  }
}

async function start(container: Container): Promise<void> {
  const env = Object.fromEntries(container.env.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
  const { child, output } = launch(process.execPath, [CLI, "start", "--port", "0"], { env });
  const exited = exitOf(child);
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const listening = /listens at http:\/\/127\.0\.0\.1:(\d+)/.exec(output.stdout);
      if (listening) resolve(listening[1]!);
    });
    void exited.then(() => reject(new Error(output.stderr)));
  });
  container.running = { child, port, exited };
}

async function stop(container: Container): Promise<void> {
  const { running } = container;
  delete container.running;
  running?.child.kill();
  await running?.exited;
}

function inspected({ id, ports, running }: Container): object {
  const bindings = running ? [{ HostIp: "127.0.0.1", HostPort: running.port }] : [];
  return {
    Id: id,
    Name: "/iam-local",
    State: { Status: running ? "running" : "exited", Running: running !== undefined, StartedAt: "", FinishedAt: "" },
    Config: { Hostname: "iam-local", Labels: {}, ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) },
    NetworkSettings: { Ports: Object.fromEntries(ports.map((port) => [port, bindings])), Networks: {} },
    HostConfig: { PortBindings: {} },
  };
}

function send(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(body && JSON.stringify(body));
}
