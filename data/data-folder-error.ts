/** The folder of the state cannot be used as it is; the message names the file and says what to do. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
}
