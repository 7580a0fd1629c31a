/**
 * An addition to a refusal, for the trail alone, where AWS's message leaves the cause open. Never contains a secret. A
 * function if it takes work to find out: it is called when the trail is first read, and keeps what it needs until then.
 */
export type Detail = string | (() => string);

/** The greatest length of a detail, in characters: a canonical request of the usual size fits. */
const MOST = 4096;

/** The text of a detail, cut to what the trail takes. */
export function detailText(detail: Detail): string {
  const text = typeof detail === "string" ? detail : detail();
  // A copy, since a substring would keep the whole text in memory.
  return text.length <= MOST ? text : `${Buffer.from(text.slice(0, MOST - 1)).toString()}…`;
}

/** The most bytes of memory that a detail takes; a function holds no more than it can return. */
export function detailSize(detail: Detail | undefined): number {
  if (detail === undefined) return 0;
  return 2 * (typeof detail === "string" ? detail.length : MOST);
}

/** A time (milliseconds since 1970) as details show it: to the second. */
export const atSecond = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

/** A duration in milliseconds as details show it: `1 h 4 min 30 s`. */
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
