import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  GetUserCommand,
  PutGroupPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UploadServerCertificateCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust, type TestUser } from "../fixtures.ts";
import { noPolicyAllows } from "../iam/authorization.ts";
import { certificate } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";

const USERS = "arn:aws:iam::000000000000:user/";

describe("access by tags", () => {
  const emu = emulator();
  let lead: TestUser;

  before(async () => {
    const sameTeam = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const ownTeam = {
      StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team}" },
      "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] },
    };
    await emu.iam().send(new CreateGroupCommand({ GroupName: "leads" }));
    const policy = document(
      { ...allow(["iam:GetUser", "iam:UntagUser"]), Condition: sameTeam },
      { ...allow(["iam:CreateUser", "iam:TagUser"]), Condition: ownTeam },
    );
    await emu.iam().send(new PutGroupPolicyCommand({ GroupName: "leads", PolicyName: "abac", PolicyDocument: policy }));
    lead = await createUser(emu, "lead", { Tags: [{ Key: "team", Value: "a" }] });
    await emu.iam().send(new AddUserToGroupCommand({ GroupName: "leads", UserName: "lead" }));
    await createUser(emu, "of-a", { Tags: [{ Key: "team", Value: "a" }] });
    await createUser(emu, "of-b", { Tags: [{ Key: "team", Value: "b" }] });
    await createUser(emu, "of-none");
  });

  it("reaches resources whose tag is that of the caller", async () => {
    const iam = emu.iam(lead.credentials);
    await iam.send(new GetUserCommand({ UserName: "of-a" }));
    for (const UserName of ["of-b", "of-none"]) {
      const refusal = noPolicyAllows(lead.arn, "iam:GetUser", `${USERS}${UserName}`);
      await assert.rejects(iam.send(new GetUserCommand({ UserName })), refusal);
    }
  });

  it("lets make and tag with these tags only", async () => {
    const iam = emu.iam(lead.credentials);
    const create = (UserName: string, ...pairs: [string, string][]) =>
      iam.send(new CreateUserCommand({ UserName, Tags: pairs.map(([Key, Value]) => ({ Key, Value })) }));
    await create("new", ["team", "a"], ["cost", "7"]);
    const refusal = noPolicyAllows(lead.arn, "iam:CreateUser", `${USERS}newer`);
    await assert.rejects(create("newer"), refusal);
    await assert.rejects(create("newer", ["team", "b"]), refusal);
    await assert.rejects(create("newer", ["team", "a"], ["admin", "yes"]), refusal);
    const tag = (Key: string, Value: string) =>
      iam.send(
        new TagUserCommand({
          UserName: "of-a",
          Tags: [
            { Key, Value },
            { Key: "team", Value: "a" },
          ],
        }),
      );
    await tag("cost", "1");
    await assert.rejects(tag("admin", "yes"), noPolicyAllows(lead.arn, "iam:TagUser", `${USERS}of-a`));
  });

  it("follows the tags as they change", async () => {
    const iam = emu.iam(lead.credentials);
    await iam.send(new UntagUserCommand({ UserName: "of-a", TagKeys: ["team"] }));
    const refusal = noPolicyAllows(lead.arn, "iam:GetUser", `${USERS}of-a`);
    await assert.rejects(iam.send(new GetUserCommand({ UserName: "of-a" })), refusal);
    await emu.iam().send(new TagUserCommand({ UserName: "lead", Tags: [{ Key: "team", Value: "b" }] }));
    await iam.send(new GetUserCommand({ UserName: "of-b" }));
  });

  it("reaches whatever else takes tags likewise", async () => {
    const key = certificate("a");
    const Tags = [{ Key: "team", Value: "a" }];
    const root = emu.iam();
    const trustPolicy = document(trust("*"));
    const { Policy } = await root.send(
      new CreatePolicyCommand({ PolicyName: "p", PolicyDocument: document(allow("*")), Tags }),
    );
    await root.send(new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: trustPolicy, Tags }));
    await root.send(new CreateInstanceProfileCommand({ InstanceProfileName: "i", Tags }));
    const { OpenIDConnectProviderArn } = await root.send(
      new CreateOpenIDConnectProviderCommand({ Url: "https://idp.example.com", Tags }),
    );
    const { SAMLProviderArn } = await root.send(
      new CreateSAMLProviderCommand({ Name: "s", SAMLMetadataDocument: samlMetadata(), Tags }),
    );
    const body = { CertificateBody: key.pem, PrivateKey: key.keyPem };
    await root.send(new UploadServerCertificateCommand({ ServerCertificateName: "c", ...body, Tags }));
    const ofTeam = (team: string) => ({
      statements: [{ ...allow("iam:Get*"), Condition: { StringEquals: { "aws:ResourceTag/team": team } } }],
    });
    const inside = emu.iam((await createUser(emu, "inside", ofTeam("a"))).credentials);
    const outside = emu.iam((await createUser(emu, "outside", ofTeam("b"))).credentials);
    for (const get of [
      (iam: IAMClient) => iam.send(new GetPolicyCommand({ PolicyArn: Policy!.Arn })),
      (iam: IAMClient) => iam.send(new GetRoleCommand({ RoleName: "r" })),
      (iam: IAMClient) => iam.send(new GetInstanceProfileCommand({ InstanceProfileName: "i" })),
      (iam: IAMClient) => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
      (iam: IAMClient) => iam.send(new GetSAMLProviderCommand({ SAMLProviderArn })),
      (iam: IAMClient) => iam.send(new GetServerCertificateCommand({ ServerCertificateName: "c" })),
    ]) {
      await get(inside);
      await assert.rejects(get(outside), {
        name: "AccessDenied",
        message:
          /^User: .*user\/outside is not authorized to perform: iam:Get\w+ on resource: .* because no identity-based policy allows/,
      });
    }
  });

  it("sees the tags of a session over those of the role", async () => {
    const Condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const role = await createRole(emu, "tagged", {
      trusts: [trust("*", ["sts:AssumeRole", "sts:TagSession"])],
      statements: [{ ...allow("iam:GetUser"), Condition }],
      Tags: [{ Key: "team", Value: "a" }],
    });
    const anyone = await createUser(emu, "anyone", { statements: [allow(["sts:AssumeRole", "sts:TagSession"])] });
    const get = async (more: object) =>
      emu.iam(await assume(emu, anyone.credentials, role, more)).send(new GetUserCommand({ UserName: "of-b" }));
    const session = "arn:aws:sts::000000000000:assumed-role/tagged/session";
    await assert.rejects(get({}), noPolicyAllows(session, "iam:GetUser", `${USERS}of-b`));
    await get({ Tags: [{ Key: "team", Value: "b" }] });
  });
});
