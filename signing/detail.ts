/**
 * What the trail says of a refusal besides, where AWS's message leaves the cause open; nobody else is told. Never a secret.
 * A function where finding out costs something: it is asked when the trail is first read, and holds what it needs.
 */
export type Detail = string | (() => string);

/** The most that a detail has, in characters: a canonical request of the usual size fits. */
const MOST = 4096;

/** The text of a detail; what is longer than the trail takes is cut. */
export function detailText(detail: Detail): string {
  const text = typeof detail === "string" ? detail : detail();
  // A copy, since a part of a text would keep the whole of it in memory.
  return text.length <= MOST ? text : `${Buffer.from(text.slice(0, MOST - 1)).toString()}…`;
}

/** The bytes of memory that a detail takes, at most: what a function holds is no more than it tells. */
export function detailSize(detail: Detail | undefined): number {
  if (detail === undefined) return 0;
  return 2 * (typeof detail === "string" ? detail.length : MOST);
}

/** A time (milliseconds since 1970) as details tell it: to the second. */
export const atSecond = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

/** A stretch of time in milliseconds, as details tell it: `1 h 4 min 30 s`. */
export function span(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return told.join(" ") || "0 s";
}
