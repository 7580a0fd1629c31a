import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, deny, document, type Statement } from "../fixtures.ts";
import { OBJECT, QUEUE, ROLE, USER, simulator, sources } from "./simulation.ts";

describe("SimulateCustomPolicy", () => {
  const emu = emulator();
  const { results, result, refused } = simulator(emu);

  describe("the caller's limits", () => {
    it("are the permissions boundary, told of the action and of each resource", async () => {
      const PermissionsBoundaryPolicyInputList = [document(allow("iam:Get*"))];
      const [get, list] = await results({
        PermissionsBoundaryPolicyInputList,
        ActionNames: ["iam:GetUser", "iam:DeleteUser"],
        ResourceArns: [USER],
      });
      assert.equal(get!.EvalDecision, "allowed");
      assert.deepEqual(get!.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: true });
      assert.deepEqual(sources(get!.MatchedStatements), ["PolicyInputList.1 (IAM Policy)"]);
      assert.equal(list!.EvalDecision, "implicitDeny");
      assert.deepEqual(list!.MatchedStatements, []);
      assert.deepEqual(list!.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: false });
      assert.deepEqual(list!.ResourceSpecificResults![0]!.PermissionsBoundaryDecisionDetail, {
        AllowedByPermissionsBoundary: false,
      });
    });

    it("are told as a statement where the boundary denies", async () => {
      const one = await result({ PermissionsBoundaryPolicyInputList: [document(allow("*"), deny("iam:*"))] });
      assert.equal(one.EvalDecision, "explicitDeny");
      assert.deepEqual(sources(one.MatchedStatements), [
        "PermissionsBoundaryPolicyInputList.1 (Permissions Boundary Policy)",
      ]);
    });

    it("are the service control policies, each level of which must allow, and which hide all else where they refuse", async () => {
      const level = (...statements: Statement[]) => ({
        ServiceControlPolicyInputList: [document(...statements)],
      });
      const needy = [document({ ...allow("*"), Condition: { Bool: { "aws:SecureTransport": "true" } } })];
      const [get, remove] = await results({
        PolicyInputList: [document(allow("*")), ...needy],
        OrderedOrganizationPolicyInputList: [level(allow("*")), level(allow("iam:Get*"))],
        ActionNames: ["iam:GetUser", "iam:DeleteUser"],
      });
      assert.equal(get!.EvalDecision, "allowed");
      assert.deepEqual(get!.OrganizationsDecisionDetail, { AllowedByOrganizations: true });
      assert.deepEqual(
        [remove!.EvalDecision, remove!.MatchedStatements, remove!.MissingContextValues],
        ["implicitDeny", [], []],
      );
      assert.deepEqual(remove!.OrganizationsDecisionDetail, { AllowedByOrganizations: false });
    });
  });

  describe("a resource's policy", () => {
    const policy = (AWS: string, extra: object = {}) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS }, Action: "sqs:*", Resource: QUEUE, ...extra },
      });
    const input = { PolicyInputList: [], ActionNames: ["sqs:SendMessage"], ResourceArns: [QUEUE], CallerArn: USER };

    it("allows by itself within the account, also through the account, and matches as ResourcePolicy", async () => {
      for (const AWS of [USER, "arn:aws:iam::000000000000:root", "*"]) {
        const one = await result({ ...input, ResourcePolicy: policy(AWS) });
        assert.equal(one.EvalDecision, "allowed", AWS);
        assert.deepEqual(sources(one.MatchedStatements), ["ResourcePolicy (Resource Policy)"]);
      }
      assert.equal((await result({ ...input, ResourcePolicy: policy(ROLE) })).EvalDecision, "implicitDeny");
    });

    it("denies whatever the caller's own policies say", async () => {
      const PolicyInputList = [document(allow("*"))];
      const ResourcePolicy = policy("*", { Effect: "Deny" });
      const one = await result({ ...input, PolicyInputList, ResourcePolicy });
      assert.equal(one.EvalDecision, "explicitDeny");
      assert.deepEqual(sources(one.MatchedStatements), ["ResourcePolicy (Resource Policy)"]);
    });

    it("must allow beside the caller's own policies where the resource is another account's, with details by type", async () => {
      const abroad = {
        ...input,
        CallerArn: "arn:aws:iam::111122223333:user/bob",
        ResourcePolicy: policy("111122223333"),
      };
      const denied = await result(abroad);
      assert.equal(denied.EvalDecision, "implicitDeny");
      assert.deepEqual(denied.EvalDecisionDetails, { "IAM Policy": "implicitDeny", "Resource Policy": "allowed" });
      const allowed = await result({ ...abroad, PolicyInputList: [document(allow("*"))] });
      assert.equal(allowed.EvalDecision, "allowed");
      assert.deepEqual(allowed.ResourceSpecificResults![0]!.EvalDecisionDetails, {
        "IAM Policy": "allowed",
        "Resource Policy": "allowed",
      });
    });

    it("belongs to ResourceOwner where the ARN names no account", async () => {
      const ResourcePolicy = policy("*", { Action: "s3:*", Resource: OBJECT });
      const bucket = { ...input, ActionNames: ["s3:GetObject"], ResourceArns: [OBJECT], ResourcePolicy };
      assert.equal((await result(bucket)).EvalDecision, "allowed");
      const ResourceOwner = "arn:aws:iam::111122223333:root";
      assert.equal((await result({ ...bucket, ResourceOwner })).EvalDecision, "implicitDeny");
    });

    it("is passed over for assuming roles", async () => {
      const ResourcePolicy = policy("*", { Action: "sts:AssumeRole", Resource: ROLE });
      const one = await result({ ...input, ActionNames: ["sts:AssumeRole"], ResourceArns: [ROLE], ResourcePolicy });
      assert.equal(one.EvalDecision, "implicitDeny");
    });

    it("needs a caller, resources with ARNs, and ARNs in itself", async () => {
      const { CallerArn: _, ...anonymous } = input;
      await refused({ ...anonymous, ResourcePolicy: policy("*") }, "Invalid caller - Caller cannot be null or empty.");
      const noResource = "Invalid Entity Arn: * does not clearly define entity type and name.";
      await refused({ ...input, ResourceArns: ["*"], ResourcePolicy: policy("*") }, noResource);
      await refused({ ...input, ResourceArns: undefined, ResourcePolicy: policy("*") }, noResource);
      await refused(
        { ...input, ResourcePolicy: policy("*", { Resource: "*" }) },
        "ResourceNames are not in a valid ARN format: *.",
      );
      await refused({ ...input, ResourcePolicy: document(allow("*")) }, "Missing required field Principal");
    });
  });
});
