import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateSAMLProviderCommand,
  CreateVirtualMFADeviceCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  TagMFADeviceCommand,
} from "@aws-sdk/client-iam";
import supertest from "supertest";
import { consoleUser } from "../console/browser.ts";
import { mintToken } from "../console/visitors.ts";
import type { Emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, enableMfa, trust } from "../fixtures.ts";
import { certificate } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";
import { authorizePath } from "../signin/developer-tool.ts";

/** The entities that pages about one thing show. */
export interface World {
  readonly virtualDevice: string;
  readonly policyArn: string;
  /** The id of a request that policies have refused. */
  readonly requestId: string;
}

/** Fills an account so that every page has content: an administrator `admin`, users, devices, messages, a refusal. */
export async function populate(emu: Emulator): Promise<World> {
  const iam = emu.iam();
  await consoleUser(emu, "admin", { statements: [allow("*")] });
  const jane = await createUser(emu, "Jane", {
    statements: [allow(["iam:ListMFADevices", "s3:*"])],
    Path: "/staff/",
    Tags: [
      { Key: "team", Value: "blue" },
      { Key: "cost-center", Value: "0123" },
    ],
  });
  const virtualDevice = await enableMfa(emu, "Jane");
  await iam.send(new TagMFADeviceCommand({ SerialNumber: virtualDevice, Tags: [{ Key: "owner", Value: "Jane" }] }));
  await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "spare" }));
  const PolicyDocument = document(allow("s3:GetObject"));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: "Reading", PolicyDocument, Description: "To read" }),
  );
  const policyArn = Policy!.Arn!;
  await iam.send(new AttachUserPolicyCommand({ UserName: "Jane", PolicyArn: policyArn }));
  await iam.send(new CreateGroupCommand({ GroupName: "Readers" }));
  await iam.send(new PutGroupPolicyCommand({ GroupName: "Readers", PolicyName: "inside", PolicyDocument }));
  await iam.send(new AddUserToGroupCommand({ GroupName: "Readers", UserName: "Jane" }));
  await createRole(emu, "Deployer", { trusts: [trust(jane.arn)], statements: [allow("ecs:*")] });

  const SAMLMetadataDocument = samlMetadata({ certificates: [certificate("idp").base64] });
  await iam.send(new CreateSAMLProviderCommand({ Name: "Corporate", SAMLMetadataDocument }));
  const ClientIDList = ["sts.amazonaws.com"];
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: "https://idp.example.com/ci", ClientIDList }));

  await consoleUser(emu, "Sam");
  await mintToken(emu);
  const control = supertest(emu.server.endpoint);
  await control
    .post("/_emulator/mfa-devices")
    .send({ kind: "sms", userName: "Sam", phoneNumber: "+12065550100" })
    .expect(200);
  await emu
    .iam(jane.credentials)
    .send(new ListUsersCommand({}))
    .catch(() => {});
  const [refused] = emu.server.trail().filter(({ errorCode }) => errorCode === "AccessDenied");
  return { virtualDevice, policyArn, requestId: refused!.requestID };
}

const ACCOUNT = "arn:aws:iam::000000000000";
const JANE = `${ACCOUNT}:user/staff/Jane`;

/** The addresses of pages whose path or query names an entity. */
export const addresses = ({ virtualDevice, policyArn, requestId }: World): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    [
      "",
      "/security-credentials",
      "/attach-policies",
      "/inline-policy",
      "/boundary",
      "/delete",
      "/trust",
      "/edit",
    ].flatMap((rest) => [
      [`/users/:userName${rest}`, `/users/Jane${rest}`],
      [`/groups/:groupName${rest}`, `/groups/Readers${rest}`],
      [`/roles/:roleName${rest}`, `/roles/Deployer${rest}`],
    ]),
  ),
  ...Object.fromEntries(
    ["/policy", "/policy/edit", "/policy/compare", "/policy/delete"].map((path) => [
      path,
      `${path}?${new URLSearchParams({ arn: policyArn }).toString()}`,
    ]),
  ),
  ...Object.fromEntries(
    ["", "/delete"].flatMap((rest) => [
      [`/oidc-provider${rest}`, `/oidc-provider${rest}?arn=${ACCOUNT}:oidc-provider/idp.example.com/ci`],
      [`/saml-provider${rest}`, `/saml-provider${rest}?arn=${ACCOUNT}:saml-provider/Corporate`],
    ]),
  ),
  "/create-role": "/create-role?trusted=account&account=000000000000&mfa=on",
  "/mfa/device": `/mfa/device?${new URLSearchParams({ user: "Jane", serial: virtualDevice }).toString()}`,
  "/emulator/phone": `/emulator/phone?${new URLSearchParams({ phone: "+12065550100" }).toString()}`,
  "/emulator/simulator": `/emulator/simulator?${new URLSearchParams({ principal: JANE, action: "iam:ListUsers" }).toString()}`,
  "/emulator/permissions": `/emulator/permissions?${new URLSearchParams({ principal: JANE }).toString()}`,
  "/emulator/trail/:requestId": `/emulator/trail/${requestId}`,
  "/authorize": authorizePath().replace("/v1", ""),
});
