import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, afterEach, describe, it } from "mocha";
import { start } from "../server/index.ts";
import { BODY, CONNECT, HEALTH, policies, STATES } from "./connection-states.ts";
import { emulator } from "./emulator.ts";
import { CLI, withProcess } from "./process.ts";
import { closed, converse, open, parseAnswers, signedBytes } from "./wire.ts";

describe("a connection", () => {
  const emu = emulator();
  const sockets: Socket[] = [];
  const opened = (endpoint: string, speak: (socket: Socket) => void) => {
    const socket = open(endpoint, speak);
    sockets.push(socket);
    return socket;
  };
  const bytes = (parameters: Record<string, string>) => signedBytes(emu.server.endpoint, "iam", parameters);
  const conversation = async (...parts: readonly (string | Buffer)[]) =>
    parseAnswers(
      await converse(emu.server.endpoint, (socket) => {
        for (const part of parts) socket.write(part);
        socket.end();
      }),
    ).map(({ status }) => status);

  afterEach("leaves the others alone", async () => {
    assert.equal((await fetch(`${emu.server.endpoint}/_emulator/health`)).status, 200);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
  });

  for (const [state, sent] of STATES) {
    it(`may be reset ${state}`, async () => {
      const { endpoint } = emu.server;
      for (let i = 0; i < 5; i++) {
        const atOnce = open(endpoint, (socket) => socket.write(sent(endpoint), () => socket.resetAndDestroy()));
        await closed(atOnce);
        const later = open(endpoint, (socket) => {
          socket.write(sent(endpoint));
          // Once this other request is answered, the bytes above have been read; only then is the connection reset.
          void fetch(`${endpoint}/_emulator/health`).then(() => socket.resetAndDestroy());
        });
        later.resume();
        await closed(later);
      }
    });

    it(`may be left alone ${state}, with nothing read, and does not keep the emulator from closing`, async () => {
      const own = await start({ port: 0, log: () => {} });
      for (let i = 0; i < 5; i++) {
        const socket = opened(own.endpoint, (connected) => connected.write(sent(own.endpoint)));
        await once(socket, "connect");
      }
      assert.equal((await fetch(`${own.endpoint}/_emulator/health`)).status, 200);
      await own.close();
    });
  }

  for (const [what, sent] of [
    ["asks for a tunnel", () => CONNECT],
    ["sends no HTTP", () => "hello\r\n\r\n"],
    ["sends more than fits", () => BODY.replace("10", "5000000") + "a".repeat(4_500_000)],
    ["never finishes its request", () => "GET / HT"],
    ["reads no answer", (endpoint: string) => Buffer.concat(Array.from({ length: 100 }, () => policies(endpoint)))],
  ] as const) {
    it(`is ended by the emulator where the client ${what} and never closes`, async () => {
      const impatient = await start({ port: 0, log: () => {}, requestTimeout: 50 });
      const socket = opened(impatient.endpoint, (connected) => connected.write(sent(impatient.endpoint)));
      const writing = setInterval(() => socket.write("\r\n"), 20);
      await closed(socket);
      clearInterval(writing);
      await impatient.close();
    });
  }

  it("gets the answers to all valid requests before the refusal of what came after", async () => {
    const chunk = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    const page = "GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const [end, status] of [
      ["hello\r\n\r\n", 400],
      [chunk, 400],
      [CONNECT, 405],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nx: ${"a".repeat(70_000)}\r\n\r\n`, 431],
    ] as const) {
      const user = `u${status}${end.length}`;
      const asked = Buffer.concat([
        bytes({ Action: "CreateUser", UserName: user }),
        Buffer.from(page),
        bytes({ Action: "GetUser", UserName: user }),
        Buffer.from(end),
      ]);
      assert.deepEqual(await conversation(asked), [200, 200, 200, status], end.slice(0, 50));
    }
  });

  it("gets its requests worked on in their order, however many it sends without waiting", async () => {
    const count = 300;
    const asked = Array.from({ length: count }, (_, i) => [
      bytes({ Action: "CreateUser", UserName: `p${i}` }),
      bytes({ Action: "DeleteUser", UserName: `p${i}` }),
    ]).flat();
    assert.deepEqual(
      await conversation(Buffer.concat(asked)),
      asked.map(() => 200),
    );
  });

  it("is closed where it holds more small requests than anybody asks without waiting", async () => {
    const heard = parseAnswers(await converse(emu.server.endpoint, (socket) => socket.write(HEALTH.repeat(5_000))));
    assert.ok(heard.length < 1_000, `${heard.length} answers`);
  });

  it("is told that its request is too large, though it goes on sending", async () => {
    const head = BODY.replace("10", "100000000");
    const piece = "a".repeat(1_000_000);
    const heard = parseAnswers(
      await converse(emu.server.endpoint, (socket) => {
        socket.write(head);
        const write = () => {
          if (socket.writable) socket.write(piece, write);
        };
        write();
      }),
    );
    assert.deepEqual(
      heard.map(({ status, body }) => [status, body]),
      [[413, "The request is larger than 4194304 bytes.\n"]],
    );
  });

  it("is given up where the unfinished requests of all together take more than 64 MB, and the others go on", async () => {
    const size = 4 * 1024 * 1024;
    const head = BODY.replace("10", String(size));
    // There is room for sixteen bodies that lack one byte.
    const [count, over] = [20, 4];
    let givenUp = 0;
    let finish = () => {};
    const enough = new Promise<void>((resolve) => (finish = resolve));
    const answers = await Promise.all(
      Array.from({ length: count }, async () => {
        const heard = await converse(emu.server.endpoint, (socket) => {
          socket.write(head + "a".repeat(size - 1));
          socket.once("end", () => {
            if (++givenUp === over) finish();
          });
          void enough.then(() => socket.end("a"));
        });
        return parseAnswers(heard).map(({ status, body }) => `${status} ${body}`);
      }),
    );
    const told = answers.flat().sort();
    assert.deepEqual(told, [
      ...Array.from({ length: count - over }, () => "302 "),
      ...Array.from({ length: over }, () => "503 Too many large requests are being sent at once.\n"),
    ]);
  });

  it("has nothing worked on while the answers before are not read", async () => {
    const own = await start({ port: 0, log: () => {} });
    // A hundred answers of half a megabyte, of which the system buffers a few.
    const asked = Buffer.concat(Array.from({ length: 100 }, () => policies(own.endpoint)));
    const socket = opened(own.endpoint, (connected) => connected.write(asked));
    await once(socket, "connect");
    for (let i = 0; i < 20; i++) await fetch(`${own.endpoint}/_emulator/clock`);
    const worked = own.trail().length;
    assert.ok(worked > 0 && worked < 80, `${worked} answers for a client that reads none`);
    await own.close();
  });

  it("makes room for a new one where the process may open no more", async function () {
    if (process.platform === "win32") {
      console.warn("    SKIPPED: there is no limit of open files (ulimit) on this machine");
      this.skip();
    }
    const limited = ["-c", 'ulimit -n 256 && exec "$0" "$@"', process.execPath, CLI, "start", "--port", "0"];
    const { code, stderr } = await withProcess("/bin/sh", limited, {}, async ({ endpoint }) => {
      const idle = Array.from({ length: 600 }, () => opened(endpoint, () => {}));
      await Promise.all(idle.map((socket) => once(socket, "connect")));
      for (const path of ["/_emulator/health", "/_emulator/clock", "/console/sign-in"]) {
        assert.equal((await fetch(endpoint + path)).status, 200, path);
      }
      const left = idle.filter((socket) => !socket.destroyed && !socket.readableEnded);
      assert.ok(left.length > 0);
    });
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("does not keep the process from stopping, whatever state it is in", async () => {
    const { code, stdout } = await withProcess(
      process.execPath,
      [CLI, "start", "--port", "0"],
      {},
      async ({ endpoint }) => {
        for (const [, sent] of STATES)
          await once(
            opened(endpoint, (socket) => socket.write(sent(endpoint))),
            "connect",
          );
        assert.equal((await fetch(`${endpoint}/_emulator/health`)).status, 200);
      },
    );
    assert.equal(code, 0);
    assert.match(stdout, /SIGTERM, closing/);
  });
});
