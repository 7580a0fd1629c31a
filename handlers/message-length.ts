/**
 * Characters of a message. AWS quotes what was wrong, and so do we: whole where it is as long as a value may be, but an answer is
 * not as long as the largest request, and several times at that.
 */
const LONGEST_MESSAGE = 128 * 1024;

/** A message, cut where it is too long. */
export function messageOf(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  // A copy: a mere part would keep the whole text in memory.
  return `${Buffer.from(text.slice(0, LONGEST_MESSAGE)).toString()}…`;
}
