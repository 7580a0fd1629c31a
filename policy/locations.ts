/** A place in a text: offset from 0, line and column from 1. All count UTF-16 units; CR LF is one line break. */
export interface Location {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Turns offsets in a text into locations. */
export function locationsIn(text: string): (offset: number) => Location {
  const lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), (match) => match.index + match[0].length)];
  return (offset) => {
    let line = 0;
    let after = lineStarts.length;
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if (lineStarts[middle]! <= offset) line = middle;
      else after = middle;
    }
    return { offset, line: line + 1, column: offset - lineStarts[line]! + 1 };
  };
}
