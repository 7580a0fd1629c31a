import assert from "node:assert/strict";
import { GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  enableMfa,
  notAuthorized,
  trust,
  type TestUser,
} from "../fixtures.ts";
import { runCli } from "../process.ts";
import { browser, consoleUser, factsOf, rowsOf, said, signIn } from "./browser.ts";
import { signedIn } from "./visitors.ts";

const TRAIL = "/console/emulator/trail";

describe("the console's trail", () => {
  const emu = emulator();
  let alice: TestUser;

  before(async () => {
    const whenMfa = { Sid: "WithMfa", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    alice = await createUser(emu, "alice", {
      statements: [allow("iam:GetUser"), { ...whenMfa, ...allow("iam:ListUsers") }],
    });
    const TokenCode = emu.server.mfa.code(await enableMfa(emu, "alice")).code;
    await emu.iam(alice.credentials).send(new GetUserCommand({}));
    await assert.rejects(emu.iam(alice.credentials).send(new ListUsersCommand({})), { name: "AccessDenied" });
    const SerialNumber = "arn:aws:iam::000000000000:mfa/alice";
    const session = await emu.sts(alice.credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    await emu.iam(credentialsOf(session)).send(new ListUsersCommand({}));
  });

  /** Without the service below the action, and the links below what was refused. */
  const plain = ([action, when, who, mfa, result]: readonly string[]) => [
    action!.split(" ")[0]!,
    when!,
    who!,
    mfa!,
    result!.replace(/ ?Why\?.*$/, ""),
  ];
  const rows = async (query: string) => rowsOf(await browser(emu).get(`${TRAIL}?${query}`)).map(plain);
  const actions = async (query: string) => (await rows(query)).map(([action]) => action);

  it("shows the last requests, the newest first: what, when, who, with MFA or not, and how it ended", async () => {
    assert.deepEqual((await rows("principal=alice")).slice(0, 3), [
      ["ListUsers", "now", alice.arn, "used", "200"],
      ["GetSessionToken", "now", alice.arn, "used", "200"],
      [
        "ListUsers",
        "now",
        alice.arn,
        "not used",
        `AccessDenied: ${notAuthorized(alice.arn, "iam:ListUsers", "arn:aws:iam::000000000000:user/").message} because no identity-based policy allows the iam:ListUsers action`,
      ],
    ]);
  });

  it("is filtered by principal, service, action, result and MFA, alone or together, and remembers by what", async () => {
    assert.deepEqual(await actions("principal=ALICE&action=list"), ["ListUsers", "ListUsers"]);
    assert.deepEqual(await actions("principal=alice&result=refused"), ["ListUsers"]);
    assert.deepEqual(await actions("principal=alice&mfa=used"), ["ListUsers", "GetSessionToken"]);
    assert.deepEqual(await actions("principal=alice&mfa=not-used"), ["ListUsers", "GetUser"]);
    assert.ok((await actions("principal=%3Aroot")).includes("CreateUser"));
    assert.deepEqual(await actions("principal=alice&service=sts"), ["GetSessionToken"]);
    assert.deepEqual(await actions("principal=nobody"), []);
    const { text } = await browser(emu).get(`${TRAIL}?principal=alice&mfa=used`);
    assert.match(text, /name="principal" [^>]*value="alice"/);
    assert.match(text, /<option value="used" selected>/);
  });

  it("has sign-ins that failed among what was refused", async () => {
    await consoleUser(emu, "Jane");
    await signIn(browser(emu), "Jane", "wrong");
    assert.deepEqual(
      (await rows("action=ConsoleLogin&result=refused")).map((cells) => cells[4]),
      ["Failed authenticationThe password is another one."],
    );
  });

  it("goes on page by page, and keeps the filters", async () => {
    for (let i = 0; i < 51; i++) await emu.sts().send(new GetCallerIdentityCommand({}));
    const first = await browser(emu).get(`${TRAIL}?action=GetCallerIdentity`);
    assert.equal(rowsOf(first).length, 50);
    const older = /<a href="([^"]*)">Older<\/a>/.exec(first.text)![1]!.replaceAll("&amp;", "&");
    assert.equal(older, `${TRAIL}?action=GetCallerIdentity&page=2`);
    const second = await browser(emu).get(older);
    assert.deepEqual(
      rowsOf(second).map(([action]) => action),
      ["GetCallerIdentity sts"],
    );
    assert.ok(second.text.includes(`href="${TRAIL}?action=GetCallerIdentity&amp;page=1">Newer</a>`));
    assert.ok(!second.text.includes("Older"));
    for (const page of ["0", "-1", "x", "1e99"]) {
      assert.equal((await actions(`action=GetCallerIdentity&page=${page}`)).length, 50);
    }
  });

  it("shows one request, and why it was allowed or denied, in the words of iam-local why", async () => {
    const [refused] = emu.server.trail().filter(({ errorCode }) => errorCode === "AccessDenied");
    const page = await browser(emu).get(`${TRAIL}/${refused!.requestID}`);
    assert.equal(said(page).heading, "Request ListUsers");
    assert.deepEqual([factsOf(page)["Who"], factsOf(page)["Request ID"]], [alice.arn, refused!.requestID]);
    const words = whyOf(page.text);
    assert.equal(words[0], "iam:ListUsers on arn:aws:iam::000000000000:user/: denied");
    assert.match(
      words.at(-1)!,
      /^Statement 2 \(WithMfa\) of inline policy test of user alice would allow it, but Bool aws:MultiFactorAuthPresent "true" is not met/,
    );
    const { stdout } = await runCli(["why", refused!.requestID, "--endpoint", emu.server.endpoint]);
    for (const line of words) assert.ok(stdout.includes(line), line);
    assert.match(page.text, /aria-label="Event"[^]*&quot;eventName&quot;: &quot;ListUsers&quot;/);
    assert.match(page.text, /aria-label="Decisions"[^]*&quot;decidedBy&quot;: &quot;identity&quot;/);
  });

  it("says of a request that nothing was decided about why that is", async () => {
    const { $metadata } = await emu.sts(alice.credentials).send(new GetCallerIdentityCommand({}));
    const { text } = await browser(emu).get(`${TRAIL}/${$metadata.requestId}`);
    assert.match(text, /It needs no permission, or permissions are not checked\./);
    await signIn(browser(emu), "Jane");
    const [login] = emu.server
      .trail()
      .filter(({ eventName, httpStatus }) => eventName === "ConsoleLogin" && httpStatus === 200);
    assert.match(
      (await browser(emu).get(`${TRAIL}/${login!.requestID}`)).text,
      /The sign-in service asks no policies\./,
    );
  });

  it("shows what AWS keeps to itself: in a line among the others, and in full with the request", async () => {
    const nobody = { ...alice.credentials, secretAccessKey: "wrong" };
    await assert.rejects(emu.sts(nobody).send(new GetCallerIdentityCommand({})), { name: "SignatureDoesNotMatch" });
    const [[, , , , result]] = (await rows("result=refused")) as [string[]];
    assert.match(
      result!,
      /documentation for details\.It was signed with another secret than that of AKIA[^]*change them\.$/,
    );
    const { text } = await browser(emu).get(`${TRAIL}/${emu.server.trail()[0]!.requestID}`);
    assert.match(text, /<h2>Why<\/h2>\s*<p>It was signed with another secret/);
    assert.match(
      text,
      /aria-label="As the emulator saw it"[^>]*>(?:<code>)?Canonical request, as it arrived:\nPOST\n\/\n/,
    );
    assert.match(text, /String to sign:\nAWS4-HMAC-SHA256\n/);
  });

  it("says of a request that it does not hold that it does not", async () => {
    const page = await browser(emu).get(`${TRAIL}/%3Cscript%3E`);
    assert.equal(page.status, 404);
    assert.equal(
      said(page).error,
      'No event of the request "<script>" is kept; the trail holds the last thousand, or as many as take 32 MB.',
    );
  });

  it("is where a refusal in the console leads to, to exactly that request", async () => {
    await consoleUser(emu, "Nix");
    const nix = await signedIn(emu, "Nix");
    const first = await nix.get("/console/users");
    for (let i = 0; i < 12; i++) await nix.get("/console/groups");
    const page = await nix.get(`${TRAIL}/${said(first).refusedRequest}`);
    assert.equal(said(page).heading, "Request ListUsers");
    assert.deepEqual(whyOf(page.text), [
      "iam:ListUsers on arn:aws:iam::000000000000:user/: denied",
      "No identity-based policy allows the iam:ListUsers action.",
    ]);
  });

  it("shows what clients call themselves as text", async () => {
    const script = "<script>alert(1)</script>";
    await supertest(emu.server.endpoint)
      .post("/")
      .set("User-Agent", `"><img src=x>${script}`)
      .type("form")
      .send({ Action: script, Version: "2010-05-08" });
    const role = await createRole(emu, "deploy", { trusts: [trust(alice.arn, "sts:AssumeRole")] });
    const session = await assume(emu, alice.credentials, role, { RoleSessionName: "a@b=c" });
    await emu.sts(session).send(new GetCallerIdentityCommand({}));
    const listed = await browser(emu).get(TRAIL);
    assert.ok(rowsOf(listed).some((cells) => cells[2]?.endsWith("/deploy/a@b=c")));
    const [event] = emu.server.trail().filter(({ userAgent }) => userAgent.includes("<script>"));
    const one = await browser(emu).get(`${TRAIL}/${event!.requestID}`);
    assert.ok(one.text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for (const { text } of [
      listed,
      one,
      await browser(emu).get(`${TRAIL}?principal=${encodeURIComponent(`">${script}`)}`),
    ]) {
      assert.ok(!text.includes("<script>") && !text.includes("<img src=x"));
    }
  });
});

describe("the console's trail beside permissions that are not enforced", () => {
  const emu = emulator({ enforcement: "soft" });

  it("says what would have been refused, and that it passed", async () => {
    const eve = await createUser(emu, "eve");
    const { $metadata } = await emu.iam(eve.credentials).send(new ListUsersCommand({}));
    const [row] = rowsOf(await browser(emu).get(`${TRAIL}?result=refused`));
    assert.match(row![4]!, /^not enforced: User: .*eve is not authorized to perform: iam:ListUsers/);
    const { text } = await browser(emu).get(`${TRAIL}/${$metadata.requestId}`);
    assert.match(text, /It passed all the same: permissions are not enforced\./);
  });
});

/** The lines under "Why" on the page of a request. */
const whyOf = (text: string): string[] =>
  [.../<h2>Why<\/h2>[^]*?<\/section>/.exec(text)![0].matchAll(/<(?:h3|li)[^>]*>([^]*?)<\/(?:h3|li)>/g)].map(
    ([, line]) => line!.trim().replaceAll("&quot;", '"'),
  );
