import assert from "node:assert/strict";
import {
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import {
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
} from "@aws-sdk/client-sts";
import { decodeJwt, errors } from "jose";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, credentialsOf, trust, type TestUser } from "../fixtures.ts";
import { organize } from "../organization.ts";
import {
  assumeWithToken,
  AUDIENCE,
  createProvider,
  NOW,
  tokenIssuer,
  trustFederated,
  UNVERIFIED,
  verifyByDiscovery,
} from "./token-issuer.ts";

const AWS = "https://sts.amazonaws.com/";
const TAG_SESSION = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

describe("GetWebIdentityToken", () => {
  const emu = emulator();
  let issuer: string;
  let ann: TestUser;

  before(async () => {
    issuer = (await emu.iam().send(new EnableOutboundWebIdentityFederationCommand({}))).IssuerIdentifier!;
    ann = await createUser(emu, "ann", { Path: "/team/", statements: [allow("sts:*")] });
  });

  const get = async (more: Partial<GetWebIdentityTokenCommandInput> = {}, credentials: Credentials = ann.credentials) =>
    emu
      .sts(credentials)
      .send(new GetWebIdentityTokenCommand({ Audience: [AUDIENCE], SigningAlgorithm: "RS256", ...more }));
  const claimsFor = async (more: Partial<GetWebIdentityTokenCommandInput> = {}, credentials?: Credentials) =>
    decodeJwt((await get(more, credentials)).WebIdentityToken!) as Record<string, any>;

  describe("answers", () => {
    for (const [SigningAlgorithm, kid, bytes] of [
      ["RS256", "RSA_0", 256],
      ["ES384", "EC384_0", 96],
    ] as const) {
      it(`a token by ${SigningAlgorithm} that a stock library verifies by discovery`, async () => {
        const { WebIdentityToken: token } = await get({ SigningAlgorithm });
        const { payload, protectedHeader } = await verifyByDiscovery(token!, issuer);
        assert.deepEqual(protectedHeader, { kid, typ: "JWT", alg: SigningAlgorithm });
        assert.equal(Buffer.from(token!.split(".")[2]!, "base64url").length, bytes);
        assert.match(payload.jti!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        assert.deepEqual(payload, {
          aud: AUDIENCE,
          sub: "arn:aws:iam::000000000000:user/team/ann",
          [AWS]: { aws_account: "000000000000", source_region: "us-east-1", principal_id: ann.arn },
          iss: issuer,
          exp: NOW + 300,
          iat: NOW,
          jti: payload.jti,
        });
        assert.deepEqual(Object.keys(payload), ["aud", "sub", AWS, "iss", "exp", "iat", "jti"]);
        await assert.rejects(verifyByDiscovery(token!, issuer, NOW + 300), errors.JWTExpired);
      });
    }

    it("with its end, to the millisecond", async () => {
      emu.server.clock.advance(0.25);
      const { Expiration } = await get({ DurationSeconds: 60 });
      emu.server.clock.advance(-0.25);
      assert.equal(Expiration!.toISOString(), "2026-11-24T12:01:00.250Z");
    });

    it("a token for several audiences, as they were given", async () => {
      const Audience = ["b", "a", "a", " ", "é"];
      assert.deepEqual((await claimsFor({ Audience }))["aud"], Audience);
    });

    it("a token with the tags of the request, which may be AWS's, beside those of the principal", async () => {
      const tia = await createUser(emu, "tia", {
        statements: [allow("sts:*")],
        Tags: [{ Key: "team", Value: "blue" }],
      });
      const Tags = [
        { Key: "aws:x", Value: "1" },
        { Key: "team", Value: "red" },
      ];
      const claims = (await claimsFor({ Tags }, tia.credentials))[AWS];
      assert.deepEqual(claims.request_tags, { "aws:x": "1", team: "red" });
      assert.deepEqual(claims.principal_tags, { team: "blue" });
    });

    it("a token of a role, with what its session brings", async () => {
      const role = await createRole(emu, "worker", {
        Path: "/jobs/",
        trusts: [trust(ann.arn, TAG_SESSION)],
        statements: [allow("sts:GetWebIdentityToken")],
      });
      await emu.iam().send(
        new TagRoleCommand({
          RoleName: "worker",
          Tags: [
            { Key: "team", Value: "blue" },
            { Key: "cost", Value: "1" },
          ],
        }),
      );
      const session = await assume(emu, ann.credentials, role, {
        Tags: [{ Key: "Team", Value: "red" }],
        SourceIdentity: "ann",
      });
      const claims = await claimsFor({}, session);
      assert.equal(claims["sub"], role.arn);
      assert.deepEqual(claims[AWS], {
        aws_account: "000000000000",
        original_session_exp: "2026-11-24T13:00:00Z",
        source_region: "us-east-1",
        source_identity: "ann",
        principal_id: role.arn,
        principal_tags: { Team: "red", cost: "1" },
      });
    });

    it("a token of a session that was federated, which names the provider", async () => {
      const provider = await createProvider(emu, federation.url);
      const role = await createRole(emu, "federated", {
        trusts: [trustFederated(provider)],
        statements: [allow("sts:GetWebIdentityToken")],
      });
      const session = credentialsOf(await assumeWithToken(emu, role.arn, await federation.token()));
      assert.equal((await claimsFor({}, session))[AWS].federated_provider, provider);
    });

    it("a token of a GetSessionToken session", async () => {
      const session = credentialsOf(await emu.sts(ann.credentials).send(new GetSessionTokenCommand({})));
      assert.equal((await claimsFor({}, session))["sub"], ann.arn);
    });

    it("a token that says where in the organization the account is", async () => {
      const { id, root } = await organize(emu);
      const claims = (await claimsFor())[AWS];
      assert.equal(claims.org_id, id);
      assert.deepEqual(claims.ou_path, [`${id}/${root.id}/`]);
      await request(emu.server.endpoint).delete("/_emulator/organization").expect(200);
    });
  });
  const federation = tokenIssuer();

  describe("is up to policies", () => {
    const ON_SELF = "on resource: arn:aws:sts::000000000000:self";
    const denied = (name: string, action: string) => ({
      name: "AccessDenied",
      message: `User: arn:aws:iam::000000000000:user/${name} is not authorized to perform: ${action} ${ON_SELF} because no identity-based policy allows the ${action} action`,
    });

    it("which may look at audience, algorithm, duration and tags", async () => {
      const bob = await createUser(emu, "bob", {
        statements: [
          {
            ...allow(["sts:GetWebIdentityToken", "sts:TagGetWebIdentityToken"], "arn:aws:sts::*:self"),
            Condition: {
              "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
              StringEqualsIfExists: { "aws:RequestTag/team": "blue" },
            },
          },
          { Effect: "Deny", ...denies("StringNotEquals", "sts:SigningAlgorithm", "ES384") },
          { Effect: "Deny", ...denies("NumericGreaterThan", "sts:DurationSeconds", "300") },
          { Effect: "Deny", ...denies("ForAnyValue:StringNotEquals", "sts:IdentityTokenAudience", AUDIENCE) },
        ],
      });
      const good = { SigningAlgorithm: "ES384", Tags: [{ Key: "team", Value: "blue" }] };
      assert.ok(await get(good, bob.credentials));
      for (const bad of [
        { SigningAlgorithm: "RS256" },
        { DurationSeconds: 301 },
        { Audience: [AUDIENCE, "other"] },
        { Tags: [{ Key: "team", Value: "red" }] },
        { Tags: [{ Key: "cost", Value: "blue" }] },
      ]) {
        await assert.rejects(get({ ...good, ...bad }, bob.credentials), { name: "AccessDenied" }, JSON.stringify(bad));
      }
    });

    it("which must allow the tags as well", async () => {
      const untagged = await createUser(emu, "untagged", { statements: [allow("sts:GetWebIdentityToken")] });
      const nobody = await createUser(emu, "nobody");
      const Tags = [{ Key: "team", Value: "blue" }];
      assert.ok(await get({}, untagged.credentials));
      await assert.rejects(get({ Tags }, untagged.credentials), denied("untagged", "sts:TagGetWebIdentityToken"));
      await assert.rejects(get({ Tags }, nobody.credentials), denied("nobody", "sts:GetWebIdentityToken"));
    });

    it("but never for a federated user", async () => {
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      });
      const federated = await emu
        .sts(ann.credentials)
        .send(new GetFederationTokenCommand({ Name: "fay", Policy: policy }));
      await assert.rejects(get({}, credentialsOf(federated)), {
        name: "AccessDenied",
        message: "Cannot call GetWebIdentityToken with session credentials",
      });
    });
  });

  describe("refuses", () => {
    const invalid = (message: string) => ({ name: "ValidationError", message });
    const broken = (value: string, member: string, rule: string) =>
      invalid(`1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${rule}`);

    for (const SigningAlgorithm of ["RS384", "ES256", "HS256", "rs256"]) {
      it(`to sign by ${SigningAlgorithm}`, () =>
        assert.rejects(
          get({ SigningAlgorithm }),
          invalid(
            "Requested SigningAlgorithm is not supported. See the GetWebIdentityToken documentation for supported algorithms",
          ),
        ));
    }

    it("algorithms of another length", async () => {
      const rule = (bound: string) => `Member must have length ${bound} than or equal to 5`;
      await assert.rejects(get({ SigningAlgorithm: "none" }), broken("'none'", "signingAlgorithm", rule("greater")));
      await assert.rejects(get({ SigningAlgorithm: "RS256x" }), broken("'RS256x'", "signingAlgorithm", rule("less")));
      await assert.rejects(
        get({ SigningAlgorithm: undefined }),
        broken("null", "signingAlgorithm", "Member must not be null"),
      );
    });

    it("no audience, and too many of them", async () => {
      for (const Audience of [undefined, []]) {
        await assert.rejects(get({ Audience }), broken("null", "audience", "Member must not be null"));
      }
      await assert.rejects(
        get({ Audience: [""] }),
        broken(
          "'[]'",
          "audience",
          "Member must satisfy constraint: [Member must have length less than or equal to 1000, Member must have length greater than or equal to 1]",
        ),
      );
      await assert.rejects(
        get({ Audience: Array.from({ length: 11 }, (_, i) => String(i)) }),
        broken("'[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'", "audience", "Member must have length less than or equal to 10"),
      );
    });

    it("durations below a minute and above an hour", async () => {
      const rule = (bound: string) => `Member must have value ${bound}`;
      await assert.rejects(
        get({ DurationSeconds: 59 }),
        broken("'59'", "durationSeconds", rule("greater than or equal to 60")),
      );
      await assert.rejects(
        get({ DurationSeconds: 3601 }),
        broken("'3601'", "durationSeconds", rule("less than or equal to 3600")),
      );
    });

    it("a token that would outlive the session", async () => {
      const role = await createRole(emu, "brief", {
        trusts: [trust(ann.arn)],
        statements: [allow("sts:GetWebIdentityToken")],
      });
      const session = await assume(emu, ann.credentials, role, { DurationSeconds: 900 });
      assert.ok(await get({ DurationSeconds: 900 }, session));
      await assert.rejects(get({ DurationSeconds: 901 }, session), {
        name: "SessionDurationEscalationException",
        message: "The requested token duration would extend the session beyond its original expiration time.",
      });
    });

    it("tags that differ by case only", () =>
      assert.rejects(
        get({
          Tags: [
            { Key: "team", Value: "1" },
            { Key: "Team", Value: "2" },
          ],
        }),
        {
          name: "InvalidParameterValue",
          message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        },
      ));

    it("claims that are too large", async () => {
      const Tags = Array.from({ length: 50 }, (_, i) => ({ Key: `${i}`.padEnd(128, "k"), Value: "€".repeat(100) }));
      await assert.rejects(get({ Tags }), { name: "ValidationError" });
      const letters = Tags.map(({ Key }) => ({ Key, Value: "ü".repeat(150) }));
      await assert.rejects(get({ Tags: letters }), {
        name: "JWTPayloadSizeExceededException",
        message:
          "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size.",
      });
      assert.ok(await get({ Tags: letters.slice(0, 25) }));
    });

    it("the subject and scope of an origin identity, which no session has", async () => {
      await assert.rejects(
        get({ SubjectMode: "OriginIdentity", Scope: "read" }),
        invalid("The calling session has no trusted identity propagation context with an origin identity."),
      );
      await assert.rejects(
        get({ Scope: "read" }),
        invalid("Scope can be specified only when SubjectMode is OriginIdentity."),
      );
      await assert.rejects(
        get({ SubjectMode: "Other" as never }),
        invalid("SubjectMode must be AWSIdentity or OriginIdentity."),
      );
      assert.ok(await get({ SubjectMode: "AWSIdentity" }));
    });

    it("to have its tokens used to assume a role", async () => {
      const provider = await createProvider(emu, issuer, { ClientIDList: [AUDIENCE] });
      const role = await createRole(emu, "round-trip", { trusts: [trustFederated(provider)] });
      const { WebIdentityToken } = await get();
      await assert.rejects(assumeWithToken(emu, role.arn, WebIdentityToken!), UNVERIFIED);
    });

    it("an account that has not enabled it, but only once the request is in order", async () => {
      const off = { accessKeyId: "111122223333", secretAccessKey: "test" };
      const disabled = {
        name: "OutboundWebIdentityFederationDisabledException",
        message: "OutboundWebIdentityFederation is disabled.",
      };
      await assert.rejects(get({}, off), disabled);
      await assert.rejects(get({ SigningAlgorithm: "RS384" }, off), { name: "ValidationError" });
      await emu.iam(off).send(new EnableOutboundWebIdentityFederationCommand({}));
      assert.ok(await get({}, off));
      await emu.iam(off).send(new DisableOutboundWebIdentityFederationCommand({}));
      await assert.rejects(get({}, off), disabled);
    });
  });
});

const denies = (operator: string, key: string, value: string) => ({
  Action: "sts:GetWebIdentityToken",
  Resource: "*",
  Condition: { [operator]: { [key]: value } },
});
