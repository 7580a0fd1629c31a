import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { policyDiff } from "../../workbench/diff-command.ts";
import { emulator } from "../emulator.ts";
import { document } from "../fixtures.ts";
import { runCli } from "../process.ts";

const trust = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }],
  });

describe("what has changed since an export", () => {
  const emulated = emulator();
  let folder: string;
  let exported: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-diff-"));
    exported = join(folder, "export.json");
    const iam = emulated.iam();
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const PolicyDocument = document({ Action: ["s3:GetObject", "sqs:*"], Resource: "*" });
    await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "work", PolicyDocument }));
    await iam.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: trust("111122223333") }));
    const { code, stdout, stderr } = await runCli(["export", "--endpoint", emulated.server.endpoint]);
    assert.equal(code, 0, stderr);
    writeFileSync(exported, stdout);
  });
  after(() => rmSync(folder, { recursive: true }));

  const subjects = async () => (await policyDiff(exported, emulated.server.endpoint, {})).subjects;

  it("is nothing at first", async () => {
    assert.deepEqual(await subjects(), []);
  });

  it("is what a boundary takes away, and whom a trust policy lets in", async () => {
    const iam = emulated.iam();
    const PermissionsBoundary = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary }));
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "r", PolicyDocument: trust("444455556666") }));
    const [ann, role, ...others] = await subjects();
    assert.deepEqual(others, []);
    assert.deepEqual([ann!.names, ann!.added], [["user/ann"], []]);
    assert.deepEqual(
      ann!.removed.map(({ actions }) => actions),
      [["sqs:*"]],
    );
    assert.deepEqual([role!.names, role!.kind], [["role/r"], "trust"]);
    const callers = (list: readonly { readonly callers: readonly string[] }[]) =>
      list.flatMap((access) => access.callers);
    assert.deepEqual(callers(role!.added), [
      "users and roles of the account 444455556666",
      "root of the account 444455556666",
    ]);
    assert.deepEqual(callers(role!.removed), [
      "users and roles of the account 111122223333",
      "root of the account 111122223333",
    ]);
  });
});
