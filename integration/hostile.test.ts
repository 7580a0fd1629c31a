import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import aws4 from "aws4";
import { XMLParser } from "fast-xml-parser";
import { afterEach, describe, it } from "mocha";
import { emulator } from "./emulator.ts";

/** What came back on a socket: each answer's status, headers in lower case, and body. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe("the server, whatever is sent to it", () => {
  const emu = emulator();

  afterEach("goes on answering", async () => {
    const { Arn } = await emu.sts().send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::000000000000:root");
  });

  /** Sends bytes as they are, half-closes, and reads until the server closes, too. */
  async function exchange(...parts: readonly (string | Buffer)[]): Promise<Answer[]> {
    return parseAnswers(
      await converse((socket) => {
        for (const part of parts) socket.write(part);
        socket.end();
      }),
    );
  }

  function converse(speak: (socket: Socket) => void): Promise<Buffer> {
    return new Promise((resolve) => {
      const { hostname, port } = new URL(emu.server.endpoint);
      const chunks: Buffer[] = [];
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => speak(socket));
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("end", () => socket.end());
      socket.on("error", () => {});
      socket.on("close", () => resolve(Buffer.concat(chunks)));
    });
  }

  /** A request that root has signed, ready for the wire. */
  function signed(body: string | Buffer, { headers = {}, path = "/", method = "POST" } = {}): Buffer {
    const bytes = Buffer.from(body);
    const request = aws4.sign(
      {
        host: new URL(emu.server.endpoint).host,
        service: "iam",
        region: "us-east-1",
        method,
        path,
        body: bytes,
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Amz-Date": "20261124T120000Z",
          ...headers,
        },
      },
      emu.server.rootCredentials,
    );
    const lines = Object.entries(request.headers!).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), bytes]);
  }

  const show = (name: string, answers: Answer[]) =>
    console.log(
      name.slice(0, 60),
      answers.map((a) => `${a.status} ${a.body.replace(/\s+/g, " ").slice(0, 240)}`),
    );

  it("explore", async () => {
    const host = `Host: ${new URL(emu.server.endpoint).host}\r\n`;
    for (const text of [
      "\0\0\0\0",
      "hello\r\n\r\n",
      "GET /\r\n\r\n",
      "BREW / HTTP/1.1\r\n" + host + "\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      `GET / HTTP/1.1\r\n${host}no colon\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`,
      `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
      `POST / HTTP/1.1\r\n${host}Content-Length: 1e3\r\n\r\n`,
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `GET / HTTP/1.1\r\n${host}x: ${"a".repeat(70_000)}\r\n\r\n`,
      `GET /${"a".repeat(70_000)} HTTP/1.1\r\n${host}\r\n`,
      `GET /?a=b c HTTP/1.1\r\n${host}\r\n`,
      `GET /é HTTP/1.1\r\n${host}\r\n`,
      "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
      `GET / HTTP/0.9\r\n\r\n`,
      `GET / HTTP/1.0\r\n\r\n`,
      `HEAD / HTTP/1.1\r\n${host}\r\n`,
      `PUT / HTTP/1.1\r\n${host}\r\n`,
      `OPTIONS / HTTP/1.1\r\n${host}\r\n`,
      `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
      `TRACE / HTTP/1.1\r\n${host}\r\n`,
      `CONNECT a:80 HTTP/1.1\r\n${host}\r\n`,
      `DELETE / HTTP/1.1\r\n${host}\r\n`,
      `PATCH / HTTP/1.1\r\n${host}\r\n`,
      `GET / HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      `POST / HTTP/1.1\r\n${host}Expect: miracles\r\nContent-Length: 0\r\n\r\n`,
      `GET http://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\n${host}\r\n`,
      `GET //?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\n${host}\r\n`,
      `GET /%zz?%zz=1 HTTP/1.1\r\n${host}\r\n`,
      `GET /_emulator/%zz HTTP/1.1\r\n${host}\r\n`,
      `GET /_emulatorx HTTP/1.1\r\n${host}\r\n`,
      `GET /_emulator/clock HTTP/1.1\r\nHost: a b\r\n\r\n`,
      `GET /_emulator HTTP/1.1\r\n${host}\r\n`,
      `GET /_emulator/../x HTTP/1.1\r\n${host}\r\n`,
      `POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`,
    ])
      show(JSON.stringify(text), await exchange(Buffer.from(text, "latin1")));
    const V = "&Version=2010-05-08";
    for (const form of [
      `Action=%${V}`,
      `Action=%zz${V}`,
      `Action=ListUsers${V}&X=%ff%fe`,
      `Action=GetUser${V}&UserName=a%00b`,
      `Action=GetUser${V}&UserName=%ED%A0%80`,
      `Action=CreateRole${V}&RoleName=x&Description=%ED%A0%80&AssumeRolePolicyDocument=%7B%7D`,
      `__proto__=1&constructor=2&toString=3&Action=ListUsers${V}`,
      `Action=__proto__${V}`,
      `Action=constructor${V}`,
      `Action=ListUsers&Version=__proto__`,
      `Action=TagUser${V}&UserName=a&Tags.member.__proto__.Key=x`,
      `Action=TagUser${V}&UserName=a&Tags.member.1.__proto__=x`,
      `Action=TagUser${V}&UserName=a&Tags.member.999999999.Key=x`,
      `Action=TagUser${V}&UserName=a&Tags.member.0.Key=x&Tags.member.-1.Key=y&Tags.member.1e9.Key=z`,
      `Action=TagUser${V}&UserName=a&Tags=x`,
      `Action=TagUser${V}&UserName=a&Tags.member=x`,
      `Action=ListUsers${V}${Array.from({ length: 1001 }, (_, i) => `&p${i}=${i}`).join("")}`,
      `Action=TagUser${V}&UserName=a${Array.from({ length: 1001 }, (_, i) => `&Tags.member.${i + 1}.Key=k${i}&Tags.member.${i + 1}.Value=`).join("")}`,
      `Action=ListUsers${V}&${"a.".repeat(10_000)}=1`,
      `Action=GetUser${V}&UserName=${"a".repeat(1_000_000)}`,
      ``,
      `&&&&`,
      `=`,
      `=&=&=`,
      `Action`,
      `Action=ListUsers&Action=GetUser${V}`,
      `Action=ListUsers${V}&MaxItems=99999999999999999999`,
      `Action=ListUsers${V}&MaxItems=NaN`,
      `Action=ListUsers${V}&Marker=%00`,
      Buffer.from([0xff, 0xfe, 0x3d, 0x00]),
    ])
      show(form.toString(), await exchange(signed(form)));
    show("gzip", await exchange(signed(gzipSync(`Action=ListUsers${V}`), { headers: { "Content-Encoding": "gzip" } })));
    show(
      "utf16",
      await exchange(
        signed(Buffer.from(`Action=ListUsers${V}`, "utf16le"), {
          headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-16" },
        }),
      ),
    );
    show("json", await exchange(signed(`{}`, { headers: { "Content-Type": "application/json" } })));
    show("notype", await exchange(signed(`{}`, { headers: { "Content-Type": "" } })));
    show("10MB", await exchange(signed("a".repeat(10_000_000))));
    show("lying", await exchange(`POST / HTTP/1.1\r\n${host}Content-Length: 10000000\r\n\r\nabc`));
    show(
      "ctl10MB",
      await exchange(
        `POST /_emulator/clock HTTP/1.1\r\n${host}Content-Length: 10000000\r\n\r\n`,
        "a".repeat(10_000_000),
      ),
    );
    show(
      "chunked",
      await exchange(
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`,
        ...Array.from({ length: 10 }, () => `F4240\r\n${"a".repeat(1_000_000)}\r\n`),
        "0\r\n\r\n",
      ),
    );
    show(
      "pipe",
      await exchange(signed(`Action=ListUsers${V}`), signed(`Action=GetUser${V}`), signed(`Action=Nope${V}`)),
    );
  });
});

function parseAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    assert.notEqual(end, -1, `no HTTP: ${rest.slice(0, 200)}`);
    const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1];
    assert.ok(status, `no status line: ${statusLine}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    rest = rest.slice(end + 4);
    if (status === "100") continue;
    const chunked = headers["transfer-encoding"] === "chunked";
    // What node answers by itself comes in one chunk.
    const size = chunked ? Number.parseInt(rest, 16) : Number(headers["content-length"] ?? 0);
    const length = chunked ? rest.indexOf("0\r\n\r\n") + 5 : size;
    answers.push({
      status: Number(status),
      headers,
      body: Buffer.from(rest.slice(0, length), "latin1").toString("utf8"),
    });
    rest = rest.slice(length);
  }
  return answers;
}
void XMLParser;
