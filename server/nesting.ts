/** Deeper than anything that is accepted, and far less than what recursive code, such as JSON.stringify, can handle. */
const DEEPEST = 100;

/**
 * Whether brackets in a JSON text are nested more than a hundred levels deep. To be checked before parsing, which takes
 * seconds for millions of levels.
 */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (quoted) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > DEEPEST) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth = Math.max(0, depth - 1);
  }
  return false;
}

const LISTS_IN_LISTS = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${DEEPEST}}`, "m");

/**
 * The same for a YAML text, for nesting that needs no line per level: brackets, and lists in lists on one line. YAML's
 * parser ends the process if the nesting is too deep.
 */
export const isTooDeepYaml = (yaml: string): boolean => LISTS_IN_LISTS.test(yaml) || isTooDeep(yaml);
