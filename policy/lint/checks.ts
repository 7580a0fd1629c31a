import type { Check } from "./check.ts";
import { ERRORS } from "./checks/errors.ts";
import { OURS } from "./checks/ours.ts";
import { SUGGESTIONS } from "./checks/suggestions.ts";
import { SECURITY_WARNINGS, WARNINGS } from "./checks/warnings.ts";

const ALL = { ...ERRORS, ...SECURITY_WARNINGS, ...WARNINGS, ...SUGGESTIONS, ...OURS };

/** The name of a check, which stays the same from release to release: Access Analyzer's issue code, or one of ours. */
export type Code = keyof typeof ALL;

/** All checks by their codes. */
export const CHECKS: Readonly<Record<Code, Check>> = ALL;

/** Whether there is such a check. */
export const isCode = (text: string): text is Code => Object.hasOwn(ALL, text);
