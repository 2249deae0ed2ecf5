import type { WorkingFiles } from '../../ports/working-files.ts';

/** Files that are texts in memory. @param otherwise the text of a file that is not there; absent: there is no such file */
export function memoryFiles(
  texts: ReadonlyMap<string, string>,
  otherwise?: (path: string) => string,
): WorkingFiles {
  return {
    async *read(path) {
      const text = texts.get(path) ?? otherwise?.(path);
      if (text === undefined) throw new Error(`there is no file ${path}`);
      yield new TextEncoder().encode(text);
    },
    async list(path) {
      if (texts.has(path) || otherwise !== undefined) return [path];
      const below = [...texts.keys()].filter((file) => file.startsWith(`${path}/`)).sort();
      return below.length === 0 ? undefined : below;
    },
  };
}
