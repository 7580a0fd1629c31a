/** The number of an account as documents write it: as the account of an ARN, or alone as a principal or a value. */
const mentions = (account: string): RegExp =>
  new RegExp(`(?<=arn:[\\w-]*:[\\w-]*:[\\w-]*:)${account}(?=:)|(?<=")${account}(?=")`, "g");

/** What comes from one account and goes into another: the ARNs of the first become those of the second. */
export class Move {
  readonly from: string;
  readonly to: string;
  readonly #rewriteDocuments: boolean;
  /** What has a document that still names the account which it came from. */
  readonly namesFormer: string[] = [];

  constructor(from: string, to: string, rewriteDocuments: boolean) {
    this.from = from;
    this.to = to;
    this.#rewriteDocuments = rewriteDocuments;
  }

  /** An ARN by which one entity refers to another. */
  arn = (arn: string): string =>
    arn.replace(/^(arn:[\w-]*:iam::)(\d{12})(?=:)/, (whole, start: string, account) =>
      account === this.from ? start + this.to : whole,
    );

  /** A policy document; it is left as it is unless it was asked for, and then noted as `what`. */
  document(text: string, what: string): string {
    if (this.from === this.to || !mentions(this.from).test(text)) return text;
    if (this.#rewriteDocuments) return text.replace(mentions(this.from), this.to);
    this.namesFormer.push(what);
    return text;
  }
}
