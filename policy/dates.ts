// AWS reads dates as Joda-Time's dateOptionalTimeParser does. Recorded were the limits of its years, a year of two
// digits, an empty time (`01T`) and an offset with only hours (`+23`; evidence: condition-date).

const DATE = /^([+-]?\d{1,9})(?:-(\d{3})|-W(\d{1,2})(?:-(\d))?|-(\d{1,2})(?:-(\d{1,2}))?)?(?:T(.*))?$/i;
const TIME = /^(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?$/i;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const FIRST_YEAR = -292_275_054;
const LAST_YEAR = 292_278_993;
const LAST_EPOCH_SECOND = 2n ** 63n - 1n;

/**
 * The time in a text, in milliseconds since 1970, or undefined if it is none. Digits alone are seconds since 1970;
 * otherwise the text is ISO 8601, in UTC if it has no offset, cut to milliseconds.
 */
export function parseDate(text: string): number | undefined {
  if (/^\+?\d{1,30}$/.test(text)) {
    const seconds = BigInt(text.replace("+", ""));
    return seconds <= LAST_EPOCH_SECOND ? Number(seconds) * SECOND : undefined;
  }
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, year, dayOfYear, week, dayOfWeek, month, day, time] = match;
  const date = dateOf(Number(year), { dayOfYear, week, dayOfWeek, month, day });
  const ofDay = timeOfDay(time ?? "");
  return date === undefined || ofDay === undefined ? undefined : date * DAY + ofDay;
}

interface WithinYear {
  readonly dayOfYear: string | undefined;
  readonly week: string | undefined;
  readonly dayOfWeek: string | undefined;
  readonly month: string | undefined;
  readonly day: string | undefined;
}

/** Days since 1970-01-01. */
function dateOf(year: number, within: WithinYear): number | undefined {
  if (year < FIRST_YEAR || year > LAST_YEAR) return undefined;
  const newYear = daysBeforeYear(year);
  if (within.dayOfYear !== undefined) {
    const dayOfYear = Number(within.dayOfYear);
    return inRange(dayOfYear, 1, isLeap(year) ? 366 : 365) ? newYear + dayOfYear - 1 : undefined;
  }
  if (within.week !== undefined) {
    const [week, dayOfWeek] = [Number(within.week), Number(within.dayOfWeek ?? "1")];
    const [first, next] = [firstMonday(year), firstMonday(year + 1)];
    return inRange(week, 1, (next - first) / 7) && inRange(dayOfWeek, 1, 7)
      ? first + (week - 1) * 7 + dayOfWeek - 1
      : undefined;
  }
  const [month, day] = [Number(within.month ?? "1"), Number(within.day ?? "1")];
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const length = lengths[month - 1];
  if (length === undefined || !inRange(day, 1, length)) return undefined;
  return newYear + lengths.slice(0, month - 1).reduce((sum, days) => sum + days, 0) + day - 1;
}

/** Milliseconds from midnight UTC; an offset may move it into another day. */
function timeOfDay(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, hour = "0", minute, second, fraction, offset = "Z"] = match;
  if (
    !inRange(Number(hour), 0, 23) ||
    !inRange(Number(minute ?? "0"), 0, 59) ||
    !inRange(Number(second ?? "0"), 0, 59)
  ) {
    return undefined;
  }
  const unit = second !== undefined ? SECOND : minute !== undefined ? MINUTE : HOUR;
  const rest = fraction === undefined ? 0 : Math.floor((Number(fraction) * unit) / 10 ** fraction.length);
  const east = offsetOf(offset);
  if (east === undefined) return undefined;
  return Number(hour) * HOUR + Number(minute ?? "0") * MINUTE + Number(second ?? "0") * SECOND + rest - east;
}

function offsetOf(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).match(/\d{2}/g)!.map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const east = hours * HOUR + minutes * MINUTE + seconds * SECOND;
  return text.startsWith("-") ? -east : east;
}

const inRange = (value: number, least: number, most: number): boolean => value >= least && value <= most;
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days from 1970-01-01 to the first day of the year, in the proleptic Gregorian calendar. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 719_162;
}

/** The Monday that begins week 1, which is the week with 4 January. 1970-01-01 was a Thursday. */
function firstMonday(year: number): number {
  const fourth = daysBeforeYear(year) + 3;
  return fourth - ((((fourth + 3) % 7) + 7) % 7);
}
