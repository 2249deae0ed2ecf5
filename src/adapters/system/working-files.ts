import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { WorkingFiles } from '../../ports/working-files.ts';

/** Read at once. */
const PIECE_BYTES = 64 * 1024;

/** The files of a folder and of those in it. @param directory looked up anew for each file: it may be moved or made later */
export function workingFilesIn(directory: string): WorkingFiles {
  return {
    async *read(path) {
      const place = await placeOf(path, directory);
      if (place === undefined) throw new Error(`there is no file ${path}`);
      // The last part was resolved already: a link that took its place meanwhile is refused, not followed.
      const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        if (!(await file.stat()).isFile()) throw new Error(`${path} is no file`);
        for (;;) {
          const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
    async list(path) {
      const place = await placeOf(path, directory);
      if (place === undefined) return undefined;
      const found = await stat(place);
      if (found.isFile()) return [path];
      if (!found.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
      const entries = await readdir(place, { withFileTypes: true, recursive: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(path, relative(place, join(entry.parentPath, entry.name)))
            .split(sep)
            .join('/'),
        )
        .sort();
    },
  };
}

/** Where it really is; undefined when there is nothing. */
async function placeOf(path: string, directory: string): Promise<string | undefined> {
  if (isAbsolute(path) || leadsOut(relative(directory, resolve(directory, path))))
    throw new Error(`${path} lies outside of the working directory`);
  let root: string;
  let place: string;
  try {
    [root, place] = await Promise.all([realpath(directory), realpath(resolve(directory, path))]);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`${path} cannot be read`, { cause });
  }
  if (leadsOut(relative(root, place)))
    throw new Error(`${path} leads out of the working directory by a link`);
  return place;
}

function leadsOut(way: string): boolean {
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
