import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI } from "../process.ts";
import { say } from "./table.ts";

// `node dist/integration/bench/policies.js [EVENTS] [POLICIES]`: how long `policy from-trail` and `policy diff` take, and the most
// memory that they have; a million events and a thousand policies unless told otherwise.

const [events = 1_000_000, policies = 1_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "iam-local-policies-"));
try {
  const trail = join(folder, "trail.json");
  writeTrail(trail);
  measure(`policy from-trail, ${events} events`, ["policy", "from-trail", trail, "--resources", "prefix"]);
  const [old, fresh] = [join(folder, "old"), join(folder, "new")];
  writePolicies(old, false);
  writePolicies(fresh, true);
  measure(`policy diff, ${policies} policies that all differ`, ["policy", "diff", old, fresh]);
} finally {
  rmSync(folder, { recursive: true });
}

function measure(what: string, parameters: readonly string[]): void {
  const start = performance.now();
  // The process tells its own peak when it ends, since nobody else can be asked on every system.
  const preload = "process.on('exit', () => console.error(`peak ${process.resourceUsage().maxRSS}`))";
  const loader = `data:text/javascript,${encodeURIComponent(preload)}`;
  const options = { encoding: "utf8", maxBuffer: 1 << 30 } as const;
  const { stderr, status } = spawnSync(process.execPath, ["--import", loader, CLI, ...parameters], options);
  const seconds = (performance.now() - start) / 1000;
  const peak = Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
  say(`${what}: ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MiB at most (exit ${status})`);
}

/** As CloudTrail writes events of data, of about 1.3 KB each: objects in fifty folders. */
function writeTrail(file: string): void {
  const names = ["GetObject", "PutObject", "DeleteObject", "HeadObject"];
  const output = openSync(file, "w");
  writeSync(output, '{"Records":[');
  for (let i = 0; i < events; i += 1000) {
    const part = Array.from({ length: Math.min(1000, events - i) }, (_, j) =>
      eventText(i + j, names[j % names.length]!),
    );
    writeSync(output, `${i === 0 ? "" : ","}${part.join(",")}`);
  }
  writeSync(output, "]}");
  closeSync(output);
}

function eventText(number: number, eventName: string): string {
  const key = `logs/${number % 50}/${number}`;
  const role = "arn:aws:iam::111122223333:role/Deploy";
  return JSON.stringify({
    eventVersion: "1.08",
    userIdentity: {
      type: "AssumedRole",
      arn: "arn:aws:sts::111122223333:assumed-role/Deploy/session",
      accountId: "111122223333",
      sessionContext: { sessionIssuer: { type: "Role", arn: role }, attributes: { mfaAuthenticated: "false" } },
    },
    eventTime: "2026-11-24T12:00:00Z",
    eventSource: "s3.amazonaws.com",
    eventName,
    awsRegion: "eu-west-1",
    sourceIPAddress: "203.0.113.5",
    userAgent: "[aws-sdk-js/3]",
    requestParameters: { bucketName: "data", key, Host: "data.s3.eu-west-1.amazonaws.com" },
    additionalEventData: { AuthenticationMethod: "AuthHeader", "x-amz-id-2": "x".repeat(300) },
    eventID: `event-${number}`,
    resources: [{ ARN: `arn:aws:s3:::data/${key}` }, { ARN: "arn:aws:s3:::data" }],
    recipientAccountId: "111122223333",
  });
}

/** Policies of six statements; in those that have changed one has other actions, and one lacks its condition. */
function writePolicies(target: string, changed: boolean): void {
  const actions = [
    "s3:Get*",
    "dynamodb:*",
    "sqs:SendMessage",
    "lambda:InvokeFunction",
    "ec2:Describe*",
    "iam:PassRole",
  ];
  mkdirSync(target);
  for (let i = 0; i < policies; i++) {
    const Statement = actions.map((action, j) => ({
      Effect: j === 5 && i % 3 === 0 ? "Deny" : "Allow",
      Action: changed && j === i % 6 ? [action, "s3:PutObject"] : [action],
      Resource: j % 2 ? "*" : `arn:aws:${action.split(":")[0]}:::name-${i}/*`,
      ...(!(changed && j === (i + 1) % 6) && {
        Condition: { StringEquals: { "aws:PrincipalTag/team": `team-${i % 7}` } },
      }),
    }));
    writeFileSync(join(target, `policy-${i}.json`), JSON.stringify({ Version: "2012-10-17", Statement }));
  }
}
