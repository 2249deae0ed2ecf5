/** Reads what lies in the working directory of whoever drives an execution. */
export interface FileDigests {
  /**
   * sha256 in hex of each file by its path; of a folder, of all files in it; null where there is nothing. Paths are relative and
   * stay in the working directory: others are refused, also when a link leads out.
   */
  digest(paths: readonly string[]): Promise<{ readonly [path: string]: string | null }>;
}
