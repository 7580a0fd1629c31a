import assert from "node:assert/strict";
import { AttachUserPolicyCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { browser, consoleUser, PASSWORD, said, type Browser } from "../console/browser.ts";
import { signedIn, signedInRoot } from "../console/visitors.ts";
import { emulator } from "../emulator.ts";
import { allow, deny } from "../fixtures.ts";
import { agree, authorizePath, CROSS_DEVICE, linkIn, REDIRECT_URI } from "./developer-tool.ts";

const MANAGED = "arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess";
const LOCALHOST = "arn:aws:signin:us-east-1:000000000000:oauth2/public-client/localhost";

describe("the sign-in service at /v1/authorize", () => {
  const emu = emulator();
  let ann: Browser;

  before(async () => {
    await consoleUser(emu, "Ann");
    await emu.iam().send(new AttachUserPolicyCommand({ UserName: "Ann", PolicyArn: MANAGED }));
    ann = await signedIn(emu, "Ann");
  });

  it("leads through the sign-in to the question whether a tool may use the credentials", async () => {
    const visitor = browser(emu);
    const { headers } = await visitor.get(authorizePath());
    const toSignIn = (await visitor.get(headers["location"]!)).headers["location"]!;
    assert.match(toSignIn, /^\/console\/sign-in\?next=%2Fconsole%2Fauthorize%3F/);
    const fields = { account: "000000000000", userName: "Ann", password: PASSWORD };
    const page = await visitor.submitAndFollow(toSignIn, fields);
    assert.equal(said(page).heading, "Use your credentials in developer tools");
    assert.match(page.text, /<code>arn:aws:iam::000000000000:user\/Ann<\/code>/);
    assert.match(page.text, /not used[^]*2026-11-25 00:00:00 UTC/);
  });

  it("leads back to the tool with a code and the tool's state", async () => {
    const url = new URL(linkIn(await agree(ann), "Complete the login"));
    assert.equal(url.origin + url.pathname, REDIRECT_URI);
    assert.equal(url.searchParams.get("state"), "a state & more");
    assert.match(url.searchParams.get("code")!, /^[\w-]{43}$/);
  });

  it("has a script follow the link, since forms may lead nowhere else", async () => {
    const { text, headers } = await agree(ann);
    assert.match(text, /<a href="[^"]*" data-follow>/);
    assert.match(text, /<script src="\/console\/assets\/follow-link\.js\?v=\w+" defer><\/script>/);
    assert.match(headers["content-security-policy"]!, /form-action 'self'/);
  });

  it("tells the tool where the login is cancelled", async () => {
    const { headers } = await ann.get(authorizePath());
    const url = new URL(linkIn(await ann.get(headers["location"]!), "Cancel the login"));
    assert.deepEqual(
      [...url.searchParams],
      [
        ["error", "access_denied"],
        ["state", "a state & more"],
      ],
    );
  });

  it("shows a tool on another device a code to copy", async () => {
    const page = await agree(
      await signedInRoot(emu),
      authorizePath({ client_id: CROSS_DEVICE, redirect_uri: `${emu.server.endpoint}/v1/sessions/confirmation` }),
    );
    const shown = Buffer.from(/<code>([\w+/=]{60,})<\/code>/.exec(page.text)![1]!, "base64").toString();
    assert.equal(new URLSearchParams(shown).get("state"), "a state & more");
    assert.match(new URLSearchParams(shown).get("code")!, /^[\w-]{43}$/);
  });

  it("takes the challenge method by the name of RFC 7636, too", async () => {
    assert.equal(said(await agree(ann, authorizePath({ code_challenge_method: "S256" }))).error, undefined);
  });

  it("asks for the permission signin:AuthorizeOAuth2Access on the client, and notes the decision in the trail", async () => {
    const { arn } = await consoleUser(emu, "Nix", { statements: [allow("iam:*")] });
    const page = await agree(await signedIn(emu, "Nix"));
    const denial =
      `User: ${arn} is not authorized to perform: signin:AuthorizeOAuth2Access on resource: ${LOCALHOST} ` +
      "because no identity-based policy allows the signin:AuthorizeOAuth2Access action";
    assert.equal(page.status, 403);
    assert.ok(said(page).error!.startsWith(`AccessDenied ${denial}`));
    const [event] = emu.server.trail();
    const explained = await ann.get(linkIn(page, "Why was this refused\\?.*?"));
    assert.equal(explained.status, 200);
    assert.ok(explained.text.includes(event!.requestID));
    assert.match(explained.text, /signin:AuthorizeOAuth2Access/);
    assert.deepEqual(
      [event!.eventSource, event!.eventName, event!.errorMessage, event!.userIdentity!.arn, event!.requestParameters],
      [
        "signin.amazonaws.com",
        "AuthorizeOAuth2Access",
        denial,
        arn,
        {
          scope: "openid",
          redirect_uri: REDIRECT_URI,
          code_challenge_method: "SHA-256",
          client_id: "arn:aws:signin:::devtools/same-device",
        },
      ],
    );
  });

  it("tells the clients on this device and on another apart", async () => {
    await consoleUser(emu, "Loc", {
      statements: [allow("signin:*"), deny("signin:*", LOCALHOST.replace("localhost", "remote"))],
    });
    const visitor = await signedIn(emu, "Loc");
    assert.equal(said(await agree(visitor)).error, undefined);
    const confirmation = `${emu.server.endpoint}/v1/sessions/confirmation`;
    const remote = await agree(visitor, authorizePath({ client_id: CROSS_DEVICE, redirect_uri: confirmation }));
    assert.match(said(remote).error!, /on resource: \S+public-client\/remote with an explicit deny/);
  });

  describe("refuses a request", () => {
    const cases: readonly (readonly [what: string, changes: Record<string, string | undefined>, message: string])[] = [
      [
        "of a client that is not known",
        { client_id: "arn:aws:signin:::devtools/other" },
        "The client_id is not known.",
      ],
      ["for another kind of answer", { response_type: "token" }, "The response_type must be code."],
      ["for another scope", { scope: "email" }, "The scope must be openid."],
      ["without a state", { state: undefined }, "The state is missing."],
      [
        "without a challenge",
        { code_challenge: undefined },
        "The code_challenge is not a SHA-256 digest in base64url.",
      ],
      [
        "with a challenge that is longer than a digest",
        { code_challenge: "x".repeat(44) },
        "The code_challenge is not a SHA-256 digest in base64url.",
      ],
      ["with a plain challenge", { code_challenge_method: "plain" }, "The code_challenge_method must be SHA-256."],
      ...[
        "https://evil.example/oauth/callback",
        "http://127.0.0.1.evil.example:1/oauth/callback",
        "http://127.0.0.1:80@evil.example/oauth/callback",
        "http://127.0.0.1:8080/elsewhere",
        "http://127.0.0.1:8080/oauth/callback#x",
        "http://evil.example/?http://127.0.0.1:8080/oauth/callback",
        "javascript:alert(1)//127.0.0.1:80/oauth/callback",
      ].map(
        (redirect_uri) =>
          [`to ${redirect_uri}`, { redirect_uri }, "The redirect_uri is not one of this client's."] as const,
      ),
      ...["https://evil.example/elsewhere", "nowhere", "http://127.0.0.1:8080/oauth/callback"].map(
        (redirect_uri) =>
          [
            `of a tool on another device to ${redirect_uri}`,
            { client_id: CROSS_DEVICE, redirect_uri },
            "The redirect_uri is not one of this client's.",
          ] as const,
      ),
    ];
    for (const [what, changes, message] of cases) {
      it(what, async () => {
        const { headers } = await ann.get(authorizePath(changes));
        const page = await ann.get(headers["location"]!);
        assert.deepEqual([page.status, said(page).error], [400, message]);
        assert.ok(!page.text.includes('href="http'), "leads nowhere");
      });
    }
  });

  it("refuses what is no operation of the service", async () => {
    const message = "The sign-in service has no such operation.";
    for (const send of [
      supertest(emu.server.endpoint).get("/v1/token"),
      supertest(emu.server.endpoint).post("/v1/authorize"),
    ]) {
      const { body } = await send.expect(404).expect("x-amzn-ErrorType", "ValidationException");
      assert.deepEqual(body, { error: "INVALID_REQUEST", message });
    }
  });

  it("refuses the pages of others", async () => {
    const request = supertest(emu.server.endpoint);
    await request.get(authorizePath()).set("Host", "evil.example").expect(403);
    await request
      .post("/v1/token")
      .set("Origin", "http://evil.example")
      .send({})
      .expect(403, /The origin/);
  });
});

describe("the sign-in service with soft enforcement", () => {
  const emu = emulator({ enforcement: "soft" });

  it("gives a code without the permission, and says in the trail what would have been denied", async () => {
    const { arn } = await consoleUser(emu, "Nix");
    const page = await agree(await signedIn(emu, "Nix"));
    assert.match(linkIn(page, "Complete the login"), /[?&]code=[\w-]{43}/);
    const [event] = emu.server.trail();
    assert.deepEqual(
      [event!.eventName, event!.httpStatus, event!.errorCode],
      ["AuthorizeOAuth2Access", 200, undefined],
    );
    assert.equal(
      event!.uncheckedDenial,
      `User: ${arn} is not authorized to perform: signin:AuthorizeOAuth2Access on resource: ${LOCALHOST} ` +
        "because no identity-based policy allows the signin:AuthorizeOAuth2Access action",
    );
  });
});
