import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { awsManagedPolicies, awsManagedPolicyDocument } from "../../catalog/aws-managed-policies.ts";
import type { PolicyKind } from "../document.ts";
import type { Level } from "./check.ts";
import { CHECKS, type Code } from "./checks.ts";
import { learnMore } from "./learn-more.ts";
import { lint } from "./lint.ts";

interface LintCase {
  readonly it: string;
  readonly kind: PolicyKind;
  /** The lines of the document. */
  readonly text: readonly string[];
  /** Code, level, path, and where it starts and ends as `line:column`. */
  readonly findings: readonly (readonly [Code, Level, string, string, string])[];
}

const FOLDER = "policy/lint/cases";
const tables = readdirSync(FOLDER).map((file) => ({
  name: file.replace(".json", ""),
  cases: JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as LintCase[],
}));

const KINDS = [
  "identity",
  "inline",
  "boundary",
  "trust",
  "session",
  "resource",
  "scp",
  "rcp",
  "simulated",
  "simulated-resource",
] as const;

/** An identity policy with one statement. */
const policy = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*", ...statement }] });
const codes = (text: string, kind: PolicyKind = "identity", resourceType?: string): string[] =>
  lint(text, { kind, resourceType }).map(({ code }) => code);
const messages = (text: string, kind: PolicyKind = "identity"): string[] =>
  lint(text, { kind }).map(({ message }) => message);
/** A document of that many characters. */
const ofSize = (size: number): string => {
  const empty = policy({ Sid: "", Action: "s3:GetObject" }).length;
  return policy({ Sid: "x".repeat(size - empty), Action: "s3:GetObject" });
};

