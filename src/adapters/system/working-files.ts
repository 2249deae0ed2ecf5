import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { WorkingFiles } from '../../ports/working-files.ts';

/** Read at once. */
const PIECE_BYTES = 64 * 1024;

/** The files of a folder and of those in it. @param directory looked up anew for each file: it may be moved or made later */
export function workingFilesIn(directory: string): WorkingFiles {
  return {
    async *read(path) {
      const place = await placeOf(path, directory);
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
  };
}

async function placeOf(path: string, directory: string): Promise<string> {
  if (isAbsolute(path) || leadsOut(relative(directory, resolve(directory, path))))
    throw new Error(`${path} lies outside of the working directory`);
  try {
    const [root, place] = await Promise.all([realpath(directory), realpath(resolve(directory, path))]);
    if (!leadsOut(relative(root, place))) return place;
  } catch (cause) {
    const { code } = cause as { code?: string };
    throw new Error(
      code === 'ENOENT' || code === 'ENOTDIR' ? `there is no file ${path}` : `${path} cannot be read`,
      {
        cause,
      },
    );
  }
  throw new Error(`${path} leads out of the working directory by a link`);
}

function leadsOut(way: string): boolean {
  return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
