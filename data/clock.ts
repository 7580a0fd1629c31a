/** How far an emulator's clock is from the machine's, and whether it stands. */
export interface ClockSettings {
  /** Milliseconds. */
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly frozenAt?: number | undefined;
}

/** What moves a clock, wherever it was: so that of two moves at once none is lost. */
export type ClockMove = (settings: ClockSettings) => ClockSettings;

export const REAL_TIME: ClockSettings = { offset: 0 };

/**
 * The emulator's clock, in milliseconds since 1970. It follows the machine's clock until a test freezes, sets or
 * advances it. Handlers read the time only from here, once per request.
 */
export class Clock {
  #offset = 0;
  #frozenAt: number | undefined;
  readonly #machine: () => number;
  #share: ((move: ClockMove) => Promise<void>) | undefined;
  #shared: Promise<void> | undefined;

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
    this.#move(({ offset, frozenAt }) =>
      frozenAt === undefined ? { offset: offset + milliseconds } : { offset, frozenAt: frozenAt + milliseconds },
    );
  }

  /** Sets the clock to `time` (milliseconds); it runs on from there, or stands there if it is frozen. */
  set(time: number): void {
    const machine = this.#machine();
    this.#move(({ offset, frozenAt }) =>
      frozenAt === undefined ? { offset: time - machine } : { offset, frozenAt: time },
    );
  }

  /** Stops the clock where it is. */
  freeze(): void {
    const machine = this.#machine();
    this.#move(({ offset, frozenAt }) => ({ offset, frozenAt: frozenAt ?? machine + offset }));
  }

  /** Returns to the machine's time. */
  real(): void {
    this.#move(() => REAL_TIME);
  }

  /** Returns a function that sets the clock as it is set now. */
  remember(): () => void {
    const { settings } = this;
    return () => this.#move(() => settings);
  }

  get settings(): ClockSettings {
    return { offset: this.#offset, frozenAt: this.#frozenAt };
  }

  /** Sets the clock as it was set elsewhere. */
  apply({ offset, frozenAt }: ClockSettings): void {
    this.#offset = offset;
    this.#frozenAt = frozenAt;
  }

  /** From now on `share` is told of each move, too, and carries it to the other processes. */
  share(share: (move: ClockMove) => Promise<void>): void {
    this.#share = share;
  }

  /** Settles when the last move is shared, or rejects if it could not be; undefined if nobody shares the clock. */
  shared(): Promise<void> | undefined {
    return this.#shared;
  }

  #move(move: ClockMove): void {
    this.apply(move(this.settings));
    this.#shared = this.#share?.(move);
    // Whoever asks for it is told.
    this.#shared?.catch(() => {});
  }
}
