import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { browser, formOf, said, signIn, type Browser } from "../console/browser.ts";
import type { Balancer } from "./balancer.ts";
import { startCluster, type Cluster } from "./cluster.ts";
import { postgres } from "./postgres.ts";
import { balanceRequests } from "./request-balancer.ts";

const PASSWORD = "Correct horse 1";
const THRICE = [0, 1, 2];

describe("the console of three replicas on PostgreSQL, each of which gets every third request", () => {
  const database = postgres();
  let cluster: Cluster;
  let balancer: Balancer;
  let root: Browser;
  const visitor = () => browser({ server: balancer });
  const whoAmI = async () => {
    const answers: number[] = [];
    for (const _ of THRICE) answers.push((await root.get("/console/who-am-i")).status);
    return answers;
  };

  before(async () => {
    const store = await database.server.newDatabase();
    cluster = await startCluster([store, store, store], ["--root-password", PASSWORD]);
    balancer = await balanceRequests(cluster.replicas.map(({ port }) => port));
    root = visitor();
    await root.submitAndFollow("/console/sign-in/root", { email: "root@example.com", password: PASSWORD });
  });
  after(async () => {
    balancer?.close();
    await cluster?.close();
  });

  it("knows who has signed in, whichever is asked", async () => {
    assert.deepEqual(await whoAmI(), [200, 200, 200]);
  });

  it("does once what is sent to all at once, and answers all alike", async () => {
    const page = "/console/security-credentials";
    const { hidden } = formOf((await root.get(page)).text, "create-access-key")!;
    const answers = await Promise.all(THRICE.map(() => root.post(page, hidden)));
    const secrets = answers.map(({ text }) => /Secret access key<\/dt>\s*<dd>([^]*?)<\/dd>/.exec(text)![1]);
    assert.equal(new Set(secrets).size, 1);
  });

  it("tells the next page what has been done", async () => {
    const created = await root.submitAndFollow("/console/create-user", { userName: "Ann" });
    assert.equal(said(created).notice, "The user Ann has been created.");
  });

  it("counts the failures of a sign-in together", async () => {
    const tries = Array.from({ length: 13 }, async () => (await signIn(visitor(), "Ann", "wrong")).status);
    const statuses = await Promise.all(tries);
    assert.deepEqual(
      [403, 429].map((status) => statuses.filter((one) => one === status).length),
      [10, 3],
    );
  });

  it("ends a session everywhere", async () => {
    const left = await root.submitAndFollow("/console", {}, "/console/sign-out");
    assert.equal(said(left).notice, "You have signed out.");
    assert.deepEqual(await whoAmI(), [303, 303, 303]);
  });
});
