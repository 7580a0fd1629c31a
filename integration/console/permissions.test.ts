import assert from "node:assert/strict";
import {
  CreateGroupCommand,
  CreateUserCommand,
  GetGroupCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { SELF_MANAGEMENT } from "../../server/console/self-management.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust } from "../fixtures.ts";
import { consoleUser, decode, factsOf, formOf, rowsOf, said, type Browser } from "./browser.ts";
import { administrator, signedIn } from "./visitors.ts";

const ACCOUNT = "000000000000";
const ARN = `arn:aws:iam::${ACCOUNT}`;
const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/** What stands in the text area of a page. */
const editedIn = ({ text }: { text: string }): string =>
  decode(/<textarea[^>]*id="document"[^>]*>\n([^]*?)<\/textarea/.exec(text)![1]!);

/** What a page says of the document in it. */
const verdictIn = ({ text }: { text: string }): string =>
  decode(
    /<div id="document-faults"[^>]*>([^]*?)<\/div>/
      .exec(text)![1]!
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " "),
  ).trim();

describe("permissions in the console", () => {
  const emu = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
    await emu.iam().send(new CreateUserCommand({ UserName: "Ann" }));
    await emu.iam().send(new CreateGroupCommand({ GroupName: "Readers" }));
  });

  const attached = async (UserName: string) =>
    (await emu.iam().send(new ListAttachedUserPoliciesCommand({ UserName }))).AttachedPolicies!.map(
      ({ PolicyArn }) => PolicyArn,
    );

  it("of users, groups and roles are attached and detached", async () => {
    await createRole(emu, "Deployer", { trusts: [trust(`${ARN}:root`)] });
    for (const [home, called] of [
      ["/console/users/Ann", "the user Ann"],
      ["/console/groups/Readers", "the user group Readers"],
      ["/console/roles/Deployer", "the role Deployer"],
    ] as const) {
      const at = `${home}/attach-policies?filter=ReadOnlyAccess`;
      const done = await admin.submitAndFollow(at, { arn: READ_ONLY });
      assert.equal(said(done).notice, `The policy ReadOnlyAccess has been attached to ${called}.`);
      const row = rowsOf(done).find(([name]) => name === "ReadOnlyAccess")!;
      assert.deepEqual([row[1], row.at(-1)], ["AWS managed", "Attached"]);
      const detached = await admin.submitAndFollow(home, {}, "detach-policy");
      assert.equal(said(detached).notice, `The policy ReadOnlyAccess has been detached from ${called}.`);
    }
    const unknown = await admin.submit("/console/users/Ann/attach-policies", { arn: `${ARN}:policy/None` });
    assert.match(said(unknown).error!, /^NoSuchEntity Policy arn:aws:iam::000000000000:policy\/None does not exist/);
  });

  it("are bounded, and unbounded", async () => {
    const set = await admin.submitAndFollow("/console/users/Ann/boundary?filter=ReadOnlyAccess", { arn: READ_ONLY });
    assert.equal(said(set).notice, "ReadOnlyAccess is the permissions boundary of the user Ann now.");
    const removed = await admin.submitAndFollow("/console/users/Ann", {}, "remove-boundary");
    assert.equal(said(removed).notice, "The permissions boundary of the user Ann has been removed.");
    const { User } = await emu.iam().send(new GetUserCommand({ UserName: "Ann" }));
    assert.equal(User!.PermissionsBoundary, undefined);
  });

  it("are written inline, edited and deleted", async () => {
    const page = "/console/users/Ann/inline-policy";
    const text = document(allow("s3:GetObject"));
    const made = await admin.submitAndFollow(page, { policyName: "mine", document: text });
    assert.equal(said(made).notice, "The inline policy mine of the user Ann has been saved.");
    const edit = `${page}?name=mine`;
    assert.equal(editedIn(await admin.get(edit)), JSON.stringify(JSON.parse(text), null, 2));
    await admin.submit(edit, { document: document(allow("s3:PutObject")) });
    const named = { UserName: "Ann", PolicyName: "mine" };
    const { PolicyDocument } = await emu.iam().send(new GetUserPolicyCommand(named));
    assert.equal(decodeURIComponent(PolicyDocument!), document(allow("s3:PutObject")));
    const deleted = await admin.submitAndFollow("/console/users/Ann", {}, "delete-inline-policy");
    assert.equal(said(deleted).notice, "The inline policy mine has been deleted.");
  });

  it("come with groups, which users join and leave on both their pages", async () => {
    const joined = await admin.submitAndFollow("/console/users/Ann", { groupName: "Readers" }, "join-group");
    assert.equal(said(joined).notice, "The user Ann is in the group Readers now.");
    const left = await admin.submitAndFollow("/console/groups/Readers", {}, "remove-user");
    assert.equal(said(left).notice, "The user Ann has left the group.");
    const added = await admin.submitAndFollow("/console/groups/Readers", { userName: "Ann" }, "add-user");
    assert.equal(said(added).notice, "The user Ann is in the group now.");
    const gone = await admin.submitAndFollow("/console/users/Ann", {}, "leave-group");
    assert.equal(said(gone).notice, "The user Ann has left the group Readers.");
    const nobody = await admin.submit("/console/groups/Readers", { userName: "None" }, "add-user");
    assert.equal(said(nobody).error, "NoSuchEntity The user with name None cannot be found.");
    assert.match(nobody.text, /name="userName"[^>]*value="None"/);
  });

  it("are given to a new user, with what could not be given said", async () => {
    const page = await admin.submitAndFollow("/console/create-user", {
      userName: "Nell",
      password: "Correct horse 1",
      mustChange: "no",
      selfManaged: "on",
      group: "Readers",
      policy: "NoSuchPolicy",
    });
    assert.equal(
      said(page).notice,
      "The user Nell has been created, with a console password, with the policy ManageOwnCredentials, with the group " +
        "Readers, but without the policy NoSuchPolicy: There is no managed policy of that name.",
    );
    const iam = emu.iam();
    const { PolicyDocument } = await iam.send(
      new GetUserPolicyCommand({ UserName: "Nell", PolicyName: "ManageOwnCredentials" }),
    );
    assert.deepEqual(JSON.parse(decodeURIComponent(PolicyDocument!)), SELF_MANAGEMENT);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "Nell" }));
    assert.deepEqual(
      Groups!.map(({ GroupName }) => GroupName),
      ["Readers"],
    );
    await admin.submit("/console/create-user", { userName: "Nora", policy: "readonlyaccess" });
    assert.deepEqual(await attached("Nora"), [READ_ONLY]);
    await admin.submit("/console/users/Nora/delete", {});
  });

  it("to manage one's own credentials let one enrol MFA, change the password, and no more before that", async () => {
    const nell = await signedIn(emu, "Nell");
    const made = await nell.submitAndFollow("/console/mfa/assign/virtual", { name: "Nell" }, "create");
    const serial = `${ARN}:mfa/Nell`;
    const at = `/console/mfa/assign/virtual?serial=${encodeURIComponent(serial)}`;
    assert.match(made.text, /class="qr"/);
    assert.match(
      said(await nell.submit("/console/security-credentials", {}, "create-access-key")).error!,
      /explicit deny/,
    );
    const { code, next } = emu.server.mfa.code(serial);
    const enrolled = await nell.submitAndFollow(at, { code1: code, code2: next! }, "enable");
    assert.equal(said(enrolled).notice, "The virtual MFA device has been assigned to Nell.");
    const change = { oldPassword: "Correct horse 1", newPassword: "Battery staple 2", again: "Battery staple 2" };
    const changed = await nell.submitAndFollow("/console/security-credentials", change, "change-password");
    assert.equal(said(changed).notice, "Your password has been changed.");
  });

  it("are no more than the visitor's own: what is refused is said in AWS's words, and what was typed is kept", async () => {
    const { arn } = await consoleUser(emu, "Mole", { statements: [allow(["iam:Get*", "iam:List*"])] });
    const mole = await signedIn(emu, "Mole");
    for (const [path, fields, action, kept] of [
      ["/console/create-group", { groupName: "Moles" }, "iam:CreateGroup", `value="Moles"`],
      ["/console/create-policy", { policyName: "Dig", document: "{}" }, "iam:CreatePolicy", `value="Dig"`],
      ["/console/users/Ann/inline-policy", { policyName: "Dig", document: "{}" }, "iam:PutUserPolicy", `value="Dig"`],
      [
        "/console/create-role?trusted=service&service=ec2.amazonaws.com",
        { roleName: "R", hours: "1", document: document(trust(`${ARN}:root`)) },
        "iam:CreateRole",
        `value="R"`,
      ],
      ["/console/users/Ann/delete", {}, "iam:DeleteUser", "Delete the user Ann"],
    ] as const) {
      const refused = await mole.submit(path, fields);
      assert.equal(refused.status, 403, path);
      assert.match(
        said(refused).error!,
        new RegExp(`^AccessDenied User: ${arn} is not authorized to perform: ${action} `),
      );
      assert.ok(refused.text.includes(kept), path);
      const [event] = emu.server.trail().filter(({ errorCode }) => errorCode === "AccessDenied");
      assert.equal(event!.eventName, action.slice(4));
    }
  });
});

