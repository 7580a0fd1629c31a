/** A value, or a promise of it where somebody has to wait: a promise that nobody needs costs as much as a look at the state. */
export type Soon<T> = T | Promise<T>;

/** What `next` makes of the value: at once where it is there. */
export const whenThere = <T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(next) : next(value);

/** What comes of `work`, or what `recover` makes of its failure, now or later. */
export function attempt<T>(work: () => Soon<T>, recover: (cause: unknown) => Soon<T>): Soon<T> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(recover) : result;
  } catch (cause) {
    return recover(cause);
  }
}
