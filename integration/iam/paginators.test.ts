import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-iam";
import * as stsSdk from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, document, trust } from "../fixtures.ts";
import { certificate, rsaKeys } from "./certificates.ts";
import { samlMetadata } from "./saml-documents.ts";

/** What a paginator of the SDK reads. */
interface Listing {
  readonly input: object;
  /** The lists in an answer, each with the member that identifies its items; `""` if they are texts. */
  readonly lists: Readonly<Record<string, string>>;
  readonly count: number;
}

type Page = Readonly<Record<string, readonly (string | Record<string, string>)[] | undefined>>;
type Paginate = (config: { client: sdk.IAMClient; pageSize: number }, input: object) => AsyncIterable<Page>;

const ACCOUNT = "000000000000";
const arn = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const EACH = ["a", "B", "c", "D", "e"];
const TAGS = EACH.map((Key) => ({ Key: `tag-${Key}`, Value: Key }));
const DOCUMENT = document(allow("s3:*"));
const POLICY = arn("policy/policy-a");
const ACTIONS = EACH.map((name) => `s3:${name}`);

const tags = (input: object): Listing => ({ input, lists: { Tags: "Key" }, count: 5 });
const attached = (input: object): Listing => ({ input, lists: { AttachedPolicies: "PolicyName" }, count: 5 });
const inline = (input: object): Listing => ({ input, lists: { PolicyNames: "" }, count: 5 });
const simulated = (input: object): Listing => ({
  input: { ...input, ActionNames: ACTIONS },
  lists: { EvaluationResults: "EvalActionName" },
  count: 5,
});

const LISTINGS: Readonly<Record<string, Listing>> = {
  GetAccountAuthorizationDetails: {
    input: {},
    lists: { UserDetailList: "UserName", RoleDetailList: "RoleName", GroupDetailList: "GroupName", Policies: "Arn" },
    count: 20,
  },
  GetGroup: { input: { GroupName: "group-a" }, lists: { Users: "UserName" }, count: 5 },
  ListAccessKeys: { input: { UserName: "user-a" }, lists: { AccessKeyMetadata: "AccessKeyId" }, count: 2 },
  ListAccountAliases: { input: {}, lists: { AccountAliases: "" }, count: 1 },
  ListAttachedGroupPolicies: attached({ GroupName: "group-a" }),
  ListAttachedRolePolicies: attached({ RoleName: "role-a" }),
  ListAttachedUserPolicies: attached({ UserName: "user-a" }),
  ListEntitiesForPolicy: {
    input: { PolicyArn: POLICY },
    lists: { PolicyGroups: "GroupName", PolicyUsers: "UserName", PolicyRoles: "RoleName" },
    count: 7,
  },
  ListGroupPolicies: inline({ GroupName: "group-a" }),
  ListGroups: { input: {}, lists: { Groups: "GroupName" }, count: 5 },
  ListGroupsForUser: { input: { UserName: "user-a" }, lists: { Groups: "GroupName" }, count: 5 },
  ListInstanceProfiles: { input: {}, lists: { InstanceProfiles: "InstanceProfileName" }, count: 5 },
  ListInstanceProfilesForRole: {
    input: { RoleName: "role-a" },
    lists: { InstanceProfiles: "InstanceProfileName" },
    count: 5,
  },
  ListInstanceProfileTags: tags({ InstanceProfileName: "profile-a" }),
  ListMFADevices: { input: { UserName: "user-a" }, lists: { MFADevices: "SerialNumber" }, count: 5 },
  ListMFADeviceTags: tags({ SerialNumber: arn("mfa/device-a") }),
  ListOpenIDConnectProviderTags: tags({ OpenIDConnectProviderArn: arn("oidc-provider/idp.example.com") }),
  ListPolicies: { input: { Scope: "Local" }, lists: { Policies: "PolicyName" }, count: 5 },
  ListPolicyTags: tags({ PolicyArn: POLICY }),
  ListPolicyVersions: { input: { PolicyArn: POLICY }, lists: { Versions: "VersionId" }, count: 5 },
  ListRolePolicies: inline({ RoleName: "role-a" }),
  ListRoles: { input: {}, lists: { Roles: "RoleName" }, count: 5 },
  ListRoleTags: tags({ RoleName: "role-a" }),
  ListSAMLProviderTags: tags({ SAMLProviderArn: arn("saml-provider/saml") }),
  ListServerCertificates: {
    input: {},
    lists: { ServerCertificateMetadataList: "ServerCertificateName" },
    count: 5,
  },
  ListServerCertificateTags: tags({ ServerCertificateName: "certificate-a" }),
  ListSigningCertificates: { input: { UserName: "user-a" }, lists: { Certificates: "CertificateId" }, count: 2 },
  ListSSHPublicKeys: { input: { UserName: "user-a" }, lists: { SSHPublicKeys: "SSHPublicKeyId" }, count: 2 },
  ListUserPolicies: inline({ UserName: "user-a" }),
  ListUsers: { input: {}, lists: { Users: "UserName" }, count: 5 },
  ListUserTags: tags({ UserName: "user-a" }),
  ListVirtualMFADevices: { input: {}, lists: { VirtualMFADevices: "SerialNumber" }, count: 5 },
  SimulateCustomPolicy: simulated({ PolicyInputList: [DOCUMENT] }),
  SimulatePrincipalPolicy: simulated({ PolicySourceArn: arn("user/user-a") }),
};

