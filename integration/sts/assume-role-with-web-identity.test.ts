import assert from "node:assert/strict";
import {
  DeleteOpenIDConnectProviderCommand,
  GetUserCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, credentialsOf, document, trust, type TestRole } from "../fixtures.ts";
import {
  assumeWithToken,
  claimsOf,
  createProvider,
  giveKeys,
  NOT_A_TOKEN,
  NOW,
  sign,
  tokenIssuer,
  trustFederated,
} from "./token-issuer.ts";

const NOT_AUTHORIZED = { name: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity" };
const notAuthorized = (action: string) => ({ name: "AccessDenied", message: `Not authorized to perform ${action}` });

describe("AssumeRoleWithWebIdentity", () => {
  const emu = emulator();
  const issuer = tokenIssuer();
  /** The issuer's name in condition keys. */
  const host = () => issuer.url.replace("http://", "");
  let provider: string;
  let role: TestRole;

  before(async () => {
    provider = await createProvider(emu, issuer.url);
    role = await createRole(emu, "app", { trusts: [trustFederated(provider)], MaxSessionDuration: 7200 });
  });

  const trusting = (name: string, Condition: object, Action?: readonly string[]) =>
    createRole(emu, name, { trusts: [trustFederated(provider, Condition, Action)] });

  describe("answers", () => {
    it("credentials of the role, without a signature, and who the token is about", async () => {
      const {
        $metadata: _,
        Credentials,
        SessionTokenSize,
        ...answer
      } = await assumeWithToken(emu, role.arn, await issuer.token());
      assert.equal(Credentials!.Expiration!.getTime(), (NOW + 3600) * 1000);
      assert.equal(SessionTokenSize, Credentials!.SessionToken!.length);
      assert.ok(answer.PackedPolicySize! > 0);
      assert.deepEqual(answer, {
        SubjectFromWebIdentityToken: "subject",
        AssumedRoleUser: {
          AssumedRoleId: `${role.id}:session`,
          Arn: "arn:aws:sts::000000000000:assumed-role/app/session",
        },
        PackedPolicySize: answer.SessionTokenUtilization,
        SessionTokenUtilization: answer.SessionTokenUtilization,
        Provider: provider,
        Audience: "client-a",
      });
      const { UserId, Account, Arn } = await emu
        .sts(credentialsOf({ Credentials }))
        .send(new GetCallerIdentityCommand({}));
      assert.deepEqual(
        { UserId, Account, Arn },
        { UserId: `${role.id}:session`, Account: "000000000000", Arn: answer.AssumedRoleUser?.Arn },
      );
    });

    it("a session as long as asked, up to the role's maximum, whenever the token ends", async () => {
      const token = await issuer.token({ exp: NOW + 100 });
      const { Credentials } = await assumeWithToken(emu, role.arn, token, { DurationSeconds: 7200 });
      assert.equal(Credentials!.Expiration!.getTime(), (NOW + 7200) * 1000);
      await assert.rejects(assumeWithToken(emu, role.arn, token, { DurationSeconds: 7201 }), {
        name: "ValidationError",
        message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      });
    });

    it("a session that its policies limit", async () => {
      const listing = await createRole(emu, "listing", {
        trusts: [trustFederated(provider)],
        statements: [allow("iam:*")],
      });
      const answer = await assumeWithToken(emu, listing.arn, await issuer.token(), {
        Policy: document(allow("iam:ListRoles")),
        PolicyArns: [{ arn: "arn:aws:iam::aws:policy/IAMReadOnlyAccess" }],
      });
      const iam = emu.iam(credentialsOf(answer));
      await iam.send(new ListRolesCommand({}));
      const narrow = await assumeWithToken(emu, listing.arn, await issuer.token(), {
        Policy: document(allow("iam:GetRole")),
      });
      await assert.rejects(emu.iam(credentialsOf(narrow)).send(new ListRolesCommand({})), { name: "AccessDenied" });
    });

    it("a session that can be assumed from, for an hour at most", async () => {
      const chained = await createRole(emu, "chained", {
        trusts: [trust("arn:aws:iam::000000000000:role/app")],
        MaxSessionDuration: 7200,
      });
      const session = credentialsOf(await assumeWithToken(emu, role.arn, await issuer.token()));
      assert.ok(await assume(emu, session, chained));
      await assert.rejects(
        emu
          .sts(session)
          .send(new AssumeRoleCommand({ RoleArn: chained.arn, RoleSessionName: "session", DurationSeconds: 3601 })),
        {
          message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        },
      );
    });
  });

  describe("is up to the trust policy", () => {
    it("which must name the provider", async () => {
      const other = await createProvider(emu, "https://other.example.com");
      const untrusting = await createRole(emu, "untrusting", {
        trusts: [trustFederated(other), trust("*", "sts:AssumeRoleWithWebIdentity")],
      });
      await assert.rejects(assumeWithToken(emu, untrusting.arn, await issuer.token()), NOT_AUTHORIZED);
    });

    it("and says the same of a role that does not exist", async () => {
      const missing = "arn:aws:iam::000000000000:role/missing";
      await assert.rejects(assumeWithToken(emu, missing, await issuer.token()), NOT_AUTHORIZED);
    });

    it("but not for an ARN that is no role's", async () => {
      for (const arn of [
        "arn:aws:iam::000000000000:policy/p",
        "arn:aws:iam::000000000000:oidc-provider/example.com",
        "arn:aws:iam::somewhere:role/missing",
      ]) {
        await assert.rejects(assumeWithToken(emu, arn, await issuer.token()), {
          name: "ValidationError",
          message: "Request ARN is invalid",
        });
      }
    });

    it("which sees subject, audience, the audience claim, address and methods of the token", async () => {
      const strict = await trusting("strict", {
        StringLike: { [`${host()}:sub`]: "system:serviceaccount:apps:*" },
        StringEquals: {
          [`${host()}:aud`]: "client-b",
          [`${host()}:oaud`]: "elsewhere",
          [`${host()}:email`]: "ann@example.com",
        },
        "ForAnyValue:StringEquals": { [`${host()}:amr`]: ["mfa"] },
      });
      const good = {
        sub: "system:serviceaccount:apps:web",
        aud: "elsewhere",
        azp: "client-b",
        email: "ann@example.com",
        amr: ["pwd", "mfa"],
      };
      assert.equal((await assumeWithToken(emu, strict.arn, await issuer.token(good))).Audience, "client-b");
      for (const [claim, value] of Object.entries({
        sub: "system:serviceaccount:other:web",
        aud: "nowhere",
        azp: "client-a",
        email: "eve@example.com",
        amr: ["pwd"],
      })) {
        const token = await issuer.token({ ...good, [claim]: value });
        await assert.rejects(assumeWithToken(emu, strict.arn, token), NOT_AUTHORIZED, claim);
      }
    });

    it("which sees no other claim of an issuer that AWS makes no keys for", async () => {
      const asking = await trusting("asking", { StringEquals: { [`${host()}:team`]: "blue" } });
      await assert.rejects(assumeWithToken(emu, asking.arn, await issuer.token({ team: "blue" })), NOT_AUTHORIZED);
    });

    it("which sees the name of the session and where the request comes from", async () => {
      const named = await trusting("named", {
        StringEquals: { "sts:RoleSessionName": "ci", "aws:PrincipalType": "User", "aws:userid": provider },
        IpAddress: { "aws:SourceIp": "127.0.0.1" },
        Null: { "aws:PrincipalArn": "true", "aws:FederatedProvider": "true" },
      });
      await assert.rejects(assumeWithToken(emu, named.arn, await issuer.token()), NOT_AUTHORIZED);
      assert.ok(await assumeWithToken(emu, named.arn, await issuer.token(), { RoleSessionName: "ci" }));
    });

    it("which sees the tags of the role", async () => {
      const tagged = await createRole(emu, "tagged", {
        trusts: [trustFederated(provider, { StringEquals: { "aws:ResourceTag/team": "blue" } })],
        Tags: [{ Key: "team", Value: "blue" }],
      });
      assert.ok(await assumeWithToken(emu, tagged.arn, await issuer.token()));
    });

    it("and to the provider, without which the trust policy is of no use", async () => {
      const gone = await createProvider(emu, "https://gone.example.com");
      await giveKeys(emu, "https://gone.example.com", issuer.key);
      const orphan = await createRole(emu, "orphan", { trusts: [trustFederated(gone)] });
      const token = await sign(claimsOf("https://gone.example.com"), issuer.key);
      assert.ok(await assumeWithToken(emu, orphan.arn, token));
      await emu.iam().send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: gone }));
      await assert.rejects(assumeWithToken(emu, orphan.arn, token), {
        name: "InvalidIdentityTokenException",
        message: "No OpenIDConnect provider found in your account for https://gone.example.com",
      });
    });
  });

  describe("lets the session be told apart later", () => {
    it("by provider, subject, audience and methods, and by nothing that AWS does not keep", async () => {
      const watched = await createRole(emu, "watched", { trusts: [trustFederated(provider)] });
      await emu.iam().send(
        new PutRolePolicyCommand({
          RoleName: "watched",
          PolicyName: "test",
          PolicyDocument: document({
            ...allow("iam:ListRoles"),
            Condition: {
              StringEquals: {
                "aws:FederatedProvider": provider,
                [`${host()}:sub`]: "ann",
                [`${host()}:aud`]: "client-a",
                "aws:TokenIssueTime": "2026-11-24T12:00:00.000Z",
              },
              "ForAllValues:StringEquals": { [`${host()}:amr`]: ["pwd"] },
              Null: { [`${host()}:email`]: "true", [`${host()}:oaud`]: "true", [`${host()}:amr`]: "false" },
            },
          }),
        }),
      );
      const as = async (sub: string) => {
        const token = await issuer.token({ sub, amr: ["pwd"], email: "ann@example.com" });
        return emu.iam(credentialsOf(await assumeWithToken(emu, watched.arn, token)));
      };
      await (await as("ann")).send(new ListRolesCommand({}));
      await assert.rejects((await as("eve")).send(new ListRolesCommand({})), { name: "AccessDenied" });
    });

    it("by policy variables", async () => {
      const self = await createRole(emu, "self", {
        trusts: [trustFederated(provider)],
        statements: [allow("iam:GetUser", `arn:aws:iam::*:user/\${${host()}:sub}`)],
      });
      const iam = emu.iam(credentialsOf(await assumeWithToken(emu, self.arn, await issuer.token({ sub: "ann" }))));
      await assert.rejects(iam.send(new GetUserCommand({ UserName: "ann" })), { name: "NoSuchEntityException" });
      await assert.rejects(iam.send(new GetUserCommand({ UserName: "eve" })), { name: "AccessDenied" });
    });

    it("but not from a session of a role that it assumes", async () => {
      const next = await createRole(emu, "next", {
        trusts: [trust(role.arn)],
        statements: [{ ...allow("iam:ListRoles"), Condition: { Null: { "aws:FederatedProvider": "true" } } }],
      });
      const session = credentialsOf(await assumeWithToken(emu, role.arn, await issuer.token()));
      await emu.iam(await assume(emu, session, next)).send(new ListRolesCommand({}));
    });
  });

  describe("by a token that asks for", () => {
    const ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
    const tags = {
      "https://aws.amazon.com/tags": { principal_tags: { Team: ["blue"] }, transitive_tag_keys: ["Team"] },
    };
    const identity = { "https://aws.amazon.com/source_identity": "ann" };

    it("session tags needs sts:TagSession, and hands the transitive ones on", async () => {
      await assert.rejects(assumeWithToken(emu, role.arn, await issuer.token(tags)), notAuthorized("sts:TagSession"));
      const tagging = await trusting(
        "tagging",
        {
          StringEquals: { "aws:RequestTag/Team": "blue" },
          "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": "Team" },
        },
        ACTIONS,
      );
      const inherits = await createRole(emu, "inherits", {
        trusts: [trust(tagging.arn, ["sts:AssumeRole", "sts:TagSession"])],
        statements: [{ ...allow("iam:ListRoles"), Condition: { StringEquals: { "aws:PrincipalTag/Team": "blue" } } }],
      });
      const session = credentialsOf(await assumeWithToken(emu, tagging.arn, await issuer.token(tags)));
      await emu.iam(await assume(emu, session, inherits)).send(new ListRolesCommand({}));
    });

    it("session tags in claims of their own", async () => {
      const flat = await createRole(emu, "flat", {
        trusts: [trustFederated(provider, undefined, ACTIONS)],
        statements: [{ ...allow("iam:ListRoles"), Condition: { StringEquals: { "aws:PrincipalTag/Team": "red" } } }],
      });
      const token = await issuer.token({
        "https://aws.amazon.com/tags/principal_tags/Team": "red",
        "https://aws.amazon.com/tags/transitive_tag_keys": ["Team"],
      });
      await emu.iam(credentialsOf(await assumeWithToken(emu, flat.arn, token))).send(new ListRolesCommand({}));
    });

    it("a source identity needs sts:SetSourceIdentity, and keeps it", async () => {
      const token = await issuer.token(identity);
      await assert.rejects(assumeWithToken(emu, role.arn, token), notAuthorized("sts:SetSourceIdentity"));
      const traced = await trusting("traced", { StringEquals: { "sts:SourceIdentity": "ann" } }, ACTIONS);
      const first = await assumeWithToken(emu, traced.arn, token);
      assert.equal(first.SourceIdentity, "ann");
      const next = await createRole(emu, "traced-on", {
        trusts: [trust(traced.arn, ["sts:AssumeRole", "sts:SetSourceIdentity"])],
      });
      const input = { RoleArn: next.arn, RoleSessionName: "second" };
      const sts = emu.sts(credentialsOf(first));
      assert.equal((await sts.send(new AssumeRoleCommand(input))).SourceIdentity, "ann");
      await assert.rejects(sts.send(new AssumeRoleCommand({ ...input, SourceIdentity: "bob" })), {
        name: "AccessDenied",
        message: "The source identity of the calling session cannot be changed.",
      });
    });

    it("certain roles cannot be used for another, and satisfies sts:RoleAuthorizedByIdp", async () => {
      const chosen = await trusting("chosen", { Bool: { "sts:RoleAuthorizedByIdp": "true" } });
      await assert.rejects(assumeWithToken(emu, chosen.arn, await issuer.token()), NOT_AUTHORIZED);
      const elsewhere = "arn:aws:iam::111122223333:role/elsewhere";
      for (const roles of [chosen.arn, [elsewhere, chosen.arn], `${elsewhere};${chosen.arn}`]) {
        const token = await issuer.token({ "https://aws.amazon.com/roles": roles });
        assert.ok(await assumeWithToken(emu, chosen.arn, token));
        await assert.rejects(assumeWithToken(emu, role.arn, token), { name: "InvalidIdentityTokenException" });
      }
      for (const roles of ["", [], ["chosen"], 5]) {
        const token = await issuer.token({ "https://aws.amazon.com/roles": roles });
        await assert.rejects(assumeWithToken(emu, chosen.arn, token), { name: "InvalidIdentityTokenException" });
      }
    });
  });

  describe("is recorded", () => {
    it("as of a web identity user, in the account of the role, without the token", async () => {
      const token = await issuer.token();
      await assumeWithToken(emu, role.arn, token);
      const [event] = emu.server.trail();
      assert.deepEqual(event!.userIdentity, {
        type: "WebIdentityUser",
        principalId: `${provider}:client-a:subject`,
        arn: provider,
        accountId: "000000000000",
        accessKeyId: "",
        userName: "subject",
        identityProvider: provider,
      });
      assert.equal(event!.recipientAccountId, "000000000000");
      assert.ok(!JSON.stringify(event).includes(token));
    });

    it("in the account of the role also where the token is not valid", async () => {
      const elsewhere = "arn:aws:iam::111122223333:role/elsewhere";
      await assert.rejects(assumeWithToken(emu, elsewhere, "not a token"), NOT_A_TOKEN);
      assert.equal(emu.server.trail()[0]!.recipientAccountId, "111122223333");
    });
  });

  describe("refuses the identity providers of old", () => {
    const asked = async (ProviderId: string) => assumeWithToken(emu, role.arn, await issuer.token(), { ProviderId });

    it("Login with Amazon", () =>
      assert.rejects(asked("www.amazon.com"), {
        name: "InvalidIdentityTokenException",
        message: "Provided Token is not a Login With Amazon token",
      }));

    it("Facebook", () =>
      assert.rejects(asked("graph.facebook.com"), {
        name: "IDPRejectedClaimException",
        message: "The identity provider reported that authentication failed.",
      }));

    it("and any other", () =>
      assert.rejects(asked("example.com"), {
        name: "ValidationError",
        message: "example.com is not a supported identity provider.",
      }));
  });
});
