import type { Clock } from "../../data/clock.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject } from "../web/input.ts";
import type { Routes } from "../web/routes.ts";

const COMMANDS = ["advance", "set", "freeze", "real"] as const;
const USAGE =
  'Send exactly one of {"advance": seconds}, {"set": "2026-11-24T12:00:00Z"}, {"freeze": true} and {"real": true}.';

/** The last moment that AWS's timestamps can express, since they have four-digit years. */
const LAST_MOMENT = Date.UTC(10000, 0) - 1;
const ISO_8601 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** `/_emulator/clock`: shows the emulator's time and moves it. */
export function clockRoutes(clock: Clock): Routes {
  const now = () => ({ now: new Date(clock.now()).toISOString() });
  return {
    "/clock": {
      GET: now,
      async POST(request) {
        moveClock(clock, jsonObject(request, COMMANDS));
        await clock.shared();
        return now();
      },
    },
  };
}

/** Moves the clock by exactly one of the clock's commands. Throws InvalidRequest. */
export function moveClock(clock: Clock, body: Readonly<Partial<Record<(typeof COMMANDS)[number], unknown>>>): void {
  const [command, ...others] = COMMANDS.filter((name) => body[name] !== undefined);
  if (command === undefined || others.length > 0) throw InvalidRequest(USAGE);
  const value = body[command];
  if (command === "advance") clock.advance(seconds(value, clock.now()));
  else if (command === "set") clock.set(moment(value));
  else if (value !== true) throw InvalidRequest(`${command} must be true. ${USAGE}`);
  else if (command === "freeze") clock.freeze();
  else clock.real();
}

function seconds(value: unknown, now: number): number {
  if (typeof value !== "number") throw InvalidRequest(`advance must be a number of seconds. ${USAGE}`);
  const moved = now + value * 1000;
  if (!(moved >= 0 && moved <= LAST_MOMENT)) {
    throw InvalidRequest("advance must leave the clock between the years 1970 and 9999.");
  }
  return value;
}

function moment(value: unknown): number {
  const time = typeof value === "string" && ISO_8601.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) {
    throw InvalidRequest('set must be a time in ISO 8601 with its zone, such as "2026-11-24T12:00:00Z".');
  }
  if (time < 0) throw InvalidRequest("set must be a time between the years 1970 and 9999.");
  return time;
}
