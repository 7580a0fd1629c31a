import assert from "node:assert/strict";
import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { browser, said } from "../console/browser.ts";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  document,
  trust,
  type Statement,
  type TestRole,
  type TestUser,
} from "../fixtures.ts";

const HOUR = 3600;

describe("the federation endpoint", () => {
  const emu = emulator();
  let broker: TestUser;
  let role: TestRole;

  const sessionOf = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials): string =>
    JSON.stringify({ sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken });
  const request = (parameters: Readonly<Record<string, string>>) =>
    supertest(emu.server.endpoint)
      .get("/federation")
      .query({ Action: "getSigninToken", ...parameters });
  const signinToken = async (credentials: Credentials, parameters: Readonly<Record<string, string>> = {}) => {
    const { body } = await request({ Session: sessionOf(credentials), ...parameters }).expect(200);
    return body.SigninToken as string;
  };
  const loginPath = (SigninToken: string, Destination = `${emu.server.endpoint}/console/who-am-i`): string =>
    `/federation?${new URLSearchParams({ Action: "login", Issuer: "https://broker.example", Destination, SigninToken }).toString()}`;
  /** Opens a broker's address, and follows where it leads. */
  const open = async (path: string, visitor = browser(emu)) => {
    let answer = await visitor.get(path);
    while (answer.status === 303) answer = await visitor.get(answer.headers["location"]!);
    return { visitor, answer };
  };
  const federated = async (...statements: readonly Statement[]): Promise<Credentials> =>
    credentialsOf(
      await emu
        .sts(broker.credentials)
        .send(new GetFederationTokenCommand({ Name: "Bob", Policy: document(...statements) })),
    );

  before(async () => {
    broker = await createUser(emu, "broker", { statements: [allow("*")] });
    role = await createRole(emu, "Ops", {
      trusts: [trust(broker.arn)],
      statements: [allow("iam:List*"), allow("sts:AssumeRole")],
    });
  });

  it("signs in as the role whose credentials are brought, and leads to the destination", async () => {
    const credentials = await assume(emu, broker.credentials, role, { RoleSessionName: "bob" });
    const { answer } = await open(loginPath(await signinToken(credentials)));
    assert.equal(said(answer).heading, "Who am I");
    assert.match(answer.text, /<code>arn:aws:sts::000000000000:assumed-role\/Ops\/bob<\/code>/);
    const [login] = emu.server.trail().filter(({ eventName }) => eventName === "ConsoleLogin");
    assert.deepEqual(
      [login!.userIdentity!.type, login!.userIdentity!.accessKeyId, login!.additionalEventData!["LoginTo"]],
      ["AssumedRole", "", `${emu.server.endpoint}/console/who-am-i`],
    );
  });

  it("takes the request for a token by POST, too", async () => {
    const credentials = await assume(emu, broker.credentials, role);
    const { body } = await supertest(emu.server.endpoint)
      .post("/federation")
      .type("form")
      .send({ Action: "getSigninToken", Session: sessionOf(credentials) })
      .expect(200);
    assert.equal((await open(loginPath(body.SigninToken as string))).answer.status, 200);
  });

  it("lets the role do in the console what its policies allow, and nothing else", async () => {
    const { visitor } = await open(loginPath(await signinToken(await assume(emu, broker.credentials, role))));
    assert.match((await visitor.get("/console/users")).text, /broker/);
    const refused = await visitor.submit("/console/create-user", { userName: "Eve" });
    assert.match(said(refused).error!, /is not authorized to perform: iam:CreateUser/);
  });

  it("holds a federated user to its session policy, which opens IAM in the console alone", async () => {
    const credentials = await federated(allow("iam:ListUsers"), deny("iam:ListRoles"));
    const { visitor, answer } = await open(loginPath(await signinToken(credentials)));
    assert.match(answer.text, /<code>arn:aws:sts::000000000000:federated-user\/Bob<\/code>/);
    assert.match((await visitor.get("/console/users")).text, /broker/);
    assert.match(said(await visitor.get("/console/roles")).error!, /iam:ListRoles[^]*explicit deny/);
    assert.match(
      said(await visitor.get("/console/groups")).error!,
      /no session policy allows the iam:ListGroups action/,
    );
  });

  it("ends the console's session with the credentials", async () => {
    const credentials = await assume(emu, broker.credentials, role, { DurationSeconds: 900 });
    const { visitor } = await open(loginPath(await signinToken(credentials)));
    emu.server.clock.advance(899);
    assert.equal((await visitor.get("/console/users")).status, 200);
    emu.server.clock.advance(1);
    assert.equal((await visitor.get("/console/users")).status, 303);
  });

  it("ends it after SessionDuration instead, whatever the role's maximum", async () => {
    const credentials = await assume(emu, broker.credentials, role, { DurationSeconds: 900 });
    const { visitor } = await open(loginPath(await signinToken(credentials, { SessionDuration: "43200" })));
    emu.server.clock.advance(12 * HOUR - 1);
    assert.equal((await visitor.get("/console/users")).status, 200);
    emu.server.clock.advance(1);
    assert.equal((await visitor.get("/console/users")).status, 303);
  });

  it("ends it with the role", async () => {
    const temp = await createRole(emu, "Temp", { trusts: [trust(broker.arn)], statements: [allow("iam:List*")] });
    const { visitor } = await open(loginPath(await signinToken(await assume(emu, broker.credentials, temp))));
    await emu.iam().send(new DeleteRolePolicyCommand({ RoleName: "Temp", PolicyName: "test" }));
    await emu.iam().send(new DeleteRoleCommand({ RoleName: "Temp" }));
    assert.equal((await visitor.get("/console/users")).status, 303);
  });

  it("takes AWS's console as a destination for its own first page", async () => {
    const token = await signinToken(await assume(emu, broker.credentials, role));
    const { answer } = await open(loginPath(token, "https://us-east-1.console.aws.amazon.com/s3/home"));
    assert.equal(said(answer).heading, "IAM Dashboard");
  });

  describe("refuses to sign in", () => {
    const NOT_VALID = "The sign-in token is not valid, has expired or was used before.";

    it("with a token that was used", async () => {
      const path = loginPath(await signinToken(await assume(emu, broker.credentials, role)));
      await open(path);
      const { answer } = await open(path);
      assert.deepEqual([answer.status, said(answer).error], [400, NOT_VALID]);
    });

    it("with a token of fifteen minutes ago, or one that was never given", async () => {
      const path = loginPath(await signinToken(await assume(emu, broker.credentials, role)));
      emu.server.clock.advance(900);
      for (const late of [path, loginPath("x")]) assert.equal(said((await open(late)).answer).error, NOT_VALID);
    });

    const FOREIGN = [
      "https://evil.example/console",
      "//evil.example/console",
      "/_emulator/reset",
      "",
      "javascript:alert(1)",
      "https://console.aws.amazon.com.evil.example/",
    ];
    for (const destination of FOREIGN) {
      it(`for the destination "${destination}"`, async () => {
        const token = await signinToken(await assume(emu, broker.credentials, role));
        const { answer } = await open(loginPath(token, destination));
        assert.deepEqual([answer.status, said(answer).error], [400, "The Destination must be a page of this console."]);
      });
    }
  });

  describe("gives no token", () => {
    const refuses = async (parameters: Readonly<Record<string, string>>, message: string) => {
      const { status, text } = await request(parameters);
      assert.deepEqual([status, text], [400, `${message}\n`]);
    };
    const INVALID = "The credentials in Session are not valid, or have expired.";
    const KINDS = "The console takes the credentials of AssumeRole* and GetFederationToken only.";
    const DURATION = "SessionDuration must be from 900 to 43200 seconds.";

    it("for credentials that have expired, or are none", async () => {
      const credentials = await assume(emu, broker.credentials, role, { DurationSeconds: 900 });
      emu.server.clock.advance(900);
      await refuses({ Session: sessionOf(credentials) }, INVALID);
      await refuses({ Session: sessionOf({ ...credentials, sessionToken: "x" }) }, INVALID);
    });

    it("for a secret, or a key, of other credentials", async () => {
      const credentials = await assume(emu, broker.credentials, role);
      const message = "The credentials in Session do not belong together.";
      await refuses({ Session: sessionOf({ ...credentials, secretAccessKey: "x" }) }, message);
      await refuses({ Session: sessionOf({ ...credentials, accessKeyId: "ASIAEXAMPLE" }) }, message);
    });

    it("for the credentials of GetSessionToken", async () => {
      const issued = await emu.sts(broker.credentials).send(new GetSessionTokenCommand({}));
      await refuses({ Session: sessionOf(credentialsOf(issued)) }, KINDS);
    });

    it("for long-term keys, or what is no JSON", async () => {
      const message = "Session must be JSON with the sessionId, sessionKey and sessionToken of temporary credentials.";
      await refuses({ Session: sessionOf(broker.credentials) }, message);
      for (const Session of ["", "{", "null", "1"]) await refuses({ Session }, message);
      await refuses({}, message);
    });

    it("for a SessionDuration beyond its limits", async () => {
      const Session = sessionOf(await assume(emu, broker.credentials, role));
      for (const SessionDuration of ["899", "43201", "", "3600s", "-900"]) {
        await refuses({ Session, SessionDuration }, DURATION);
      }
      for (const SessionDuration of ["900", "43200"]) await request({ Session, SessionDuration }).expect(200);
    });

    it("for a SessionDuration with a federated user's credentials", async () => {
      const Session = sessionOf(await federated(allow("*")));
      await refuses({ Session, SessionDuration: "3600" }, "SessionDuration cannot be used with GetFederationToken.");
    });

    it("for a SessionDuration with credentials of role chaining, which get one without it", async () => {
      const last = await createRole(emu, "Last", { trusts: [trust(role.arn)] });
      const first = await assume(emu, broker.credentials, role);
      const chained = credentialsOf(
        await emu.sts(first).send(new AssumeRoleCommand({ RoleArn: last.arn, RoleSessionName: "chain" })),
      );
      const Session = sessionOf(chained);
      const message = "SessionDuration cannot be used with credentials of role chaining.";
      await refuses({ Session, SessionDuration: "3600" }, message);
      await request({ Session }).expect(200);
    });

    it("for another action", async () => {
      await refuses({ Action: "logout" }, "The Action must be getSigninToken or login.");
    });

    it("to the pages of others", async () => {
      await request({})
        .set("Origin", "http://evil.example")
        .expect(403, /The origin/);
    });
  });
});
