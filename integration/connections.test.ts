import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { afterEach, describe, it } from "mocha";
import { emulator } from "./emulator.ts";

describe("a connection", () => {
  const emu = emulator();

  afterEach("leaves the others alone", async () => {
    assert.equal((await fetch(`${emu.server.endpoint}/_emulator/health`)).status, 200);
  });

  /** Opens a connection, sends bytes, waits for the first that come back, and breaks it off with a reset. */
  function resetAfterAnswer(bytes: string): Promise<void> {
    return new Promise((resolve) => {
      const { hostname, port } = new URL(emu.server.endpoint);
      const socket: Socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.once("data", () => socket.resetAndDestroy());
      socket.on("close", () => resolve());
    });
  }

  it("may be reset after CONNECT was refused", async () => {
    for (let i = 0; i < 10; i++) {
      await resetAfterAnswer("CONNECT aws.amazon.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
  });
});
