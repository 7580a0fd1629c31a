/** How many entities there are, by collection, for people. */
export const countsOf = (sizes: Iterable<readonly [name: string, size: number]>): string =>
  [...sizes]
    .filter(([, size]) => size > 0)
    .map(([name, size]) => `${name} ${size}`)
    .join(", ") || "nothing";
