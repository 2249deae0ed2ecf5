import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactCorrupt, artifactMissing } from '../../errors.ts';
import type { ArtifactRef } from '../../json.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { Random } from '../../ports/random.ts';
import { explainStorageError } from './explain.ts';

/**
 * Artifacts as files, `ab/<sha256 in hex>`. A file gets its name only when its content is on the disk, so what has a name is
 * whole.
 */
export class FileArtifacts implements ArtifactStore {
  readonly #dir: string;
  readonly #random: Random;
  /** Content that is being written now, so that the same content twice is written once. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(dir: string, random: Random) {
    this.#dir = dir;
    this.#random = random;
  }

  async put(bytes: Uint8Array, about: { mediaType?: string; name?: string } = {}): Promise<ArtifactRef> {
    const hex = hexOf(bytes);
    let writing = this.#writing.get(hex);
    if (writing === undefined) {
      writing = this.#write(hex, bytes).finally(() => this.#writing.delete(hex));
      this.#writing.set(hex, writing);
    }
    await writing;
    return { $artifact: `sha256:${hex}`, bytes: bytes.byteLength, ...about };
  }

  async get(digest: string): Promise<Uint8Array> {
    const hex = hexIn(digest);
    if (hex === undefined) throw artifactMissing(digest);
    const bytes = await this.#read(hex);
    if (bytes === undefined) throw artifactMissing(digest);
    if (hexOf(bytes) !== hex) throw artifactCorrupt(digest);
    return bytes;
  }

  async has(digest: string): Promise<boolean> {
    const hex = hexIn(digest);
    if (hex === undefined) return false;
    return stat(this.#pathOf(hex)).then(
      () => true,
      () => false,
    );
  }

  async #write(hex: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(hex);
    // Compared, not only looked for: a damaged file is mended by writing it again.
    const present = await this.#read(hex);
    if (present !== undefined && Buffer.compare(present, bytes) === 0) return;
    const folder = join(path, '..');
    const temporary = join(this.#dir, `${this.#random.id()}.part`);
    try {
      const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
      await writeDurably(temporary, bytes);
      await rename(temporary, path);
      await syncFolder(folder);
      if (isNew) await syncFolder(this.#dir);
    } catch (error) {
      await rm(temporary, { force: true });
      throw explainStorageError(path, error);
    }
  }

  async #read(hex: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(hex);
    try {
      return await readFile(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw explainStorageError(path, error);
    }
  }

  #pathOf(hex: string): string {
    return join(this.#dir, hex.slice(0, 2), hex);
  }
}

function hexOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Undefined for what is no digest: it becomes a path, so nothing else may pass. */
function hexIn(digest: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is durable only when its folder is: https://man7.org/linux/man-pages/man2/fsync.2.html */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