describe("groups, roles and policies that the console makes and deletes", () => {
  const emu = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
    await createUser(emu, "Ann");
  });

  it("groups are made, and deleted with what is in them", async () => {
    const made = await admin.submitAndFollow("/console/create-group", { groupName: "Team", path: "/x/" });
    assert.equal(said(made).heading, "User group Team");
    await admin.submit("/console/groups/Team", { userName: "Ann" }, "add-user");
    await admin.submit("/console/groups/Team/attach-policies?filter=ReadOnlyAccess", { arn: READ_ONLY });
    await admin.submit("/console/groups/Team/inline-policy", { policyName: "in", document: document(allow("s3:*")) });
    const page = await admin.get("/console/groups/Team/delete");
    assert.deepEqual(factsOf(page), {
      "Users (who stay)": "1: Ann",
      "Managed policies (detached)": "1: ReadOnlyAccess",
      "Inline policies": "1: in",
    });
    const gone = await admin.submitAndFollow("/console/groups/Team/delete", {});
    assert.equal(said(gone).notice, "The user group Team has been deleted.");
    await assert.rejects(emu.iam().send(new GetGroupCommand({ GroupName: "Team" })), {
      name: "NoSuchEntityException",
      message: "The group with name Team cannot be found.",
    });
  });

  const TRUSTS = {
    [`trusted=user&arn=${encodeURIComponent(`${ARN}:user/Ann`)}&mfa=on`]: {
      Principal: { AWS: `${ARN}:user/Ann` },
      Action: "sts:AssumeRole",
      Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    },
    "trusted=account&account=1111-2222-3333&externalId=word": {
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "word" } },
    },
    "trusted=service&service=lambda.amazonaws.com": {
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
    [`trusted=oidc&provider=${encodeURIComponent(`${ARN}:oidc-provider/idp.example.com/x`)}&audience=app&subject=s`]: {
      Principal: { Federated: `${ARN}:oidc-provider/idp.example.com/x` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { "idp.example.com/x:aud": "app", "idp.example.com/x:sub": "s" } },
    },
    [`trusted=saml&provider=${encodeURIComponent(`${ARN}:saml-provider/corp`)}`]: {
      Principal: { Federated: `${ARN}:saml-provider/corp` },
      Action: "sts:AssumeRoleWithSAML",
      Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
    },
  } as const;

  it("roles are made for each kind of principal, with their trust policy shown before", async () => {
    for (const [index, [query, statement]] of Object.entries(TRUSTS).entries()) {
      const page = await admin.get(`/console/create-role?${query}`);
      const shown = editedIn(page);
      assert.deepEqual(JSON.parse(shown), { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
      if (statement.Action === "sts:AssumeRoleWithSAML" || query.includes("oidc")) continue;
      const RoleName = `role-${index}`;
      const made = await admin.submitAndFollow(`/console/create-role?${query}`, {
        roleName: RoleName,
        hours: "2",
        document: shown,
      });
      assert.equal(said(made).heading, `Role ${RoleName}`);
      const { Role } = await emu.iam().send(new GetRoleCommand({ RoleName }));
      assert.deepEqual([decodeURIComponent(Role!.AssumeRolePolicyDocument!), Role!.MaxSessionDuration], [shown, 7200]);
    }
    const nobody = await admin.get("/console/create-role?trusted=user");
    assert.deepEqual([nobody.status, said(nobody).error], [400, "Say which user the role is to trust."]);
  });

  it("roles get another trust policy, and are deleted", async () => {
    const bad = await admin.submit("/console/roles/role-0/trust", { document: document(trust("nobody")) });
    assert.equal(said(bad).error, `MalformedPolicyDocument Invalid principal in policy: "AWS":"nobody"`);
    assert.match(editedIn(bad), /nobody/);
    const text = document(trust(`${ARN}:root`));
    const saved = await admin.submitAndFollow("/console/roles/role-0/trust", { document: text });
    assert.equal(said(saved).notice, "The trust policy of role-0 has been saved.");
    const gone = await admin.submitAndFollow("/console/roles/role-0/delete", {});
    assert.equal(said(gone).notice, "The role role-0 has been deleted.");
  });

  it("policies are made, get versions that are compared, set back and deleted, and go with their attachments", async () => {
    const made = await admin.submitAndFollow("/console/create-policy", {
      policyName: "Reading",
      description: "To read",
      document: document(allow("s3:GetObject")).replaceAll(",", ",\r\n"),
    });
    assert.equal(said(made).heading, "Policy Reading");
    const PolicyArn = `${ARN}:policy/Reading`;
    const of = (page: string) => `/console/policy${page}?arn=${encodeURIComponent(PolicyArn)}`;
    for (const action of ["s3:ListBucket", "s3:PutObject", "s3:DeleteObject", "s3:GetBucketAcl"]) {
      await admin.submit(of("/edit"), { document: document(allow(action)), setDefault: "on" });
    }
    const compared = await admin.get(`${of("/compare")}&from=v1&to=v2`);
    assert.match(compared.text, /<del>-\s+&quot;Action&quot;: &quot;s3:GetObject&quot;,\s*<\/del>/);
    assert.match(compared.text, /<ins>\+\s+&quot;Action&quot;: &quot;s3:ListBucket&quot;,\s*<\/ins>/);

    const full = await admin.submit(of("/edit"), { document: document(allow("s3:*")) });
    assert.match(said(full).error!, /^LimitExceeded A managed policy can have up to 5 versions/);
    const sixth = await admin.submitAndFollow(of("/edit"), { document: document(allow("s3:*")), makeRoom: "on" });
    assert.equal(said(sixth).notice, "Version v6 has been saved, and v1 been deleted.");

    const { hidden } = formOf(sixth.text, "set-default")!;
    const back = await admin.submitAndFollow(of(""), { version: "v2" }, "set-default");
    assert.equal(said(back).notice, "Version v2 is the default version now.");
    assert.ok(hidden["version"]);
    await admin.submit(of(""), { version: "v3" }, "delete-version");
    const { Versions } = await emu.iam().send(new ListPolicyVersionsCommand({ PolicyArn }));
    assert.deepEqual(
      Versions!.map(({ VersionId, IsDefaultVersion }) => `${VersionId}${IsDefaultVersion ? "*" : ""}`),
      ["v6", "v5", "v4", "v2*"],
    );

    await admin.submit("/console/users/Ann/attach-policies?filter=Reading", { arn: PolicyArn });
    await admin.submit("/console/users/Ann/boundary?filter=Reading", { arn: PolicyArn });
    assert.deepEqual(factsOf(await admin.get(of("/delete"))), {
      "Attached to": "1: the user Ann",
      "Permissions boundary of": "1: the user Ann",
      "Older versions": "3: v6, v5, v4",
    });
    assert.equal(said(await admin.submitAndFollow(of("/delete"), {})).notice, "The policy Reading has been deleted.");
  });
});

