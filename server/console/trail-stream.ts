import type { Response } from "express";
import type { Clock } from "../../data/clock.ts";
import type { Emulation } from "../emulation.ts";
import type { TrailEvent } from "../trail-event.ts";
import type { Trail, TrailEntry } from "../trail.ts";

// What pages of the trail listen to: server-sent events (HTML, "Server-sent events"). Requests are not slowed by listeners: an
// entry is put aside, and told later, its text made once for all of them.

const MOST_LISTENERS = 256;
/** Bytes that a listener may have left unread before it is let go; the browser asks again for what it has missed. */
const MOST_BEHIND = 256 * 1024;
/** Entries that wait to be told; the older ones are no longer on the page that shows them. */
const MOST_WAITING = 200;
const TOLD_AFTER_MS = 50;
/** More often than proxies and the server itself close what is silent. */
const HEARTBEAT_MS = 5000;

/** Somebody who watches the trail. */
interface Listener {
  readonly response: Response;
  /** By whom the browser is known. */
  readonly visitorId: string;
  readonly admits: (event: TrailEvent) => boolean;
}

/** What listeners are told of a request. */
export type Tell = (event: TrailEvent, now: number) => string;

/** The listeners of an era's trail. */
export class TrailStream {
  readonly #listeners = new Set<Listener>();
  readonly #trail: Trail;
  readonly #clock: Clock;
  readonly #tell: Tell;
  #waiting: TrailEntry[] = [];
  #telling: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(trail: Trail, clock: Clock, tell: Tell) {
    this.#trail = trail;
    this.#clock = clock;
    this.#tell = tell;
  }

  get size(): number {
    return this.#listeners.size;
  }

  get isFull(): boolean {
    return this.#listeners.size >= MOST_LISTENERS;
  }

  /** Tells a listener what came after the request of that id (all there is, where it is none that is kept), and what comes from now on. */
  add(listener: Listener, after: string | undefined): void {
    const { response } = listener;
    const events = this.#trail.list();
    const place = events.findIndex(({ requestID }) => requestID === after);
    const missed = place < 0 ? events : events.slice(0, place);
    // What waits is in the trail already: it is told now, so that nobody is told twice.
    this.#tellAll();
    response.write("retry: 2000\n\n");
    const now = this.#clock.now();
    for (const event of missed.slice(0, MOST_WAITING).toReversed()) {
      if (listener.admits(event)) response.write(this.#message(event, now));
    }
    this.#listeners.add(listener);
    // Who has closed their side may wait for an answer (server/http.ts), but not for this one, which has no end.
    const { socket } = response;
    const gone = () => void response.destroy();
    socket?.on("end", gone);
    response.on("close", () => {
      socket?.off("end", gone);
      this.#remove(listener);
    });
    if (response.destroyed) return this.#remove(listener);
    this.#trail.watcher = this.#put;
    this.#heartbeat ??= setInterval(this.#beat, HEARTBEAT_MS).unref();
  }

  /** Ends what a visitor listens to; without one, all of it. */
  end(visitorId?: string): void {
    for (const listener of this.#listeners) {
      if (visitorId !== undefined && listener.visitorId !== visitorId) continue;
      listener.response.end("event: end\ndata:\n\n");
      this.#remove(listener);
    }
  }

  readonly #put = (entry: TrailEntry): void => {
    this.#waiting.push(entry);
    if (this.#waiting.length > 2 * MOST_WAITING) this.#waiting = this.#waiting.slice(-MOST_WAITING);
    this.#telling ??= setTimeout(this.#tellAll, TOLD_AFTER_MS).unref();
  };

  readonly #tellAll = (): void => {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    const now = this.#clock.now();
    for (const entry of this.#waiting.splice(0).slice(-MOST_WAITING)) {
      const event = entry.event();
      let message: string | undefined;
      for (const listener of this.#listeners) {
        if (listener.admits(event)) this.#write(listener, (message ??= this.#message(event, now)));
      }
    }
  };

  readonly #beat = (): void => {
    const message = `event: now\ndata: ${this.#clock.now()}\n\n`;
    for (const listener of this.#listeners) this.#write(listener, message);
  };

  /** Lines of data, in which a line break begins another one. */
  #message(event: TrailEvent, now: number): string {
    const data = this.#tell(event, now).replace(/\r\n?|\n/g, "\ndata: ");
    return `id: ${event.requestID}\ndata: ${data}\n\n`;
  }

  #write(listener: Listener, message: string): void {
    const { response } = listener;
    response.write(message);
    if (response.writableLength <= MOST_BEHIND) return;
    this.#remove(listener);
    response.destroy();
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#telling);
    this.#heartbeat = this.#telling = undefined;
    this.#trail.watcher = undefined;
    this.#waiting = [];
  }
}

/** What an era keeps: its stream, once somebody has listened. */
const held = (): { stream?: TrailStream } => ({});

/** The listeners of the era that is now; a reset ends it, and what they listen to. */
export function trailStreamOf({ era, clock }: Emulation, tell: Tell): TrailStream {
  const memory = era.memory(held);
  if (memory.stream) return memory.stream;
  const stream = (memory.stream = new TrailStream(era.trail, clock, tell));
  era.onEnd(() => stream.end());
  return stream;
}

/** Ends what a visitor of the era that is now listens to. */
export const endStreamsOf = (visitorId: string, { era }: Emulation): void => era.memory(held).stream?.end(visitorId);
