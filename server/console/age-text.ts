const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
] as const;

/** How long ago something was, in the largest unit of which it is one: `12 s ago`, `3 h ago`. Both in milliseconds. */
export function ageText(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 0) return "later";
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  return seconds === 0 ? "now" : `${Math.floor(seconds / length)} ${unit} ago`;
}
