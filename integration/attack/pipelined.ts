import { connect } from "node:net";
import { signedBytes } from "../wire.ts";
import { deadlineOf } from "./attack-kind.ts";
import { serverAttack } from "./server-attack.ts";

const CONNECTIONS = 8;
/** How many requests are sent before any is answered. */
const AT_ONCE = 50;

/** Valid requests, many at once on each connection: each gets its right answer. */
export const pipelined = serverAttack(
  "Valid requests, fifty at once on each connection",
  async ({ endpoint }, scale) => {
    const count = scale === "full" ? 500_000 : 4_000;
    const deadline = deadlineOf(scale);
    let sent = 0;
    let answered = 0;
    const worker = async () => {
      const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
      const send = () => {
        sent += AT_ONCE;
        // Signed again each time, since a signature is valid for fifteen minutes.
        const request = signedBytes(endpoint, "sts", { Action: "GetCallerIdentity" });
        socket.write(Buffer.concat(Array.from({ length: AT_ONCE }, () => request)));
      };
      send();
      let text = "";
      for await (const chunk of socket.setEncoding("latin1")) {
        text += chunk;
        if (good(text) < AT_ONCE) continue;
        answered += AT_ONCE;
        text = "";
        if (sent >= count || performance.now() > deadline) break;
        send();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    const failures = answered === sent ? [] : [`${sent - answered} requests were not answered with 200`];
    return { done: `${sent.toLocaleString("en")} requests`, failures };
  },
);

const good = (text: string): number => text.split("HTTP/1.1 200 OK").length - 1;
