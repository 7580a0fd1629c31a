import assert from "node:assert/strict";
import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  AddUserToGroupCommand,
  CreatePolicyCommand,
  CreateSAMLProviderCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { pages } from "../../server/console/pages.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { certificate } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";
import { decode, formOf, type Browser } from "./browser.ts";
import { administrator } from "./visitors.ts";

/** Breaks out of a quoted attribute or an element, and runs, wherever it is not escaped. */
const ATTACK = `"'><script>alert(1)</script><b onclick="alert(2)`;
/** The same without blanks, which IAM forbids in paths. */
const PATH = `/"'><script>alert(1)</script><b/onclick="alert(2)/`;
/** Letters of any script, which tags may contain, and all punctuation that they may. */
const TAG = { Key: "team: Ünïcode 团队", Value: "a=b/c+d@e-f_g.h" };

/** How often each kind of page is visited: there is one for each request, each of AWS's policies and each service. */
const MOST_VISITS = 6;

/** The page's path with its parameters for values, and the names of what its query asks. */
function kindOf(address: string): string {
  const { pathname, searchParams } = new URL(address, "http://localhost");
  const path = pathname.replace(/^\/console/, "") || "/";
  const page = pages.find((one) => new RegExp(`^${one.path.replace(/:\w+/g, "[^/]+")}$`).test(path));
  assert.ok(page, `${path} is a page`);
  return `${page.path}?${[...searchParams.keys()].toSorted().join("&")}`;
}

const isHostile = (address: string): boolean => /victim|hostile|script/.test(address);

const unescaped = /<script>alert|<b[ /]onclick=/;

describe("hostile names in the console", () => {
  const emu = emulator();
  let admin: Browser;

  before(async () => {
    const iam = emu.iam();
    admin = await administrator(emu);
    const statements = [allow("s3:GetObject", `arn:aws:s3:::${ATTACK}`)];
    const user = await createUser(emu, "victim", { statements, Path: PATH, Tags: [TAG] });
    await iam.send(new CreateGroupCommand({ GroupName: "victims", Path: PATH }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "victims", UserName: "victim" }));
    const policy = { PolicyName: "hostile", PolicyDocument: document(...statements), Description: ATTACK };
    const PolicyArn = (await iam.send(new CreatePolicyCommand(policy))).Policy!.Arn!;
    await iam.send(new AttachUserPolicyCommand({ UserName: "victim", PolicyArn }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "victim", PermissionsBoundary: PolicyArn }));
    const trusts = [trust(user.arn, "sts:AssumeRole", { StringEquals: { "sts:ExternalId": ATTACK } })];
    await createRole(emu, "hostile", { trusts, statements, Description: ATTACK, Path: PATH, Tags: [TAG] });
    const provider = { Url: "https://hostile.example", ClientIDList: [ATTACK], Tags: [TAG] };
    await iam.send(new CreateOpenIDConnectProviderCommand(provider));
    const metadata = samlMetadata({ certificates: [certificate("idp").base64] }).replace("padding", ATTACK);
    await iam.send(new CreateSAMLProviderCommand({ Name: "hostile", SAMLMetadataDocument: metadata }));
    // Useless on AWS too, since no other operation accepts such a serial number; but lists show it.
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "unassigned", Path: PATH }));
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "victim", Tags: [TAG] }));
    const SerialNumber = "arn:aws:iam::000000000000:mfa/victim";
    const { code, next } = emu.server.mfa.code(SerialNumber);
    const codes = { AuthenticationCode1: code, AuthenticationCode2: next };
    await iam.send(new EnableMFADeviceCommand({ UserName: "victim", SerialNumber, ...codes }));
  });

  it("are text on every kind of page that links lead to", async () => {
    const visits = new Map<string, number>();
    const met = new Set(["/console/"]);
    const toVisit = [...met];
    let escaped = 0;
    for (let path = toVisit.pop(); path !== undefined; path = toVisit.pop()) {
      const kind = kindOf(path);
      const times = visits.get(kind) ?? 0;
      if (times >= MOST_VISITS) continue;
      visits.set(kind, times + 1);
      const { text, status } = await admin.get(path);
      assert.equal(status, 200, path);
      assert.doesNotMatch(text, unescaped, path);
      if (text.includes("&lt;script&gt;alert(1)")) escaped++;
      for (const [, href] of text.matchAll(/<a\s[^>]*?href="(\/console[^"]*)"/g)) {
        const to = decode(href!);
        if (met.has(to) || to.startsWith("/console/sign-")) continue;
        met.add(to);
        // Those that have a hostile name come first, before there have been enough of their kind.
        if (isHostile(to)) toVisit.push(to);
        else toVisit.unshift(to);
      }
    }
    const visited = new Set([...visits.keys()].map((kind) => kind.split("?")[0]));
    const never = pages.filter(({ path, access }) => access !== "anyone" && !visited.has(path)).map(({ path }) => path);
    // No link leads there: a developer's tool opens it.
    assert.deepEqual(never, ["/authorize"]);
    assert.ok(escaped >= 25, `${escaped} pages show one of them`);
  });

  it("are text where an address or a form brings them", async () => {
    const hostile = encodeURIComponent(ATTACK);
    for (const path of [
      `/console/users?filter=${hostile}&path=${hostile}`,
      `/console/users?marker=${hostile}`,
      `/console/users/${hostile}`,
      `/console/users/${hostile}/security-credentials`,
      `/console/groups/${hostile}`,
      `/console/roles/${hostile}`,
      `/console/policy?arn=${hostile}`,
      `/console/policies?scope=${hostile}`,
      `/console/mfa/assign?user=${hostile}`,
      `/console/mfa/assign/virtual?user=${hostile}`,
      `/console/mfa/assign/virtual?serial=${hostile}`,
      `/console/mfa/device?serial=${hostile}`,
      `/console/switch-role?account=${hostile}&roleName=${hostile}`,
    ]) {
      assert.doesNotMatch((await admin.get(path)).text, unescaped, path);
    }
    const fields = Object.fromEntries(
      ["userName", "path", "tags", "name", "serial", "phoneNumber", "code1", "account", "roleName"].map((name) => [
        name,
        ATTACK,
      ]),
    );
    for (const [path, form] of [
      ["/console/create-user"],
      ["/console/mfa/assign/virtual"],
      ["/console/mfa/assign/hardware", "enable"],
      ["/console/mfa/assign/sms"],
      ["/console/switch-role"],
    ] as const) {
      const { text, status } = await admin.submit(path, fields, form);
      assert.ok(status >= 400, path);
      assert.doesNotMatch(text, unescaped, path);
    }
  });

  it("are text in the user agent, which is a condition key", async () => {
    const agent = supertest.agent(emu.server.endpoint).set("User-Agent", ATTACK);
    const form = formOf((await agent.get("/console/sign-in/root")).text)!;
    await agent
      .post("/console/sign-in/root")
      .type("form")
      .send({ ...form.hidden, ...emu.server.rootSignIn });
    const { text } = await agent.get("/console/who-am-i").expect(200);
    assert.doesNotMatch(text, unescaped);
    assert.ok(text.includes("&lt;script&gt;alert(1)"));
  });
});
