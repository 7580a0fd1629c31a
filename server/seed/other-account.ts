/** Where documents mention an account: in an ARN, or alone as a principal or a value. */
const mentions = (account: string): RegExp =>
  new RegExp(`(?<=arn:[\\w-]*:[\\w-]*:[\\w-]*:)${account}(?=:)|(?<=")${account}(?=")`, "g");

/** Moves entities from one account to another: ARNs of the first become ARNs of the second. */
export class Move {
  readonly from: string;
  readonly to: string;
  readonly #rewriteDocuments: boolean;
  /** The documents that still name the account they came from. */
  readonly namesFormer: string[] = [];

  constructor(from: string, to: string, rewriteDocuments: boolean) {
    this.from = from;
    this.to = to;
    this.#rewriteDocuments = rewriteDocuments;
  }

  /** An ARN with which one entity refers to another. */
  arn = (arn: string): string =>
    arn.replace(/^(arn:[\w-]*:iam::)(\d{12})(?=:)/, (whole, start: string, account) =>
      account === this.from ? start + this.to : whole,
    );

  /** A policy document. Unless rewriting was asked for, it is left unchanged and noted as `what`. */
  document(text: string, what: string): string {
    if (this.from === this.to || !mentions(this.from).test(text)) return text;
    if (this.#rewriteDocuments) return text.replace(mentions(this.from), this.to);
    this.namesFormer.push(what);
    return text;
  }
}
