import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  GetPolicyCommand,
  ListAttachedUserPoliciesCommand,
  TagUserCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
  UploadServerCertificateCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, document, trust } from "../fixtures.ts";
import { certificate } from "./certificates.ts";
import { samlMetadata } from "./saml-documents.ts";

const arn = (resource: string) => `arn:aws:iam::000000000000:${resource}`;
const PolicyDocument = document(allow("s3:*"));
const AssumeRolePolicyDocument = document(trust(arn("root")));
const AWS_POLICIES = ["ReadOnlyAccess", "IAMReadOnlyAccess"].map((name) => `arn:aws:iam::aws:policy/${name}`);

type Send = (iam: IAMClient) => Promise<unknown>;

/** What two clients do at the same time, and the answer to the one that comes second. */
interface Race {
  readonly what: string;
  readonly before?: readonly Send[];
  readonly one: Send;
  readonly other: Send;
  readonly loser: { readonly name: string; readonly message: string };
}

const exists = (message: string) => ({ name: "EntityAlreadyExistsException", message });
const exceeded = (message: string) => ({ name: "LimitExceededException", message });

const user =
  (UserName: string): Send =>
  (iam) =>
    iam.send(new CreateUserCommand({ UserName }));
const group =
  (GroupName: string): Send =>
  (iam) =>
    iam.send(new CreateGroupCommand({ GroupName }));
const role =
  (RoleName: string): Send =>
  (iam) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
const policy =
  (PolicyName: string): Send =>
  (iam) =>
    iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
const version: Send = (iam) =>
  iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn("policy/versions"), PolicyDocument }));
const key: Send = (iam) => iam.send(new CreateAccessKeyCommand({ UserName: "keys" }));
const member =
  (GroupName: string): Send =>
  (iam) =>
    iam.send(new AddUserToGroupCommand({ UserName: "member", GroupName }));
const tag =
  (Key: string): Send =>
  (iam) =>
    iam.send(new TagUserCommand({ UserName: "tagged", Tags: [{ Key, Value: "" }] }));

/** Two identical calls. */
const twice = (what: string, send: Send, loser: Race["loser"], before: readonly Send[] = []): Race => ({
  what,
  before,
  one: send,
  other: send,
  loser,
});

const RACES: readonly Race[] = [
  twice("the name of a user", user("u"), exists("User with name u already exists.")),
  twice("the name of a group", group("g"), exists("Group with name g already exists.")),
  twice("the name of a role", role("r"), exists("Role with name r already exists.")),
  twice(
    "the name of a policy",
    policy("p"),
    exists("A policy called p already exists. Duplicate names are not allowed."),
  ),
  twice(
    "the name of an instance profile",
    (iam) => iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "i" })),
    exists("Instance Profile i already exists."),
  ),
  twice(
    "the name of a virtual MFA device",
    (iam) => iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "d" })),
    exists("MFA device already exists."),
  ),
  twice(
    "the URL of an OIDC provider",
    (iam) =>
      iam.send(new CreateOpenIDConnectProviderCommand({ Url: "https://a.example", ThumbprintList: ["0".repeat(40)] })),
    exists("Provider with url https://a.example already exists."),
  ),
  twice(
    "the name of a SAML provider",
    (iam) => iam.send(new CreateSAMLProviderCommand({ Name: "s", SAMLMetadataDocument: samlMetadata() })),
    exists("Provider with name s already exists."),
  ),
  {
    what: "the name of a server certificate",
    one: upload("c"),
    other: upload("c"),
    loser: exists("The Server Certificate with name c already exists."),
  },
  {
    what: "a new name for two users",
    before: [user("u1"), user("u2")],
    one: (iam) => iam.send(new UpdateUserCommand({ UserName: "u1", NewUserName: "u3" })),
    other: (iam) => iam.send(new UpdateUserCommand({ UserName: "u2", NewUserName: "u3" })),
    loser: exists("User with name u3 already exists."),
  },
  {
    what: "a new name for two groups",
    before: [group("g1"), group("g2")],
    one: (iam) => iam.send(new UpdateGroupCommand({ GroupName: "g1", NewGroupName: "g3" })),
    other: (iam) => iam.send(new UpdateGroupCommand({ GroupName: "g2", NewGroupName: "g3" })),
    loser: exists("Group with name g3 already exists."),
  },
  twice("the last access key", key, exceeded("Cannot exceed quota for AccessKeysPerUser: 2"), [user("keys"), key]),
  twice(
    "the last version of a policy",
    version,
    exceeded(
      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    ),
    [policy("versions"), version, version, version],
  ),
  {
    what: "the last place in groups",
    before: [user("member"), group("m1"), group("m2"), group("m3"), member("m1")],
    one: member("m2"),
    other: member("m3"),
    loser: exceeded("Cannot exceed quota for GroupsPerUser: 2"),
  },
  {
    what: "the last tag",
    before: [user("tagged"), tag("a"), tag("b")],
    one: tag("c"),
    other: tag("d"),
    loser: exceeded("The number of tags has reached the maximum limit."),
  },
  {
    what: "the last policy of a user",
    before: [user("last")],
    one: (iam) => iam.send(new AttachUserPolicyCommand({ UserName: "last", PolicyArn: AWS_POLICIES[0] })),
    other: (iam) => iam.send(new AttachUserPolicyCommand({ UserName: "last", PolicyArn: AWS_POLICIES[1] })),
    loser: exceeded("Cannot exceed quota for PoliciesPerUser: 1"),
  },
  {
    what: "the last policy of a group",
    before: [group("last")],
    one: (iam) => iam.send(new AttachGroupPolicyCommand({ GroupName: "last", PolicyArn: AWS_POLICIES[0] })),
    other: (iam) => iam.send(new AttachGroupPolicyCommand({ GroupName: "last", PolicyArn: AWS_POLICIES[1] })),
    loser: exceeded("Cannot exceed quota for PoliciesPerGroup: 1"),
  },
  {
    what: "the last policy of a role",
    before: [role("last")],
    one: (iam) => iam.send(new AttachRolePolicyCommand({ RoleName: "last", PolicyArn: AWS_POLICIES[0] })),
    other: (iam) => iam.send(new AttachRolePolicyCommand({ RoleName: "last", PolicyArn: AWS_POLICIES[1] })),
    loser: exceeded("Cannot exceed quota for PoliciesPerRole: 1"),
  },
  twice(
    "the deletion of a user",
    (iam) => iam.send(new DeleteUserCommand({ UserName: "gone" })),
    { name: "NoSuchEntityException", message: "The user with name gone cannot be found." },
    [user("gone")],
  ),
];

