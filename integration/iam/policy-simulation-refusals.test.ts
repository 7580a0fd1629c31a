import assert from "node:assert/strict";
import { SimulateCustomPolicyCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, document } from "../fixtures.ts";
import { noPolicyAllows } from "./authorization.ts";
import { OBJECT, USER, simulator, string } from "./simulation.ts";

describe("SimulateCustomPolicy refuses", () => {
  const emu = emulator();
  const { decisions, refused } = simulator(emu);

  it("resources that are no ARNs", async () => {
    for (const arn of ["arn::s3:::name", "arn:aws::::name", "arn:aws:s3:::", "name"]) {
      await refused({ ResourceArns: [arn] }, `ResourceNames are not in a valid ARN format: ${arn}.`);
    }
    await refused({ ResourceArns: [USER, "*"] }, "ResourceNames are not in a valid ARN format: *.");
    assert.deepEqual(await decisions({ ActionNames: ["s3:GetObject"], ResourceArns: ["arn:other:s3:x:y:*"] }), [
      "implicitDeny",
    ]);
    assert.deepEqual(await decisions({ ActionNames: ["s3:GetObject"], ResourceArns: ["arn:aws:s3:::*"] }), ["allowed"]);
  });

  it("known and unknown actions together where there are resources, also with * among them", async () => {
    const ActionNames = ["s3:GetObject", "madeup:Action", "s3:*", "iam:GetUser"];
    const message =
      "Invalid Input Actions: [s3:GetObject,iam:GetUser] and [madeup:Action,s3:*] require different authorization information. ";
    await refused({ ActionNames, ResourceArns: [OBJECT] }, message);
    await refused({ ActionNames, ResourceArns: [OBJECT, "*"] }, message);
    await refused(
      { ActionNames: ["s3:GetObject", "s3:*"], ResourceArns: [OBJECT] },
      "Invalid Input Actions: [s3:GetObject] and [s3:*] require different authorization information. ",
    );
    assert.equal((await decisions({ ActionNames })).length, 4);
  });

  it("actions without a service or a name", async () => {
    for (const action of ["GetUser", ":GetUser", "iam:"]) {
      await refused({ ActionNames: [action] }, "The action is invalid since it is missing names");
    }
  });

  it("a list of no actions", async () => {
    await refused({ ActionNames: [] }, "ActionNames cannot be null or empty.");
  });

  it("callers that are no user, group or role", async () => {
    const message = "Invalid caller - Caller must be an IAM user, role or group in this context.";
    await refused({ CallerArn: "arn:aws:iam::000000000000:root" }, message);
    await refused({ CallerArn: "arn:aws:sts::000000000000:assumed-role/deploy/session" }, message);
    await refused({ CallerArn: "arn::iam::000000000000:user/alice" }, message);
  });

  it("owners that are account numbers, or no ARNs of an account or identity", async () => {
    for (const owner of ["111122223333", "arn::iam::111122223333:root", "arn:aws:iam::111122223333:policy/x"]) {
      await refused({ ResourceOwner: owner }, `'${owner}' is not a valid as a Resource Owner.`);
    }
  });

  it("handling options for actions that have none", async () => {
    const ResourceHandlingOption = "EC2-VPC-InstanceStore";
    const message = (action: string) =>
      `Invalid input resource handling options. Action does not support resource handling options: ${action}.`;
    await refused({ ResourceHandlingOption }, message("iam:GetUser"));
    await refused({ ActionNames: ["ec2:RunInstances"], ResourceHandlingOption: "EC2" }, message("ec2:RunInstances"));
    for (const option of [
      "EC2-Classic-EBS",
      "EC2-Classic-InstanceStore",
      "EC2-VPC-EBS",
      "EC2-VPC-EBS-Subnet",
      "EC2-VPC-InstanceStore",
      "EC2-VPC-InstanceStore-Subnet",
    ]) {
      const input = { ActionNames: ["ec2:RunInstances"], ResourceHandlingOption: option };
      assert.deepEqual(await decisions(input), ["allowed"], option);
    }
  });

  it("context entries that are incomplete or of another type, and passes over empty ones", async () => {
    await refused(
      { ContextEntries: [{ ContextKeyName: "stack:key" }] },
      "Context key stack:key has invalid type null.",
    );
    await refused(
      { ContextEntries: [string("stack:key")] },
      "Context values for context key stack:key cannot be null or empty.",
    );
    await refused(
      { ContextEntries: [{ ...string("stack:key", "0x10"), ContextKeyType: "numeric" }] },
      "Invalid context value for key stack:key: expected numeric format.",
    );
    assert.deepEqual(await decisions({ ContextEntries: [{}] }), ["allowed"]);
  });

  it("documents that are no policies, and a second boundary", async () => {
    await refused({ PolicyInputList: ["{}"] }, "Syntax errors in policy.");
    const boundary = document(allow("*"));
    await refused(
      { PermissionsBoundaryPolicyInputList: [boundary, boundary] },
      "Only one permissions boundary can be given.",
    );
  });

  it("callers without the permission, which is asked for on *", async () => {
    const carl = await createUser(emu, "carl");
    const call = new SimulateCustomPolicyCommand({ PolicyInputList: [], ActionNames: ["iam:GetUser"] });
    await assert.rejects(
      emu.iam(carl.credentials).send(call),
      noPolicyAllows(carl.arn, "iam:SimulateCustomPolicy", "*"),
    );
  });
});
