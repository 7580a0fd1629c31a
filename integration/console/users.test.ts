import assert from "node:assert/strict";
import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  AddUserToGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, enableMfa } from "../fixtures.ts";
import { consoleUser, factsOf, said } from "./browser.ts";
import { administrator, signedIn } from "./visitors.ts";

/** The names that a table links, in order. */
const linked = ({ text }: { text: string }): string[] =>
  [...text.matchAll(/<th scope="row"><a href="[^"]*">([^<]*)</g)].map(([, name]) => name!);

describe("users in the console", () => {
  const emu = emulator();

  it("are listed fifty at a time, and found by a part of their name or by their path", async () => {
    const admin = await administrator(emu);
    for (let i = 100; i < 160; i++) {
      await emu.iam().send(new CreateUserCommand({ UserName: `user-${i}`, ...(i > 157 && { Path: "/team/" }) }));
    }
    const first = await admin.get("/console/users");
    assert.deepEqual([linked(first).length, linked(first)[0], linked(first)[1]], [50, "admin", "user-100"]);
    const next = /<a href="([^"]*)">Next page</.exec(first.text)![1]!;
    const second = await admin.get(next);
    assert.deepEqual(
      linked(second),
      Array.from({ length: 11 }, (_, i) => `user-${149 + i}`),
    );
    assert.match(second.text, /<a href="\/console\/users\?">First page</);
    assert.deepEqual(linked(await admin.get("/console/users?filter=ER-15&path=%2Fteam%2F")), ["user-158", "user-159"]);
    assert.match((await admin.get("/console/users?filter=nobody")).text, /Nothing has that in its name\./);
  });

  it("are created with a path, tags and a password for the console", async () => {
    const admin = await signedIn(emu, "admin");
    const page = await admin.submitAndFollow("/console/create-user", {
      userName: "Nell",
      path: "/team/",
      tags: "team=blue\r\nformula=a=b\r\n\r\nflag",
      password: "Correct horse 1",
      mustChange: "yes",
    });
    assert.equal(said(page).notice, "The user Nell has been created, with a console password.");
    assert.equal(said(page).heading, "User Nell");
    const { User } = await emu.iam().send(new GetUserCommand({ UserName: "Nell" }));
    assert.deepEqual(
      [User!.Path, User!.Tags],
      [
        "/team/",
        [
          { Key: "flag", Value: "" },
          { Key: "formula", Value: "a=b" },
          { Key: "team", Value: "blue" },
        ],
      ],
    );
    const { LoginProfile } = await emu.iam().send(new GetLoginProfileCommand({ UserName: "Nell" }));
    assert.equal(LoginProfile!.PasswordResetRequired, true);
  });

  it("are created by the API's rules, with the form as it was where they refuse", async () => {
    const admin = await signedIn(emu, "admin");
    const bad = await admin.submit("/console/create-user", { userName: "Lou", path: "team", tags: "a=b" });
    assert.equal(
      said(bad).error,
      "ValidationError The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
    assert.match(bad.text, /value="team"/);
    assert.match(bad.text, />\s*a=b<\/textarea>/);
    const weak = await admin.submitAndFollow("/console/create-user", { userName: "Weak", password: "x" });
    assert.match(
      said(weak).notice!,
      /^The user Weak has been created, but without a console password: Password should have/,
    );
  });

  it("show what they may do: attached and inline policies, boundary, groups and tags", async () => {
    const iam = emu.iam();
    await createUser(emu, "Rita", { statements: [allow("s3:GetObject")], Tags: [{ Key: "team", Value: "blue" }] });
    await iam.send(
      new AttachUserPolicyCommand({ UserName: "Rita", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
    );
    await iam.send(new CreateGroupCommand({ GroupName: "Readers" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "Readers", UserName: "Rita" }));
    const PermissionsBoundary = "arn:aws:iam::aws:policy/PowerUserAccess";
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "Rita", PermissionsBoundary }));
    const { text } = await (await signedIn(emu, "admin")).get("/console/users/rita");
    for (const shown of [
      "<code>arn:aws:iam::000000000000:user/Rita</code>",
      "/console/policy?arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
      "<h4>test</h4>",
      "&quot;Action&quot;: &quot;s3:GetObject&quot;",
      "PowerUserAccess</a>",
      `<a href="/console/groups/Readers">Readers</a>`,
    ]) {
      assert.ok(text.includes(shown), shown);
    }
    assert.match(text, /<th scope="row">team<\/th>\s*<td[^>]*>blue<\/td>/);
  });

  it("are tagged and untagged", async () => {
    const admin = await signedIn(emu, "admin");
    const set = await admin.submitAndFollow("/console/users/Rita", { tagKey: "cost", tagValue: "7" }, "tag");
    assert.equal(said(set).notice, "The tag cost has been set.");
    const removed = await admin.submitAndFollow("/console/users/Rita", { key: "team" }, "untag");
    assert.equal(said(removed).notice, "The tag team has been removed.");
    const { User } = await emu.iam().send(new GetUserCommand({ UserName: "Rita" }));
    assert.deepEqual(User!.Tags, [{ Key: "cost", Value: "7" }]);
  });

  it("are deleted with all that is theirs, which the page shows before", async () => {
    const admin = await signedIn(emu, "admin");
    const iam = emu.iam();
    await createUser(emu, "Gone", { statements: [allow("s3:*")] });
    await enableMfa(emu, "Gone");
    await iam.send(new CreateLoginProfileCommand({ UserName: "Gone", Password: "Correct horse 1" }));
    await iam.send(new CreateGroupCommand({ GroupName: "Left" }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "Left", UserName: "Gone" }));
    await iam.send(
      new AttachUserPolicyCommand({ UserName: "Gone", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
    );
    const page = "/console/users/Gone/delete";
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: "Gone" }));
    assert.deepEqual(factsOf(await admin.get(page)), {
      "MFA devices": "1: arn:aws:iam::000000000000:mfa/Gone",
      "Access keys": `1: ${AccessKeyMetadata![0]!.AccessKeyId}`,
      "Console password": "1: the password",
      "Signing certificates": "none",
      "SSH public keys": "none",
      "Service-specific credentials": "none",
      "User groups": "1: Left",
      "Managed policies (detached)": "1: ReadOnlyAccess",
      "Inline policies": "1: test",
    });
    const deleted = await admin.submitAndFollow(page, {});
    assert.equal(said(deleted).notice, "The user Gone has been deleted.");
    const events = emu.server
      .trail()
      .slice(0, 40)
      .map(({ eventName }) => eventName);
    const done = events.filter((name) => /^(Dea|Delete|Detach|Remove)/.test(name)).toReversed();
    assert.deepEqual(done, [
      "DeactivateMFADevice",
      "DeleteVirtualMFADevice",
      "DeleteAccessKey",
      "DeleteLoginProfile",
      "RemoveUserFromGroup",
      "DetachUserPolicy",
      "DeleteUserPolicy",
      "DeleteUser",
    ]);
    const gone = await admin.get("/console/users/Gone");
    assert.deepEqual([gone.status, said(gone).error], [404, "NoSuchEntity The user with name Gone cannot be found."]);
  });

  it("are shown and changed by those who may only", async () => {
    const { arn } = await consoleUser(emu, "Mole");
    const mole = await signedIn(emu, "Mole");
    for (const [path, action] of [
      ["/console/users", "iam:ListUsers"],
      ["/console/users/Rita", "iam:GetUser"],
      ["/console/users/Rita/delete", "iam:GetUser"],
      ["/console/groups", "iam:ListGroups"],
      ["/console/roles", "iam:ListRoles"],
      ["/console/policies", "iam:ListPolicies"],
      ["/console/mfa/assign?user=Rita", "iam:ListMFADevices"],
    ] as const) {
      const page = await mole.get(path);
      assert.equal(page.status, 403, path);
      assert.ok(
        said(page).error!.startsWith(`AccessDenied User: ${arn} is not authorized to perform: ${action} `),
        path,
      );
    }
    const created = await mole.submit("/console/create-user", { userName: "Own" });
    assert.match(said(created).error!, /iam:CreateUser/);
  });
});
