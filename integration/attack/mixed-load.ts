import { sign, type Outgoing } from "../bench/load.ts";

const ROOT = { accessKeyId: "test", secretAccessKey: "test" };

/** One of fifty policies, which the policy cache can hold. */
function policy(turn: number): string {
  const index = turn % 50;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: Array.from({ length: 20 }, (_, i) => ({
      Effect: "Allow",
      Action: [`s3:Get${index}${i}*`, "iam:Get*"],
      Resource: `arn:aws:s3:::bucket-${index}/*`,
    })),
  });
}

/**
 * Requests of many kinds, with users and policies that are created and deleted: those of one client's turn, to the
 * emulator on this port.
 */
export const MIXED: readonly ((port: number, index: number) => readonly Outgoing[])[] = [
  (port) => [sign(port, "sts", { Action: "GetCallerIdentity" }, ROOT)],
  (port, index) => {
    const user = { UserName: `user-${index}` };
    const inline = { ...user, PolicyName: "inline" };
    return [
      { Action: "CreateUser", ...user },
      { Action: "PutUserPolicy", ...inline, PolicyDocument: policy(index) },
      { Action: "DeleteUserPolicy", ...inline },
      { Action: "DeleteUser", ...user },
    ].map((parameters) => sign(port, "iam", parameters, ROOT));
  },
  (port, index) => [sign(port, "iam", { Action: "GetUser", UserName: `nobody-${index}` }, ROOT)],
  (port) => [sign(port, "iam", { Action: "GetUser" }, { ...ROOT, secretAccessKey: "wrong" })],
  (port, index) => [
    sign(
      port,
      "iam",
      { Action: "SimulateCustomPolicy", "PolicyInputList.member.1": policy(index), "ActionNames.member.1": "s3:Get" },
      ROOT,
    ),
  ],
  (port, index) => [
    sign(port, "sts", { Action: "GetFederationToken", Name: `name-${index}`, DurationSeconds: "900" }, ROOT),
  ],
  (port) => [sign(port, "iam", { Action: "ListPolicies" }, ROOT)],
  (port) => [{ method: "GET", path: "/console/sign-in", headers: { host: `127.0.0.1:${port}` } }],
];
