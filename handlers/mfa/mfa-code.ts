/** The code that a device shows, or that a phone was sent. */
export interface MfaCode {
  readonly code: string;
  /** The next code that the device shows. A text message has none. */
  readonly next?: string;
  /** Milliseconds since 1970: when the device shows its next code, or when the code that was sent expires. */
  readonly validUntil: number;
}
