import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import aws4 from "aws4";
import { XMLParser } from "fast-xml-parser";
import { afterEach, describe, it } from "mocha";
import { emulator } from "./emulator.ts";
import { usedMemory } from "./used-memory.ts";
import { converse, parseAnswers, type Answer } from "./wire.ts";

describe("the server, whatever is sent to it", () => {
  const emu = emulator();

  afterEach("goes on answering", async () => {
    const { Arn } = await emu.sts().send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::000000000000:root");
  });

  /** Sends bytes unchanged, half-closes, and reads until the server closes, too. */
  async function exchange(...parts: readonly (string | Buffer)[]): Promise<Answer[]> {
    return parseAnswers(
      await converse(emu.server.endpoint, (socket) => {
        for (const part of parts) socket.write(part);
        socket.end();
      }),
    );
  }

  /** A request signed by root, ready for the wire. */
  function signed(body: string | Buffer, headers: Readonly<Record<string, string>> = {}, method = "POST"): Buffer {
    const bytes = Buffer.from(body);
    const request = aws4.sign(
      {
        host: new URL(emu.server.endpoint).host,
        service: "iam",
        region: "us-east-1",
        method,
        path: "/",
        // aws4 signs strings; these bytes pass through it unchanged.
        body: bytes as unknown as string,
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Amz-Date": "20261124T120000Z",
          ...headers,
        },
      },
      emu.server.rootCredentials,
    );
    const lines = Object.entries(request.headers!).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    return Buffer.concat([Buffer.from(`${method} / HTTP/1.1\r\n${lines.join("")}\r\n`), bytes]);
  }

  /** An unsigned form, ready for the wire. */
  const unsigned = (body: string): string =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  /** Asserts that the only answer is a well-formed error of the Query protocol with this code. */
  function assertAwsError(answers: readonly Answer[], status: number, code: string): void {
    assert.equal(answers.length, 1);
    const { headers, body, status: actual } = answers[0]!;
    const { Error: error, RequestId } = (new XMLParser().parse(body, true) as AwsErrorDocument).ErrorResponse;
    assert.deepEqual([actual, error.Code, error.Type], [status, code, "Sender"]);
    assert.equal(RequestId, headers["x-amzn-requestid"]);
  }

  describe("that is not HTTP", () => {
    const host = "Host: localhost\r\n";
    const cases: readonly (readonly [what: string, bytes: string, status: number])[] = [
      ["NUL bytes", "\0\0\0\0", 400],
      ["plain words", "hello\r\n\r\n", 400],
      ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
      ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
      ["an unknown method", `BREW / HTTP/1.1\r\n${host}\r\n`, 400],
      ["a request without Host", "GET / HTTP/1.1\r\n\r\n", 400],
      ["a header without a colon", `GET / HTTP/1.1\r\n${host}no colon\r\n\r\n`, 400],
      ["a NUL in a header", `GET / HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`, 400],
      ["a blank in the target", `GET /?a=b c HTTP/1.1\r\n${host}\r\n`, 400],
      ["bytes beyond ASCII in the target", `GET /\xe9 HTTP/1.1\r\n${host}\r\n`, 400],
      ["two lengths that disagree", `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`, 400],
      [
        "a length beside chunks",
        `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        400,
      ],
      ["a negative length", `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
      ["a chunk without a size", `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
      ["headers of 70 kB", `GET / HTTP/1.1\r\n${host}x: ${"a".repeat(70_000)}\r\n\r\n`, 431],
      ["a target of 70 kB", `GET /${"a".repeat(70_000)} HTTP/1.1\r\n${host}\r\n`, 431],
      [
        "an expectation that it does not know",
        `POST / HTTP/1.1\r\n${host}Expect: miracles\r\nContent-Length: 0\r\n\r\n`,
        417,
      ],
      ["CONNECT, as to a proxy", `CONNECT aws.amazon.com:443 HTTP/1.1\r\n${host}\r\n`, 405],
      ["a target with a host, as to a proxy", `GET http://aws.amazon.com/ HTTP/1.1\r\n${host}\r\n`, 400],
      ["less than it announces", `POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`, 400],
    ];
    for (const [what, bytes, status] of cases) {
      it(`refuses ${what} with ${status}`, async () => {
        const answers = await exchange(Buffer.from(bytes, "latin1"));
        assert.deepEqual(
          answers.map((answer) => answer.status),
          [status],
        );
      });
    }
  });

  describe("by other methods and targets", () => {
    for (const method of ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
      it(`sends ${method} to the documentation, as AWS does with what is no form`, async () => {
        const [answer, ...others] = await exchange(`${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        assert.deepEqual(others, []);
        assert.equal(answer!.status, 302);
        assert.equal(answer!.headers["location"], "https://aws.amazon.com/iam");
        assert.equal(answer!.body, "");
      });
    }

    it("sends a signed form by PUT there, too, and takes it by POST alone", async () => {
      const form = "Action=ListRoles&Version=2010-05-08";
      const [put] = await exchange(signed(form, {}, "PUT"));
      assert.equal(put!.status, 302);
      const [post] = await exchange(signed(form));
      assert.equal(post!.status, 200, post!.body);
    });

    it("answers a GET that asks for a web socket as the plain GET that it also is", async () => {
      const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
      assertAwsError(
        await exchange(`GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`),
        403,
        "MissingAuthenticationToken",
      );
    });

    it("refuses broken escapes in the target", async () => {
      assertAwsError(await exchange("GET /?%zz=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400, "MalformedQueryString");
    });

    it("answers a path that is broken with a bare 400, whatever is asked there and how (evidence: sigv4-bare-400)", async () => {
      for (const [method, target] of [
        ["GET", "/%zz"],
        ["GET", "/%zz?a=%zz"],
        ["GET", "/../?Action=AssumeRoleWithWebIdentity&Version=2011-06-15"],
        ["POST", "/a/../.."],
        ["DELETE", "/%"],
        ["OPTIONS", "*"],
      ] as const) {
        const [answer] = await exchange(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        assert.deepEqual([answer!.status, answer!.body], [400, ""], `${method} ${target}`);
      }
    });

    it("sends who names no action to the documentation, with the query and without being asked for a signature", async () => {
      for (const [request, location] of [
        ["GET / HTTP/1.1\r\n", "https://aws.amazon.com/iam"],
        ["GET /?Version=2011-06-15 HTTP/1.1\r\n", "https://aws.amazon.com/iam?Version=2011-06-15"],
        ["POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n", "https://aws.amazon.com/iam"],
      ] as const) {
        const [answer] = await exchange(`${request}Host: localhost\r\n\r\n`);
        assert.deepEqual([answer!.status, answer!.headers["location"], answer!.body], [302, location, ""], request);
        assert.match(answer!.headers["x-amzn-requestid"]!, /^[0-9a-f-]{36}$/);
      }
    });

    it("takes a path that only begins like a page's for one of the Query endpoint", async () => {
      assertAwsError(
        await exchange("GET /_emulators?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        403,
        "MissingAuthenticationToken",
      );
    });

    it("refuses broken escapes and broken hosts at the control plane", async () => {
      for (const [lines, status] of [
        ["GET /_emulator/%zz HTTP/1.1\r\nHost: localhost", 404],
        ["GET /_emulator/trail/%zz HTTP/1.1\r\nHost: localhost", 400],
        ["GET /_emulator/clock?limit=%zz HTTP/1.1\r\nHost: localhost", 400],
        ["GET /_emulator/../secret HTTP/1.1\r\nHost: localhost", 404],
        ["GET /_emulator HTTP/1.1\r\nHost: localhost", 404],
        ["GET /_emulator/clock HTTP/1.1\r\nHost: a.b c", 403],
      ] as const) {
        const [answer] = await exchange(`${lines}\r\n\r\n`);
        assert.equal(answer!.status, status, lines);
        assert.doesNotThrow(() => JSON.parse(answer!.body), lines);
      }
    });

    it("shows nothing of its inside to who asks for a path that cannot be decoded", async () => {
      for (const path of ["/v2/credentials/%zz", "/_oidc/%zz/.well-known/jwks.json"]) {
        const [answer] = await exchange(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        assert.equal(answer!.status, 400, path);
        assert.match(answer!.body, /^\{[^{}]*"Failed to decode param '%zz'\."[^{}]*\}$/, path);
      }
    });
  });

  describe("as a signed form", () => {
    const IAM = "&Version=2010-05-08";
    const many = (count: number, pair: (i: number) => string): string =>
      Array.from({ length: count }, (_, i) => `&${pair(i)}`).join("");

    const refused: readonly (readonly [what: string, form: string, code: string])[] = [
      ["an escape that is cut off", `Action=%${IAM}`, "MalformedQueryString"],
      ["an escape that is none", `Action=%zz${IAM}`, "MalformedQueryString"],
      ["NUL in a name", `Action=GetUser${IAM}&UserName=a%00b`, "ValidationError"],
      ["NUL in a marker", `Action=ListUsers${IAM}&Marker=%00`, "ValidationError"],
      ["half a surrogate pair", `Action=CreateUser${IAM}&UserName=%ED%A0%80`, "ValidationError"],
      ["bytes that are no UTF-8", `Action=CreateUser${IAM}&UserName=%ff%fe`, "ValidationError"],
      ["__proto__ for an operation", `Action=__proto__${IAM}`, "InvalidAction"],
      ["constructor for an operation", `Action=constructor${IAM}`, "InvalidAction"],
      ["__proto__ for a version", "Action=ListUsers&Version=__proto__", "InvalidAction"],
      ["__proto__ for a member", `Action=TagUser${IAM}&UserName=a&Tags.member.1.__proto__=x`, "ValidationError"],
      ["__proto__ for an index", `Action=TagUser${IAM}&UserName=a&Tags.member.__proto__.Key=x`, "ValidationError"],
      ["a name alone", "Action", "InvalidAction"],
      ["a sparse list", `Action=TagUser${IAM}&UserName=a&Tags.member.999999999.Key=x`, "MalformedInput"],
      ["the index 0", `Action=TagUser${IAM}&UserName=a&Tags.member.0.Key=x`, "MalformedInput"],
      ["an index that is no number", `Action=TagUser${IAM}&UserName=a&Tags.member.1e9.Key=x`, "ValidationError"],
      ["text for a list", `Action=TagUser${IAM}&UserName=a&Tags=x`, "MalformedInput"],
      [
        "a list of 1,001",
        `Action=TagUser${IAM}&UserName=a${many(1001, (i) => `Tags.member.${i + 1}.Key=k${i}&Tags.member.${i + 1}.Value=`)}`,
        "ValidationError",
      ],
      ["a number beyond all numbers", `Action=ListUsers${IAM}&MaxItems=${"9".repeat(400)}`, "MalformedInput"],
      ["a name of a megabyte", `Action=GetUser${IAM}&UserName=${"a".repeat(1_000_000)}`, "ValidationError"],
    ];
    for (const [what, form, code] of refused) {
      it(`refuses ${what} with ${code}`, async () => assertAwsError(await exchange(signed(form)), 400, code));
    }

    const passedOver: readonly (readonly [what: string, form: string])[] = [
      ["1,001 parameters", many(1001, (i) => `p${i}=${i}`)],
      ["names that objects inherit", "&__proto__=1&constructor=2&toString=3&hasOwnProperty=4"],
      ["a name of ten thousand parts", `&${"a.".repeat(10_000)}=1`],
      ["empty pairs and repetitions", "&&&=&=1&Action=DeleteUser"],
      ["bytes that are no UTF-8", "&x=%ff%fe"],
    ];
    for (const [what, parameters] of passedOver) {
      it(`passes over ${what} that the operation does not know`, async () => {
        const [answer] = await exchange(signed(`Action=ListUsers${IAM}${parameters}`));
        assert.equal(answer!.status, 200, answer!.body);
        assert.match(answer!.body, /<Users\/>/);
      });
    }

    it("takes a form whose type is written in capitals and with a charset", async () => {
      const type = "Application/X-WWW-Form-Urlencoded ; charset=UTF-8";
      const [answer] = await exchange(signed(`Action=ListRoles${IAM}`, { "Content-Type": type }));
      assert.equal(answer!.status, 200, answer!.body);
    });

    const noForm: readonly (readonly [what: string, body: string | Buffer, headers: Record<string, string>])[] = [
      ["nothing", "", {}],
      ["separators alone", "&&&&=&=", {}],
      ["JSON", '{"Action":"ListUsers"}', { "Content-Type": "application/json" }],
      ["a form that says to be something else", `Action=ListUsers${IAM}`, { "Content-Type": "text/plain" }],
      ["a compressed form", gzipSync(`Action=ListUsers${IAM}`), { "Content-Encoding": "gzip" }],
      ["a form in UTF-16", Buffer.from(`Action=ListUsers${IAM}`, "utf16le"), {}],
    ];
    for (const [what, body, headers] of noForm) {
      it(`sends ${what} to the documentation`, async () => {
        const [answer] = await exchange(signed(body, headers));
        assert.equal(answer!.status, 302);
        assert.equal(answer!.body, "");
      });
    }
  });

  describe("in sizes that nobody needs", () => {
    const tooLarge = "The request is larger than 4194304 bytes.\n";

    it("refuses 10 MB with 413", async () => {
      const [answer] = await exchange(signed("a".repeat(10_000_000)));
      assert.equal(answer!.status, 413);
      assert.ok(answer!.body.includes(tooLarge));
    });

    it("refuses 10 MB in chunks, whose size nobody has told", async () => {
      const chunk = `F4240\r\n${"a".repeat(1_000_000)}\r\n`;
      const head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
      const [answer] = await exchange(head, ...Array.from({ length: 10 }, () => chunk), "0\r\n\r\n");
      assert.equal(answer!.status, 413);
      assert.ok(answer!.body.includes(tooLarge));
    });

    it("refuses 10 MB at the control plane", async () => {
      const head = "POST /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n";
      const [answer] = await exchange(head, "a".repeat(10_000_000));
      assert.equal(answer!.status, 413);
      assert.equal((JSON.parse(answer!.body) as { error: { code: string } }).error.code, "RequestTooLarge");
    });

    it("keeps nothing of large requests, though the trail keeps what was asked", async () => {
      const asked = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=a&RoleSessionName=session";
      const large = "x".repeat(2_000_000);
      const before = usedMemory();
      for (const body of [`${asked}&RoleArn=${large}`, `${asked}&Unknown=${large}`, `Action=${large}`]) {
        for (let i = 0; i < 10; i++) assert.ok((await exchange(unsigned(body)))[0]!.status >= 400);
      }
      const kept = usedMemory() - before;
      assert.ok(kept < 10_000_000, `${kept} bytes`);
    });

    it("keeps little of many requests that are small on the wire and large as objects", async () => {
      const gaps = Array.from({ length: 3_000 }, (_, i) => `&PolicyArns.member.${i * 10 + 11}.x=`).join("");
      const body = `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=a&RoleSessionName=session${gaps}`;
      const before = usedMemory();
      for (let i = 0; i < 60; i++) await exchange(unsigned(body));
      const kept = usedMemory() - before;
      assert.ok(kept < 20_000_000, `${kept} bytes`);
    });

    it("keeps no more of those that succeed", async () => {
      const statement = `{"Effect":"Allow","Action":"*","Resource":"${"x".repeat(100_000)}"}`;
      const document = encodeURIComponent(`{"Version":"2012-10-17","Statement":${statement}}`);
      const documents = Array.from({ length: 20 }, (_, i) => `&PolicyInputList.member.${i + 1}=${document}`).join("");
      const body = `Action=GetContextKeysForCustomPolicy&Version=2010-05-08${documents}`;
      const before = usedMemory();
      for (let i = 0; i < 20; i++) assert.equal((await exchange(signed(body)))[0]!.status, 200);
      const kept = usedMemory() - before;
      assert.ok(kept < 20_000_000, `${kept} bytes`);
    });

    it("keeps little of what clients call themselves", async () => {
      const before = usedMemory();
      const head = `GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${"x".repeat(60_000)}\r\n\r\n`;
      for (let i = 0; i < 500; i++) await exchange(head);
      const kept = usedMemory() - before;
      assert.ok(kept < 10_000_000, `${kept} bytes`);
    });
  });

  describe("by clients that come and go", () => {
    it("answers requests that were sent without waiting, in their order", async () => {
      const statuses = (
        await exchange(
          signed("Action=ListUsers&Version=2010-05-08"),
          "GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
          signed("Action=Nothing&Version=2010-05-08"),
          signed("Action=ListUsers&Version=2010-05-08"),
        )
      ).map(({ status }) => status);
      assert.deepEqual(statuses, [200, 200, 400, 200]);
    });

    it("lets a client close its side as soon as it has asked, also where the answer takes time", async () => {
      const [answer] = await exchange(signed("Action=CreateUser&Version=2010-05-08&UserName=quick"));
      assert.equal(answer!.status, 200);
      const [page] = await exchange("GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assert.equal(page!.status, 200);
    });

    it("takes a request that comes byte by byte", async () => {
      const bytes = signed("Action=ListUsers&Version=2010-05-08");
      const [answer] = await exchange(...Array.from(bytes, (byte) => Buffer.of(byte)));
      assert.equal(answer!.status, 200);
    });

    it("survives clients that vanish in the middle of a header, a body and an answer", async () => {
      const whole = signed("Action=ListUsers&Version=2010-05-08");
      for (const length of [1, 40, whole.length - 5, whole.length]) {
        const heard = await converse(emu.server.endpoint, (socket) =>
          socket.write(whole.subarray(0, length), () => socket.resetAndDestroy()),
        );
        assert.equal(heard.length, 0);
      }
    });

    it("survives clients that connect and say nothing", async () => {
      assert.equal((await converse(emu.server.endpoint, (socket) => socket.end())).length, 0);
      assert.equal((await converse(emu.server.endpoint, (socket) => socket.destroy())).length, 0);
    });
  });

  describe("slowly", () => {
    const slow = emulator({ requestTimeout: 50 });

    it("gives up on a header and on a body that does not come, with 408", async () => {
      for (const beginning of ["POST / HT", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"]) {
        const heard = await converse(slow.server.endpoint, (socket) => socket.write(beginning));
        assert.deepEqual(
          parseAnswers(heard).map(({ status }) => status),
          [408],
        );
      }
      assert.equal((await fetch(`${slow.server.endpoint}/_emulator/health`)).status, 200);
    });
  });
});

interface AwsErrorDocument {
  readonly ErrorResponse: {
    readonly Error: { readonly Code: string; readonly Type: string };
    readonly RequestId: string;
  };
}
