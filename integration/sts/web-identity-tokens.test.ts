import assert from "node:assert/strict";
import * as fc from "fast-check";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { createRole, type TestRole } from "../fixtures.ts";
import {
  assumeWithToken,
  claimsOf,
  createProvider,
  giveKeys,
  invalidToken,
  KEY_NOT_FOUND,
  NOT_A_TOKEN,
  NOW,
  sign,
  signingKey,
  trustFederated,
  UNVERIFIED,
  type SigningKey,
} from "./token-issuer.ts";

const ISSUER = "https://tokens.example.com/tenant";
const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
const GOOGLE = { StringEquals: { "accounts.google.com:aud": "app" } };
const TAGS = "https://aws.amazon.com/tags";
const ROLES = "https://aws.amazon.com/roles";
const BAD_TAGS = invalidToken("principal_tags passed in claim is not in correct format.");
const BAD_TIME = invalidToken("Invalid timestamp in token claims.");

describe("a web identity token", () => {
  const emu = emulator();
  const keys = new Map<string, SigningKey>();
  const key = () => keys.get("RS256")!;
  let role: TestRole;

  before(async () => {
    const provider = await createProvider(emu, ISSUER);
    const actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
    role = await createRole(emu, "app", { trusts: [trustFederated(provider, undefined, actions)] });
    for (const alg of ALGORITHMS) keys.set(alg, await signingKey(alg));
    await giveKeys(emu, ISSUER, ...keys.values());
  });

  const assume = (token: string) => assumeWithToken(emu, role.arn, token);
  const claims = (more: object = {}) => claimsOf(ISSUER, more);
  /** Assumes the role with a token with these claims; `undefined` leaves one out. */
  const withClaims = async (more: object) => assume(await sign(claims(more), key()));
  const detail = () => emu.server.trail()[0]!.errorDetail;

  describe("may be signed", () => {
    for (const alg of ALGORITHMS) {
      it(`by ${alg}`, async () => {
        assert.ok(await assume(await sign(claims(), keys.get(alg)!)));
      });
    }

    it("by nothing else", async () => {
      const pss = await signingKey("PS256");
      await giveKeys(emu, ISSUER, ...keys.values(), pss);
      await assert.rejects(assume(await sign(claims(), pss)), UNVERIFIED);
      const [, payload] = (await sign(claims(), key())).split(".");
      const unsigned = (header: object) => `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.`;
      await assert.rejects(assume(unsigned({ alg: "none", kid: "RS256" })), UNVERIFIED);
      await assert.rejects(assume(unsigned({ alg: "HS256", kid: "RS256" })), UNVERIFIED);
    });

    it("by the key that it names only, as that key is meant to be used", async () => {
      const stranger = { ...(await signingKey()), kid: "RS384" };
      await assert.rejects(assume(await sign(claims(), stranger)), UNVERIFIED);
      assert.equal(detail(), 'the signature, RS256, was not made with the key "RS384"');
      await assert.rejects(assume(await sign(claims(), key(), { kid: "ES256" })), UNVERIFIED);
    });

    it("by a key that the issuer has", async () => {
      for (const kid of ["unknown", "", undefined]) {
        await assert.rejects(assume(await sign(claims(), key(), { kid })), KEY_NOT_FOUND);
      }
      assert.equal(detail(), "the token's key, null, is none of those that the emulator was given");
    });

    it("before anybody changes it", async () => {
      const [header, payload, signature] = (await sign(claims(), key())).split(".");
      const changed = Buffer.from(JSON.stringify(claims({ sub: "root" }))).toString("base64url");
      assert.ok(await assume(`${header}.${payload}.${signature}`));
      await assert.rejects(assume(`${header}.${changed}.${signature}`), UNVERIFIED);
    });
  });

  describe("must be a JSON Web Token", () => {
    it("and nothing else", async () => {
      const [header, payload, signature] = (await sign(claims(), key())).split(".");
      const encoded = (text: string) => Buffer.from(text).toString("base64url");
      for (const text of [
        "nothing",
        "a.b.c",
        `${header}.${payload}`,
        `${header}.${payload}.${signature}.${signature}`,
        `${header}.${payload}.${signature}\n`,
        `${header}.${payload}=.${signature}`,
        `${header}.${encoded("[]")}.${signature}`,
        `${header}.${encoded("null")}.${signature}`,
        `${header}.${encoded('{"iss":')}.${signature}`,
        `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.${signature}`,
        `${encoded("{}")}.${payload}.${signature}`,
        `${encoded('{"alg":5}')}.${payload}.${signature}`,
      ]) {
        await assert.rejects(assume(text), NOT_A_TOKEN, text);
      }
    });

    it("without extensions that must be understood", async () => {
      const token = await sign(claims(), key(), { crit: ["x"], x: true });
      await assert.rejects(assume(token), NOT_A_TOKEN);
    });

    it("of 20,000 characters at most", async () => {
      const token = await sign(claims({ filler: "x".repeat(15_000) }), key());
      assert.ok(token.length > 20_000);
      await assert.rejects(assume(token), {
        name: "ValidationError",
        message: `1 validation error detected: Value '${token}' at 'webIdentityToken' failed to satisfy constraint: Member must have length less than or equal to 20000`,
      });
    });
  });

  describe("must have", () => {
    for (const claim of ["iss", "sub", "aud", "iat", "exp"]) {
      it(`the claim ${claim}`, () =>
        assert.rejects(withClaims({ [claim]: undefined }), invalidToken(`Missing a required claim: ${claim}`)));
    }

    it("a subject, of any length, which may be a number", async () => {
      for (const sub of ["s", "", "x".repeat(300)]) {
        assert.equal((await withClaims({ sub })).SubjectFromWebIdentityToken, sub);
      }
      assert.equal((await withClaims({ sub: 123 })).SubjectFromWebIdentityToken, "123");
      await assert.rejects(withClaims({ sub: null }), invalidToken("Missing a required claim: sub"));
      await assert.rejects(withClaims({ sub: { id: 1 } }), UNVERIFIED);
    });

    it("an issuer that the account has a provider for, to the letter", async () => {
      for (const iss of [
        `${ISSUER}/`,
        "https://TOKENS.example.com/tenant",
        "https://tokens.example.com",
        "",
        "tokens",
      ]) {
        await assert.rejects(
          withClaims({ iss }),
          invalidToken(`No OpenIDConnect provider found in your account for ${iss}`),
        );
      }
      for (const iss of [ISSUER.replace("https", "http"), ISSUER.replace("https://", "")]) {
        await assert.rejects(withClaims({ iss }), { message: /^No OpenIDConnect provider found/ }, iss);
      }
      await assert.rejects(withClaims({ iss: 5 }), UNVERIFIED);
    });
  });

  describe("is for the audience", () => {
    it("that it names, where the provider knows it as a client", async () => {
      assert.equal((await withClaims({ aud: "client-b" })).Audience, "client-b");
      assert.equal((await withClaims({ aud: ["client-b"] })).Audience, "client-b");
      await assert.rejects(withClaims({ aud: "client-c" }), invalidToken("Incorrect token audience"));
      await assert.rejects(withClaims({ aud: ["client-c"] }), invalidToken("Incorrect token audience"));
    });

    it("of its authorized party, where it has one, whatever else it names", async () => {
      for (const aud of ["client-b", "elsewhere", ["client-b", "elsewhere"], []]) {
        assert.equal((await withClaims({ aud, azp: "client-a" })).Audience, "client-a");
      }
      for (const azp of ["client-c", "", 5]) await assert.rejects(withClaims({ azp }), UNVERIFIED);
    });

    it("and only that one", async () => {
      const several = invalidToken(
        "Token audience contains more than one audience while authorized party is not present",
      );
      await assert.rejects(withClaims({ aud: ["client-a", "client-b"] }), several);
      await assert.rejects(withClaims({ aud: [] }), invalidToken("Claim is not allowed to be empty: aud"));
      for (const aud of ["", 5, {}]) await assert.rejects(withClaims({ aud }), UNVERIFIED);
    });
  });

  describe("is good for a time", () => {
    it("until five minutes after its end", async () => {
      assert.ok(await withClaims({ exp: NOW - 299 }));
      await assert.rejects(withClaims({ exp: NOW - 300 }), {
        name: "ExpiredTokenException",
        message: `Token expired: current date/time ${NOW - 300} must be before the expiration date/time ${NOW - 300}`,
      });
    });

    it("from five minutes before it was issued and is to begin", async () => {
      assert.ok(await withClaims({ iat: NOW + 300, nbf: NOW + 300 }));
      await assert.rejects(withClaims({ iat: NOW + 301 }), invalidToken(`Token issued in the future: ${NOW + 301}`));
      await assert.rejects(
        withClaims({ nbf: NOW + 301 }),
        invalidToken(
          `Token not yet valid: current date/time ${NOW + 300} must be after or equal to the not-before date/time ${NOW + 301}`,
        ),
      );
    });

    it("that may be written as a text, and must be in whole seconds", async () => {
      assert.ok(await withClaims({ iat: `${NOW}`, nbf: `${NOW}`, exp: `${NOW + 60}` }));
      for (const wrong of [{ iat: null }, { iat: NOW + 0.5 }, { exp: `${NOW}.5` }, { exp: null }, { nbf: "invalid" }]) {
        await assert.rejects(withClaims(wrong), BAD_TIME);
      }
    });

    it("by the emulator's clock", async () => {
      const token = await sign(claims(), key());
      emu.server.clock.advance(600);
      await assert.rejects(assume(token), { name: "ExpiredTokenException" });
      emu.server.clock.advance(-600);
      assert.ok(await assume(token));
    });
  });

  it("of any claims at all is answered with an error of AWS's, or credentials", async function () {
    this.timeout(60_000);
    const names = ["iss", "sub", "aud", "azp", "iat", "exp", "nbf", "amr", TAGS, ROLES, `${TAGS}/principal_tags/x`];
    const some = fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(some, async (more) => {
        const outcome = await withClaims(more).then(
          () => "credentials",
          ({ name }: Error) => name,
        );
        outcomes.add(outcome);
        assert.match(
          outcome,
          /^(credentials|InvalidIdentityTokenException|ExpiredTokenException|InvalidParameterValue)$/,
        );
      }),
      { numRuns: 300 },
    );
    assert.ok(outcomes.has("credentials") && outcomes.has("InvalidIdentityTokenException"));
  });

  it("that has a claim twice has the last of them", async () => {
    const twice = (first: string, last: string) =>
      sign(JSON.stringify(claims()).replace('"aud":', `"aud":"${first}","aud":"${last}","x":`), key());
    assert.equal((await assume(await twice("client-c", "client-b"))).Audience, "client-b");
    await assert.rejects(assume(await twice("client-b", "client-c")), invalidToken("Incorrect token audience"));
  });

  describe("may ask for a session with", () => {
    it("tags, each of one value in a list", async () => {
      assert.ok(await withClaims({ [TAGS]: { principal_tags: { Team: ["x"] }, transitive_tag_keys: ["Team"] } }));
      for (const principal_tags of [
        { Team: "x" },
        { Team: ["x", "y"] },
        { Team: [] },
        { Team: [5] },
        { "Te*m": ["x"] },
        { Team: ["x".repeat(257)] },
        Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ["x"]])),
        ["Team"],
        "Team",
        [],
        5,
      ]) {
        await assert.rejects(withClaims({ [TAGS]: { principal_tags } }), BAD_TAGS);
      }
      await assert.rejects(withClaims({ [TAGS]: "Team" }), BAD_TAGS);
      await assert.rejects(withClaims({ [`${TAGS}/principal_tags/Team`]: ["x"] }), BAD_TAGS);
      await assert.rejects(
        withClaims({ [TAGS]: { transitive_tag_keys: "Team" } }),
        invalidToken("transitive_tag_keys passed in claim is not in correct format."),
      );
    });

    it("tags by the rules that all session tags have", async () => {
      const refused = (tags: object, message: string) =>
        assert.rejects(withClaims({ [TAGS]: tags }), { name: "InvalidParameterValue", message });
      await refused(
        { principal_tags: { Team: ["x"], team: ["y"] } },
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
      await refused(
        { principal_tags: { Team: ["x"] }, transitive_tag_keys: ["Cost"] },
        "The specified transitive tag key must be included in the requested tags.",
      );
    });

    it("a source identity", async () => {
      const claim = "https://aws.amazon.com/source_identity";
      assert.equal((await withClaims({ [claim]: "ann@example.com" })).SourceIdentity, "ann@example.com");
      for (const identity of ["a", "a".repeat(65), "a b", "aws:ann", 5]) {
        await assert.rejects(
          withClaims({ [claim]: identity }),
          invalidToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
        );
      }
    });
  });
});

describe("a web identity token where permissions are not enforced", () => {
  const emu = emulator({ enforcement: "off" });

  it("is verified all the same; only the trust policy has no say", async () => {
    const key = await signingKey();
    await createProvider(emu, ISSUER);
    await giveKeys(emu, ISSUER, key);
    const untrusting = await createRole(emu, "untrusting", { trusts: [trustFederated("accounts.google.com", GOOGLE)] });
    assert.ok(await assumeWithToken(emu, untrusting.arn, await sign(claimsOf(ISSUER), key)));
    const forged = { ...(await signingKey()), kid: key.kid };
    await assert.rejects(assumeWithToken(emu, untrusting.arn, await sign(claimsOf(ISSUER), forged)), UNVERIFIED);
  });
});
