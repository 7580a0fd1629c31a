import { InvalidArgumentError } from "commander";

/** The value of an option or argument in whole seconds, which may be negative. */
export function wholeSeconds(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError("It takes a whole number of seconds.");
  return Number(text);
}

/** The same with fractions. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("It takes a number of seconds.");
  return value;
}
