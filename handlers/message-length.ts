/**
 * The most characters of a message. AWS quotes the faulty value, and so do we: any permitted value is quoted whole, but
 * an answer must not be several times as long as the largest request.
 */
const LONGEST_MESSAGE = 128 * 1024;

/** A message, cut if it is too long. */
export function messageOf(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  // A copy: a substring would keep the whole text in memory.
  return `${Buffer.from(text.slice(0, LONGEST_MESSAGE)).toString()}…`;
}
