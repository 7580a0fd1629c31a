import { CONNECT, HEALTH } from "../connection-states.ts";
import { closed, open, signedBytes } from "../wire.ts";
import { deadlineOf } from "./attack-kind.ts";
import { serverAttack } from "./server-attack.ts";

const CONNECTIONS = 8;
const AT_ONCE = 20;

/** Requests with bytes changed, removed, doubled or mixed with those of other requests, on all kinds of pages. */
export const fuzzed = serverAttack(
  "Damaged requests, twenty at once on each connection",
  async ({ endpoint }, scale) => {
    const count = scale === "full" ? 500_000 : 2_000;
    const draw = numbers(1);
    const originals = templates(endpoint);
    const failures = new Set<string>();
    const deadline = deadlineOf(scale);
    let sent = 0;
    const worker = async () => {
      while (sent < count && performance.now() < deadline) {
        sent += AT_ONCE;
        const damagedOnes = Array.from({ length: AT_ONCE }, () => damaged(originals, draw));
        const heard = await conversation(endpoint, Buffer.concat(damagedOnes));
        for (const [status] of heard.matchAll(/HTTP\/1\.1 5(?!01)\d\d[^\r]*/g)) failures.add(`an answer was ${status}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    return { done: `${sent.toLocaleString("en")} requests`, failures: [...failures] };
  },
);

/** Everything received until the emulator has answered what it could and the connection is closed. */
async function conversation(endpoint: string, bytes: Buffer): Promise<string> {
  let heard = "";
  const socket = open(endpoint, (connected) => connected.end(bytes));
  socket.setEncoding("latin1").on("data", (chunk: string) => (heard += chunk));
  await closed(socket);
  return heard;
}

function templates(endpoint: string): readonly Buffer[] {
  const json = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const pages = [
    HEALTH,
    CONNECT,
    get("/_emulator/clock"),
    get("/_emulator/trail?limit=1"),
    get("/console/sign-in"),
    get("/console/authorize?client_id=a&redirect_uri=b"),
    get("/federation?Action=getSigninToken&Session=%7B%7D"),
    get("/latest/meta-data/iam/security-credentials/"),
    get("/_oidc/000000000000/.well-known/openid-configuration"),
    get("/?Action=ListUsers&Version=2010-05-08&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a"),
    json(
      "/v1/token",
      '{"clientId":"arn:aws:signin:::devtools/same-device","grantType":"refresh_token","refreshToken":"a"}',
    ),
    json("/_emulator/authorize", '{"principal":"arn:aws:iam::000000000000:root","action":"s3:GetObject"}'),
  ].map((text) => Buffer.from(text));
  const forms: readonly Record<string, string>[] = [
    { Action: "CreateUser", UserName: "fuzzed", "Tags.member.1.Key": "a", "Tags.member.1.Value": "b" },
    { Action: "ListUsers", MaxItems: "10" },
    {
      Action: "PutUserPolicy",
      UserName: "fuzzed",
      PolicyName: "p",
      PolicyDocument: '{"Statement":[{"Effect":"Deny"}]}',
    },
    { Action: "DeleteUser", UserName: "fuzzed" },
  ];
  return [...pages, ...forms.map((form) => signedBytes(endpoint, "iam", form))];
}

/** A request with a few bytes changed, removed, or taken from another one; one in four is left whole. */
function damaged(originals: readonly Buffer[], draw: (below: number) => number): Buffer {
  let bytes = Buffer.from(originals[draw(originals.length)]!);
  if (draw(4) === 0) return bytes;
  for (let times = 1 + draw(3); times > 0; times--) {
    const at = draw(bytes.length);
    const length = 1 + draw(16);
    const other = originals[draw(originals.length)]!;
    switch (draw(4)) {
      case 0:
        bytes[at] = draw(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(draw(other.length))]);
    }
  }
  return bytes.length === 0 ? Buffer.from("\0") : bytes;
}

/** Numbers below a bound that look random and are the same each time (xorshift). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
