import assert from "node:assert/strict";
import { GetUserCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, credentialsOf, deny, document, type TestRole, trust } from "../fixtures.ts";
import { rootOf } from "../organization.ts";
import {
  AWS,
  createProvider,
  NOT_AUTHORIZED,
  PROVIDER,
  type SamlCall,
  samlFederation,
  SIGN_IN,
  testIdp,
  trustProvider,
} from "../saml-responses.ts";

const ACCOUNT = "000000000000";
const ALL = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"];

describe("roles assumed with SAML", () => {
  const emu = emulator();
  const { idp, call } = samlFederation(emu);
  /** Trusts the provider, and allows nothing. */
  let role: TestRole;

  before(async () => {
    role = await createRole(emu, "reader", { trusts: [trustProvider(PROVIDER, {}, ALL)] });
  });

  describe("the trust policy", () => {
    let count = 0;
    const trusting = (condition?: object, action?: string | readonly string[]) =>
      createRole(emu, `trusting-${++count}`, { trusts: [trustProvider(PROVIDER, condition, action)] });

    it("refuses who is not trusted, and a role that does not exist, in the same words", async () => {
      const user = await createUser(emu, "trusted");
      const others = await createRole(emu, "others", { trusts: [trust(user.arn), trust("*")] });
      await assert.rejects(call(others), NOT_AUTHORIZED);
      await assert.rejects(call({ arn: `arn:aws:iam::${ACCOUNT}:role/nobody`, id: "" }), NOT_AUTHORIZED);
    });

    it("of another provider's users does not admit this one's", async () => {
      const other = await createProvider(emu, "other", testIdp("https://other.example.com"));
      const theirs = await createRole(emu, "theirs", { trusts: [trustProvider(other)] });
      await assert.rejects(call(theirs), NOT_AUTHORIZED);
    });

    it("of a role in another account than the provider admits nobody, whose account has no policy that lets them out", async () => {
      const statement = trustProvider(PROVIDER);
      const abroad = await createRole(emu, "abroad", { trusts: [statement], root: rootOf(emu, "111122223333") });
      await assert.rejects(call(abroad), NOT_AUTHORIZED);
    });

    it("may deny", async () => {
      const statement = trustProvider(PROVIDER, { StringEquals: { "saml:sub": "subject-2" } });
      const wary = await createRole(emu, "wary", {
        trusts: [trustProvider(PROVIDER), { ...statement, Effect: "Deny" }],
      });
      assert.ok(await call(wary));
      await assert.rejects(call(wary, { subject: "subject-2" }), NOT_AUTHORIZED);
    });

    const conditions: Readonly<
      Record<string, readonly [operator: string, value: string | readonly string[], SamlCall]>
    > = {
      "saml:aud": ["StringEquals", SIGN_IN, { recipient: "https://eu-west-1.signin.aws.amazon.com/saml" }],
      "saml:iss": ["StringEquals", idp.entityId, {}],
      "saml:sub": ["StringEquals", "subject-1", { subject: "subject-2" }],
      "saml:sub_type": ["StringEquals", "persistent", { subjectFormat: "custom" }],
      "saml:doc": ["StringEquals", `${ACCOUNT}/idp`, {}],
      "sts:RoleSessionName": ["StringEquals", "ann", { attributes: { [`${AWS}RoleSessionName`]: ["bob"] } }],
      "aws:userid": ["StringEquals", PROVIDER, {}],
      "aws:PrincipalType": ["StringEquals", "User", {}],
      "aws:PrincipalAccount": ["StringEquals", ACCOUNT, {}],
      "aws:PrincipalArn": ["Null", "true", {}],
    };
    for (const [key, [operator, value, unlike]] of Object.entries(conditions)) {
      it(`knows ${key}`, async () => {
        const asked = await trusting({ [operator]: { [key]: value } });
        assert.ok(await call(asked));
        if (Object.keys(unlike).length > 0) await assert.rejects(call(asked, { ...unlike }), NOT_AUTHORIZED);
        const contrary = await trusting(
          operator === "Null" ? { Null: { [key]: "false" } } : { StringNotEquals: { [key]: value } },
        );
        await assert.rejects(call(contrary), NOT_AUTHORIZED);
      });
    }

    it("knows attributes of eduPerson, which are lists", async () => {
      const staff = await trusting({ "ForAnyValue:StringEquals": { "saml:edupersonaffiliation": "staff" } });
      const affiliated = (...values: string[]) =>
        call(staff, { attributes: { "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": values } });
      assert.ok(await affiliated("member", "staff"));
      await assert.rejects(affiliated("member"), NOT_AUTHORIZED);
    });

    it("knows sts:TransitiveTagKeys", async () => {
      const passing = await trusting({ "ForAnyValue:StringEquals": { "sts:TransitiveTagKeys": "team" } }, ALL);
      const attributes = { [`${AWS}PrincipalTag:team`]: ["red"] };
      assert.ok(await call(passing, { attributes: { ...attributes, [`${AWS}TransitiveTagKeys`]: ["team"] } }));
      await assert.rejects(call(passing, { attributes }), NOT_AUTHORIZED);
      const absent = await trusting({ Null: { "sts:TransitiveTagKeys": "true" } }, ALL);
      assert.ok(await call(absent, { attributes }));
    });

    it("has to allow tags and a source identity besides", async () => {
      const plain = await trusting();
      const tag = { [`${AWS}PrincipalTag:team`]: ["red"] };
      await assert.rejects(call(plain, { attributes: tag }), {
        name: "AccessDenied",
        message: "Not authorized to perform sts:TagSession",
      });
      await assert.rejects(call(plain, { attributes: { [`${AWS}SourceIdentity`]: ["ann"] } }), {
        name: "AccessDenied",
        message: "Not authorized to perform sts:SetSourceIdentity",
      });
      const red = await trusting({ StringEquals: { "aws:RequestTag/team": "red" } }, ALL);
      assert.ok(await call(red, { attributes: tag }));
      await assert.rejects(call(red, { attributes: { [`${AWS}PrincipalTag:team`]: ["blue"] } }), NOT_AUTHORIZED);
    });
  });

  describe("the session", () => {
    it("has the tags of the assertion, and hands on those that are transitive", async () => {
      const own = allow("iam:GetUser", `arn:aws:iam::${ACCOUNT}:user/\${aws:PrincipalTag/user}`);
      const chain = allow(["sts:AssumeRole", "sts:TagSession"]);
      const tagged = await createRole(emu, "tagged", {
        trusts: [trustProvider(PROVIDER, {}, ALL)],
        statements: [own, chain],
      });
      const next = await createRole(emu, "next", {
        trusts: [trust(tagged.arn, ["sts:AssumeRole", "sts:TagSession"])],
        statements: [own],
      });
      await createUser(emu, "tom");
      const get = new GetUserCommand({ UserName: "tom" });
      for (const [transitive, reaches] of [
        [{ [`${AWS}TransitiveTagKeys`]: ["user"] }, true],
        [{}, false],
      ] as const) {
        const first = credentialsOf(
          await call(tagged, { attributes: { [`${AWS}PrincipalTag:user`]: ["tom"], ...transitive } }),
        );
        assert.ok(await emu.iam(first).send(get));
        const input = { RoleArn: next.arn, RoleSessionName: "second" };
        const second = credentialsOf(await emu.sts(first).send(new AssumeRoleCommand(input)));
        if (reaches) assert.ok(await emu.iam(second).send(get));
        else await assert.rejects(emu.iam(second).send(get), { name: "AccessDenied" });
      }
    });

    it("takes fifty tags, with keys of one to 128 characters and values of none to 256", async () => {
      const tags = [
        ["t", ""],
        ["t".repeat(128), "x".repeat(256)],
        ...Array.from({ length: 48 }, (_, n) => [`t${n}`, "x"]),
      ];
      const attributes = Object.fromEntries(tags.map(([name, value]) => [`${AWS}PrincipalTag:${name}`, [value!]]));
      assert.ok(await call(role, { attributes }));
    });

    it("refuses tags that no session can have", async () => {
      for (const attributes of [
        { [`${AWS}PrincipalTag:team`]: ["red", "blue"] },
        { [`${AWS}PrincipalTag:team`]: ["r".repeat(257)] },
        { [`${AWS}PrincipalTag:`]: ["red"] },
        { [`${AWS}PrincipalTag:${"t".repeat(129)}`]: ["red"] },
        Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`${AWS}PrincipalTag:t${index}`, ["x"]])),
      ]) {
        await assert.rejects(call(role, { attributes }), {
          name: "InvalidIdentityTokenException",
          message: "principal_tags passed in claim is not in correct format.",
        });
      }
      await assert.rejects(call(role, { attributes: { [`${AWS}TransitiveTagKeys`]: ["team"] } }), {
        name: "InvalidParameterValue",
        message: "The specified transitive tag key must be included in the requested tags.",
      });
    });

    it("has the source identity, which the answer names", async () => {
      const named = await createRole(emu, "named", {
        trusts: [trustProvider(PROVIDER, {}, ALL)],
        statements: [{ ...allow("iam:GetUser"), Condition: { StringEquals: { "aws:SourceIdentity": "ann" } } }],
      });
      await createUser(emu, "sue");
      for (const [identity, may] of [
        ["ann", true],
        ["bob", false],
      ] as const) {
        const answer = await call(named, { attributes: { [`${AWS}SourceIdentity`]: [identity] } });
        assert.equal(answer.SourceIdentity, identity);
        const got = emu.iam(credentialsOf(answer)).send(new GetUserCommand({ UserName: "sue" }));
        if (may) assert.ok(await got);
        else await assert.rejects(got, { name: "AccessDenied" });
      }
    });

    it("is limited by session policies", async () => {
      const wide = await createRole(emu, "wide", { trusts: [trustProvider(PROVIDER)], statements: [allow("iam:*")] });
      await createUser(emu, "kim");
      const get = new GetUserCommand({ UserName: "kim" });
      assert.ok(await emu.iam(credentialsOf(await call(wide))).send(get));
      const Policy = document(allow("iam:*"), deny("iam:GetUser"));
      const limited = credentialsOf(await call(wide, { input: { Policy } }));
      await assert.rejects(emu.iam(limited).send(get), { name: "AccessDenied" });
    });

    it("keeps who it is about for policies: subject, type, provider", async () => {
      await createUser(emu, "pat");
      const get = new GetUserCommand({ UserName: "pat" });
      const { NameQualifier } = await call(role);
      for (const [index, [key, value]] of (
        [
          ["saml:sub", "subject-1"],
          ["saml:sub_type", "persistent"],
          ["saml:namequalifier", NameQualifier!],
          ["aws:FederatedProvider", PROVIDER],
        ] as const
      ).entries()) {
        const own = await createRole(emu, `own-${index}`, {
          trusts: [trustProvider(PROVIDER)],
          statements: [{ ...allow("iam:GetUser"), Condition: { StringEquals: { [key]: value } } }],
        });
        assert.ok(await emu.iam(credentialsOf(await call(own))).send(get), key);
        const chained = await createRole(emu, `unlike-${index}`, {
          trusts: [trustProvider(PROVIDER)],
          statements: [{ ...allow("iam:GetUser"), Condition: { StringNotEqualsIfExists: { [key]: value } } }],
        });
        const unlike = credentialsOf(await call(chained));
        await assert.rejects(emu.iam(unlike).send(get), { name: "AccessDenied" });
      }
    });
  });
});
