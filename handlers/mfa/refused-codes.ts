import type { TotpSecret, UsedCode } from "../../data/entities/mfa.ts";
import { atSecond, span, type Detail } from "../../signing/detail.ts";
import { matchingSteps, stepOf } from "../../signing/totp.ts";

// Why codes of virtual devices and hardware tokens were refused, for the trail. The codes themselves are not shown.

const STEP_MS = 30_000;
/** How many steps before and after now a wrong code is searched for: an hour. */
const SEARCHED = 120;

/** A code that is not valid now; says whether it belongs to another time. */
export const wrongCode =
  (secret: TotpSecret, code: string, now: number): Detail =>
  () => {
    const { serialNumber } = secret;
    const step = nearest(secret, code, now);
    if (step === undefined) {
      return (
        `It is no code of ${serialNumber} from an hour before to an hour after ${atSecond(now)}, the emulator's time: ` +
        `another device's, mistyped, or made from another seed. The right one: iam-local mfa code ${serialNumber}`
      );
    }
    return (
      `It is ${whose(secret, step, now)}: too ${step < deviceStep(secret, now) ? "old" : "early"}. A code is good for a minute ` +
      `before and after its own 30 seconds. The right one: iam-local mfa code ${serialNumber}`
    );
  };

/** A code that was accepted before. */
export const usedCode =
  (serialNumber: string, { usedAt, usedFor }: UsedCode): Detail =>
  () =>
    `The code was used before${usedAt === undefined ? "" : `, at ${atSecond(usedAt)} for ${usedFor}`}; each is good once. ` +
    `One that is not used: iam-local mfa code --next ${serialNumber}`;

/** Two codes that prove nothing. */
export const wrongPair =
  (secret: TotpSecret, code1: string, code2: string, now: number): Detail =>
  () => {
    const { serialNumber, lastPairStep } = secret;
    const hint = `Two that are: iam-local mfa code ${serialNumber}, then the same with --next`;
    if (code1 === code2) return `The same code was given twice. ${hint}`;
    const first = nearest(secret, code1, now);
    const second = nearest(secret, code2, now);
    if (first !== undefined && second !== undefined) {
      if (second === first + 1 && lastPairStep !== undefined && first <= lastPairStep) {
        return `The two codes are not newer than the pair that was taken last. ${hint}`;
      }
      const fault = second < first ? "not in order" : "not consecutive";
      return `The codes are ${fault}: the first is ${whose(secret, first, now)}, the second ${whose(secret, second, now)}. ${hint}`;
    }
    const none =
      first === undefined
        ? second === undefined
          ? "Neither code is"
          : "The first code is not"
        : "The second code is not";
    return `${none} one of ${serialNumber} within an hour of ${atSecond(now)}, the emulator's time. ${hint}`;
  };

const deviceStep = ({ clockAdjustment }: TotpSecret, now: number): number => stepOf(now) + clockAdjustment;

/** The nearest step, within an hour, with this code; undefined if there is none. */
function nearest(secret: TotpSecret, code: string, now: number): number | undefined {
  const middle = deviceStep(secret, now);
  const distance = (step: number) => Math.abs(step - middle);
  const steps = matchingSteps(secret.seed, code, middle - SEARCHED, middle + SEARCHED);
  return steps.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** `the code of 12:00:30Z, 4 min 30 s before the emulator's time` */
function whose({ clockAdjustment }: TotpSecret, step: number, now: number): string {
  const shownAt = (step - clockAdjustment) * STEP_MS;
  const distance = span(now - shownAt);
  return `the code that was shown from ${atSecond(shownAt)}, ${distance} ${shownAt <= now ? "before" : "after"} the emulator's ${atSecond(now)}`;
}