const paginators = Object.entries({ ...sdk, ...stsSdk }).filter(([name]) => name.startsWith("paginate")) as unknown as [
  string,
  Paginate,
][];

const idsIn = (page: Page, lists: Listing["lists"]): string[] =>
  Object.entries(lists).flatMap(([list, id]) =>
    (page[list] ?? []).map((item) => `${list} ${typeof item === "string" ? item : item[id]}`),
  );

describe("The SDK's paginators", () => {
  const emu = emulator({ mfaRules: "current" });

  before(async function () {
    this.timeout(60_000);
    const iam = emu.iam();
    for (const name of EACH) await populate(iam, name);
    await decorate(emu.server, iam);
  });

  it("are those of this list", () => {
    assert.deepEqual(
      paginators.map(([name]) => name.slice("paginate".length)).toSorted(),
      Object.keys(LISTINGS).toSorted(),
    );
  });

  for (const [name, paginate] of paginators) {
    const { input, lists, count } = LISTINGS[name.slice("paginate".length)]!;
    it(`give every item once, in the order of the whole list, with whatever size of page: ${name}`, async () => {
      const client = emu.iam();
      const sizes: number[][] = [];
      const orders: string[][] = [];
      for (const pageSize of [1000, 1, 2, 3]) {
        const pages: string[][] = [];
        // A paginator writes into its input.
        for await (const page of paginate({ client, pageSize }, { ...input })) pages.push(idsIn(page, lists));
        const full = Array.from({ length: Math.ceil(count / pageSize) }, (_, index) =>
          Math.min(pageSize, count - index * pageSize),
        );
        sizes.push(pages.map(({ length }) => length));
        assert.deepEqual(sizes.at(-1), full, `pages of ${pageSize}`);
        // Only the order within each list of an answer is defined.
        orders.push(Object.keys(lists).flatMap((list) => pages.flat().filter((id) => id.startsWith(`${list} `))));
      }
      assert.equal(new Set(orders[0]).size, count);
      for (const order of orders) assert.deepEqual(order, orders[0]);
    });
  }
});