describe("the policy editor without script", () => {
  const emu = emulator();
  let admin: Browser;
  before(async () => {
    admin = await administrator(emu);
  });
  const page = "/console/create-policy";

  it("tells the faults that IAM refuses from those that it would take", async () => {
    const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"reports/*"}}`;
    const checked = await admin.submit(page, { policyName: "x", document: text, edit: "check" });
    assert.match(
      verdictIn(checked),
      /^IAM refuses this document for one fault\. It would take the other one\. Line 1, column \d+ Error: The action s3:GetObjekt does not exist/,
    );
  });

  it("lists all faults with line and column, when asked and when IAM refuses", async () => {
    const text = `{\n  "Version": "2012-10-17",\n  "Statement": [\n    { "Effect": "allow", "Action": "s3", "Resource": "*" }\n  ]\n}`;
    const sent = { policyName: "x", document: text.replaceAll("\n", "\r\n") };
    const checked = await admin.submit(page, { ...sent, edit: "check" });
    assert.equal(checked.status, 200);
    assert.equal(editedIn(checked), text);
    const verdict = verdictIn(checked);
    assert.match(
      verdict,
      /^IAM refuses this document for 2 faults\. Line 4, column 17 Error: .* Line 4, column 36 Error: /,
    );
    const refused = await admin.submit(page, sent);
    assert.deepEqual(
      [refused.status, said(refused).error],
      [400, "MalformedPolicyDocument The policy failed legacy parsing"],
    );
    assert.equal(verdictIn(refused), verdict);
  });

  it("says what IAM takes but should be looked at", async () => {
    const checked = await admin.submit("/console/check-policy", {
      kind: "identity",
      document: document(allow("s3:GetObjekt")),
    });
    assert.match(
      verdictIn(checked),
      /^IAM takes this document, but look at this: Line 1, column \d+ Error: .*s3:GetObjekt/,
    );
    const good = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"));
    assert.equal(
      verdictIn(await admin.submit("/console/check-policy", { document: good })),
      "IAM takes this document.",
    );
  });

  it("checks by the rules of the kind of document", async () => {
    const inline = { document: document(trust("*")), kind: "trust" };
    assert.doesNotMatch(verdictIn(await admin.submit("/console/check-policy", inline)), /IAM refuses/);
    assert.match(
      verdictIn(await admin.submit("/console/check-policy", { ...inline, kind: "identity" })),
      /IAM refuses/,
    );
  });

  it("formats what is JSON, and leaves what would not stay the same", async () => {
    const formatted = async (text: string) => editedIn(await admin.submit(page, { document: text, edit: "format" }));
    assert.equal(await formatted(`{"a":[1]}`), `{\n  "a": [\n    1\n  ]\n}`);
    for (const text of [`{"a":1,"a":2}`, "{", ""]) assert.equal(await formatted(text), text);
  });

  it("inserts AWS's managed policies, found by a part of their name", async () => {
    // By the Enter key, which presses the form's first button.
    const found = await admin.submit(page, { document: "", find: "lambdaexec", found: "" });
    assert.equal(found.status, 200);
    const value = /name="edit" value="(insert:[^"]*)"/.exec(found.text)![1]!;
    assert.equal(value, "insert:arn:aws:iam::aws:policy/AWSLambdaExecute");
    const whole = await admin.submit(page, { document: "", find: "x", found: "x", edit: value });
    const inserted = JSON.parse(editedIn(whole)) as { readonly Statement: readonly unknown[] };
    assert.ok(inserted.Statement.length > 0);
    const own = { Effect: "Deny", Action: "*", Resource: "*" };
    const both = await admin.submit(page, { document: JSON.stringify({ Statement: own }), edit: value });
    assert.deepEqual(JSON.parse(editedIn(both)), { Statement: [own, ...inserted.Statement] });
    const broken = await admin.submit(page, { document: "{", edit: value });
    assert.match(said(broken).error!, /^Statements can be inserted into a JSON object only\./);
    assert.equal(editedIn(broken), "{");
    assert.match(
      (await admin.submit(page, { find: "nothing-like-it", edit: "find" })).text,
      /No AWS managed policy has that/,
    );
  });

  it("answers scripts in JSON, and nobody without the form's token", async () => {
    const { csrf } = formOf((await admin.get("/console/check-policy")).text)!.hidden;
    const ask = (fields: Record<string, string>) =>
      admin.post("/console/check-policy", { format: "json", kind: "identity", edit: "check", ...fields });
    const { body } = await ask({ csrf: csrf!, document: `{"Version": "2012-10-17" "Statement": []}` });
    assert.deepEqual([body.faults.length > 0, body.faults[0].from, body.faults[0].severity], [true, 25, "error"]);
    assert.equal((await ask({ document: "{}" })).status, 403);
  });

  it("shows documents as text, whatever is in them", async () => {
    const evil = `</textarea><script>alert(1)</script><img src=x onerror=alert(1)>`;
    for (const path of [
      page,
      "/console/check-policy",
      "/console/create-role?trusted=service&service=x.amazonaws.com",
    ]) {
      const { text } = await admin.submit(path, {
        document: evil,
        edit: "check",
        find: evil,
        found: evil,
        policyName: evil,
      });
      assert.doesNotMatch(text, /<script>alert|<img src=x/, path);
    }
  });
});
