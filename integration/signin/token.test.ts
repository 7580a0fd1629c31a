import assert from "node:assert/strict";
import {
  DeleteLoginProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  ListUsersCommand,
  UpdateLoginProfileCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { decodeJwt } from "jose";
import { before, beforeEach, describe, it } from "mocha";
import { browser, consoleUser, signIn, type Browser } from "../console/browser.ts";
import { signedIn, signedInRoot } from "../console/visitors.ts";
import { emulator } from "../emulator.ts";
import { allow, createRole, enableMfa, trust } from "../fixtures.ts";
import {
  codeFor,
  codeGrant,
  createToken,
  CROSS_DEVICE,
  newKey,
  proofBy,
  refreshGrant,
  tokensFor,
  type ToolKey,
} from "./developer-tool.ts";

const HOUR = 3600;
const LOGIN = allow("signin:*");

const withMfa = (Action: string) => ({
  ...allow(Action),
  Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
});

describe("CreateOAuth2Token", () => {
  const emu = emulator();
  let key: ToolKey;
  let ann: Browser;
  const ask = async (input: unknown) => createToken(emu, input, await proofBy(key, emu));
  const identity = async (credentials: Parameters<typeof emu.sts>[0]) =>
    (await emu.sts(credentials).send(new GetCallerIdentityCommand({}))).Arn;
  const denied = (status: number, error: string, message: string) => ({
    status,
    type: "AccessDeniedException",
    body: { error, message },
  });
  const invalid = (message: string) => ({
    status: 400,
    type: "ValidationException",
    body: { error: "INVALID_REQUEST", message },
  });
  const CODE_GONE = denied(
    401,
    "AUTHCODE_EXPIRED",
    "The authorization code has expired, was used before or is not known.",
  );
  const SESSION_GONE = denied(401, "TOKEN_EXPIRED", "The session has expired. Sign in again.");
  const CHANGED = denied(403, "USER_CREDENTIALS_CHANGED", "The password has changed since the sign-in. Sign in again.");

  before(async () => {
    key = await newKey();
    await consoleUser(emu, "Ann", { statements: [LOGIN] });
  });
  // Some of the tests move the clock beyond the end of a session.
  beforeEach(async () => {
    ann = await signedIn(emu, "Ann");
  });

  it("gives credentials of the user for a code, and says in an ID token whose they are", async () => {
    const { status, body } = await ask(codeGrant(await codeFor(ann)));
    assert.equal(status, 200);
    const { accessToken, tokenType, expiresIn, refreshToken, idToken } = body;
    assert.deepEqual([tokenType, expiresIn], ["aws_sigv4", 900]);
    assert.match(accessToken.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.ok(refreshToken.length <= 2048);
    const arn = "arn:aws:iam::000000000000:user/Ann";
    const { jti, ...claims } = decodeJwt(idToken!);
    const iat = Math.floor(emu.server.clock.now() / 1000);
    const aud = "arn:aws:signin:::devtools/same-device";
    assert.deepEqual(claims, { iss: emu.server.endpoint, aud, sub: arn, iat, exp: iat + 900 });
    assert.ok(jti);
    assert.equal(await identity(accessToken), arn);
  });

  it("gives credentials for fifteen minutes", async () => {
    const { accessToken } = await tokensFor(ann, key, emu);
    emu.server.clock.advance(899);
    assert.ok(await identity(accessToken));
    emu.server.clock.advance(1);
    await assert.rejects(emu.sts(accessToken).send(new GetCallerIdentityCommand({})), {
      name: "ExpiredToken",
      message: "The security token included in the request is expired",
    });
  });

  it("gives root's for root, without any policy", async () => {
    const { accessToken } = await tokensFor(await signedInRoot(emu), key, emu);
    assert.equal(await identity(accessToken), "arn:aws:iam::000000000000:root");
  });

  it("keeps the MFA of the sign-in, and its age, over every refresh", async () => {
    const recently = { NumericLessThan: { "aws:MultiFactorAuthAge": "3600" } };
    await consoleUser(emu, "Mia", { statements: [LOGIN, { ...allow("iam:ListUsers"), Condition: recently }] });
    const serial = await enableMfa(emu, "Mia");
    const mia = browser(emu);
    await signIn(mia, "Mia");
    await mia.submit("/console/sign-in/mfa", { code: emu.server.mfa.code(serial).code });
    emu.server.clock.advance(HOUR - 1);
    const { accessToken, refreshToken } = await tokensFor(mia, key, emu);
    assert.ok(await emu.iam(accessToken).send(new ListUsersCommand({})));
    emu.server.clock.advance(1);
    const { body } = await ask(refreshGrant(refreshToken));
    await assert.rejects(emu.iam(body.accessToken).send(new ListUsersCommand({})), { name: "AccessDenied" });
  });

  it("gives no MFA to whoever signed in without", async () => {
    await consoleUser(emu, "Nan", { statements: [LOGIN, withMfa("iam:ListUsers")] });
    const { accessToken } = await tokensFor(await signedIn(emu, "Nan"), key, emu);
    await assert.rejects(emu.iam(accessToken).send(new ListUsersCommand({})), { name: "AccessDenied" });
  });

  it("gives a role's to whoever has switched to it, until that session ends", async () => {
    const { arn } = await consoleUser(emu, "Rob", { statements: [LOGIN, allow("sts:AssumeRole")] });
    await createRole(emu, "Ops", { trusts: [trust(arn)], statements: [LOGIN] });
    const rob = await signedIn(emu, "Rob");
    await rob.submit("/console/switch-role", { account: "000000000000", roleName: "Ops" }, "switch");
    const { accessToken, refreshToken } = await tokensFor(rob, key, emu);
    assert.equal(await identity(accessToken), "arn:aws:sts::000000000000:assumed-role/Ops/Rob");
    emu.server.clock.advance(HOUR - 60);
    assert.equal((await ask(refreshGrant(refreshToken))).body.expiresIn, 60);
    emu.server.clock.advance(60);
    assert.deepEqual(await ask(refreshGrant(refreshToken)), SESSION_GONE);
  });

  it("gives nothing to a session of a role that is gone", async () => {
    const { arn } = await consoleUser(emu, "Ron", { statements: [LOGIN, allow("sts:AssumeRole")] });
    await createRole(emu, "Temp", { trusts: [trust(arn)], statements: [LOGIN] });
    const ron = await signedIn(emu, "Ron");
    await ron.submit("/console/switch-role", { account: "000000000000", roleName: "Temp" }, "switch");
    const { refreshToken } = await tokensFor(ron, key, emu);
    await emu.iam().send(new DeleteRolePolicyCommand({ RoleName: "Temp", PolicyName: "test" }));
    await emu.iam().send(new DeleteRoleCommand({ RoleName: "Temp" }));
    assert.deepEqual(await ask(refreshGrant(refreshToken)), SESSION_GONE);
  });

  it("refreshes with a new token each time, the former still being good for those who share it", async () => {
    const first = await tokensFor(ann, key, emu);
    const { body: second } = await ask(refreshGrant(first.refreshToken));
    assert.notEqual(second.refreshToken, first.refreshToken);
    assert.notEqual(second.accessToken.accessKeyId, first.accessToken.accessKeyId);
    assert.equal("idToken" in second, false);
    for (const { refreshToken } of [first, second]) assert.equal((await ask(refreshGrant(refreshToken))).status, 200);
  });

  it("refreshes until twelve hours after the sign-in, and not longer", async () => {
    const { refreshToken } = await tokensFor(ann, key, emu);
    emu.server.clock.advance(12 * HOUR - 1);
    const { body } = await ask(refreshGrant(refreshToken));
    assert.equal(body.expiresIn, 1);
    emu.server.clock.advance(1);
    for (const token of [refreshToken, body.refreshToken])
      assert.deepEqual(await ask(refreshGrant(token)), SESSION_GONE);
  });

  it("gives credentials that STS gives no session for", async () => {
    const { accessToken } = await tokensFor(ann, key, emu);
    await assert.rejects(emu.sts(accessToken).send(new GetSessionTokenCommand({})), {
      name: "AccessDenied",
      message: "Cannot call GetSessionToken with session credentials",
    });
  });

  it("is in the trail, without codes, tokens and keys", async () => {
    const { accessToken, refreshToken } = await tokensFor(ann, key, emu);
    const [event] = emu.server.trail();
    assert.deepEqual(
      [event!.eventName, event!.eventSource, event!.userIdentity!.userName, event!.requestParameters],
      [
        "CreateOAuth2Token",
        "signin.amazonaws.com",
        "Ann",
        { client_id: "arn:aws:signin:::devtools/same-device", grant_type: "authorization_code" },
      ],
    );
    const written = JSON.stringify(event);
    for (const secret of [accessToken.secretAccessKey, accessToken.sessionToken, refreshToken]) {
      assert.ok(!written.includes(secret));
    }
  });

  it("is in the trail where it is refused, too", async () => {
    const { body } = await ask(codeGrant("x".repeat(43)));
    const [event] = emu.server.trail();
    assert.deepEqual(
      [event!.eventName, event!.errorCode, event!.errorMessage, event!.httpStatus, event!.userIdentity],
      ["CreateOAuth2Token", "AccessDeniedException", body.message, 401, null],
    );
  });

  it("ends everything with a reset", async () => {
    const other = await codeFor(ann);
    const { refreshToken } = await tokensFor(ann, key, emu);
    await emu.server.reset();
    assert.deepEqual(await ask(refreshGrant(refreshToken)), SESSION_GONE);
    assert.deepEqual(await ask(codeGrant(other)), CODE_GONE);
    emu.server.clock.freeze();
    await consoleUser(emu, "Ann", { statements: [LOGIN] });
  });

  describe("refuses a code", () => {
    it("that was used before", async () => {
      const code = await codeFor(ann);
      assert.equal((await ask(codeGrant(code))).status, 200);
      assert.deepEqual(await ask(codeGrant(code)), CODE_GONE);
    });

    it("after ten minutes", async () => {
      const code = await codeFor(ann);
      emu.server.clock.advance(600);
      assert.deepEqual(await ask(codeGrant(code)), CODE_GONE);
    });

    it("that nobody was given", async () => {
      assert.deepEqual(await ask(codeGrant("x".repeat(43))), CODE_GONE);
    });

    const WRONG = {
      verifier: [
        { codeVerifier: "another-verifier-of-forty-three-characters-or-more" },
        "codeVerifier does not fit the code_challenge of the authorization request.",
      ],
      "redirect URI": [
        { redirectUri: "http://127.0.0.1:53683/oauth/callback" },
        "redirectUri is not that of the authorization request.",
      ],
      client: [{ clientId: CROSS_DEVICE }, "The code was issued to another client."],
    } as const;
    for (const [what, [changes, message]] of Object.entries(WRONG)) {
      it(`with another ${what}, and from then on with the right one`, async () => {
        const code = await codeFor(ann);
        assert.deepEqual(await ask(codeGrant(code, changes)), invalid(message));
        assert.deepEqual(await ask(codeGrant(code)), CODE_GONE);
      });
    }

    it("of a user who may not have tokens", async () => {
      const { arn } = await consoleUser(emu, "Tim", { statements: [allow("signin:AuthorizeOAuth2Access")] });
      assert.deepEqual(
        await ask(codeGrant(await codeFor(await signedIn(emu, "Tim")))),
        denied(
          403,
          "INSUFFICIENT_PERMISSIONS",
          `User: ${arn} is not authorized to perform: signin:CreateOAuth2Token on resource: ` +
            "arn:aws:signin:us-east-1:000000000000:oauth2/public-client/localhost " +
            "because no identity-based policy allows the signin:CreateOAuth2Token action",
        ),
      );
    });
  });

  describe("takes back what a code was redeemed for once the code comes again", () => {
    it("with the credentials, those of refreshes included, and every refresh token", async () => {
      const code = await codeFor(ann);
      const first = (await ask(codeGrant(code))).body;
      const second = (await ask(refreshGrant(first.refreshToken))).body;
      const other = await tokensFor(ann, key, emu);
      emu.server.clock.advance(800);
      assert.deepEqual(await createToken(emu, codeGrant(code), await proofBy(await newKey(), emu)), CODE_GONE);
      for (const { accessToken, refreshToken } of [first, second]) {
        await assert.rejects(identity(accessToken), {
          name: "InvalidClientTokenId",
          message: "The security token included in the request is invalid",
        });
        assert.deepEqual(await ask(refreshGrant(refreshToken)), SESSION_GONE);
      }
      assert.ok(await identity(other.accessToken), "what other codes were redeemed for stays");
      assert.equal((await ask(refreshGrant(other.refreshToken))).status, 200);
    });
  });

  describe("refuses to refresh", () => {
    it("with a proof by another key", async () => {
      const { refreshToken } = await tokensFor(ann, key, emu);
      const stolen = await createToken(emu, refreshGrant(refreshToken), await proofBy(await newKey(), emu));
      assert.deepEqual(stolen, invalid("The DPoP proof is made with another key."));
      assert.equal((await ask(refreshGrant(refreshToken))).status, 200);
    });

    it("for another client", async () => {
      const { refreshToken } = await tokensFor(ann, key, emu);
      const other = await ask(refreshGrant(refreshToken, { clientId: CROSS_DEVICE }));
      assert.deepEqual(other, invalid("The refresh token was issued to another client."));
    });

    it("a session token in place of a refresh token", async () => {
      const { accessToken } = await tokensFor(ann, key, emu);
      assert.deepEqual(await ask(refreshGrant(accessToken.sessionToken)), SESSION_GONE);
    });

    it("once the password is another, or is gone", async () => {
      await consoleUser(emu, "Pia", { statements: [LOGIN] });
      const { refreshToken } = await tokensFor(await signedIn(emu, "Pia"), key, emu);
      await emu.iam().send(new UpdateLoginProfileCommand({ UserName: "Pia", Password: "Another horse 2" }));
      assert.deepEqual(await ask(refreshGrant(refreshToken)), CHANGED);
      await emu.iam().send(new DeleteLoginProfileCommand({ UserName: "Pia" }));
      assert.deepEqual(await ask(refreshGrant(refreshToken)), CHANGED);
    });

    it("once the permission is gone", async () => {
      await consoleUser(emu, "Pam", { statements: [LOGIN] });
      const { refreshToken } = await tokensFor(await signedIn(emu, "Pam"), key, emu);
      await emu.iam().send(new DeleteUserPolicyCommand({ UserName: "Pam", PolicyName: "test" }));
      const { status, body } = await ask(refreshGrant(refreshToken));
      assert.deepEqual([status, body.error], [403, "INSUFFICIENT_PERMISSIONS"]);
    });
  });

  describe("refuses a proof", () => {
    const FORGED = "The DPoP proof is not a token signed with the key in it by ES256.";
    const FOREIGN = "The DPoP proof is for another request.";
    const OLD = "The DPoP proof is too old, or from the future.";
    const iat = (seconds: number) => Math.floor(emu.server.clock.now() / 1000) + seconds;
    const cases: Readonly<Record<string, [proof: () => Promise<string | undefined>, message: string]>> = {
      "that is not there": [async () => undefined, "The DPoP header is missing."],
      "that is no token": [async () => "x.y.z", FORGED],
      "that shows another key": [async () => proofBy(key, emu, { shown: await newKey() }), FORGED],
      "by another algorithm": [async () => proofBy(await newKey("ES384"), emu, { alg: "ES384" }), FORGED],
      "of another type": [() => proofBy(key, emu, { typ: "JWT" }), "The typ of the DPoP proof must be dpop+jwt."],
      "for another method": [() => proofBy(key, emu, { claims: { htm: "GET" } }), FOREIGN],
      "for another host": [() => proofBy(key, emu, { claims: { htu: "http://evil.example/v1/token" } }), FOREIGN],
      "for another path": [() => proofBy(key, emu, { claims: { htu: `${emu.server.endpoint}/v1/other` } }), FOREIGN],
      "without an id": [() => proofBy(key, emu, { claims: { jti: "" } }), "The DPoP proof has no jti."],
      "without a time": [() => proofBy(key, emu, { claims: { iat: undefined } }), OLD],
    };
    for (const [what, [proof, message]] of Object.entries(cases)) {
      it(`${what}, and keeps the code`, async () => {
        const code = await codeFor(ann);
        assert.deepEqual(await createToken(emu, codeGrant(code), await proof()), invalid(message));
        assert.equal((await ask(codeGrant(code))).status, 200);
      });
    }

    it("of more than five minutes ago, or from now", async () => {
      const { refreshToken } = await tokensFor(ann, key, emu);
      // Also beyond the machine's time, which counts as well.
      emu.server.clock.advance(30 * 24 * HOUR);
      const fresh = await tokensFor(await signedIn(emu, "Ann"), key, emu);
      for (const seconds of [-301, 301]) {
        const proof = await proofBy(key, emu, { claims: { iat: iat(seconds) } });
        assert.deepEqual(await createToken(emu, refreshGrant(fresh.refreshToken), proof), invalid(OLD));
      }
      for (const seconds of [-299, 299]) {
        const proof = await proofBy(key, emu, { claims: { iat: iat(seconds) } });
        assert.equal((await createToken(emu, refreshGrant(fresh.refreshToken), proof)).status, 200);
      }
      assert.deepEqual(await ask(refreshGrant(refreshToken)), SESSION_GONE);
    });

    it("that was used before", async () => {
      const { refreshToken } = await tokensFor(ann, key, emu);
      const proof = await proofBy(key, emu);
      assert.equal((await createToken(emu, refreshGrant(refreshToken), proof)).status, 200);
      const replayed = await createToken(emu, refreshGrant(refreshToken), proof);
      assert.deepEqual(replayed, invalid("The DPoP proof was used before."));
    });

    it("not for having come with a code that is none: only those that have got something are remembered", async () => {
      const proof = await proofBy(key, emu);
      assert.deepEqual(await createToken(emu, codeGrant("x".repeat(43)), proof), CODE_GONE);
      assert.deepEqual(await createToken(emu, codeGrant("x".repeat(43)), proof), CODE_GONE);
      const { refreshToken } = await tokensFor(ann, key, emu);
      assert.equal((await createToken(emu, refreshGrant(refreshToken), proof)).status, 200);
    });
  });

  describe("refuses an input", () => {
    const cases: Readonly<Record<string, [input: unknown, message: RegExp]>> = {
      "that is no JSON": ["{", /JSON/],
      "that is no object": ['"text"', /./],
      "without a client": [{ grantType: "refresh_token" }, /^clientId is missing\.$/],
      "of an unknown client": [{ clientId: "arn:aws:signin:::devtools/other" }, /^clientId is not valid\.$/],
      "of another grant type": [codeGrant("x", { grantType: "password" }), /^grantType is not valid\.$/],
      "of a grant type with more around it": [
        refreshGrant("x", { grantType: "a refresh_token" }),
        /^grantType is not valid\.$/,
      ],
      "without a code": [codeGrant("x", { code: undefined }), /^code is missing\.$/],
      "with a verifier that is too short": [
        codeGrant("x", { codeVerifier: "v".repeat(42) }),
        /^codeVerifier is not valid\.$/,
      ],
      "with a verifier that is too long": [
        codeGrant("x", { codeVerifier: "v".repeat(129) }),
        /^codeVerifier is not valid\.$/,
      ],
      "with a code that is too long": [codeGrant("x".repeat(513)), /^code is not valid\.$/],
      "with a redirect URI that is too long": [
        codeGrant("x", { redirectUri: "x".repeat(2049) }),
        /^redirectUri is not valid\.$/,
      ],
      "with a refresh token that is too long": [refreshGrant("x".repeat(2049)), /^refreshToken is not valid\.$/],
      "without a refresh token": [refreshGrant("x", { refreshToken: null }), /^refreshToken is missing\.$/],
    };
    for (const [what, [input, message]] of Object.entries(cases)) {
      it(what, async () => {
        const { status, type, body } = await ask(input);
        assert.deepEqual([status, type, body.error], [400, "ValidationException", "INVALID_REQUEST"]);
        assert.match(body.message!, message);
      });
    }

    it("of CreateOAuth2TokenWithIAM, which is not there", async () => {
      const { status, body } = await createToken(emu, {}, undefined, "/v1/token?x-amz-client-auth-method=iam");
      assert.deepEqual([status, body.message], [400, "CreateOAuth2TokenWithIAM is not implemented."]);
    });
  });
});
