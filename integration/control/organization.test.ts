import assert from "node:assert/strict";
import { CreateUserCommand, DeleteUserCommand, GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, document, trust, withDetails } from "../fixtures.ts";
import { askOrganization, DELEGATE, MANAGEMENT, MEMBER, organize, rootOf, type Organization } from "../organization.ts";

const FULL_ACCESS = {
  id: "p-FullAWSAccess",
  name: "FullAWSAccess",
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
};
const policy = (name: string, ...statements: object[]) => ({ name, document: document(...(statements as never[])) });

describe("the control plane's organization", () => {
  const emu = emulator();
  afterEach(() => askOrganization(emu, "DELETE"));
  const refused = async (body: unknown) => {
    const { status, json } = await askOrganization(emu, "PUT", body);
    return { status, ...(json as { error: object }).error };
  };

  it("is none at first", async () => {
    assert.deepEqual(await askOrganization(emu, "GET"), {
      status: 404,
      json: {
        error: { code: "NotFound", message: "There is no organization. PUT one to /_emulator/organization." },
      },
    });
  });

  it("is set as a whole, with ids and with defaults for what was not said, and shown", async () => {
    const organization = await organize(emu, {
      trustedAccess: undefined,
      delegatedAdministrators: undefined,
      root: { children: [{ name: "sandbox", accounts: [MEMBER] }] },
    });
    assert.match(organization.id, /^o-[a-z0-9]{10}$/);
    const { root } = organization;
    assert.match(root.id, /^r-[a-z0-9]{4}$/);
    const [sandbox] = root.children;
    assert.match(sandbox!.id, new RegExp(`^ou-${root.id.slice(2)}-[a-z0-9]{8}$`));
    assert.deepEqual(organization, {
      id: organization.id,
      managementAccount: MANAGEMENT,
      allFeatures: true,
      trustedAccess: false,
      delegatedAdministrators: [],
      rootFeatures: [],
      root: {
        id: root.id,
        name: "Root",
        scps: [FULL_ACCESS],
        rcps: [],
        accounts: [MANAGEMENT],
        children: [
          { id: sandbox!.id, name: "sandbox", scps: [FULL_ACCESS], rcps: [], accounts: [MEMBER], children: [] },
        ],
      },
    });
    assert.deepEqual(await askOrganization(emu, "GET"), { status: 200, json: organization });
  });

  it("keeps its ids when it is set again, also below units that were moved aside", async () => {
    const tree = { children: [{ name: "a", children: [{ name: "b" }] }] };
    const first = await organize(emu, { delegatedAdministrators: [], root: tree });
    const second = await organize(emu, {
      delegatedAdministrators: [],
      root: { children: [{ name: "new" }, ...tree.children] },
    });
    assert.deepEqual([second.id, second.root.id], [first.id, first.root.id]);
    assert.equal(second.root.children[1]!.id, first.root.children[0]!.id);
    assert.equal(second.root.children[1]!.children[0]!.id, first.root.children[0]!.children[0]!.id);
  });

  it("has the ids that it is given", async () => {
    const id = "o-a1b2c3d4e5";
    const { root, ...organization } = await organize(emu, {
      id,
      delegatedAdministrators: [],
      root: { id: "r-ab12", children: [{ id: "ou-ab12-11111111", name: "x" }] },
    });
    assert.deepEqual([organization.id, root.id, root.children[0]!.id], [id, "r-ab12", "ou-ab12-11111111"]);
  });

  it("can be disbanded, which ends its policies", async () => {
    await organize(emu, { root: { scps: [policy("none", allow("s3:*"))], accounts: [MEMBER, DELEGATE] } });
    const iam = emu.iam(rootOf(emu, MEMBER));
    await assert.rejects(iam.send(new GetUserCommand({})), { name: "AccessDenied" });
    assert.deepEqual(await askOrganization(emu, "DELETE"), { status: 200, json: { disbanded: true } });
    await iam.send(new GetUserCommand({}));
    assert.equal((await askOrganization(emu, "GET")).status, 404);
  });

  it("leaves accounts that are no longer in it to themselves when it is set again", async () => {
    const scps = [policy("none", allow("s3:*"))];
    await organize(emu, { delegatedAdministrators: [], root: { scps, accounts: [MEMBER, DELEGATE] } });
    await organize(emu, { delegatedAdministrators: [], root: { scps, accounts: [DELEGATE] } });
    await emu.iam(rootOf(emu, MEMBER)).send(new GetUserCommand({}));
    await assert.rejects(emu.iam(rootOf(emu, DELEGATE)).send(new GetUserCommand({})), { name: "AccessDenied" });
  });

  it("refuses what cannot be an organization and says why", async () => {
    const invalid = (message: string) => ({ status: 400, code: "InvalidRequest", message });
    assert.deepEqual(
      await refused({ organisation: 1 }),
      invalid(
        'Unknown member "organisation". Known are: id, managementAccount, allFeatures, trustedAccess, delegatedAdministrators, root.',
      ),
    );
    assert.deepEqual(await refused({ managementAccount: "1" }), invalid('account must be 12 digits, not "1".'));
    assert.deepEqual(await refused({ root: { children: [{}] } }), invalid("name is missing."));
    assert.deepEqual(await refused({ root: { accounts: MEMBER } }), invalid("accounts must be a list."));
    assert.deepEqual(
      await refused({ root: { accounts: [1] } }),
      invalid("accounts must be a list of account numbers in quotes."),
    );
    assert.deepEqual(
      await refused({ root: { id: "ou-ab12-11111111" } }),
      invalid('The id "ou-ab12-11111111" does not fit ^r-[0-9a-z]{4,32}$.'),
    );
    assert.deepEqual(await refused({ root: { scps: [{ document: {} }] } }), invalid("name is missing."));
    assert.deepEqual(await refused({ trustedAccess: "yes" }), invalid("trustedAccess must be a boolean."));
    const members = "must be a JSON object with the members";
    assert.deepEqual(await refused({ root: 1 }), invalid(`root ${members} id, name, scps, rcps, accounts, children.`));
    assert.deepEqual(
      await refused({ root: { children: [1] } }),
      invalid(`Each of children ${members} id, name, scps, rcps, accounts, children.`),
    );
    assert.deepEqual(await refused({ root: { scps: [1] } }), invalid(`Each of scps ${members} id, name, document.`));
    assert.match(JSON.stringify(await refused("{")), /The body is not JSON/);
  });

  it("refuses accounts and ids that come twice, and administrators from elsewhere", async () => {
    const wrong = (message: string) => ({ status: 400, code: "InvalidInput", message });
    assert.deepEqual(
      await refused({ root: { accounts: [MEMBER], children: [{ name: "x", accounts: [MEMBER] }] } }),
      wrong(`The account ${MEMBER} is in the organization twice.`),
    );
    const id = "ou-ab12-11111111";
    assert.deepEqual(
      await refused({ root: { children: [{ name: "x", id, children: [{ name: "y", id }] }] } }),
      wrong(`The id ${id} is in the organization twice.`),
    );
    for (const account of [DELEGATE, MANAGEMENT]) {
      assert.deepEqual(
        await refused({ delegatedAdministrators: [account], root: { accounts: [MANAGEMENT, MEMBER] } }),
        wrong(`The delegated administrator ${account} is no member account of the organization.`),
      );
    }
    assert.equal((await askOrganization(emu, "GET")).status, 404);
  });

  it("refuses a policy that AWS Organizations would refuse", async () => {
    const message = "The provided policy document does not meet the requirements of the specified policy type.";
    for (const root of [
      { scps: [policy("bad", { Effect: "Perhaps" })] },
      { rcps: [policy("allows", { ...allow("s3:*"), Principal: "*" })] },
    ]) {
      assert.deepEqual(await refused({ root }), { status: 400, code: "MalformedPolicyDocument", message });
    }
  });

  it("takes other methods for what they are", async () => {
    const response = await fetch(`${emu.server.endpoint}/_emulator/organization`, { method: "POST" });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, PUT, DELETE");
  });

  describe("service control policies", () => {
    const denyUsers = policy("no users", { Effect: "Deny", Action: "iam:ListUsers", Resource: "*" });

    it("limit members, root as well, on every level, and not the management account", async () => {
      await organize(emu, {
        root: {
          accounts: [DELEGATE],
          children: [{ name: "locked", scps: [FULL_ACCESS, denyUsers], accounts: [MEMBER] }],
        },
      });
      await assert.rejects(emu.iam(rootOf(emu, MEMBER)).send(new ListUsersCommand({})), {
        name: "AccessDenied",
        message: withDetails(
          `User: arn:aws:iam::${MEMBER}:root is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${MEMBER}:user/ with an explicit deny in a service control policy`,
        ),
      });
      await emu.iam(rootOf(emu, DELEGATE)).send(new ListUsersCommand({}));
      await organize(emu, { root: { scps: [denyUsers], accounts: [MANAGEMENT, MEMBER, DELEGATE] } });
      await emu.iam().send(new ListUsersCommand({}));
      await assert.rejects(emu.iam(rootOf(emu, DELEGATE)).send(new GetUserCommand({})), {
        name: "AccessDenied",
        message: withDetails(
          `User: arn:aws:iam::${DELEGATE}:root is not authorized to perform: iam:GetUser on resource: arn:aws:iam::${DELEGATE}:root because no service control policy allows the iam:GetUser action`,
        ),
      });
    });

    it("limit what root does to the resources that they name", async () => {
      const kept = `arn:aws:iam::${MEMBER}:user/kept`;
      const denyKept = policy("kept", { Effect: "Deny", Action: "iam:DeleteUser", Resource: kept });
      await organize(emu, { root: { scps: [FULL_ACCESS, denyKept], accounts: [MEMBER, DELEGATE] } });
      const iam = emu.iam(rootOf(emu, MEMBER));
      for (const UserName of ["kept", "other"]) await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new DeleteUserCommand({ UserName: "other" }));
      await assert.rejects(iam.send(new DeleteUserCommand({ UserName: "kept" })), {
        name: "AccessDenied",
        message: withDetails(
          `User: arn:aws:iam::${MEMBER}:root is not authorized to perform: iam:DeleteUser on resource: ${kept} with an explicit deny in a service control policy`,
        ),
      });
    });

    it("have no force without all features", async () => {
      await organize(emu, { allFeatures: false, root: { scps: [denyUsers], accounts: [MEMBER, DELEGATE] } });
      await emu.iam(rootOf(emu, MEMBER)).send(new ListUsersCommand({}));
    });
  });

  it("has resource control policies, which limit who assumes the roles of members", async () => {
    const root = rootOf(emu, MEMBER);
    await emu.sts(root).send(new GetCallerIdentityCommand({}));
    const caller = await createUser(emu, "outsider", { statements: [allow("sts:AssumeRole")] });
    const role = await createRole(emu, "guarded", { root, trusts: [trust(caller.arn)] });
    const assumeRole = () =>
      emu.sts(caller.credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session" }));
    const strangers = {
      name: "no strangers",
      document: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: "*",
            Action: "sts:AssumeRole",
            Resource: "*",
            Condition: { StringNotEqualsIfExists: { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } },
          },
        ],
      },
    };
    await organize(emu, { root: { rcps: [strangers], accounts: [MEMBER, DELEGATE] } });
    await assumeRole();
    await organize(emu, {
      managementAccount: DELEGATE,
      delegatedAdministrators: [],
      root: { rcps: [strangers], accounts: [MEMBER] },
    });
    await assert.rejects(assumeRole(), { name: "AccessDenied" });
  });

  it("is where policies find a caller and a resource by their path", async () => {
    const { id, root }: Organization = await organize(emu, {
      delegatedAdministrators: [],
      root: { children: [{ name: "team", accounts: [MEMBER] }] },
    });
    const path = `${id}/${root.id}/${root.children[0]!.id}/`;
    const admit = (value: string) => ({
      ...allow("iam:GetUser"),
      Condition: { "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": value, "aws:ResourceOrgPaths": value } },
    });
    const accountRoot = rootOf(emu, MEMBER);
    const inside = await createUser(emu, "inside", { root: accountRoot, statements: [admit(path)] });
    const beside = await createUser(emu, "beside", { root: accountRoot, statements: [admit(`${id}/${root.id}/`)] });
    await emu.iam(inside.credentials).send(new GetUserCommand({}));
    await assert.rejects(emu.iam(beside.credentials).send(new GetUserCommand({})), { name: "AccessDenied" });
  });
});
