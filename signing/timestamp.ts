// The two formats of a signature's time.

/** A time in milliseconds since 1970, and in the form that is signed: `YYYYMMDDThhmmssZ`. */
export interface Timestamp {
  readonly time: number;
  readonly text: string;
}

/** `time` as `YYYYMMDDThhmmssZ`, ISO 8601's basic format; fractions of a second are cut off. */
export const isoBasic = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");

/** Reads `YYYYMMDDThhmmssZ`; undefined for any other text and for days and hours that do not exist. */
export function parseIsoBasic(text: string): Timestamp | undefined {
  if (text.length !== 16 || text[8] !== "T" || text[15] !== "Z") return undefined;
  const month = digits(text, 4, 6);
  const day = digits(text, 6, 8);
  const hour = digits(text, 9, 11);
  const minute = digits(text, 11, 13);
  const second = digits(text, 13, 15);
  const time = Date.UTC(digits(text, 0, 4), month - 1, day, hour, minute, second);
  const exists = month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60;
  return exists && new Date(time).getUTCDate() === day ? { time, text } : undefined;
}

/** Reads an HTTP date such as `Sun, 30 Aug 2015 12:36:00 GMT`; undefined for any other text. */
export function parseHttpDate(text: string): Timestamp | undefined {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toUTCString() === text ? { time, text: isoBasic(time) } : undefined;
}

/** The number in `text` from `start` up to `end`; NaN if a character is not a digit. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return number;
}
