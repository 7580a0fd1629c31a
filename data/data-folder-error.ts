/** The folder of the state cannot be used as it is; the message names the file and says what to do. */
export class DataFolderError extends Error {
  override readonly name: string = "DataFolderError";
}

/** Something in the folder is damaged or missing, or was changed by another program. */
export class DamagedFolder extends DataFolderError {
  override readonly name = "DamagedFolder";
  /** The message without the advice. */
  readonly what: string;

  constructor(folder: string, what: string, options?: ErrorOptions) {
    super(
      `${what}. Nothing was changed. Restore the whole folder from a copy, or see what can be kept of it: ` +
        `iam-local store verify ${folder}`,
      options,
    );
    this.what = what;
  }
}
