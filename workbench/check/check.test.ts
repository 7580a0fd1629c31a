import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkFiles, CheckFailed, type CheckOptions, type TextFile } from "./check.ts";
import { REPORTERS } from "./reporters.ts";

const file = (name: string, text: string, named = true): TextFile => ({ file: name, text, named });
const check = (files: readonly TextFile[], options: Partial<CheckOptions> = {}) =>
  checkFiles(files, { threshold: "warning", ignored: new Set(), ...options });
/** `file:line:column code path` of each finding. */
const told = async (files: readonly TextFile[], options: Partial<CheckOptions> = {}) =>
  (await check(files, options)).findings.map(
    ({ file: name, start, code, document, path }) =>
      `${name}:${start.line}:${start.column} ${code} ${[document, path].filter(Boolean).join(" ")}`,
  );

const MISSPELT =
  '{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*" }] }';
const TRUST =
  '{ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" } }';

describe("policy check", () => {
  it("checks a file that is a policy", async () => {
    assert.deepEqual(await told([file("p.json", MISSPELT)]), ["p.json:1:73 INVALID_ACTION Statement[0].Action"]);
  });

  it("checks every policy of an account as the AWS CLI prints it, each as its kind", async () => {
    const account = `{
  "UserDetailList": [{ "UserName": "A", "UserPolicyList": [{ "PolicyName": "p", "PolicyDocument": ${MISSPELT} }] }],
  "RoleDetailList": [{ "RoleName": "R", "AssumeRolePolicyDocument": ${TRUST} }],
  "Policies": [{ "PolicyVersionList": [{ "Document": ${MISSPELT} }] }]
}`;
    const { findings, documents, files } = await check([file("account.json", account)]);
    assert.deepEqual(
      findings.map(({ document, kind, code, start }) => [document, kind, code, start.line]),
      [
        ["UserDetailList[0].UserPolicyList[0].PolicyDocument", "inline", "INVALID_ACTION", 2],
        ["RoleDetailList[0].AssumeRolePolicyDocument", "trust", "ALLOW_TO_EVERYONE", 3],
        ["Policies[0].PolicyVersionList[0].Document", "identity", "INVALID_ACTION", 4],
      ],
    );
    assert.deepEqual([documents, files], [3, 1]);
  });

  it("checks every policy of a seed in YAML, at its own lines and columns", async () => {
    const seed = `users:
  - name: A
    policies:
      read:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: [s3:GetObject, s3:GetObjct]
            Resource: "*"
            Condition: { StringEqual: { aws:username: x } }
organization:
  policies:
    scps:
      - name: guard
        document: |
          ${MISSPELT}
roles:
  - name: R
    trustPolicy: ${TRUST}
`;
    assert.deepEqual(await told([file("seed.yaml", seed)]), [
      "seed.yaml:8:36 INVALID_ACTION users[0].policies.read Statement[0].Action[1]",
      "seed.yaml:10:26 INVALID_CONDITION_OPERATOR users[0].policies.read Statement[0].Condition.StringEqual",
      "seed.yaml:15:19 INVALID_ACTION organization.policies.scps[0].document Statement[0].Action",
      "seed.yaml:19:92 ALLOW_TO_EVERYONE roles[0].trustPolicy Statement.Principal",
    ]);
  });

  it("reads documents as the API answers them, percent-encoded", async () => {
    const answer = JSON.stringify({ Role: { AssumeRolePolicyDocument: encodeURIComponent(TRUST) } });
    assert.deepEqual(await told([file("role.json", answer)]), [
      "role.json:1:37 ALLOW_TO_EVERYONE Role.AssumeRolePolicyDocument Statement.Principal",
    ]);
  });

  const kindOf = async (name: string, text = MISSPELT) => (await check([file(name, text)])).findings[0]?.kind;

  it("guesses the kind of a document by its file's name, else by what is in it", async () => {
    assert.equal(await kindOf("policies/read.json"), "identity");
    assert.equal(await kindOf("scps/guard.json"), "scp");
    assert.equal(await kindOf("org/service-control-policy.json"), "scp");
    assert.equal(await kindOf("permissionsBoundary.json"), "boundary");
    assert.equal(await kindOf("session-policy.json"), "session");
    assert.equal(await kindOf("x.json", TRUST), "trust");
    const bucket = TRUST.replace('"sts:AssumeRole"', '"s3:GetObjct", "Resource": "*"');
    assert.equal(await kindOf("x.json", bucket), "resource");
    assert.equal(await kindOf("bucket-policy.json", bucket), "resource");
  });

  it("takes the kind that it is told", async () => {
    const { findings } = await check([file("scps/guard.json", MISSPELT)], { kind: "session" });
    assert.equal(findings[0]?.kind, "session");
  });

  it("tells what is bad enough, and what is not to be ignored", async () => {
    const text = MISSPELT.replace('"s3:GetObjct"', '["s3:Get*", "s3:GetObject", "s3:Gett*", "s3:Putt"]');
    const codes = async (options: Partial<CheckOptions>) =>
      (await check([file("p.json", text)], options)).findings.map(({ code }) => code);
    assert.deepEqual(await codes({ threshold: "suggestion" }), [
      "REDUNDANT_ACTION",
      "NO_MATCHING_ACTION",
      "INVALID_ACTION",
    ]);
    assert.deepEqual(await codes({}), ["NO_MATCHING_ACTION", "INVALID_ACTION"]);
    assert.deepEqual(await codes({ threshold: "error" }), ["INVALID_ACTION"]);
    assert.deepEqual(await codes({ ignored: new Set(["INVALID_ACTION"]) }), ["NO_MATCHING_ACTION"]);
  });

  it("tells what is wrong with a policy that is not JSON", async () => {
    assert.deepEqual(await told([file("p.json", '{\n  "Version": "2012-10-17",\n  "Statement": [,]\n}')]), [
      "p.json:3:17 JSON_SYNTAX_ERROR ",
    ]);
  });

  it("knows a policy without statements by its Version", async () => {
    assert.deepEqual(await told([file("p.json", '{"Version": "2012-10-17"}', false)]), [
      "p.json:1:1 MISSING_STATEMENT Statement",
    ]);
  });

  it("passes over the files of a folder that hold no policy, or cannot be read", async () => {
    const files = [
      file("package.json", '{ "name": "x" }', false),
      file("tsconfig.json", "// comment\n{}", false),
      file("bad.yaml", "a: [", false),
      file("p.json", MISSPELT, false),
    ];
    const { documents, files: count } = await check(files);
    assert.deepEqual([documents, count], [1, 1]);
  });

  it("refuses a file that was named and holds no policy, or cannot be read, with its place", async () => {
    await assert.rejects(check([file("package.json", '{ "name": "x" }')]), (error) => {
      assert.ok(error instanceof CheckFailed);
      assert.equal(error.message, "package.json: there is no policy document in it.");
      return true;
    });
    await assert.rejects(check([file("bad.json", '{\n  "a" 1 }')]), {
      message: "bad.json:2:7: A colon is expected here.",
    });
    await assert.rejects(check([file("empty.json", "")]), {
      message: /^empty\.json:1:1: The text ends too early\. .+\.$/,
    });
    await assert.rejects(check([file("bad.yaml", "a:\n  - [b\n")]), {
      message: /^bad\.yaml:3:1: .+\.$/,
    });
    await assert.rejects(check([file("deep.yaml", `a: ${"[".repeat(50_000)}`)]), {
      message: /^deep\.yaml:1:1: it is nested too deeply\.$/,
    });
  });

  it("is not led astray by aliases that stand for too much", async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}*l${level}]`,
    );
    await assert.rejects(check([file("bomb.yaml", ["l0: &l0 x", ...levels].join("\n"))]), {
      message: "bomb.yaml:1:1: its aliases stand for too much.",
    });
  });

  describe("its reports", () => {
    const report = () =>
      check([
        file("a b/p.json", MISSPELT.replace('"s3:GetObjct"', "[]")),
        file("seed.yaml", `users:\n  - policies:\n      p: ${TRUST.replace("sts:AssumeRole", "s3:Gett*")}\n`),
      ]);

    it("are texts for people", async () => {
      assert.equal(
        REPORTERS["text"]!(await report()),
        `a b/p.json:1:73: error EMPTY_ARRAY_ACTION: This statement includes no actions and does not affect the policy. Specify actions.
    in Statement[0].Action
    IAM answers: Policy statement must contain actions.
seed.yaml:3:50: error MISSING_RESOURCE: Add a Resource or NotResource element to the policy statement.
    in users[0].policies.p: Statement.Resource
    IAM answers: Policy statement must contain resources.
seed.yaml:3:71: error UNSUPPORTED_PRINCIPAL: The policy type IDENTITY_POLICY does not support the Principal element. Remove the Principal element.
    in users[0].policies.p: Statement.Principal
    IAM answers: Policy document should not specify a principal.
seed.yaml:3:110: warning NO_MATCHING_ACTION: s3:Gett* matches no action of AWS's service reference.
    in users[0].policies.p: Statement.Action
3 errors, 1 warning in 2 documents in 2 files`,
      );
      assert.equal(
        REPORTERS["text"]!(await check([file("p.json", TRUST)], { threshold: "error" })),
        "nothing found in 1 document in 1 file",
      );
    });

    it("are JSON for programs", async () => {
      const { findings } = JSON.parse(REPORTERS["json"]!(await report()));
      assert.deepEqual(findings[0], {
        file: "a b/p.json",
        document: "",
        kind: "identity",
        code: "EMPTY_ARRAY_ACTION",
        level: "error",
        source: "access-analyzer",
        message: "This statement includes no actions and does not affect the policy. Specify actions.",
        refusal: "Policy statement must contain actions.",
        path: "Statement[0].Action",
        start: { offset: 72, line: 1, column: 73 },
        end: { offset: 74, line: 1, column: 75 },
      });
      assert.equal(findings[3].source, "iam-local");
    });

    it("are annotations for GitHub, with what its commands escape", async () => {
      const [first, , , last] = REPORTERS["github"]!(await report()).split("\n");
      assert.equal(
        first,
        "::error file=a b/p.json,line=1,endLine=1,col=73,endColumn=75,title=EMPTY_ARRAY_ACTION::This statement includes no actions and does not affect the policy. Specify actions.",
      );
      assert.match(last!, /^::warning file=seed\.yaml,line=3,/);
      const odd = await check([file("a,b:c%.json", MISSPELT.replace("GetObjct", "100%"))]);
      assert.equal(
        REPORTERS["github"]!(odd),
        "::error file=a%2Cb%3Ac%25.json,line=1,endLine=1,col=73,endColumn=82,title=INVALID_ACTION::The action s3:100%25 does not exist.",
      );
    });

    it("are SARIF for code review", async () => {
      const log = JSON.parse(REPORTERS["sarif"]!(await report()));
      assert.equal(log.version, "2.1.0");
      assert.equal(log.$schema, "https://json.schemastore.org/sarif-2.1.0.json");
      const [run] = log.runs;
      assert.equal(run.columnKind, "utf16CodeUnits");
      const { rules } = run.tool.driver;
      assert.deepEqual(
        rules.map(({ id, defaultConfiguration }: any) => [id, defaultConfiguration.level]),
        [
          ["EMPTY_ARRAY_ACTION", "note"],
          ["MISSING_RESOURCE", "error"],
          ["NO_MATCHING_ACTION", "warning"],
          ["UNSUPPORTED_PRINCIPAL", "error"],
        ],
      );
      assert.match(rules[0].helpUri, /#access-analyzer-reference-policy-checks-suggestion-empty-array-action$/);
      assert.equal(rules[2].helpUri, undefined);
      for (const { ruleId, ruleIndex } of run.results) assert.equal(rules[ruleIndex].id, ruleId);
      assert.deepEqual(run.results[0], {
        ruleId: "EMPTY_ARRAY_ACTION",
        ruleIndex: 0,
        level: "error",
        message: {
          text: "This statement includes no actions and does not affect the policy. Specify actions. (IAM: Policy statement must contain actions.)",
        },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "a%20b/p.json" },
              region: { startLine: 1, startColumn: 73, endLine: 1, endColumn: 75 },
            },
            logicalLocations: [{ fullyQualifiedName: "Statement[0].Action" }],
          },
        ],
      });
      const absolute = JSON.parse(REPORTERS["sarif"]!(await check([file("/x/p.json", MISSPELT)])));
      assert.equal(absolute.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, "file:///x/p.json");
    });
  });
});