describe("lint", () => {
  for (const { name, cases } of tables) {
    describe(name, () => {
      for (const { it: says, kind, text, findings } of cases) {
        it(`${findings.length === 0 ? "finds nothing in" : "finds"}: ${says} (${kind})`, () => {
          const at = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;
          const found = lint(text.join("\n"), { kind });
          assert.deepEqual(
            found.map(({ code, level, path, start, end }) => [code, level, path, at(start), at(end)]),
            findings,
          );
        });
      }
    });
  }

  it("has a case for every check", () => {
    const inTables = tables.flatMap(({ cases }) => cases.flatMap(({ findings }) => findings.map(([code]) => code)));
    // Those of whole documents, below.
    const inTests = [
      "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
      "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
      "POLICY_SIZE_EXCEEDS_QUOTA",
      "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
      "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
      "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
      "TOO_LARGE_TO_CHECK",
      "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
    ];
    assert.deepEqual([...new Set([...inTables, ...inTests])].toSorted(), Object.keys(CHECKS).toSorted());
  });

  it("asks whether a word that is near was meant, whatever was swapped, left out or added", () => {
    const guess = (action: string) => messages(policy({ Action: action }))[0];
    assert.equal(guess("s3:GetObejct"), "The action s3:GetObejct does not exist. Did you mean s3:GetObject?");
    assert.equal(guess("iam:PasRole"), "The action iam:PasRole does not exist. Did you mean iam:PassRole?");
    assert.equal(guess("sts:AssumeRolee"), "The action sts:AssumeRolee does not exist. Did you mean sts:AssumeRole?");
    assert.equal(guess("s3:Nonsense"), "The action s3:Nonsense does not exist.");
    assert.equal(
      guess("ec3:RunInstances"),
      "The service ec3 specified in the action does not exist. Did you mean ec2?",
    );
  });

  it("asks likewise about condition keys", () => {
    const condition = (key: string) =>
      messages(policy({ Action: "s3:ListBucket", Condition: { StringLike: { [key]: "x" } } }));
    assert.deepEqual(condition("s3:prefxi"), [
      "The condition key s3:prefxi does not exist in the service s3. Use a valid condition key. Did you mean s3:prefix?",
    ]);
    assert.deepEqual(condition("aws:RequestTags/x"), [
      "The condition key aws:RequestTags/x does not exist. Use a valid condition key. Did you mean aws:RequestTag/?",
    ]);
  });

  it("says what IAM answers, and takes for an error whatever IAM refuses", () => {
    const [refused] = lint(policy({ Action: [] }), { kind: "identity" });
    assert.equal(refused?.code, "EMPTY_ARRAY_ACTION");
    assert.equal(refused.level, "error");
    assert.equal(refused.refusal, "Policy statement must contain actions.");
    assert.equal(CHECKS.EMPTY_ARRAY_ACTION.level, "suggestion");
  });

  it("measures documents by the quota of their kind, without white space", () => {
    assert.deepEqual(codes(ofSize(6144)), []);
    assert.deepEqual(codes(`${ofSize(6144)}   \n`), []);
    assert.deepEqual(codes(ofSize(6145)), ["POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"]);
    assert.deepEqual(codes(ofSize(10_240), "inline"), []);
    assert.deepEqual(codes(ofSize(10_241), "inline"), ["POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"]);
    assert.deepEqual(codes(ofSize(5121), "scp"), ["POLICY_SIZE_EXCEEDS_SCP_QUOTA"]);
    assert.deepEqual(codes(ofSize(2049), "session"), ["POLICY_SIZE_EXCEEDS_QUOTA"]);
    assert.ok(codes(ofSize(5121), "rcp").includes("POLICY_SIZE_EXCEEDS_RCP_QUOTA"));
    assert.ok(codes(ofSize(20_481), "resource").includes("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"));
  });

  it("looks no further in documents that no kind of policy may be as large as", () => {
    const found = lint(policy({ Action: Array.from({ length: 4000 }, (_, index) => `s3:Xyz${index}`) }), {
      kind: "session",
    });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["POLICY_SIZE_EXCEEDS_QUOTA", "TOO_LARGE_TO_CHECK"],
    );
  });

  it("checks the policy of a resource by its type, where it is told", () => {
    const text = policy({
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:GetObject", "sqs:SendMessage"],
      Resource: ["arn:aws:s3:::b/*", "arn:aws:sqs:us-east-1:111122223333:q"],
    });
    assert.deepEqual(codes(text, "resource"), []);
    assert.deepEqual(codes(text, "resource", "AWS::S3::Bucket"), [
      "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
      "UNSUPPORTED_ACTION_IN_POLICY",
    ]);
    assert.deepEqual(codes(text, "resource", "AWS::KMS::Key"), []);
    const federated = policy({
      Principal: { Federated: "cognito-identity.amazonaws.com" },
      Action: "s3:GetObject",
      Effect: "Deny",
    });
    assert.deepEqual(codes(federated, "resource", "AWS::S3::Bucket"), ["FEDERATED_PRINCIPAL_NOT_SUPPORTED"]);
  });

  it("finds hardly an error in AWS's own managed policies", () => {
    const wrong = [...awsManagedPolicies().values()].filter((one) =>
      lint(awsManagedPolicyDocument(one), { kind: "identity" }).some(({ level }) => level === "error"),
    );
    // Those with actions of services that have ended, and those with ARNs that are really misspelt.
    assert.ok(wrong.length < awsManagedPolicies().size / 10, `${wrong.length} of ${awsManagedPolicies().size}`);
  }).timeout(60_000);

  it("finds a missing Version to be an error where IAM refuses it", () => {
    const text = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] });
    const of = (kind: PolicyKind) => lint(text, { kind }).map(({ code, level }) => [code, level]);
    assert.deepEqual(of("session"), [["MISSING_VERSION", "warning"]]);
    assert.deepEqual(of("identity"), [["MISSING_VERSION", "error"]]);
    assert.deepEqual(of("scp"), [["MISSING_VERSION", "error"]]);
  });

  it("takes any text, and says of it only what is in it", () => {
    const word = fc.constantFrom(
      ...(
        "s3:Get* * iam:PassRole arn:aws:s3:::b/${aws:username} arn:aws:iam::1:role/* ${ a:b 10.0.0.1/8 2012-10-17 Allow Deny " +
        "true aws:TagKeys arn:aws:s3 *:* sts:AssumeRole \u0001 é\u{1f511}  "
      ).split(" "),
    );
    const name = fc.constantFrom(
      ...(
        "Version Id Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition AWS Service " +
        "Federated StringEquals ForAllValues:StringLike Null Bool IpAddress DateLessThan NumericEqualsIfExists aws:SourceIp " +
        "aws:username s3:prefix constructor __proto__"
      ).split(" "),
    );
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        word,
        fc.boolean(),
        fc.integer(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    const statement = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });
    const document = fc.record({ Version: word, Statement: fc.array(statement, { maxLength: 3 }) });
    const text = fc.oneof(
      document.map((made) => JSON.stringify(made, undefined, 1)),
      value.map((made) => JSON.stringify(made)),
      fc.tuple(document, fc.nat(200)).map(([made, cut]) => JSON.stringify(made).slice(0, cut)),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...KINDS), (policyText, kind) => {
        for (const { message, start, end, code } of lint(policyText, { kind, resourceType: "AWS::S3::Bucket" })) {
          assert.ok(0 <= start.offset && start.offset <= end.offset && end.offset <= policyText.length);
          assert.ok(
            !/undefined|\{[a-z]+\}(?![^"]*")/.test(message.replace(/\$\{[^}]*\}?/g, "")),
            `${code}: ${message}`,
          );
        }
      }),
      { numRuns: 500 },
    );
  }).timeout(60_000);

  it("tells where AWS tells more, of AWS's checks alone", () => {
    assert.equal(
      learnMore("INVALID_ACTION"),
      "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-action",
    );
    assert.equal(learnMore("NO_MATCHING_ACTION"), undefined);
  });

  it("does not take long over documents that are made to", () => {
    const stars = "*a".repeat(40);
    const many = (length: number, make: (index: number) => string) => Array.from({ length }, (_, index) => make(index));
    const documents = [
      policy({ Action: many(1000, (index) => `ec2:Describ${index}Instances`) }),
      policy({ Action: many(1500, (index) => `ec2:*a*e${index}*`) }),
      policy({ Action: "ec2:*", Resource: many(250, (index) => `arn:aws:ec2:*:*:${stars}${index}`) }),
      policy({ Action: "ec2:*", Resource: `arn:aws:ec2:*:*:${"*a".repeat(15_000)}` }),
      policy({ Action: "s3:*", Resource: `arn:aws:s3:::${"${".repeat(15_000)}` }),
      policy({
        Action: many(600, (index) => `sagemaker:*${"*".repeat(index % 9)}`),
        Resource: many(600, (index) => `arn:aws:sagemaker:*:*:*x${index}`),
      }),
    ];
    for (const text of documents) assert.ok(lint(text, { kind: "session" }).length > 0);
  }).timeout(60_000);
});
