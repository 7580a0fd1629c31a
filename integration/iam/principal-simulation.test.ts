import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type AttachmentType,
  type EvaluationResult,
  type SimulatePrincipalPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, deny, document, trust } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";
import { ROLE, USER, sources, string } from "./simulation.ts";

describe("SimulatePrincipalPolicy", () => {
  const emu = emulator();
  const result = async (input: Partial<SimulatePrincipalPolicyCommandInput>): Promise<EvaluationResult> => {
    const all = { PolicySourceArn: USER, ActionNames: ["s3:GetObject"], ...input };
    return (await emu.iam().send(new SimulatePrincipalPolicyCommand(all))).EvaluationResults![0]!;
  };
  const refused = (PolicySourceArn: string, name: string, message: string) =>
    assert.rejects(result({ PolicySourceArn }), { name, message });
  let managed = "";

  before(async () => {
    const iam = emu.iam();
    await createUser(emu, "alice");
    await createRole(emu, "deploy", { trusts: [trust("arn:aws:iam::000000000000:root")] });
    await iam.send(new CreateGroupCommand({ GroupName: "readers" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "alice" }));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "shared", Path: "/x/", PolicyDocument: document(allow("s3:Get*")) }),
    );
    managed = Policy!.Arn!;
    const PolicyDocument = document(allow("s3:*"));
    await iam.send(new PutUserPolicyCommand({ UserName: "alice", PolicyName: "own", PolicyDocument }));
    await iam.send(new PutGroupPolicyCommand({ GroupName: "readers", PolicyName: "ours", PolicyDocument }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "its", PolicyDocument }));
    await iam.send(new AttachUserPolicyCommand({ UserName: "alice", PolicyArn: managed }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: "readers", PolicyArn: managed }));
  });

  it("tells where a statement of AWS's policies stands in AWS's text", async () => {
    await createUser(emu, "admin");
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await emu.iam().send(new AttachUserPolicyCommand({ UserName: "admin", PolicyArn }));
    const PolicySourceArn = "arn:aws:iam::000000000000:user/admin";
    const [match] = (await result({ PolicySourceArn })).MatchedStatements!;
    assert.deepEqual(
      [match!.StartPosition, match!.EndPosition],
      [
        { Line: 3, Column: 17 },
        { Line: 8, Column: 6 },
      ],
    );
  });

  it("uses the policies of a user and its groups, each managed one once, and calls them by their names", async () => {
    const { EvalDecision, MatchedStatements } = await result({ PolicyInputList: [document(allow("s3:GetObject"))] });
    assert.equal(EvalDecision, "allowed");
    assert.deepEqual(sources(MatchedStatements)!.toSorted(), [
      "PolicyInputList.1 (IAM Policy)",
      "group_readers_ours (IAM Policy)",
      "shared (IAM Policy)",
      "user_alice_own (IAM Policy)",
    ]);
  });

  it("uses those of a group and of a role, but not the role's trust policy", async () => {
    const group = await result({ PolicySourceArn: "arn:aws:iam::000000000000:group/readers" });
    assert.deepEqual(sources(group.MatchedStatements)!.toSorted(), [
      "group_readers_ours (IAM Policy)",
      "shared (IAM Policy)",
    ]);
    const role = await result({ PolicySourceArn: ROLE });
    assert.deepEqual(sources(role.MatchedStatements), ["role_deploy_its (IAM Policy)"]);
    const assumed = await result({ PolicySourceArn: ROLE, ActionNames: ["sts:AssumeRole"], ResourceArns: [ROLE] });
    assert.equal(assumed.EvalDecision, "implicitDeny");
  });

  it("finds the identity by its name, whatever the path", async () => {
    const { EvalDecision } = await result({ PolicySourceArn: "arn:aws:iam::000000000000:user/wrong/path/ALICE" });
    assert.equal(EvalDecision, "allowed");
  });

  it("acts as the identity unless it is given another caller", async () => {
    const PolicyInputList = [
      document({ ...allow("iam:GetUser"), Condition: { StringEquals: { "aws:username": "alice" } } }),
    ];
    const input = { PolicyInputList, ActionNames: ["iam:GetUser"] };
    assert.equal((await result(input)).EvalDecision, "allowed");
    assert.equal((await result({ ...input, CallerArn: `${USER}2` })).EvalDecision, "implicitDeny");
  });

  it("follows the default version of a managed policy", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "versions" }));
    const { Policy } = await emu
      .iam()
      .send(new CreatePolicyCommand({ PolicyName: "changing", PolicyDocument: document(allow("s3:*")) }));
    const PolicyArn = Policy!.Arn!;
    await emu.iam().send(new AttachUserPolicyCommand({ UserName: "versions", PolicyArn }));
    const PolicySourceArn = "arn:aws:iam::000000000000:user/versions";
    assert.equal((await result({ PolicySourceArn })).EvalDecision, "allowed");
    const PolicyDocument = document(allow("s3:*"), deny("s3:GetObject"));
    await emu.iam().send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    const { EvalDecision, MatchedStatements } = await result({ PolicySourceArn });
    assert.equal(EvalDecision, "explicitDeny");
    assert.deepEqual(sources(MatchedStatements), ["changing (IAM Policy)"]);
  });

  it("is limited by the identity's boundary, in whose place another can be put", async () => {
    const { Policy } = await emu
      .iam()
      .send(new CreatePolicyCommand({ PolicyName: "edge", PolicyDocument: document(allow("iam:*")) }));
    const PermissionsBoundary = Policy!.Arn!;
    await createUser(emu, "bounded", { statements: [allow("*")] });
    await emu.iam().send(new PutUserPermissionsBoundaryCommand({ UserName: "bounded", PermissionsBoundary }));
    const PolicySourceArn = "arn:aws:iam::000000000000:user/bounded";
    const bounded = await result({ PolicySourceArn });
    assert.equal(bounded.EvalDecision, "implicitDeny");
    assert.deepEqual(bounded.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: false });
    const wider = { PermissionsBoundaryPolicyInputList: [document(allow("s3:*"))] };
    assert.equal((await result({ PolicySourceArn, ...wider })).EvalDecision, "allowed");
    const without = { PolicyExclusionList: [{ PolicyType: "permission-boundary" as const }] };
    assert.equal((await result({ PolicySourceArn, ...without })).EvalDecision, "allowed");
  });

  it("is limited by the organization, which is told where the account has one", async () => {
    assert.equal((await result({})).OrganizationsDecisionDetail, undefined);
    const put = (body: object) => request(emu.server.endpoint).put("/_emulator/organization").send(body).expect(200);
    const scps = [{ name: "no-s3", document: document(allow("*"), deny("s3:*")) }];
    await put({ managementAccount: "999999999999", root: { accounts: ["000000000000"], scps } });
    const denied = await result({});
    assert.deepEqual([denied.EvalDecision, denied.MatchedStatements], ["explicitDeny", []]);
    assert.deepEqual(denied.OrganizationsDecisionDetail, { AllowedByOrganizations: false });
    assert.equal((await result({ PolicyExclusionList: [{ PolicyType: "scp" }] })).EvalDecision, "allowed");
    await put({ managementAccount: "000000000000", root: { scps } });
    assert.deepEqual((await result({})).OrganizationsDecisionDetail, { AllowedByOrganizations: true });
    await request(emu.server.endpoint).delete("/_emulator/organization").expect(200);
  });

  describe("leaves out policies", () => {
    const matched = async (PolicyExclusionList: SimulatePrincipalPolicyCommandInput["PolicyExclusionList"]) =>
      sources((await result({ PolicyExclusionList })).MatchedStatements)!
        .map((text) => text.split(" ")[0]!)
        .toSorted();

    it("of a type", async () => {
      assert.deepEqual(await matched([{ PolicyType: "user-managed" }]), ["group_readers_ours", "user_alice_own"]);
      assert.deepEqual(await matched([{ PolicyType: "inline" }]), ["shared"]);
      assert.deepEqual(await matched([{ PolicyType: "aws-managed" }, { PolicyType: "rcp" }]), [
        "group_readers_ours",
        "shared",
        "user_alice_own",
      ]);
    });

    it("by ARN, whose path does not count, with wildcards in the name", async () => {
      const all = ["group_readers_ours", "user_alice_own"];
      for (const PolicyArn of [managed, managed.replace("/x/", "/"), managed.replace("shared", "sh*")]) {
        assert.deepEqual(await matched([{ PolicyArn }]), all, PolicyArn);
      }
      assert.deepEqual(await matched([{ PolicyArn: "arn:aws:iam::aws:policy/shared" }]), [
        "group_readers_ours",
        "shared",
        "user_alice_own",
      ]);
    });

    it("by the name of an inline policy and of who has it", async () => {
      const inline = (AttachmentName: string, AttachmentType: AttachmentType = "user", PolicyName = "own") => [
        { InlinePolicyIdentifier: { PolicyName, AttachmentType, AttachmentName } },
      ];
      assert.deepEqual(await matched(inline("al?c*")), ["group_readers_ours", "shared"]);
      assert.deepEqual(await matched(inline("readers", "group", "Ours")), ["shared", "user_alice_own"]);
      for (const others of [inline("bob"), inline("alice", "role"), inline("alice", "group")]) {
        assert.deepEqual(await matched(others), ["group_readers_ours", "shared", "user_alice_own"]);
      }
    });

    it("but not those of the request", async () => {
      const input = {
        PolicyInputList: [document(allow("s3:*"))],
        PolicyExclusionList: [{ PolicyType: "inline" as const }],
      };
      assert.ok(sources((await result(input)).MatchedStatements)!.includes("PolicyInputList.1 (IAM Policy)"));
    });

    it("and refuses identifiers that are none", async () => {
      const bad = async (
        PolicyExclusionList: SimulatePrincipalPolicyCommandInput["PolicyExclusionList"],
        text: string,
      ) =>
        assert.rejects(result({ PolicyExclusionList }), {
          name: "InvalidInputException",
          message: `Invalid policy identifier: ${text}`,
        });
      await bad([{ PolicyArn: "shared" }], "shared");
      await bad([{ PolicyArn: "arn:aws:iam::aws:policy/*Read*" }], "arn:aws:iam::aws:policy/*Read*");
      await bad([{ PolicyType: "group" as never }], "group");
      const inline = { PolicyName: "own", AttachmentType: "user" as const, AttachmentName: "*" };
      await bad([{ InlinePolicyIdentifier: inline }], "*");
      const ofAlice = { ...inline, AttachmentName: "alice" };
      await bad([{ InlinePolicyIdentifier: { ...ofAlice, AttachmentType: "policy" as never } }], "own");
      await bad([{ InlinePolicyIdentifier: { ...ofAlice, PolicyName: "" } }], "");
      await bad([{ InlinePolicyIdentifier: { ...ofAlice, AttachmentName: "" } }], "");
    });
  });

  it("refuses identities that are not there, are another account's, or are none", async () => {
    const missing = "Unable to retrieve specified IAM entity.";
    for (const name of ["user/nobody", "group/none", "role/none"]) {
      await refused(`arn:aws:iam::000000000000:${name}`, "NoSuchEntityException", missing);
    }
    await refused(
      "arn:aws:iam::111122223333:user/alice",
      "InvalidInputException",
      "Invalid Policy Source Arn: caller's account 000000000000 does not have access to policies in account 111122223333.",
    );
    for (const arn of [
      "arn:aws:iam::000000000000:root",
      "arn:aws:sts::000000000000:assumed-role/deploy/session",
      "arn:aws-cn:iam::000000000000:user/alice",
      "arn::iam::000000000000:user/alice",
      "a text of some length",
    ]) {
      await refused(arn, "InvalidInputException", `Invalid ARN provided in the request: ${arn}`);
    }
  });

  it("asks permission on the ARN as it was sent where no identity is there", async () => {
    const stranger = await createUser(emu, "stranger");
    for (const PolicySourceArn of ["arn:aws:iam::000000000000:user/nobody", "arn:aws:iam::111122223333:user/alice"]) {
      await assert.rejects(
        emu
          .iam(stranger.credentials)
          .send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ["s3:GetObject"] })),
        noPolicyAllows(stranger.arn, "iam:SimulatePrincipalPolicy", PolicySourceArn),
      );
    }
  });

  it("asks permission on the identity's ARN as it is stored", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "Moved", Path: "/new:est/" }));
    const stored = "arn:aws:iam::000000000000:user/new:est/Moved";
    for (const PolicySourceArn of [stored, "arn:aws:iam::000000000000:user/old/moved"]) {
      await asksPermissionOn(emu, "iam:SimulatePrincipalPolicy", stored, (iam) =>
        iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ["s3:GetObject"] })),
      );
    }
  });

  it("decides as enforcement does", async () => {
    const Condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const erin = await createUser(emu, "erin", { statements: [{ ...allow("iam:GetUser"), Condition }] });
    const ContextEntries = [string("aws:ResourceTag/team", "a"), string("aws:PrincipalTag/team", "a")];
    const input = { PolicySourceArn: erin.arn, ActionNames: ["iam:GetUser"], ResourceArns: [erin.arn] };
    assert.equal((await result({ ...input, ContextEntries })).EvalDecision, "allowed");
    assert.equal((await result(input)).EvalDecision, "implicitDeny");
  });
});
