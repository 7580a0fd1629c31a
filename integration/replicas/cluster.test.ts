import assert from "node:assert/strict";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { clientsOf } from "../emulator.ts";
import { startBalancer, type Balancer } from "./balancer.ts";
import { halted, running } from "./processes.ts";
import { ROOT, startReplica, type Replica } from "./replica.ts";

// The replicas of these tests have a state each: what is tested is how they are started, killed and reached.
describe("replicas of tests", () => {
  let replicas: readonly Replica[] = [];
  let balancer: Balancer | undefined;
  before(async () => {
    replicas = await Promise.all(
      ["000000000001", "000000000002"].map((account) => startReplica(["--account", account])),
    );
    balancer = await startBalancer(replicas.map(({ port }) => port));
  });
  after(async () => {
    balancer?.close();
    await Promise.all(replicas.map((replica) => replica.kill()));
  });

  const accountAt = async (sts: Replica["sts"]) => (await sts().send(new GetCallerIdentityCommand())).Account!;

  it("come back at the same port after kill -9 and after SIGTERM", async () => {
    const [first] = replicas;
    const { sts, pid, kill, stop, restart } = first!;
    const killed = pid();
    await kill();
    assert.deepEqual(running([killed]), []);
    await assert.rejects(accountAt(sts), { code: "ECONNREFUSED" });
    await restart();
    assert.equal(await accountAt(sts), "000000000001");
    assert.equal(await stop(), 0);
    await restart();
    assert.equal(await accountAt(sts), "000000000001");
  });

  it("answer, once they go on, what they were asked while they stood still", async () => {
    const { sts, pid, pause, resume } = replicas[0]!;
    pause();
    const asked = accountAt(sts);
    while (!halted([pid()])) await new Promise((resolve) => setImmediate(resolve));
    resume();
    assert.equal(await asked, "000000000001");
  });

  it("are reached by turns through one address, without those that are down", async () => {
    const answers = async () => {
      const accounts: string[] = [];
      for (let i = 0; i < 4; i++) {
        // A client of its own each time, and so a connection.
        const { sts, destroy } = clientsOf(() => ({ endpoint: balancer!.endpoint, rootCredentials: ROOT }));
        accounts.push(await accountAt(sts));
        destroy();
      }
      return accounts.sort();
    };
    const [one, two] = ["000000000001", "000000000002"];
    assert.deepEqual(await answers(), [one, one, two, two]);
    await replicas[1]!.kill();
    assert.deepEqual(await answers(), [one, one, one, one]);
    await replicas[1]!.restart();
    assert.deepEqual(await answers(), [one, one, two, two]);
  });
});
