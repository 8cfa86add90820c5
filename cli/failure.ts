/** The job could not be done: bad usage, a file that cannot be read or written. Ends in exit code 2 and one message. */
export class Failure extends Error {}

/** Exit codes, worst last. */
export const ExitCode = { clean: 0, findings: 1, failure: 2 } as const;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is no directory",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "no space left on the device",
  EROFS: "read-only file system",
  EMFILE: "too many open files",
  EDQUOT: "disk quota exceeded",
};

/** What the operating system has against a file, in words; null where the error is none of its. */
export function systemReason(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  return REASONS[error.code] ?? error.code;
}
