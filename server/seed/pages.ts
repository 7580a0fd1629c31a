type Page = Readonly<Record<string, unknown>>;

/** Several pages of authorization details as one: their lists one after the other. They are complete unless each is followed by another. */
export function mergePages(pages: readonly Page[]): Page {
  const [first = {}, ...others] = pages;
  if (others.length === 0) return first;
  const whole: Record<string, unknown> = {};
  for (const page of pages) {
    for (const [name, list] of Object.entries(page)) {
      if (Array.isArray(list))
        whole[name] = [...((whole[name] as unknown[] | undefined) ?? []), ...(list as unknown[])];
    }
  }
  const isCutOff = pages.every(({ IsTruncated, NextToken }) => IsTruncated === true || NextToken !== undefined);
  return { ...whole, IsTruncated: isCutOff };
}
