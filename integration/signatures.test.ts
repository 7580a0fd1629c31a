import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetUserCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import aws4 from "aws4";
import supertest from "supertest";
import { emulator, type Credentials } from "./emulator.ts";
import { allow, createUser, lastUses } from "./fixtures.ts";

const UNKNOWN_TOKEN = {
  name: "InvalidClientTokenId",
  message: "The security token included in the request is invalid.",
};
const MISMATCH = {
  name: "SignatureDoesNotMatch",
  message:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
};
const IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

describe("A request's signature", () => {
  const emu = emulator();
  const host = () => new URL(emu.server.endpoint).host;
  const http = () => supertest(emu.server.endpoint);
  const root = { accessKeyId: "test", secretAccessKey: "test" };

  const signed = (options: aws4.Request = {}, credentials: Credentials = root) =>
    aws4.sign(
      {
        host: host(),
        path: "/",
        method: "POST",
        service: "sts",
        region: "us-east-1",
        body: IDENTITY,
        ...options,
        headers: { ...FORM, ...(options.headers as object) },
      },
      credentials,
    );
  const post = (headers: object, body = IDENTITY, path = "/") =>
    http()
      .post(path)
      .set(headers as never)
      .send(body);
  const errorOf = (text: string) => ({
    code: /<Code>(.*)<\/Code>/.exec(text)?.[1],
    message: /<Message>([^]*)<\/Message>/.exec(text)?.[1],
  });

  const key = async (UserName: string) => {
    await emu.iam().send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await emu.iam().send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  };
  const identity = (credentials: Credentials) => emu.sts(credentials).send(new GetCallerIdentityCommand({}));

  it("made by aws4 is taken, in the header and in the query", async () => {
    assert.equal((await post(signed().headers!)).status, 200);
    const presigned = aws4.sign(
      { host: host(), path: `/?${IDENTITY}`, method: "GET", service: "sts", region: "eu-west-1", signQuery: true },
      root,
    );
    assert.equal((await http().get(presigned.path!)).status, 200);
  });

  it("is demanded of every request", async () => {
    const { status, text } = await post(FORM);
    assert.equal(status, 403);
    assert.deepEqual(errorOf(text), {
      code: "MissingAuthenticationToken",
      message: "Request is missing Authentication Token",
    });
  });

  it("with the wrong secret is refused", () =>
    assert.rejects(identity({ ...root, secretAccessKey: "guess" }), MISMATCH));

  it("does not cover another body, even where the declared hash is the one that was signed", async () => {
    const declared = createHash("sha256").update(IDENTITY).digest("hex");
    const { headers } = signed({ headers: { "X-Amz-Content-Sha256": declared } });
    const { status, text } = await post(headers!, IDENTITY.replace("GetCallerIdentity", "GetcallerIdentity"));
    assert.equal(status, 403);
    assert.equal(errorOf(text).code, "SignatureDoesNotMatch");
    const { status: untouched } = await post(headers!, IDENTITY);
    assert.equal(untouched, 200);
  });

  it("covers the query of a POST as well, which is not executed", async () => {
    const path = "/?Action=ListUsers&Version=2010-05-08";
    const { status, text } = await post(signed({ path }).headers!, IDENTITY, path);
    assert.equal(status, 200);
    assert.match(text, /^<GetCallerIdentityResponse /);
    assert.equal(errorOf((await post(signed().headers!, IDENTITY, path)).text).code, "SignatureDoesNotMatch");
  });

  it("is not looked for in the body", async () => {
    const { path } = aws4.sign(
      { host: host(), path: `/?${IDENTITY}`, method: "GET", service: "sts", region: "us-east-1", signQuery: true },
      root,
    );
    const { status, text } = await post(FORM, path!.slice("/?".length));
    assert.equal(status, 403);
    assert.equal(errorOf(text).code, "MissingAuthenticationToken");
  });

  it("of an unknown key is refused", () =>
    assert.rejects(identity({ accessKeyId: "AKIAQAAAAAAAAAAAAAAA", secretAccessKey: "x" }), UNKNOWN_TOKEN));

  it("of a key is refused from the moment it is deactivated, and taken when it is active again", async () => {
    const credentials = await key("ina");
    const set = (Status: "Active" | "Inactive") =>
      emu.iam().send(new UpdateAccessKeyCommand({ UserName: "ina", AccessKeyId: credentials.accessKeyId, Status }));
    await identity(credentials);
    await set("Inactive");
    await assert.rejects(identity(credentials), UNKNOWN_TOKEN);
    await set("Active");
    await identity(credentials);
  });

  it("of a key is refused from the moment it is deleted", async () => {
    const credentials = await key("del");
    await identity(credentials);
    await emu.iam().send(new DeleteAccessKeyCommand({ UserName: "del", AccessKeyId: credentials.accessKeyId }));
    await assert.rejects(identity(credentials), UNKNOWN_TOKEN);
  });

  it("with a session's key needs that session's token", async () => {
    const credentials = await key("ses");
    const session = async () => {
      const { Credentials: issued } = await emu.sts(credentials).send(new GetSessionTokenCommand({}));
      return {
        accessKeyId: issued!.AccessKeyId!,
        secretAccessKey: issued!.SecretAccessKey!,
        sessionToken: issued!.SessionToken!,
      };
    };
    const [one, two] = [await session(), await session()];
    await identity(one);
    await assert.rejects(
      identity({ accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey }),
      UNKNOWN_TOKEN,
    );
    await assert.rejects(identity({ ...one, sessionToken: two.sessionToken }), UNKNOWN_TOKEN);
    await assert.rejects(identity({ ...credentials, sessionToken: one.sessionToken }), UNKNOWN_TOKEN);
    await assert.rejects(identity({ ...root, sessionToken: one.sessionToken }), UNKNOWN_TOKEN);
    const damaged = `${one.sessionToken.slice(0, -8)}AAAAAAA=`;
    await assert.rejects(identity({ ...one, sessionToken: damaged }), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid",
    });
  });

  it("with a session's token is refused once the session has expired", async () => {
    const credentials = await key("exp");
    const { Credentials: issued } = await emu
      .sts(credentials)
      .send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const session = {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    };
    emu.server.clock.advance(899);
    await identity(session);
    emu.server.clock.advance(1);
    await assert.rejects(identity(session), {
      name: "ExpiredToken",
      message: "The security token included in the request is expired",
    });
  });

  it("older than fifteen minutes, or from the future, is refused in words that SDKs read the server's time from", async () => {
    const now = "20300101T120000Z";
    emu.server.clock.set(Date.UTC(2030, 0, 1, 12));
    const at = async (date: string) => errorOf((await post(signed({ headers: { "X-Amz-Date": date } }).headers!)).text);
    assert.deepEqual(await at("20300101T114459Z"), {
      code: "SignatureDoesNotMatch",
      message: `Signature expired: 20300101T114459Z is now earlier than 20300101T114500Z (${now} - 15 min.)`,
    });
    assert.deepEqual(await at("20300101T121501Z"), {
      code: "SignatureDoesNotMatch",
      message: `Signature not yet current: 20300101T121501Z is still later than 20300101T121500Z (${now} + 15 min.)`,
    });
    assert.deepEqual(await at("20300101T114500Z"), { code: undefined, message: undefined });
    emu.server.clock.set(Date.UTC(2026, 10, 24, 12));
  });

  it("must be scoped to the service that is called, and to a real region", async () => {
    const wrong = async (options: object) => errorOf((await post(signed(options).headers!)).text);
    assert.deepEqual(await wrong({ service: "iam" }), {
      code: "SignatureDoesNotMatch",
      message: "Credential should be scoped to correct service: 'sts'. ",
    });
    assert.deepEqual(await wrong({ region: "mars-north-1" }), {
      code: "SignatureDoesNotMatch",
      message: "Credential should be scoped to a valid region, not 'mars-north-1'. ",
    });
  });

  it("for IAM may be scoped to any region, and the request is one to us-east-1 all the same", async () => {
    const body = "Action=ListUsers&Version=2010-05-08";
    const sent = signed({ service: "iam", region: "ap-southeast-2", body });
    assert.equal((await post(sent.headers!, body)).status, 200);
    assert.equal(emu.server.trail()[0]!.awsRegion, "us-east-1");
  });

  it("comes before everything else: an unknown action is told to signed callers only", async () => {
    const body = "Action=Nonsense&Version=2011-06-15";
    assert.equal(errorOf((await post(FORM, body)).text).code, "MissingAuthenticationToken");
    const { status, text } = await post(signed({ body }).headers!, body);
    assert.equal(status, 400);
    assert.deepEqual(errorOf(text), {
      code: "InvalidAction",
      message: "Could not find operation Nonsense for version 2011-06-15",
    });
  });

  it("with an unknown action is no use of the service", async () => {
    const { arn, credentials } = await createUser(emu, "guessing", { statements: [allow("sts:*")] });
    const body = "Action=Nonsense&Version=2011-06-15";
    assert.equal((await post(signed({ body }, credentials).headers!, body)).status, 400);
    assert.deepEqual(await lastUses(emu, arn), { sts: undefined });
    await identity(credentials);
    assert.deepEqual(await lastUses(emu, arn), { sts: new Date("2026-11-24T12:00:00Z") });
  });

  it("with the token of a session that was opened without MFA is refused by IAM", async () => {
    const credentials = await key("plain");
    const { Credentials: issued } = await emu.sts(credentials).send(new GetSessionTokenCommand({}));
    const session = {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    };
    await assert.rejects(emu.iam(session).send(new GetUserCommand({})), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid",
    });
  });

  it("is answered in JSON where the client asks for it, as aws-iam-authenticator does", async () => {
    const json = { Accept: "application/json" };
    const identified = await post({ ...signed().headers, ...json });
    assert.equal(identified.headers["content-type"], "application/json");
    assert.equal(
      (JSON.parse(identified.text) as Identified).GetCallerIdentityResponse.GetCallerIdentityResult.Arn,
      "arn:aws:iam::000000000000:root",
    );
    const refused = await post({ ...FORM, ...json });
    assert.equal(refused.status, 403);
    assert.deepEqual(JSON.parse(refused.text), {
      Error: {
        Code: "MissingAuthenticationToken",
        Message: "Request is missing Authentication Token",
        Type: "Sender",
      },
      RequestId: refused.headers["x-amzn-requestid"],
    });
  });

  it("is answered with the request's id and the emulator's date, on success and refusal alike", async () => {
    for (const sent of [post(signed().headers!), post(FORM)]) {
      const { headers, text } = await sent;
      assert.equal(headers["x-amzn-requestid"], /<RequestId>(.*)<\/RequestId>/.exec(text)![1]);
      assert.equal(headers.date, "Tue, 24 Nov 2026 12:00:00 GMT");
      assert.match(headers["content-type"]!, /^text\/xml/);
    }
  });

  it("is answered by STS, and by no other, with an extended id that names region and time", async () => {
    const { headers } = await post(signed({ region: "eu-west-1" }).headers!);
    const id = headers["x-amzn-requestid"]!;
    assert.equal(atob(headers["x-amz-sts-extended-request-id"]!), `1:eu-west-1:S:1795521600000:R:${id.slice(0, 8)}`);
    const body = "Action=ListUsers&Version=2010-05-08";
    const iam = await post(signed({ service: "iam", body }).headers!, body);
    assert.equal(iam.status, 200);
    assert.equal(iam.headers["x-amz-sts-extended-request-id"], undefined);
  });
});

interface Identified {
  readonly GetCallerIdentityResponse: { readonly GetCallerIdentityResult: { readonly Arn: string } };
}
