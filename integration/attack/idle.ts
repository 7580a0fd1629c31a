import { once } from "node:events";
import { open } from "../wire.ts";
import { serverAttack } from "./server-attack.ts";

const FILES = 256;

/** More connections than the process may open, which send nothing or half a request. */
export const idle = serverAttack(
  `Idle connections where the process may open ${FILES} files`,
  async ({ endpoint }, scale) => {
    const count = scale === "full" ? 5_000 : 600;
    for (let i = 0; i < count; i++) {
      const socket = open(endpoint, (connected) => connected.write(i % 2 === 0 ? "" : "POST / HTTP/1.1\r\nHo"));
      await once(socket, "connect");
    }
    const failures = [];
    for (const path of ["/_emulator/clock", "/console/sign-in"]) {
      const { status } = await fetch(endpoint + path);
      if (status !== 200) failures.push(`${path} answered ${status}`);
    }
    return { done: `${count.toLocaleString("en")} connections`, failures };
  },
  { shell: `ulimit -n ${FILES} &&` },
);
