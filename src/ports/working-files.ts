/** Files under the working directory of whoever owns an execution, to be read and nothing else. */
export interface WorkingFiles {
  /**
   * The content of a regular file, piece by piece. The path is relative to the directory. Throws, in words for a person, when
   * there is no such file, or the path leads out of the directory, also by way of a link.
   */
  read(path: string): AsyncIterable<Uint8Array>;
}
