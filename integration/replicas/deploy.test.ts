import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { request } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { parse, parseAllDocuments } from "yaml";
import { OPTIONS, variableOf } from "../../server/option-table.ts";
import { DEFAULT_PORT } from "../../server/options.ts";
import { clientsOf, emulator } from "../emulator.ts";
import { CLI, exitOf, launch, listening } from "../process.ts";
import { freePort } from "./free-port.ts";
import { postgres } from "./postgres.ts";

const VARIABLES = new Set(OPTIONS.map(({ name }) => variableOf(name)));

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly read_only?: boolean;
}
const { services } = parse(readFileSync("deploy/compose.yaml", "utf8")) as {
  readonly services: Readonly<Record<"postgres" | "iam-local" | "balancer", Service>>;
};
const HAPROXY = readFileSync("deploy/haproxy.cfg", "utf8");

/** The status of a path, asked under a host name. */
const statusOf = (endpoint: string, path: string, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request(endpoint + path, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    asked.on("error", reject).end();
  });

describe("deploy/compose.yaml", () => {
  it("sets variables that there are, and pg's", () => {
    for (const name of Object.keys(services["iam-local"].environment!)) {
      assert.ok(VARIABLES.has(name) || name === "PGPASSWORD", name);
    }
  });

  it("starts three replicas once the database is healthy, and the balancer before them at the emulator's port", () => {
    const { "iam-local": replicas, balancer, postgres: database } = services;
    assert.equal(replicas.deploy!.replicas, 3);
    assert.deepEqual(replicas.depends_on, { postgres: { condition: "service_healthy" } });
    assert.ok(database.healthcheck);
    // The replicas' own is in the image.
    assert.match(readFileSync("Dockerfile", "utf8"), /^HEALTHCHECK /m);
    assert.deepEqual(balancer.depends_on, { "iam-local": { condition: "service_healthy" } });
    assert.deepEqual(balancer.ports, [`127.0.0.1:${DEFAULT_PORT}:${DEFAULT_PORT}`]);
    assert.deepEqual([replicas.ports, database.ports, replicas.read_only], [undefined, undefined, true]);
    assert.match(HAPROXY, new RegExp(`bind :${DEFAULT_PORT}\n`));
    assert.equal(HAPROXY.match(new RegExp(` iam-local:${DEFAULT_PORT} `, "g"))!.length, 2);
    assert.deepEqual(balancer.volumes, ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]);
  });

  it("has no secret in it", () => {
    const { environment } = services["iam-local"];
    for (const name of ["PGPASSWORD", "IAM_LOCAL_STORE_KEY", "IAM_LOCAL_ROOT_SECRET_ACCESS_KEY"]) {
      assert.match(environment![name]!, /^\$\{\w+(?::[?-][^}]*)?\}$/);
    }
    assert.equal(new URL(environment!["IAM_LOCAL_STORE"]!).password, "");
  });
});

describe("the manifests for Kubernetes", () => {
  const aws = emulator();
  const all = ["deploy/kubernetes.yaml", "deploy/kubernetes-postgres.yaml"].flatMap((file) =>
    parseAllDocuments(readFileSync(file, "utf8")).map((document) => {
      assert.deepEqual(document.errors, []);
      // Of any form: Kubernetes' objects are as their kinds say.
      return document.toJS();
    }),
  );
  const the = (kind: string, name: string) => all.find((one) => one.kind === kind && one.metadata.name === name);
  const deployment = the("Deployment", "iam-local").spec;
  const [container] = deployment.template.spec.containers;

  it("set variables that there are, from keys that the Secret has", () => {
    const { stringData } = the("Secret", "iam-local");
    for (const { name, valueFrom } of container.env) {
      assert.ok(VARIABLES.has(name), name);
      if (valueFrom) assert.equal(typeof stringData[valueFrom.secretKeyRef.key], "string", name);
    }
    const store = new URL(stringData.store);
    assert.ok(the("Service", store.hostname));
    assert.equal(store.password, the("Secret", "iam-local-postgres").stringData.password);
  });

  it("probe paths that there are, by the address of the pod", async () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    assert.deepEqual(
      [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path),
      ["/_emulator/health", "/_emulator/health", "/_emulator/health?ready"],
    );
    for (const { httpGet } of [livenessProbe, readinessProbe]) {
      assert.equal(await statusOf(aws.server.endpoint, httpGet.path, `10.42.0.7:${DEFAULT_PORT}`), 200);
      assert.equal(
        container.ports.find(({ name }: { name: string }) => name === httpGet.port).containerPort,
        DEFAULT_PORT,
      );
    }
  });

  it("run three replicas as the image's user without rights, all of one version", () => {
    assert.equal(deployment.replicas, 3);
    assert.equal(deployment.strategy.type, "Recreate");
    assert.equal(deployment.template.spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const { preStop } = container.lifecycle;
    assert.ok(deployment.template.spec.terminationGracePeriodSeconds > Number(preStop.exec.command[1]));
  });

  it("select the pods that they mean", () => {
    const { labels } = deployment.template.metadata;
    assert.deepEqual(deployment.selector.matchLabels, labels);
    assert.deepEqual(the("Service", "iam-local").spec.selector, labels);
    assert.deepEqual(the("PodDisruptionBudget", "iam-local").spec.selector.matchLabels, labels);
    const database = the("StatefulSet", "iam-local-postgres").spec;
    assert.deepEqual(the("Service", "iam-local-postgres").spec.selector, database.template.metadata.labels);
    assert.deepEqual(database.selector.matchLabels, database.template.metadata.labels);
  });
});

