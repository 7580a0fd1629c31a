import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DeleteSAMLProviderCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  type AssumeRoleWithSAMLCommandInput,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import type { TrailEvent } from "../../server/index.ts";
import { emulator } from "../emulator.ts";
import { createRole, credentialsOf, type TestRole } from "../fixtures.ts";
import {
  asking,
  AWS,
  BAD_SIGNATURE,
  base64,
  createProvider,
  INVALID,
  PROVIDER,
  refusedByService,
  response,
  type SamlCall,
  samlFederation,
  SIGN_IN,
  testIdp,
  trustProvider,
} from "../saml-responses.ts";

const ACCOUNT = "000000000000";
const ALL = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"];

const refused = (message: string) => ({ name: "InvalidIdentityTokenException", message });
const expired = (message: string) => ({ name: "ExpiredTokenException", message });

describe("AssumeRoleWithSAML", () => {
  const emu = emulator();
  const { idp, send: sendAny, call: callAny } = samlFederation(emu);
  /** Trusts the provider, and allows sessions of twelve hours. */
  let role: TestRole;

  before(async () => {
    role = await createRole(emu, "reader", { trusts: [trustProvider(PROVIDER, {}, ALL)], MaxSessionDuration: 43_200 });
  });

  const call = (options: SamlCall = {}) => callAny(role, options);
  const send = (input: Partial<AssumeRoleWithSAMLCommandInput>) => sendAny({ RoleArn: role.arn, ...input });

  it("answers with a session, and with what the assertion says", async () => {
    const { $metadata, Credentials, ...answer } = await call();
    assert.equal($metadata.httpStatusCode, 200);
    assert.equal(Credentials!.Expiration!.toISOString(), "2026-11-24T13:00:00.000Z");
    const qualified = `${idp.entityId}${ACCOUNT}/idp`;
    assert.deepEqual(answer, {
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:ann`,
        Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/ann`,
      },
      PackedPolicySize: answer.SessionTokenUtilization,
      Subject: "subject-1",
      SubjectType: "persistent",
      Issuer: idp.entityId,
      Audience: SIGN_IN,
      NameQualifier: createHash("sha1").update(qualified).digest("base64"),
      SessionTokenSize: Credentials!.SessionToken!.length,
      SessionTokenUtilization: Math.ceil((100 * Credentials!.SessionToken!.length) / 4096),
    });
    const caller = await emu.sts(credentialsOf({ Credentials })).send(new GetCallerIdentityCommand({}));
    assert.equal(caller.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/reader/ann`);
  });

  it("needs no credentials of the caller", async () => {
    const SAMLAssertion = base64(
      response(idp, { now: emu.server.clock.now(), attributes: asking(role.arn, PROVIDER) }),
    );
    const form = { Action: "AssumeRoleWithSAML", Version: "2011-06-15", RoleArn: role.arn, PrincipalArn: PROVIDER };
    const body = new URLSearchParams({ ...form, SAMLAssertion });
    const answer = await fetch(emu.server.endpoint, { method: "POST", body });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /<Subject>subject-1<\/Subject>/);
  });

  describe("takes, as AWS does,", () => {
    const cases: Readonly<Record<string, SamlCall>> = {
      "an assertion and a response that are both signed": { sign: ["Assertion", "Response"] },
      "the pair of role and provider in the other order": {
        attributes: { [`${AWS}Role`]: [`${PROVIDER},arn:aws:iam::${ACCOUNT}:role/reader`] },
      },
      "one pair among others": {
        attributes: {
          [`${AWS}Role`]: [
            `arn:aws:iam::${ACCOUNT}:role/other,${PROVIDER}`,
            `arn:aws:iam::${ACCOUNT}:role/reader,${PROVIDER}`,
          ],
        },
      },
      "another audience": { audience: "urn:someone:else" },
      "no audience": { edit: (xml) => xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, "") },
      "an assertion that is not valid yet": { edit: (xml) => xml.replace(/NotBefore="2026/, 'NotBefore="2027') },
      "Conditions without an end": { edit: (xml) => xml.replace(/(<saml:Conditions[^>]*) NotOnOrAfter="[^"]*"/, "$1") },
      "an issuer of the response that is not the assertion's": {
        edit: (xml) => xml.replace(`>${idp.entityId}<`, ">https://elsewhere.example.com<"),
      },
      "OneTimeUse and ProxyRestriction": {
        edit: (xml) =>
          xml.replace("</saml:Conditions>", '<saml:OneTimeUse/><saml:ProxyRestriction Count="1"/></saml:Conditions>'),
      },
      "an XML declaration, and blanks between elements": {
        edit: (xml) => `<?xml version="1.0" encoding="UTF-8"?>\n${xml.replaceAll("><", ">\n  <")}\n`,
      },
      "a time of issue five minutes from now": {
        issuedAt: Date.UTC(2026, 10, 24, 12, 5),
        expiresAt: Date.UTC(2026, 10, 24, 12, 6),
      },
      "the age of five minutes": { issuedAt: Date.UTC(2026, 10, 24, 11, 55), expiresAt: Date.UTC(2026, 10, 24, 12, 1) },
    };
    for (const [what, options] of Object.entries(cases)) {
      it(what, async () => assert.equal((await call(options)).Subject, "subject-1"));
    }

    it("any recipient, which it calls the audience", async () => {
      assert.equal((await call({ recipient: "not-a-url" })).Audience, "not-a-url");
    });

    it("the same assertion again", async () => {
      assert.equal((await call({ id: "again" })).Subject, "subject-1");
      assert.equal((await call({ id: "again" })).Subject, "subject-1");
    });

    it("line ends within the base64", async () => {
      const xml = response(idp, { now: emu.server.clock.now(), attributes: asking(role.arn, PROVIDER) });
      assert.ok(await send({ SAMLAssertion: base64(xml).replace(/.{76}/g, "$&\r\n") }));
    });

    for (const [format, type] of [
      ["urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"],
      [
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
      ],
      ["custom", "custom"],
    ] as const) {
      it(`a subject in the format ${format}, whose type is ${type}`, async () => {
        assert.equal((await call({ subjectFormat: format })).SubjectType, type);
      });
    }
  });

  describe("refuses", () => {
    const without = (pattern: RegExp): SamlCall => ({ edit: (xml) => xml.replace(pattern, "") });
    const changed = (pattern: RegExp | string, text: string): SamlCall => ({
      edit: (xml) => xml.replace(pattern, text),
    });
    const invalid: Readonly<Record<string, SamlCall>> = {
      "no Status": without(/<samlp:Status>.*<\/samlp:Status>/),
      "no Conditions": without(/<saml:Conditions.*<\/saml:Conditions>/),
      "no AuthnStatement": without(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/),
      "no Subject": without(/<saml:Subject>.*<\/saml:Subject>/),
      "no NameID": without(/<saml:NameID.*<\/saml:NameID>/),
      "a NameID without a Format": without(/ Format="[^"]*"/),
      "no SubjectConfirmation": without(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/),
      "two SubjectConfirmations": changed(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/, "$&$&"),
      "a subject confirmation that is not a bearer's": changed("cm:bearer", "cm:holder-of-key"),
      "no Recipient": without(/ Recipient="[^"]*"/),
      "SubjectConfirmationData without NotOnOrAfter": changed(/(ConfirmationData) NotOnOrAfter="[^"]*"/, "$1"),
      "a NotBefore that is no time": changed(/NotBefore="[^"]*"/, 'NotBefore="yesterday"'),
      "a NotOnOrAfter that is no day": changed(/(Conditions[^>]* NotOnOrAfter)="[^"]*"/, '$1="2026-02-31T25:00:00Z"'),
      "no IssueInstant of the assertion": changed(/(<saml:Assertion[^>]*) IssueInstant="[^"]*"/, "$1"),
      "an attribute without a name": changed(/Name="[^"]*RoleSessionName"/, ""),
    };
    for (const [what, options] of Object.entries(invalid)) {
      it(what, async () => assert.rejects(call(options), INVALID));
    }

    it("what is not base64", async () => {
      await assert.rejects(send({ SAMLAssertion: "<samlp:Response/>" }), INVALID);
      await assert.rejects(send({ SAMLAssertion: "abcde" }), INVALID);
    });

    it("what is not XML, not UTF-8, and not a response", async () => {
      await assert.rejects(send({ SAMLAssertion: base64("a SAML response") }), INVALID);
      await assert.rejects(send({ SAMLAssertion: Buffer.from([0xff, 0xfe, 0x00]).toString("base64") }), INVALID);
      await assert.rejects(send({ SAMLAssertion: base64(idp.metadata) }), INVALID);
    });

    it("more than 100,000 characters", async () => {
      await assert.rejects(send({ SAMLAssertion: "A".repeat(100_001) }), {
        name: "ValidationError",
        message: /Member must have length less than or equal to 100000$/,
      });
      await assert.rejects(send({ SAMLAssertion: "A".repeat(100_000) }), INVALID);
    });

    it("a provider that is not there, whatever the assertion", async () => {
      const noProvider = refused("Specified provider doesn't exist.");
      for (const PrincipalArn of [
        `arn:aws:iam::${ACCOUNT}:saml-provider/nobody`,
        "arn:aws:iam::999999999999:saml-provider/idp",
      ]) {
        await assert.rejects(send({ PrincipalArn, SAMLAssertion: "AAAA" }), noProvider);
      }
    });

    it("ARNs that are no role's and no provider's, whatever the assertion", async () => {
      const failed = (message: string) => ({ name: "ValidationError", message });
      for (const PrincipalArn of [role.arn, ` ${PROVIDER}`, "this-is-not-an-arn-at-all"]) {
        const sent = send({ PrincipalArn, SAMLAssertion: "AAAA" });
        await assert.rejects(sent, failed("Principal ARN is invalid"));
      }
      for (const RoleArn of [PROVIDER, `arn:aws:iam::${ACCOUNT}:policy/p`]) {
        const sent = send({ RoleArn, PrincipalArn: PROVIDER, SAMLAssertion: "AAAA" });
        await assert.rejects(sent, failed("Request ARN is invalid"));
      }
    });

    it("an issuer that the metadata do not have", async () => {
      await assert.rejects(
        call({ issuer: "https://elsewhere.example.com" }),
        refusedByService("Issuer not present in specified provider"),
      );
    });

    it("a response that says that signing in failed", async () => {
      await assert.rejects(call(changed("status:Success", "status:Requester")), {
        name: "IDPRejectedClaimException",
        message: "The identity provider (IdP) reported that authentication failed.",
      });
    });

    it("a role that the assertion does not offer with the provider", async () => {
      const notOffered = refused("SAML Assertion doesn't contain the requested Role and Metadata in the attributes");
      for (const pair of [
        [],
        [role.arn],
        [`${role.arn},arn:aws:iam::${ACCOUNT}:saml-provider/other`],
        [`${role.arn},${PROVIDER},x`],
        [`${role.arn}x,${PROVIDER}`],
      ] as string[][]) {
        await assert.rejects(call({ attributes: { [`${AWS}Role`]: pair } }), notOffered);
      }
    });

    it("a RoleSessionName that is missing or malformed", async () => {
      const named = (...names: string[]) => call({ attributes: { [`${AWS}RoleSessionName`]: names } });
      const malformed = refused("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
      await assert.rejects(
        call(without(/<saml:Attribute Name="[^"]*RoleSessionName".*?<\/saml:Attribute>/)),
        refused("RoleSessionName is required in AuthnResponse"),
      );
      for (const name of ["a", "a b", "a".repeat(65), "", "ann\n"]) await assert.rejects(named(name), malformed);
      await assert.rejects(named("ann", "bob"), malformed);
    });

    it("a SourceIdentity that is malformed or AWS's own", async () => {
      for (const identity of ["a", "a b", "aws:ann", "a".repeat(65)]) {
        await assert.rejects(
          call({ attributes: { [`${AWS}SourceIdentity`]: [identity] } }),
          refused('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
        );
      }
    });
  });

  describe("times", () => {
    const HASTE = "Token must be redeemed within 5 minutes of issuance";

    it("refuse what has expired, by the conditions, the subject confirmation or the session", async () => {
      const noon = new Date(emu.server.clock.now()).toISOString();
      for (const pattern of [
        /(<saml:Conditions[^>]* NotOnOrAfter)="[^"]*"/,
        /(<saml:SubjectConfirmationData NotOnOrAfter)="[^"]*"/,
        /(<saml:AuthnStatement)/,
      ]) {
        const to = pattern.source.includes("Authn") ? `$1 SessionNotOnOrAfter="${noon}"` : `$1="${noon}"`;
        await assert.rejects(call({ edit: (xml) => xml.replace(pattern, to) }), expired("Response has expired"));
      }
    });

    it("refuse what was issued more than five minutes ago, though it is valid for longer", async () => {
      const now = emu.server.clock.now();
      await assert.rejects(call({ issuedAt: now - 300_001, expiresAt: now + 3_600_000 }), expired(HASTE));
    });

    it("refuse what was issued more than five minutes from now", async () => {
      const now = emu.server.clock.now();
      await assert.rejects(call({ issuedAt: now + 300_001, expiresAt: now + 3_600_000 }), {
        name: "InvalidIdentityTokenException",
        message: /^Invalid base64 SAMLResponse \(Service: AWSOpenIdDiscoveryService; /,
      });
      assert.equal(emu.server.trail()[0]!.errorDetail, "the assertion was issued in the future");
    });

    it("refuse an assertion once time has passed over it", async () => {
      const now = emu.server.clock.now();
      const xml = response(idp, { now, attributes: asking(role.arn, PROVIDER), expiresAt: now + 60_000 });
      assert.ok(await send({ SAMLAssertion: base64(xml) }));
      emu.server.clock.advance(59.999);
      assert.ok(await send({ SAMLAssertion: base64(xml) }));
      emu.server.clock.advance(0.001);
      await assert.rejects(send({ SAMLAssertion: base64(xml) }), expired("Response has expired"));
      emu.server.clock.set(now);
    });
  });

  describe("durations", () => {
    const duration = `${AWS}SessionDuration`;

    for (const [asked, attribute, endsIn, expected] of [
      [undefined, undefined, undefined, 3600],
      [7200, undefined, undefined, 7200],
      [undefined, "900", undefined, 900],
      [undefined, "7200", undefined, 3600],
      [7200, "900", undefined, 900],
      [undefined, undefined, 600, 600],
      [900, "1800", 300, 300],
      [900, undefined, 7200, 900],
    ] as const) {
      it(`${asked ?? "none"} asked for, ${attribute ?? "none"} in the assertion, whose session ends in ${endsIn ?? "no time"}: ${expected}`, async () => {
        const now = emu.server.clock.now();
        const { Credentials } = await call({
          input: { DurationSeconds: asked },
          ...(attribute && { attributes: { [duration]: [attribute] } }),
          ...(endsIn && { sessionExpiresAt: now + endsIn * 1000 }),
        });
        assert.equal((Credentials!.Expiration!.getTime() - now) / 1000, expected);
      });
    }

    it("refuse more than the role's maximum, in words of their own", async () => {
      const short = await createRole(emu, "short", { trusts: [trustProvider(PROVIDER)] });
      await assert.rejects(callAny(short, { input: { DurationSeconds: 3601 } }), {
        name: "ValidationError",
        message: "Requested DurationSeconds exceeds MaxSessionDuration set for this role.",
      });
    });

    it("refuse a SessionDuration that is none", async () => {
      for (const value of ["899", "43201", "1e3", "abc", ""]) {
        await assert.rejects(
          call({ attributes: { [duration]: [value] } }),
          refused("SessionDuration in AuthnResponse must be an integer between 900 and 43200"),
        );
      }
    });
  });

  it("tells the trail who called, or why nobody did, and keeps the assertion to itself", async () => {
    const eventOf = async () => {
      const { events } = (await (await fetch(`${emu.server.endpoint}/_emulator/trail?limit=1`)).json()) as {
        events: TrailEvent[];
      };
      return events[0]!;
    };
    const { NameQualifier } = await call();
    const { userIdentity, requestParameters } = await eventOf();
    assert.deepEqual(userIdentity, {
      type: "SAMLUser",
      principalId: `${NameQualifier}:subject-1`,
      arn: PROVIDER,
      accountId: ACCOUNT,
      accessKeyId: "",
      userName: "subject-1",
      identityProvider: PROVIDER,
    });
    assert.deepEqual(requestParameters, {
      roleArn: role.arn,
      principalArn: PROVIDER,
      sAMLAssertion: "HIDDEN_DUE_TO_SECURITY_REASONS",
    });
    await assert.rejects(call({ edit: (xml) => xml.replace(/ Recipient="[^"]*"/, "") }), INVALID);
    const { errorCode, errorDetail } = await eventOf();
    assert.equal(errorCode, "InvalidIdentityToken");
    assert.equal(errorDetail, "SubjectConfirmationData must have Recipient");
  });

  it("is in another account than the emulator's own where role and provider are", async () => {
    const root = { accessKeyId: "111122223333", secretAccessKey: emu.server.rootCredentials.secretAccessKey };
    const provider = await createProvider(emu, "theirs", idp, { root });
    const theirs = await createRole(emu, "foreign", { root, trusts: [trustProvider(provider)] });
    const xml = response(idp, { now: emu.server.clock.now(), attributes: asking(theirs.arn, provider) });
    const input = { RoleArn: theirs.arn, PrincipalArn: provider, SAMLAssertion: base64(xml) };
    const answer = await emu.sts().send(new AssumeRoleWithSAMLCommand(input));
    const caller = await emu.sts(credentialsOf(answer)).send(new GetCallerIdentityCommand({}));
    assert.equal(caller.Account, "111122223333");
    assert.equal(caller.Arn, "arn:aws:sts::111122223333:assumed-role/foreign/ann");
  });

  it("refuses the old key once the provider is made anew with another", async () => {
    const first = testIdp();
    const arn = await createProvider(emu, "renewed", first);
    const trusting = await createRole(emu, "loyal", { trusts: [trustProvider(arn)] });
    const attempt = (by: typeof first) => {
      const xml = response(by, { now: emu.server.clock.now(), attributes: asking(trusting.arn, arn) });
      return send({ RoleArn: trusting.arn, PrincipalArn: arn, SAMLAssertion: base64(xml) });
    };
    assert.ok(await attempt(first));
    await emu.iam().send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn }));
    const second = testIdp();
    await createProvider(emu, "renewed", second);
    await assert.rejects(attempt(first), BAD_SIGNATURE);
    assert.ok(await attempt(second));
  });
});
