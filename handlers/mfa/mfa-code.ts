/** What a device shows, or a phone was sent. */
export interface MfaCode {
  readonly code: string;
  /** The code that the device shows after this one. A text message has none. */
  readonly next?: string;
  /** Milliseconds since 1970: when the device shows the next code, or the one that was sent expires. */
  readonly validUntil: number;
}
