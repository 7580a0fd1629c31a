/**
 * The emulator's clock, in milliseconds since 1970. It follows the machine's clock until a test freezes, sets or
 * advances it. Handlers read the time only from here, once per request.
 */
export class Clock {
  #offset = 0;
  #frozenAt: number | undefined;
  readonly #machine: () => number;

  /** `machine` returns the real time in milliseconds; tests may inject their own. */
  constructor(machine: () => number = () => Date.now()) {
    this.#machine = machine;
  }

  now(): number {
    return this.#frozenAt ?? this.#machine() + this.#offset;
  }

  /** The machine's own time, which clients sign with if they cannot follow a moved clock. */
  machineNow(): number {
    return this.#machine();
  }

  /** Whether the clock differs from the machine's. */
  get moved(): boolean {
    return this.#frozenAt !== undefined || this.#offset !== 0;
  }

  get frozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  /** Moves the clock by `seconds`, which may be fractional or negative. A frozen clock stays frozen. */
  advance(seconds: number): void {
    const milliseconds = Math.round(seconds * 1000);
    if (this.#frozenAt === undefined) this.#offset += milliseconds;
    else this.#frozenAt += milliseconds;
  }

  /** Sets the clock to `time` (milliseconds); it runs on from there, or stands there if it is frozen. */
  set(time: number): void {
    if (this.#frozenAt === undefined) this.#offset = time - this.#machine();
    else this.#frozenAt = time;
  }

  /** Stops the clock where it is. */
  freeze(): void {
    this.#frozenAt ??= this.now();
  }

  /** Returns a function that sets the clock as it is set now. */
  remember(): () => void {
    const [offset, frozenAt] = [this.#offset, this.#frozenAt];
    return () => {
      this.#offset = offset;
      this.#frozenAt = frozenAt;
    };
  }

  /** Returns to the machine's time. */
  real(): void {
    this.#frozenAt = undefined;
    this.#offset = 0;
  }
}
