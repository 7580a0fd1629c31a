/**
 * A value, or a promise of it if it has to be waited for: an unneeded promise costs as much as a look-up in the state.
 */
export type Soon<T> = T | Promise<T>;

/** Applies `next` to the value, at once if it is there. */
export const whenThere = <T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(next) : next(value);

/** The result of `work`, or of `recover` if it fails, now or later. */
export function attempt<T>(work: () => Soon<T>, recover: (cause: unknown) => Soon<T>): Soon<T> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(recover) : result;
  } catch (cause) {
    return recover(cause);
  }
}
