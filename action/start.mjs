// Starts iam-local for the steps that follow, waits until it answers, and tells them where it is: by AWS_ENDPOINT_URL_IAM and the like,
// which AWS SDKs and the AWS CLI read, and by root's keys.
import { spawn } from "node:child_process";
import { appendFileSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const { env } = process;
const input = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
/** A file that the runner reads after the step: `GITHUB_ENV` and the like. */
const tell = (file, values) =>
  appendFileSync(
    env[file],
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
const PATIENCE = 120_000;

const log = join(env["RUNNER_TEMP"] ?? ".", "iam-local.log");
const answer = join(env["RUNNER_TEMP"] ?? ".", "iam-local.json");
const command = input("command") || `npx --yes iam-local@${input("version") || "latest"}`;
const line = `exec ${command} start --port ${input("port") || "4593"} --json ${input("options")}`;
const child = spawn("bash", ["-c", line], {
  detached: true,
  stdio: ["ignore", openSync(answer, "w"), openSync(log, "w")],
});
const run = { ended: false, code: 0 };
child.on("exit", (code) => Object.assign(run, { ended: true, code: code ?? -1 }));

const began = Date.now();
let started;
while (started === undefined) {
  if (run.ended) fail(`iam-local ended with ${run.code}`);
  if (Date.now() - began > PATIENCE) fail(`iam-local did not answer within ${PATIENCE / 1000} seconds`);
  const text = readFileSync(answer, "utf8");
  if (text.endsWith("\n")) started = JSON.parse(text);
  else await wait(50);
}
child.unref();

const { endpoint, pid, region, rootCredentials } = started;
tell("GITHUB_STATE", { pid, endpoint });
tell("GITHUB_OUTPUT", { endpoint });
tell("GITHUB_ENV", {
  IAM_LOCAL_ENDPOINT: endpoint,
  AWS_ENDPOINT_URL_IAM: endpoint,
  AWS_ENDPOINT_URL_STS: endpoint,
  AWS_ENDPOINT_URL_SIGNIN: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
  // One that was chosen is not repeated.
  ...(rootCredentials.secretAccessKey && { AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey }),
});
console.log(`iam-local answers at ${endpoint}`);
process.exit(0);

function fail(message) {
  console.log(`::error::${message}`);
  console.log(readFileSync(log, "utf8"));
  if (!run.ended) child.kill();
  process.exit(1);
}
