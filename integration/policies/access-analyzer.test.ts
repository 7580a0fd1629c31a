import assert from "node:assert/strict";
import { request } from "node:http";
import {
  AccessAnalyzerClient,
  CheckAccessNotGrantedCommand,
  CheckNoNewAccessCommand,
  CheckNoPublicAccessCommand,
  ListAnalyzersCommand,
  ValidatePolicyCommand,
  type ValidatePolicyCommandInput,
} from "@aws-sdk/client-accessanalyzer";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { after, before, describe, it } from "mocha";
import { type Credentials, emulator } from "../emulator.ts";

const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

describe("Access Analyzer", () => {
  const emulation = emulator();
  const clients: AccessAnalyzerClient[] = [];
  const analyzer = (credentials: Credentials = emulation.server.rootCredentials): AccessAnalyzerClient => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const client = new AccessAnalyzerClient({
      endpoint: emulation.server.endpoint,
      region: "eu-central-1",
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    });
    clients.push(client);
    return client;
  };
  const findings = async (input: ValidatePolicyCommandInput) =>
    (await analyzer().send(new ValidatePolicyCommand(input))).findings!;
  let limited: Credentials;

  before(async () => {
    const iam = emulation.iam();
    await iam.send(new CreateUserCommand({ UserName: "Limited" }));
    const document = policy(allow("access-analyzer:ValidatePolicy"));
    await iam.send(new PutUserPolicyCommand({ UserName: "Limited", PolicyName: "p", PolicyDocument: document }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "Limited" }));
    limited = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  });
  after(() => {
    for (const client of clients) client.destroy();
  });

  describe("ValidatePolicy", () => {
    it("tells what it finds, where, and where more is told", async () => {
      const policyDocument =
        '{ "Version": "2012-10-17",\n  "Statement": { "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*" } }';
      assert.deepEqual(await findings({ policyDocument, policyType: "IDENTITY_POLICY" }), [
        {
          findingDetails: "The action s3:GetObjct does not exist. Did you mean s3:GetObject?",
          findingType: "ERROR",
          issueCode: "INVALID_ACTION",
          learnMoreLink:
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-action",
          locations: [
            {
              path: [{ value: "Statement" }, { value: "Action" }],
              span: { start: { line: 2, column: 46, offset: 73 }, end: { line: 2, column: 59, offset: 86 } },
            },
          ],
        },
      ]);
    });

    it("tells places in lists, and names of keys", async () => {
      const document = policy(
        allow(["s3:GetObject", "s3:GetObjct"], {
          Condition: { StringEquals: { "aws:userName": "x", "aws:user": "y" } },
        }),
      );
      const found = await findings({ policyDocument: document, policyType: "IDENTITY_POLICY" });
      assert.deepEqual(
        found.map(({ issueCode, locations }) => [issueCode, locations![0]!.path]),
        [
          ["INVALID_ACTION", [{ value: "Statement" }, { index: 0 }, { value: "Action" }, { index: 1 }]],
          [
            "INVALID_GLOBAL_CONDITION_KEY",
            [
              { value: "Statement" },
              { index: 0 },
              { value: "Condition" },
              { value: "StringEquals" },
              { key: "aws:user" },
            ],
          ],
        ],
      );
    });

    it("finds nothing in a policy that is in order, and leaves out what is no check of AWS's", async () => {
      const document = policy(allow("s3:ListBucket", { Resource: "arn:aws:s3:::b" }), {
        Effect: "Deny",
        NotAction: "iam:*",
        Resource: "*",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } },
      });
      assert.deepEqual(await findings({ policyDocument: document, policyType: "IDENTITY_POLICY" }), []);
    });

    it("has types of findings of its own: what IAM refuses may be a suggestion", async () => {
      const document = policy(allow([]), allow("iam:PassRole"), allow("iam:CreateServiceLinkedRole"));
      const found = await findings({ policyDocument: document, policyType: "IDENTITY_POLICY" });
      assert.deepEqual(
        found.map(({ findingType, issueCode }) => [findingType, issueCode]),
        [
          ["SUGGESTION", "EMPTY_ARRAY_ACTION"],
          ["SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE"],
          ["WARNING", "CREATE_SLR_WITH_STAR_IN_RESOURCE"],
        ],
      );
    });

    it("checks each type of policy by its rules", async () => {
      const codes = async (input: ValidatePolicyCommandInput) =>
        (await findings(input)).map(({ issueCode }) => issueCode);
      const everyone = policy({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" });
      assert.deepEqual(await codes({ policyDocument: everyone, policyType: "RESOURCE_POLICY" }), []);
      assert.deepEqual(await codes({ policyDocument: everyone, policyType: "RESOURCE_CONTROL_POLICY" }), []);
      assert.deepEqual(await codes({ policyDocument: everyone, policyType: "SERVICE_CONTROL_POLICY" }), [
        "SCP_SYNTAX_ERROR_PRINCIPAL",
      ]);
      assert.deepEqual(await codes({ policyDocument: everyone, policyType: "IDENTITY_POLICY" }), [
        "UNSUPPORTED_PRINCIPAL",
      ]);
      const resource = { policyDocument: everyone, policyType: "RESOURCE_POLICY" } as const;
      assert.deepEqual(await codes({ ...resource, validatePolicyResourceType: "AWS::DynamoDB::Table" }), [
        "UNSUPPORTED_ACTION_IN_POLICY",
      ]);
      assert.deepEqual(await codes({ ...resource, validatePolicyResourceType: "AWS::IAM::AssumeRolePolicyDocument" }), [
        "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        "UNSUPPORTED_ACTION_IN_POLICY",
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
      ]);
    });

    it("tells findings page by page", async () => {
      const document = policy(allow(["s3:Aaaaaa", "s3:Bbbbbb", "s3:Cccccc"]));
      const input = { policyDocument: document, policyType: "IDENTITY_POLICY", maxResults: 2 } as const;
      const first = await analyzer().send(new ValidatePolicyCommand(input));
      assert.equal(first.findings!.length, 2);
      const second = await analyzer().send(new ValidatePolicyCommand({ ...input, nextToken: first.nextToken }));
      assert.deepEqual(
        second.findings!.map(({ findingDetails }) => findingDetails),
        ["The action s3:Cccccc does not exist."],
      );
      assert.equal(second.nextToken, undefined);
      await assert.rejects(
        analyzer().send(new ValidatePolicyCommand({ ...input, policyDocument: policy(), nextToken: first.nextToken })),
        {
          name: "ValidationException",
          message: "The nextToken is none that this policy was answered with.",
          reason: "fieldValidationFailed",
          fieldList: [{ name: "nextToken", message: "The nextToken is none that this policy was answered with." }],
        },
      );
    });

    it("refuses an input that breaks the model", async () => {
      const input = { policyDocument: undefined, policyType: "MANAGED" } as unknown as ValidatePolicyCommandInput;
      await assert.rejects(analyzer().send(new ValidatePolicyCommand(input)), (error: any) => {
        assert.equal(error.name, "ValidationException");
        assert.equal(error.reason, "fieldValidationFailed");
        assert.deepEqual(
          error.fieldList.toSorted((a: any, b: any) => (a.name < b.name ? -1 : 1)),
          [
            { name: "policyDocument", message: "Member must not be null" },
            {
              name: "policyType",
              message:
                "Member must satisfy enum value set: [IDENTITY_POLICY, RESOURCE_POLICY, SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY]",
            },
          ],
        );
        assert.match(error.message, /^2 validation errors detected: /);
        return true;
      });
    });

    it("takes a type of resource for resource policies alone", async () => {
      await assert.rejects(
        findings({
          policyDocument: policy(),
          policyType: "IDENTITY_POLICY",
          validatePolicyResourceType: "AWS::S3::Bucket",
        }),
        {
          name: "ValidationException",
          message: "validatePolicyResourceType can only be specified for resource policies.",
        },
      );
    });
  });

  describe("CheckAccessNotGranted", () => {
    const check = (
      policyDocument: string,
      access: object,
      policyType: "IDENTITY_POLICY" | "RESOURCE_POLICY" = "IDENTITY_POLICY",
    ) => analyzer().send(new CheckAccessNotGrantedCommand({ policyDocument, policyType, access: [access] }));

    it("passes a policy that grants none of the actions", async () => {
      const { result, message, reasons } = await check(policy(allow("s3:Get*")), {
        actions: ["s3:PutObject", "iam:*"],
      });
      assert.equal(result, "PASS");
      assert.equal(message, "The policy document does not grant access to perform the listed actions or resources.");
      assert.deepEqual(reasons, []);
    });

    it("fails one that grants one of them, and says in which statement", async () => {
      const document = policy(allow("s3:Get*", { Sid: "Read" }), allow("s3:*", { Resource: "arn:aws:s3:::b/*" }));
      const { result, message, reasons } = await check(document, { actions: ["s3:PutObject", "s3:GetObject"] });
      assert.equal(result, "FAIL");
      assert.equal(
        message,
        "The policy document grants access to perform one or more of the listed actions or resources.",
      );
      assert.deepEqual(reasons, [
        {
          description: "One or more of the listed actions or resources in the statement with sid: Read.",
          statementIndex: 0,
          statementId: "Read",
        },
        {
          description: "One or more of the listed actions or resources in the statement with index: 1.",
          statementIndex: 1,
        },
      ]);
    });

    it("asks about resources alone, and about actions on resources", async () => {
      const document = policy(allow("s3:*", { Resource: "arn:aws:s3:::b/*" }));
      assert.equal((await check(document, { resources: ["arn:aws:s3:::b/x"] })).result, "FAIL");
      assert.equal((await check(document, { resources: ["arn:aws:s3:::other/*"] })).result, "PASS");
      assert.equal(
        (await check(document, { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/x"] })).result,
        "FAIL",
      );
      assert.equal((await check(document, { actions: ["sqs:*"], resources: ["arn:aws:s3:::b/x"] })).result, "PASS");
    });

    it("knows what is denied again", async () => {
      const denied = policy(allow("s3:*"), { Effect: "Deny", Action: "s3:Delete*", Resource: "*" });
      assert.equal((await check(denied, { actions: ["s3:DeleteObject"] })).result, "PASS");
    });

    it("refuses what is no policy, and an access of nothing", async () => {
      await assert.rejects(check("{", { actions: ["s3:*"] }), {
        name: "InvalidParameterException",
        message:
          "policyDocument: The text ends too early. The name of an element, in double quotes, is expected here; after the last element there is no comma. (line 1, column 2)",
      });
      await assert.rejects(check(policy(allow("s3:*")), {}), {
        name: "InvalidParameterException",
        message: "access: Neither actions nor resources are there.",
      });
    });
  });

  describe("CheckNoNewAccess", () => {
    const check = (
      existingPolicyDocument: string,
      newPolicyDocument: string,
      policyType: "IDENTITY_POLICY" | "RESOURCE_POLICY" = "IDENTITY_POLICY",
    ) => analyzer().send(new CheckNoNewAccessCommand({ existingPolicyDocument, newPolicyDocument, policyType }));

    it("passes a policy that says the same or less in other words", async () => {
      const { result, message } = await check(policy(allow("s3:*")), policy(allow(["s3:Get*", "s3:List*"])));
      assert.equal(result, "PASS");
      assert.equal(message, "The modified permissions do not grant new access compared to your existing policy.");
    });

    it("fails one that grants more", async () => {
      const { result, message, reasons } = await check(
        policy(allow("s3:Get*")),
        policy(allow("s3:GetObject"), allow("s3:PutObject")),
      );
      assert.equal(result, "FAIL");
      assert.equal(message, "The modified permissions grant new access compared to your existing policy.");
      assert.deepEqual(reasons, [{ description: "New access in the statement with index: 1.", statementIndex: 1 }]);
    });

    it("compares whom a trust policy is about", async () => {
      const trust = (AWS: string[]) => policy({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });
      const [one, two] = ["111122223333", "444455556666"];
      assert.equal((await check(trust([one, two]), trust([one]), "RESOURCE_POLICY")).result, "PASS");
      assert.equal((await check(trust([one]), trust([one, two]), "RESOURCE_POLICY")).result, "FAIL");
    });

    it("sees that a condition went", async () => {
      const mfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
      assert.equal((await check(policy(allow("s3:*", mfa)), policy(allow("s3:*")))).result, "FAIL");
      assert.equal((await check(policy(allow("s3:*")), policy(allow("s3:*", mfa)))).result, "PASS");
    });
  });

  describe("what would take too long", () => {
    const many = (count: number, make: (index: number) => object) =>
      policy(...Array.from({ length: count }, (_, index) => make(index)));
    const check = (existingPolicyDocument: string, newPolicyDocument: string) =>
      analyzer().send(
        new CheckNoNewAccessCommand({
          existingPolicyDocument,
          newPolicyDocument,
          policyType: "IDENTITY_POLICY",
        }),
      );

    it("is refused where statements are many", async () => {
      const long = many(200, (index) => allow(`s3:*a${index}*`, { Resource: `arn:aws:s3:::*b${index}*` }));
      await assert.rejects(check(long, long), {
        name: "UnprocessableEntityException",
        message: "There are more statements, actions and resources than can be compared.",
      });
    });

    it("is refused where documents are large", async () => {
      await assert.rejects(
        check(policy(allow("s3:*")), policy(allow("s3:GetObject", { Resource: `arn:aws:s3:::${"x".repeat(40_000)}` }))),
        {
          name: "InvalidParameterException",
          message: "newPolicyDocument: The document is larger than any policy may be.",
        },
      );
    });

    it("is refused where it cannot be decided", async () => {
      const patterns = (shift: number) =>
        many(20, (index) => {
          const letter = (step: number) => String.fromCharCode(97 + ((index * step + shift) % 26));
          const actions = Array.from({ length: 8 }, (_, place) => `s3:*${letter(3 + place)}*${letter(5 + place)}*`);
          return allow(actions, { Resource: `arn:aws:s3:::*${letter(7)}${letter(11)}*` });
        });
      await assert.rejects(check(patterns(0), patterns(1)), {
        name: "UnprocessableEntityException",
        message: /^It could not be decided what the statements with these indexes grant: [\d, ]+\.$/,
      });
    });
  });

  describe("CheckNoPublicAccess", () => {
    const check = async (...statements: readonly object[]) =>
      analyzer().send(
        new CheckNoPublicAccessCommand({ policyDocument: policy(...statements), resourceType: "AWS::SQS::Queue" }),
      );
    const open = (Condition?: object, more: object = {}) =>
      allow("sqs:SendMessage", { Principal: "*", ...(Condition && { Condition }), ...more });

    it("fails a policy for everyone, and says by which statement", async () => {
      const { result, message, reasons } = await check(
        allow("sqs:*", { Principal: { AWS: "111122223333" } }),
        open(undefined, { Sid: "Open" }),
      );
      assert.equal(result, "FAIL");
      assert.equal(message, "The resource policy grants public access for the given resource type.");
      assert.deepEqual(reasons, [
        {
          description: "Public access granted in the statement with sid: Open.",
          statementIndex: 1,
          statementId: "Open",
        },
      ]);
    });

    it("passes a policy for somebody", async () => {
      const { result, message, reasons } = await check(allow("sqs:*", { Principal: { AWS: "111122223333" } }));
      assert.equal(result, "PASS");
      assert.equal(message, "The resource policy does not grant public access for the given resource type.");
      assert.deepEqual(reasons, []);
    });

    const restricted: readonly (readonly [says: string, condition: object, result: "PASS" | "FAIL"])[] = [
      ["an organization", { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } }, "PASS"],
      ["any organization", { StringLike: { "aws:PrincipalOrgID": "*" } }, "FAIL"],
      ["an account", { StringEquals: { "aws:SourceAccount": "111122223333" } }, "PASS"],
      ["accounts by a pattern", { StringLike: { "aws:SourceAccount": "1111*" } }, "FAIL"],
      ["an account, if the key is there", { StringEqualsIfExists: { "aws:SourceAccount": "111122223333" } }, "FAIL"],
      ["all but an account", { StringNotEquals: { "aws:PrincipalAccount": "111122223333" } }, "FAIL"],
      ["a topic", { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } }, "PASS"],
      ["topics of any account", { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:*:t" } }, "FAIL"],
      ["an office", { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, "PASS"],
      ["half of the Internet", { IpAddress: { "aws:SourceIp": "0.0.0.0/1" } }, "FAIL"],
      ["a VPC", { StringEquals: { "aws:SourceVpc": "vpc-12345678" } }, "PASS"],
      ["whoever comes by TLS", { Bool: { "aws:SecureTransport": "true" } }, "FAIL"],
    ];
    for (const [says, condition, expected] of restricted) {
      it(`takes ${says} for ${expected === "FAIL" ? "everyone" : "somebody"}`, async () => {
        assert.equal((await check(open(condition))).result, expected);
      });
    }

    it("knows that all others may be denied again", async () => {
      const denied = {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: "*",
        Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1234567890" } },
      };
      assert.equal((await check(open(), denied)).result, "PASS");
      assert.equal((await check(open(), { ...denied, Action: "sqs:Delete*" })).result, "FAIL");
    });

    it("takes trust in everyone for public, too", async () => {
      const send = (Principal: unknown) =>
        analyzer().send(
          new CheckNoPublicAccessCommand({
            policyDocument: policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole" }),
            resourceType: "AWS::IAM::AssumeRolePolicyDocument",
          }),
        );
      assert.equal((await send({ AWS: "*" })).result, "FAIL");
      assert.equal((await send({ AWS: "111122223333" })).result, "PASS");
    });
  });

  describe("the caller", () => {
    const input = { policyDocument: policy(allow("s3:GetObject")), policyType: "IDENTITY_POLICY" } as const;

    it("needs the permission of the operation", async () => {
      await analyzer(limited).send(new ValidatePolicyCommand(input));
      await assert.rejects(
        analyzer(limited).send(new CheckAccessNotGrantedCommand({ ...input, access: [{ actions: ["s3:*"] }] })),
        {
          name: "AccessDeniedException",
          message:
            "User: arn:aws:iam::000000000000:user/Limited is not authorized to perform: access-analyzer:CheckAccessNotGranted on resource: * because no identity-based policy allows the access-analyzer:CheckAccessNotGranted action",
        },
      );
    });

    it("needs the right secret", async () => {
      await assert.rejects(analyzer({ ...limited, secretAccessKey: "wrong" }).send(new ValidatePolicyCommand(input)), {
        name: "InvalidSignatureException",
        message:
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      });
    });

    it("needs a key that exists", async () => {
      const unknown = { ...limited, accessKeyId: "AKIAIOSFODNN7EXAMPLE" };
      await assert.rejects(analyzer(unknown).send(new ValidatePolicyCommand(input)), {
        name: "UnrecognizedClientException",
        message: "The security token included in the request is invalid.",
      });
    });

    it("may have a session, until it ends", async () => {
      const { Credentials: made } = await emulation
        .sts(limited)
        .send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
      const session = {
        accessKeyId: made!.AccessKeyId!,
        secretAccessKey: made!.SecretAccessKey!,
        sessionToken: made!.SessionToken!,
      };
      await analyzer(session).send(new ValidatePolicyCommand(input));
      emulation.server.clock.advance(901);
      try {
        // Another client, which has not learnt the emulator's time.
        await assert.rejects(analyzer(session).send(new ValidatePolicyCommand(input)), {
          name: "ExpiredTokenException",
          message: "The security token included in the request is expired",
        });
      } finally {
        emulation.server.clock.advance(-901);
      }
    });

    it("must sign", async () => {
      const { status, type, body } = await post(emulation.server.endpoint, "/policy/validation", JSON.stringify(input));
      assert.equal(status, 403);
      assert.equal(type, "MissingAuthenticationTokenException");
      assert.deepEqual(JSON.parse(body), { message: "Missing Authentication Token" });
    });

    it("is told that other operations are not emulated", async () => {
      await assert.rejects(analyzer().send(new ListAnalyzersCommand({})), (error: Error) => {
        assert.equal(error.name, "ServiceNotEmulated");
        assert.match(error.message, /^iam-local emulates IAM and STS/);
        return true;
      });
    });

    it("is in the trail, with what was refused and without documents that CloudTrail hides", async () => {
      await analyzer(limited)
        .send(
          new CheckNoNewAccessCommand({
            existingPolicyDocument: "{}",
            newPolicyDocument: "{}",
            policyType: "IDENTITY_POLICY",
          }),
        )
        .catch(() => undefined);
      const [event] = emulation.server.trail();
      assert.equal(event!.eventSource, "access-analyzer.amazonaws.com");
      assert.equal(event!.eventName, "CheckNoNewAccess");
      assert.equal(event!.errorCode, "AccessDeniedException");
      assert.equal(event!.awsRegion, "eu-central-1");
      assert.equal(event!.readOnly, true);
      assert.deepEqual(event!.requestParameters, {
        existingPolicyDocument: "HIDDEN_DUE_TO_SECURITY_REASONS",
        newPolicyDocument: "HIDDEN_DUE_TO_SECURITY_REASONS",
        policyType: "IDENTITY_POLICY",
      });
    });
  });
});

/** Sends a request that nobody has signed. */
function post(endpoint: string, path: string, body: string): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, endpoint), { method: "POST", headers: { "content-type": "application/json" } });
    sent.on("error", reject);
    sent.on("response", async (response) => {
      let text = "";
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode!, type: String(response.headers["x-amzn-errortype"]), body: text });
    });
    sent.end(body);
  });
}
