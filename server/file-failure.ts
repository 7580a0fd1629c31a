const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "what should be a file is a folder",
  EEXIST: "it is a file, no folder",
  ENOTDIR: "its path leads through a file",
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "it is on a read-only disk",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full for this user",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
  EIO: "the disk fails",
};

/** In words, why the operating system failed to open, read or write something. Throws any other error on. */
export function fileFailure(cause: unknown): string {
  const { code, syscall, message } = cause as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw cause;
  return REASONS[code] ?? message;
}
