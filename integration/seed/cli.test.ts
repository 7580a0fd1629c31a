import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand } from "@aws-sdk/client-iam";
import { after, before, beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { CLI, runCli, withProcess } from "../process.ts";

/** Each test starts processes, and machines may be busy. */
const TIMEOUT = 30_000;

describe("iam-local start --seed", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-seed-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const start = (args: readonly string[], env = {}) => runCli(["start", "--port", "0", ...args], { env, cwd: folder });

  it("says in one line what is refused, at file, line and key, and exits with 1", async () => {
    writeFileSync(join(folder, "seed.yaml"), "users:\n  - name: Jane\n    password: hush\n");
    const line =
      "iam-local: seed.yaml:3: users[0].password: PasswordPolicyViolation: Password should have a minimum length of 8, " +
      "Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, " +
      "Password should have at least one number, Password should have at least one symbol\n";
    assert.deepEqual(await start(["--seed", "seed.yaml"]), { code: 1, stdout: "", stderr: line });
    assert.deepEqual(await start([], { IAM_LOCAL_SEED: "seed.yaml" }), { code: 1, stdout: "", stderr: line });
  });

  it("says in one line that there is no such file", async () => {
    const { code, stderr } = await start(["--seed", "none.yaml"]);
    assert.equal(code, 1);
    assert.equal(stderr, "iam-local: none.yaml cannot be read: there is no such file or folder.\n");
  });

  it("starts anew with the same seed and folder, as containers do", async () => {
    writeFileSync(join(folder, "users.json"), '{"users": [{"name": "Jane"}]}');
    const args = [CLI, "start", "--port", "0", "--seed", "users.json", "--data", "state"];
    const options = { cwd: folder };
    const first = await withProcess(process.execPath, args, options, async () => {});
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    const second = await withProcess(process.execPath, args, options, async ({ endpoint }) => {
      const { stdout } = await runCli(["export", "--endpoint", endpoint]);
      const { UserDetailList } = JSON.parse(stdout) as { UserDetailList: { UserName: string }[] };
      assert.deepEqual(
        UserDetailList.map(({ UserName }) => UserName),
        ["Jane"],
      );
    });
    assert.equal(second.code, 0);
    assert.match(
      second.stderr,
      /^iam-local: state was seeded from users\.json at \S+, and is left as it has become\n$/,
    );
  });
}).timeout(TIMEOUT);

describe("iam-local import and export", () => {
  const emu = emulator();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-transfer-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => emu.server.reset());

  const cli = (...args: string[]) => runCli(args, { cwd: folder, env: { IAM_LOCAL_ENDPOINT: emu.server.endpoint } });
  const details = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content));
  const user = (UserName: string, more: object = {}) => ({
    UserName,
    Arn: `arn:aws:iam::123456789012:user/${UserName}`,
    ...more,
  });
  const document = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "arn:aws:sns:eu-west-1:123456789012:topic" },
  };

  it("import says what was made, and which documents name the former account", async () => {
    details("account.json", {
      UserDetailList: [user("Jane", { UserPolicyList: [{ PolicyName: "own", PolicyDocument: document }] })],
    });
    const counts = "policy 0, group 0, user 1, role 0, instance-profile 0";
    assert.deepEqual(await cli("import", "account.json"), {
      code: 0,
      stderr: "",
      stdout:
        `from account 123456789012 into 000000000000: ${counts}\n` +
        "these documents name account 123456789012 still (--rewrite-account changes them):\n  user/Jane: own\n",
    });
    const { stdout } = await cli("import", "account.json", "--rewrite-account", "--account", "111122223333");
    assert.equal(stdout, `from account 123456789012 into 111122223333: ${counts}\n`);
  });

  it("import says what was not made, and exits with 1", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "Jane" }));
    details("account.json", { UserDetailList: [user("Jane"), user("Ann")] });
    assert.deepEqual(await cli("import", "account.json"), {
      code: 1,
      stdout:
        "from account 123456789012 into 000000000000: policy 0, group 0, user 1, role 0, instance-profile 0\n" +
        "not made:\n  user/Jane: EntityAlreadyExists: User with name Jane already exists.\n",
      stderr: "iam-local: one entity was not made.\n",
    });
  });

  it("import takes the pages of an account together, and only all of them", async () => {
    details("1.json", { UserDetailList: [user("Ann")], IsTruncated: true, Marker: "m" });
    details("2.json", { UserDetailList: [user("Ben")], IsTruncated: true, Marker: "n" });
    details("3.json", { UserDetailList: [user("Cid")], IsTruncated: false });
    for (const some of [["1.json"], ["1.json", "2.json"]]) {
      assert.deepEqual(await cli("import", ...some), {
        code: 1,
        stdout: "",
        stderr: "iam-local: These are not all pages of the details. Give all of them at once.\n",
      });
    }
    const { stdout } = await cli("import", "1.json", "2.json", "3.json", "--json");
    assert.equal((JSON.parse(stdout) as { made: { user: number } }).made.user, 3);
  });

  it("import says in one line what is wrong with a file", async () => {
    writeFileSync(join(folder, "broken.json"), "{");
    const broken = await cli("import", "broken.json");
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /^iam-local: broken\.json is not JSON: .+\n$/);
    const missing = await cli("import", "none.json");
    assert.equal(missing.stderr, "iam-local: none.json cannot be read: there is no such file or folder.\n");
    const directory = await cli("import", ".");
    assert.equal(directory.stderr, "iam-local: . cannot be read: what should be a file is a folder.\n");
    writeFileSync(join(folder, "null.json"), "null");
    const nothing = await cli("import", "null.json", "null.json");
    assert.equal(nothing.stderr, "iam-local: null.json: it holds no JSON object.\n");
  });

  it("export prints what import takes, or writes it into a file", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "Jane" }));
    const printed = await cli("export");
    assert.deepEqual([printed.code, printed.stderr], [0, ""]);
    const written = await cli("export", "--output", "exported.json");
    assert.deepEqual(written, { code: 0, stdout: "", stderr: "" });
    assert.equal(readFileSync(join(folder, "exported.json"), "utf8"), printed.stdout);
    await emu.server.reset();
    assert.equal((await cli("import", "exported.json")).code, 0);
    const { stderr } = await cli("export", "--output", "none/exported.json");
    assert.equal(stderr, "iam-local: none/exported.json cannot be written: there is no such file or folder.\n");
  });
}).timeout(TIMEOUT);
