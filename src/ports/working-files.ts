/** Files under the working directory of whoever owns an execution, to be looked at and nothing else. Paths are relative to it. */
export interface WorkingFiles {
  /**
   * The content of a regular file, piece by piece. Throws, in words for a person, when there is no such file, or the path leads
   * out of the directory, also by way of a link.
   */
  read(path: string): AsyncIterable<Uint8Array>;
  /**
   * The file itself, or all files in the folder and those below, sorted; links in it are left out, since they may lead anywhere.
   * Undefined where there is nothing. Throws as `read` does when the path leads out.
   */
  list(path: string): Promise<readonly string[] | undefined>;
}
