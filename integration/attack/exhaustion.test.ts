import assert from "node:assert/strict";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { send, sign } from "../bench/load.ts";
import { CLI, withProcess } from "../process.ts";

const ROOT = { accessKeyId: "test", secretAccessKey: "test" };
const UNSIGNED = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=a&RoleSessionName=session";
const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join("");

/** What is sent to an emulator with a heap of 128 MB, and how often. */
const ATTACKS: Readonly<Record<string, { times: number; send: (port: number) => Promise<number> }>> = {
  "lists with gaps": form(300, UNSIGNED + many(3_000, (i) => `&PolicyArns.member.${i * 10 + 11}.x=`)),
  "lists that just pass": form(300, UNSIGNED + many(900, (i) => `&PolicyArns.member.${i * 10 + 11}.x=`)),
  "forms of very many parameters": form(
    50,
    many(1_000_000, () => "&a="),
  ),
  "forms of separators": form(50, "&".repeat(4_000_000)),
  "one large value": form(50, `${UNSIGNED}&RoleArn=${"x".repeat(4_000_000)}`),
  "names of clients": {
    times: 2_000,
    send: (port) =>
      send(port, {
        method: "GET",
        path: "/?Action=ListUsers&Version=2010-05-08",
        headers: { host: "localhost", "user-agent": "x".repeat(60_000) },
      }),
  },
  "large requests that succeed": {
    times: 60,
    send: (port) => {
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "*", Resource: "x".repeat(100_000) },
      });
      const documents = Array.from({ length: 30 }, (_, i) => [`PolicyInputList.member.${i + 1}`, policy]);
      const parameters = { Action: "GetContextKeysForCustomPolicy", ...Object.fromEntries(documents) };
      return send(port, sign(port, "iam", parameters, ROOT));
    },
  },
};

function form(times: number, body: string) {
  const headers = { host: "localhost", "content-type": "application/x-www-form-urlencoded" };
  return { times, send: (port: number) => send(port, { method: "POST", path: "/", headers, body }) };
}

describe("a heap of 128 MB", () => {
  for (const [what, { times, send: attack }] of Object.entries(ATTACKS)) {
    it(`outlives ${times} times ${what}`, async () => {
      const node = ["--max-old-space-size=128", CLI, "start", "--port", "0"];
      const ended = await withProcess(process.execPath, node, {}, async ({ endpoint }) => {
        const port = Number(new URL(endpoint).port);
        let left = times;
        const attacker = async () => {
          while (left-- > 0) await attack(port);
        };
        await Promise.all([attacker(), attacker(), attacker(), attacker()]);
        const sts = new STSClient({ endpoint, region: "us-east-1", credentials: ROOT });
        assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, "000000000000");
      });
      assert.equal(ended.code, 0, ended.stderr);
    }).timeout(120_000);
  }
});