describe("deploy/haproxy.cfg before three replicas with the variables of deploy/compose.yaml", function () {
  this.timeout(60_000);
  const database = postgres();
  const folder = mkdtempSync(join(tmpdir(), "iam-local-haproxy-"));
  const ending: (() => Promise<unknown>)[] = [];
  const replicas: { readonly kill: () => Promise<unknown>; readonly endpoint: string }[] = [];
  let endpoint: string;
  const { iam, destroy } = clientsOf(() => ({
    endpoint,
    rootCredentials: { accessKeyId: "test", secretAccessKey: "test" },
  }));

  before(async function () {
    if (spawnSync("haproxy", ["-v"]).status !== 0) {
      console.warn("      SKIPPED: there is no haproxy on this machine");
      return this.skip();
    }
    const url = new URL(await database.server.newDatabase());
    const environment = {
      ...services["iam-local"].environment,
      PGPASSWORD: url.password,
      // What the image sets gives way to the database.
      IAM_LOCAL_DATA: join(folder, "data"),
      IAM_LOCAL_STORE: services["iam-local"].environment!["IAM_LOCAL_STORE"]!.replace(
        "postgres/iam_local",
        `${url.host}${url.pathname}`,
      ),
    };
    const preset = (text: string) => text.replace(/^\$\{(\w+)(?::-(.*)|:\?.*)\}$/, (_, name, value) => value ?? name);
    const env = Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, preset(text)]));
    for (let i = 0; i < 3; i++) {
      const { child, output } = launch(process.execPath, [CLI, "start", "--port", "0"], { env });
      const ended = exitOf(child);
      const kill = () => (child.kill("SIGKILL"), ended);
      ending.push(kill);
      replicas.push({ kill, endpoint: await listening(child, output, ended) });
    }
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    const servers = (template: string) =>
      replicas
        .map(
          ({ endpoint: at }, i) =>
            `  server replica-${i} ${new URL(at).host} ${template.replace(/^.*init-addr none ?/, "")}`,
        )
        .join("\n");
    const file = join(folder, "haproxy.cfg");
    const local = HAPROXY.replace("bind :4593", `bind 127.0.0.1:${port}`).replace(
      /^ {2}server-template .*$/gm,
      servers,
    );
    writeFileSync(file, local);
    const { child, output } = launch("haproxy", ["-db", "-f", file], {});
    const ended = exitOf(child);
    ending.push(() => (child.kill("SIGKILL"), ended));
    await until(
      async () => (await replicasAnswering()).size === 3,
      () => output.stderr,
    );
  });
  after(async () => {
    destroy();
    await Promise.all(ending.map((end) => end()));
    rmSync(folder, { recursive: true });
  });

  const health = async (query = "") => {
    const answer = await fetch(`${endpoint}/_emulator/health${query}`, { headers: { connection: "close" } });
    return { status: answer.status, text: await answer.text() };
  };
  /** The names of those that three questions reach. */
  async function replicasAnswering(): Promise<Set<string>> {
    const names = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const { status, text } = await health("?ready").catch(() => ({ status: 0, text: "" }));
      if (status === 200) names.add((JSON.parse(text) as { readonly replica: string }).replica);
    }
    return names;
  }
  async function until(isSo: () => Promise<boolean>, why: () => string): Promise<void> {
    for (let tries = 0; !(await isSo()); tries++) {
      assert.ok(tries < 500, why());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it("passes signed requests on, by turns, and says from where they came", async () => {
    await iam().send(new CreateUserCommand({ UserName: "balanced", Path: "/a/b/" }));
    for (let i = 0; i < 6; i++) await iam().send(new GetUserCommand({ UserName: "balanced" }));
    assert.equal((await replicasAnswering()).size, 3);
    // What the client claims comes before what the balancer adds.
    await fetch(`${endpoint}/?Action=ListUsers`, { headers: { "x-forwarded-for": "203.0.113.7" } });
    const { events } = (await (await fetch(`${endpoint}/_emulator/trail`)).json()) as {
      readonly events: readonly { readonly sourceIPAddress: string }[];
    };
    assert.ok(events.length > 7, String(events.length));
    assert.deepEqual([...new Set(events.map(({ sourceIPAddress }) => sourceIPAddress))], ["127.0.0.1"]);
  });

  it("lets no request fail when a replica dies, each being sent once", async () => {
    await replicas[0]!.kill();
    for (let i = 0; i < 12; i++) await iam().send(new CreateUserCommand({ UserName: `after-${i}` }));
    assert.equal((await replicasAnswering()).size, 2);
  });

  it("passes on what replicas say while the database is gone, and finds them when it is back", async () => {
    await database.server.kill();
    await until(
      async () => (await health("?ready")).status === 503,
      () => "never",
    );
    await assert.rejects(iam().send(new GetUserCommand({ UserName: "balanced" })), {
      name: /^ServiceFailure/,
      message: "The database that holds the state cannot be used now. Try again later.",
    });
    assert.equal((await health()).status, 200);
    await database.server.restart();
    await until(
      async () => (await replicasAnswering()).size === 2,
      () => "never",
    );
    await iam().send(new GetUserCommand({ UserName: "balanced" }));
  });
});
