/** A time (milliseconds since 1970) as a part of a key: such parts sort as the times do. */
export const timeKey = (time: number): string => String(Math.trunc(time)).padStart(16, "0");