function upload(ServerCertificateName: string): Send {
  const { pem, keyPem } = certificate(ServerCertificateName);
  return (iam) =>
    iam.send(new UploadServerCertificateCommand({ ServerCertificateName, CertificateBody: pem, PrivateKey: keyPem }));
}

describe("Two clients at the same time", () => {
  const emu = emulator({
    quotas: { GroupsPerUser: 2, PoliciesPerUser: 1, PoliciesPerGroup: 1, PoliciesPerRole: 1, TagsPerResource: 3 },
  });

  const rejectionOf = (outcomes: readonly PromiseSettledResult<unknown>[]): Error => {
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    return outcomes.find((outcome): outcome is PromiseRejectedResult => outcome.status === "rejected")!.reason as Error;
  };

  for (const { what, before: steps = [], one, other, loser } of RACES) {
    it(`race for ${what}: exactly one wins`, async () => {
      for (const step of steps) await step(emu.iam());
      const { name, message } = rejectionOf(await Promise.allSettled([one(emu.iam()), other(emu.iam())]));
      assert.deepEqual({ name, message }, loser);
    });
  }

  it("attach the same policy: both are told yes, and it is attached once", async () => {
    const attach = new AttachUserPolicyCommand({ UserName: "attacher", PolicyArn: arn("policy/shared") });
    await user("attacher")(emu.iam());
    await policy("shared")(emu.iam());
    await Promise.all([emu.iam().send(attach), emu.iam().send(attach)]);
    const { AttachedPolicies } = await emu.iam().send(new ListAttachedUserPoliciesCommand({ UserName: "attacher" }));
    assert.equal(AttachedPolicies!.length, 1);
    const { Policy } = await emu.iam().send(new GetPolicyCommand({ PolicyArn: arn("policy/shared") }));
    assert.equal(Policy!.AttachmentCount, 1);
  });

  it("attach and delete the same policy: whoever comes second is refused", async () => {
    for (let round = 0; round < 5; round++) {
      const PolicyArn = arn(`policy/wanted-${round}`);
      await policy(`wanted-${round}`)(emu.iam());
      await user(`keeper-${round}`)(emu.iam());
      const attach = new AttachUserPolicyCommand({ UserName: `keeper-${round}`, PolicyArn });
      const remove = new DeletePolicyCommand({ PolicyArn });
      const outcomes = await Promise.allSettled([emu.iam().send(attach), emu.iam().send(remove)]);
      const { name, message } = rejectionOf(outcomes);
      const attached = outcomes[0].status === "fulfilled";
      assert.deepEqual(
        { name, message },
        attached
          ? { name: "DeleteConflictException", message: "Cannot delete a policy attached to entities." }
          : {
              name: "NoSuchEntityException",
              message: `Policy ${PolicyArn} does not exist or is not attachable.`,
            },
      );
    }
  });

  it("enable the same MFA device for two users: exactly one has it", async () => {
    for (const name of ["ann", "bob"]) await user(name)(emu.iam());
    const create = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "contested" });
    const SerialNumber = (await emu.iam().send(create)).VirtualMFADevice!.SerialNumber!;
    const { code, next } = emu.server.mfa.code(SerialNumber);
    const codes = { AuthenticationCode1: code, AuthenticationCode2: next };
    const outcomes = await Promise.allSettled(
      ["ann", "bob"].map((UserName) =>
        emu.iam().send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes })),
      ),
    );
    const { name, message } = rejectionOf(outcomes);
    assert.deepEqual({ name, message }, exists("MFA Device is already in use."));
  });
});