/** Creates one entity of each kind with this name. */
async function populate(iam: sdk.IAMClient, name: string): Promise<void> {
  const [UserName, GroupName, RoleName] = [`user-${name}`, `group-${name}`, `role-${name}`];
  await iam.send(new sdk.CreateUserCommand({ UserName }));
  await iam.send(new sdk.CreateGroupCommand({ GroupName }));
  const AssumeRolePolicyDocument = document(trust(arn("root")));
  await iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new sdk.CreatePolicyCommand({ PolicyName: `policy-${name}`, PolicyDocument: DOCUMENT }));
  await iam.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName: `profile-${name}` }));
  await iam.send(new sdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `device-${name}` }));
  const { pem, keyPem } = certificate(name);
  await iam.send(
    new sdk.UploadServerCertificateCommand({
      ServerCertificateName: `certificate-${name}`,
      CertificateBody: pem,
      PrivateKey: keyPem,
    }),
  );
}

/** Adds everything that the first entity of each kind can have. */
async function decorate({ mfa }: ReturnType<typeof emulator>["server"], iam: sdk.IAMClient): Promise<void> {
  const [UserName, GroupName, RoleName] = ["user-a", "group-a", "role-a"];
  for (const name of EACH) {
    const PolicyArn = arn(`policy/policy-${name}`);
    const inlinePolicy = { PolicyName: `inline-${name}`, PolicyDocument: DOCUMENT };
    await iam.send(new sdk.AddUserToGroupCommand({ UserName: `user-${name}`, GroupName }));
    await iam.send(new sdk.AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new sdk.AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new sdk.PutUserPolicyCommand({ UserName, ...inlinePolicy }));
    await iam.send(new sdk.PutGroupPolicyCommand({ GroupName, ...inlinePolicy }));
    await iam.send(new sdk.PutRolePolicyCommand({ RoleName, ...inlinePolicy }));
    await iam.send(new sdk.AddRoleToInstanceProfileCommand({ InstanceProfileName: `profile-${name}`, RoleName }));
    const SerialNumber = arn(`mfa/device-${name}`);
    const { code, next } = mfa.code(SerialNumber);
    const codes = { AuthenticationCode1: code, AuthenticationCode2: next };
    await iam.send(new sdk.EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }));
    if (name === "a") continue;
    await iam.send(new sdk.AddUserToGroupCommand({ UserName, GroupName: `group-${name}` }));
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName: `role-${name}`, PolicyArn: POLICY }));
    await iam.send(new sdk.CreatePolicyVersionCommand({ PolicyArn: POLICY, PolicyDocument: DOCUMENT }));
  }
  for (const name of ["first", "second"]) {
    await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
    await iam.send(new sdk.UploadSigningCertificateCommand({ UserName, CertificateBody: certificate(name).pem }));
    const SSHPublicKeyBody = rsaKeys(2048).publicKey.export({ type: "spki", format: "pem" }).toString();
    await iam.send(new sdk.UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
  }
  await iam.send(new sdk.CreateAccountAliasCommand({ AccountAlias: "acme" }));
  await iam.send(new sdk.TagUserCommand({ UserName, Tags: TAGS }));
  await iam.send(new sdk.TagRoleCommand({ RoleName, Tags: TAGS }));
  await iam.send(new sdk.TagPolicyCommand({ PolicyArn: POLICY, Tags: TAGS }));
  await iam.send(new sdk.TagInstanceProfileCommand({ InstanceProfileName: "profile-a", Tags: TAGS }));
  await iam.send(new sdk.TagMFADeviceCommand({ SerialNumber: arn("mfa/device-a"), Tags: TAGS }));
  await iam.send(new sdk.TagServerCertificateCommand({ ServerCertificateName: "certificate-a", Tags: TAGS }));
  const oidc = { Url: "https://idp.example.com", ThumbprintList: ["0".repeat(40)], Tags: TAGS };
  await iam.send(new sdk.CreateOpenIDConnectProviderCommand(oidc));
  await iam.send(new sdk.CreateSAMLProviderCommand({ Name: "saml", SAMLMetadataDocument: samlMetadata(), Tags: TAGS }));
}
