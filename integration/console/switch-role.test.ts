import assert from "node:assert/strict";
import { CreateAccountAliasCommand, DeleteRoleCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, enableMfa, trust } from "../fixtures.ts";
import { browser, consoleUser, formOf, said, signIn } from "./browser.ts";
import { signedIn, signedInRoot } from "./visitors.ts";

const PAGE = "/console/switch-role";
const DENIED = (user: string, role: string) =>
  `AccessDenied User: arn:aws:iam::000000000000:user/${user} is not authorized to perform: sts:AssumeRole on resource: ${role}`;

describe("switching roles in the console", () => {
  const emu = emulator();
  const assuming = { statements: [allow("sts:AssumeRole")] };
  const account = "000000000000";

  it("replaces the user's permissions by the role's until they switch back", async () => {
    const { arn } = await consoleUser(emu, "Ann", assuming);
    await createRole(emu, "Lister", { trusts: [trust(arn)], statements: [allow("iam:ListRoles")], Path: "/team/" });
    const visitor = await signedIn(emu, "Ann");
    assert.equal((await visitor.get("/console/roles")).status, 403);
    const page = await visitor.submitAndFollow(PAGE, { account, roleName: "team/Lister" }, "switch");
    assert.equal(said(page).notice, "You have switched to the role team/Lister.");
    assert.match(page.text, /Signed in as<\/span> <strong>Lister\/Ann<\/strong>/);
    assert.equal((await visitor.get("/console/roles")).status, 200);
    const own = await visitor.get("/console/security-credentials");
    assert.match(said(own).error!, /^A role session has no security credentials of its own\./);
    const [exit, enter] = (await visitor.submit("/console/", {}, PAGE).then(() => emu.server.trail())).filter(
      ({ eventName }) => ["SwitchRole", "ExitRole"].includes(eventName),
    );
    assert.deepEqual([enter!.eventName, exit!.eventName], ["SwitchRole", "ExitRole"]);
    assert.equal(enter!.additionalEventData!["SwitchFrom"], arn);
    assert.equal(enter!.userIdentity!.arn, "arn:aws:sts::000000000000:assumed-role/Lister/Ann");
    assert.equal((await visitor.get("/console/roles")).status, 403);
    assert.match((await visitor.get("/console/")).text, /Signed in as<\/span> <strong>Ann<\/strong>/);
  });

  it("brings the MFA of the sign-in to the trust policy, but not into the role", async () => {
    const { arn } = await consoleUser(emu, "Max", assuming);
    const condition = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
    const role = await createRole(emu, "Secured", { trusts: [trust(arn, "sts:AssumeRole", condition)] });
    const without = await signedIn(emu, "Max");
    const fields = { account, roleName: "Secured" };
    const refused = await without.submit(PAGE, fields, "switch");
    assert.equal(said(refused).error!.split(" Which")[0], DENIED("Max", role.arn));
    assert.match(refused.text, /value="Secured"/);

    const serial = await enableMfa(emu, "Max");
    const visitor = browser(emu);
    await signIn(visitor, "Max");
    await visitor.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    const page = await visitor.submitAndFollow(PAGE, fields, "switch");
    assert.match(
      page.text,
      /Signed in as<\/span> <strong>Secured\/Max<\/strong> in account <strong>000000000000<\/strong>,\s+without MFA/,
    );
  });

  it("refuses a role that is not there, and one that does not trust the user, in the same words", async () => {
    await consoleUser(emu, "Eve", assuming);
    const visitor = await signedIn(emu, "Eve");
    for (const roleName of ["Nothing", "Secured"]) {
      const page = await visitor.submit(PAGE, { account, roleName }, "switch");
      assert.equal(said(page).error!.split(" Which")[0], DENIED("Eve", `arn:aws:iam::000000000000:role/${roleName}`));
    }
    const nowhere = await visitor.submit(PAGE, { account: "no-such-alias", roleName: "x" }, "switch");
    assert.equal(said(nowhere).error, "There is no account of that ID or alias.");
  });

  it("goes to a role of another account, by its id or its alias", async () => {
    const { arn } = await consoleUser(emu, "Ida", assuming);
    const root = { accessKeyId: "111122223333", secretAccessKey: emu.server.rootCredentials.secretAccessKey };
    await emu.iam(root).send(new CreateAccountAliasCommand({ AccountAlias: "other-inc" }));
    await createRole(emu, "Guest", { trusts: [trust(arn)], root });
    const visitor = await signedIn(emu, "Ida");
    for (const other of ["1111-2222-3333", "other-inc"]) {
      const page = await visitor.submitAndFollow(PAGE, { account: other, roleName: "Guest" }, "switch");
      assert.match(page.text, /in account <strong>111122223333<\/strong>/);
    }
  });

  it("lasts as long as the role allows, and then one is oneself again", async () => {
    const { arn } = await consoleUser(emu, "Tim", assuming);
    await createRole(emu, "Short", { trusts: [trust(arn)] });
    await createRole(emu, "Long", { trusts: [trust(arn)], MaxSessionDuration: 43_200 });
    const visitor = await signedIn(emu, "Tim");
    const who = async () => /Signed in as<\/span> <strong>([^<]*)</.exec((await visitor.get("/console/")).text)?.[1];
    await visitor.submit(PAGE, { account, roleName: "Short" }, "switch");
    emu.server.clock.advance(3599);
    assert.equal(await who(), "Short/Tim");
    emu.server.clock.advance(1);
    assert.equal(await who(), "Tim");
    await visitor.submit(PAGE, { account, roleName: "Long" }, "switch");
    emu.server.clock.advance(10 * 3600);
    assert.equal(await who(), "Long/Tim");
    emu.server.clock.advance(3600);
    assert.equal(await who(), undefined, "the session of the console has ended");
  });

  it("ends with the role", async () => {
    const { arn } = await consoleUser(emu, "Una", assuming);
    await createRole(emu, "Doomed", { trusts: [trust(arn)] });
    const visitor = await signedIn(emu, "Una");
    await visitor.submit(PAGE, { account, roleName: "Doomed" }, "switch");
    await emu.iam().send(new DeleteRoleCommand({ RoleName: "Doomed" }));
    assert.equal((await visitor.get("/console/")).status, 303);
  });

  it("leads back from nowhere without a role", async () => {
    await consoleUser(emu, "Pia", assuming);
    const visitor = await signedIn(emu, "Pia");
    const page = await visitor.submit(PAGE, { do: "back" }, "switch");
    assert.deepEqual([page.status, said(page).error], [400, "You have not switched to a role."]);
  });

  it("is not for root", async () => {
    const visitor = await signedInRoot(emu);
    const { text } = await visitor.get(PAGE);
    assert.match(text, /The root user cannot switch roles: AssumeRole refuses it\./);
    assert.equal(formOf(text), undefined);
  });
});
