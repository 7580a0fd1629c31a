import assert from "node:assert/strict";
import { CreateUserCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import aws4 from "aws4";
import { describe, it } from "mocha";
import supertest from "supertest";
import { emulator } from "./emulator.ts";

type Headers = Readonly<Record<string, string>>;

describe("a request that a web page makes", () => {
  const emu = emulator({ publicUrl: "https://iam.public.example" });
  const http = () => supertest(emu.server.endpoint);

  it("to the Query endpoint is refused where the page is another site's, and changes nothing", async () => {
    for (const [origin, site] of [
      ["https://evil.example", "cross-site"],
      ["http://localhost:3000", "same-site"],
      ["null", "cross-site"],
    ] as const) {
      const iam = sending(emu.iam(), { origin, "sec-fetch-site": site });
      await assert.rejects(iam.send(new CreateUserCommand({ UserName: "Mallory" })), {
        name: "AccessDenied",
        message:
          `The origin "${origin}" is not accepted here, so that no web page can drive the emulator. ` +
          "Start the emulator with --allowed-origins to let pages of that origin in.",
      });
    }
    assert.deepEqual((await emu.iam().send(new ListUsersCommand({}))).Users, []);
  });

  it("by a link or a picture, which has no Origin, is refused as well", async () => {
    for (const [site, mode] of [
      ["cross-site", "no-cors"],
      ["same-site", "no-cors"],
      ["cross-site", "navigate"],
    ] as const) {
      const { text } = await http()
        .get(presigned("CreateUser&UserName=Mallory", new URL(emu.server.endpoint).host))
        .set({ "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode })
        .expect(403);
      assert.match(text, /<Code>AccessDenied<\/Code>/);
      assert.match(
        text,
        new RegExp(`A request of another site's page \\(Sec-Fetch-Site: ${site}\\) is not accepted here`),
      );
    }
    assert.deepEqual((await emu.iam().send(new ListUsersCommand({}))).Users, []);
  });

  it("is answered where somebody has typed the address, or the page is the emulator's own", async () => {
    const { host, origin } = new URL(emu.server.endpoint);
    await http()
      .get(presigned("ListUsers", host))
      .set({ "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" })
      .expect(200);
    const iam = sending(emu.iam(), { origin, "sec-fetch-site": "same-origin" });
    assert.deepEqual((await iam.send(new ListUsersCommand({}))).Users, []);
  });

  it("under a public name that was pointed at this machine is refused, signed or not", async () => {
    const sts = sending(emu.sts(), { host: "evil.example:4593" });
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), {
      name: "AccessDenied",
      message:
        'The host name "evil.example" is not accepted here, so that no web page can drive the emulator. Use localhost, ' +
        "an IP address or a name without a dot, or start the emulator with --allowed-hosts.",
    });
    await http().get("/").set("Host", "evil.example").expect(403);
  });

  it("is told of in the trail, so that its reason can be found", async () => {
    const { headers } = await http().get("/").set("Origin", "https://evil.example").expect(403);
    const event = emu.server.trail().find(({ requestID }) => requestID === headers["x-amzn-requestid"]);
    assert.equal(event?.errorCode, "AccessDenied");
    assert.match(event?.errorMessage ?? "", /^The origin "https:\/\/evil\.example"/);
  });

  it("is answered in JSON where it asks for that", async () => {
    const { body } = await http()
      .get("/")
      .set({ Accept: "application/json", Origin: "https://evil.example" })
      .expect(403)
      .expect("Content-Type", "application/json");
    assert.equal(body.Error.Code, "AccessDenied");
  });

  it("may find neither health nor the keys of tokens under a foreign name or from another site", async () => {
    for (const path of ["/_emulator/health", "/_oidc/x/.well-known/jwks.json"]) {
      for (const [header, value] of [
        ["Host", "evil.example"],
        ["Origin", "https://evil.example"],
      ] as const) {
        const { text } = await http()
          .get(path)
          .set(header, value)
          .expect(403)
          .expect("Content-Type", /^application\/json/);
        assert.match(text, /is not accepted here/);
      }
    }
  });

  it("gets nothing of what browsers ask for before they let a page send more", async () => {
    const { headers } = await http()
      .options("/")
      .set({ Origin: "https://evil.example", "Access-Control-Request-Method": "POST" })
      .expect(403);
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

  it("is answered under the name that the emulator was told it has", async () => {
    await http().get("/_emulator/health").set("Host", "iam.public.example").expect(200);
    const sts = sending(emu.sts(), { host: "iam.public.example" });
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, "000000000000");
  });
});

describe("--allowed-hosts", () => {
  const emu = emulator({ allowedHosts: ["iam.amazonaws.com"] });

  it("lets clients find the Query endpoint under AWS's own name", async () => {
    const iam = sending(emu.iam(), { host: "iam.amazonaws.com" });
    assert.deepEqual((await iam.send(new ListUsersCommand({}))).Users, []);
  });
});

describe("--allowed-origins", () => {
  const ORIGIN = "https://app.example:8443";
  const emu = emulator({ allowedOrigins: ["http://localhost:3000", ORIGIN] });
  const http = () => supertest(emu.server.endpoint);

  it("lets pages of these origins use the Query endpoint, and read the id of their request", async () => {
    let answered: Headers = {};
    const sts = sending(
      emu.sts(),
      { origin: ORIGIN, "sec-fetch-site": "cross-site" },
      (headers) => (answered = headers),
    );
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, "000000000000");
    assert.equal(answered["access-control-allow-origin"], ORIGIN);
    assert.equal(
      answered["access-control-expose-headers"],
      "x-amzn-RequestId, x-amz-sts-extended-request-id, x-iam-local-unchecked, Date",
    );
    assert.equal(answered["vary"], "Origin");
  });

  it("lets them read refusals, too", async () => {
    await http()
      .post("/")
      .type("form")
      .set("Origin", ORIGIN)
      .send("Action=ListUsers&Version=2010-05-08")
      .expect(403, /<Code>MissingAuthenticationToken<\/Code>/)
      .expect("Access-Control-Allow-Origin", ORIGIN);
  });

  it("answers what browsers ask before, without a signature", async () => {
    const asked = "amz-sdk-invocation-id,authorization,content-type,x-amz-date";
    const { headers } = await http()
      .options("/")
      .set({
        Origin: ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
      })
      .expect(204, "");
    assert.equal(headers["access-control-allow-origin"], ORIGIN);
    assert.equal(headers["access-control-allow-methods"], "GET, POST");
    assert.equal(headers["access-control-allow-headers"], asked);
    assert.equal(headers["access-control-max-age"], "7200");
    assert.equal(headers["vary"], "Origin, Access-Control-Request-Headers");
  });

  it("names no origin to others, and tells caches that answers depend on it", async () => {
    const { headers } = await http()
      .get("/?Action=ListUsers&Version=2010-05-08")
      .expect(403, /MissingAuthenticationToken/);
    assert.equal(headers["access-control-allow-origin"], undefined);
    assert.equal(headers["vary"], "Origin");
  });

  it("refuses pages of origins that only look like these", async () => {
    for (const origin of ["https://app.example", "http://app.example:8443", "https://app.example:8443.evil.example"]) {
      await http()
        .get("/")
        .set("Origin", origin)
        .expect(403, /The origin .* is not accepted here/);
    }
  });

  it("opens neither the control plane nor the console to them", async () => {
    for (const path of ["/_emulator/clock", "/_emulator/health", "/console/sign-in"]) {
      await http()
        .get(path)
        .set("Origin", ORIGIN)
        .expect(403, /The origin .* is not accepted here/);
    }
  });
});

/** The client with these headers added to its requests; `host` is signed instead of the endpoint's own. */
function sending<C extends IAMClient | STSClient>(
  client: C,
  headers: Headers,
  answered?: (headers: Headers) => void,
): C {
  const { middlewareStack } = client as unknown as Pick<IAMClient, "middlewareStack">;
  middlewareStack.add(
    (next) => async (args) => {
      Object.assign((args.request as { headers: object }).headers, headers);
      const result = await next(args);
      answered?.((result.response as { headers: Headers }).headers);
      return result;
    },
    { step: "build", priority: "low", name: "additionalHeaders" },
  );
  return client;
}

/** The target of a request that root has presigned, as in a link. */
const presigned = (action: string, host: string): string =>
  aws4.sign(
    {
      host,
      path: `/?Action=${action}&Version=2010-05-08&X-Amz-Date=20261124T120000Z`,
      method: "GET",
      service: "iam",
      region: "us-east-1",
      signQuery: true,
    },
    { accessKeyId: "test", secretAccessKey: "test" },
  ).path!;
