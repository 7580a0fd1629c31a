import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Response } from "express";
import { describe, it } from "mocha";
import type { Clock } from "../../data/clock.ts";
import { Trail } from "../trail.ts";
import { TrailStream } from "./trail-stream.ts";

/** A browser that has left that many bytes unread. */
const responseWith = (unread: number) =>
  Object.assign(new EventEmitter(), {
    destroyed: false,
    writableLength: unread,
    written: "",
    write(text: string) {
      this.written += text;
    },
    end(text: string) {
      this.written += text;
    },
    destroy() {
      this.destroyed = true;
    },
  });

describe("listeners of the trail", () => {
  it("are let go when they do not read, and nothing is kept once the last is gone", () => {
    const trail = new Trail();
    let made = 0;
    const stream = new TrailStream(trail, { now: () => 0 } as Clock, () => `row ${++made}`);
    const [slow, quick] = [responseWith(300_000), responseWith(0)];
    const add = (response: object) =>
      stream.add({ response: response as Response, visitorId: "", admits: () => true }, undefined);
    add(slow);
    add(quick);
    trail.record({ requestId: "1", authorizations: [], size: 1, event: () => ({ requestID: "1" }) as never });
    // Whoever comes has what waits told to those who are there.
    add(responseWith(0));
    assert.ok(slow.destroyed && !quick.destroyed);
    assert.match(quick.written, /id: 1\ndata: row 1\n\n$/);
    assert.equal(stream.size, 2);
    stream.end();
    assert.equal(stream.size, 0);
    assert.equal(trail.watcher, undefined);
  });

  it("are let go as soon as their side of the connection is closed", () => {
    const stream = new TrailStream(new Trail(), { now: () => 0 } as Clock, () => "row");
    const socket = new EventEmitter();
    const response = Object.assign(responseWith(0), { socket });
    stream.add({ response: response as object as Response, visitorId: "", admits: () => true }, undefined);
    socket.emit("end");
    assert.ok(response.destroyed);
    response.emit("close");
    assert.equal(stream.size, 0);
    assert.equal(socket.listenerCount("end"), 0);
  });
});
