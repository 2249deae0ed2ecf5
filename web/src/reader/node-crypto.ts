import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Stands in for `node:crypto` in the page: what the fold uses of it, which is sha256 and nothing else. The browser's own is asynchronous. */

type Data = string | Uint8Array;

export interface Hash {
  update(data: Data): Hash;
  digest(): Digest;
  digest(encoding: 'hex'): string;
}

/** As much of a Buffer as is used. */
export interface Digest extends Uint8Array {
  readUInt32BE(offset: number): number;
}

export function createHash(algorithm: string): Hash {
  assertKnown(algorithm);
  const state = sha256.create();
  function digest(): Digest;
  function digest(encoding: 'hex'): string;
  function digest(encoding?: 'hex'): Digest | string {
    const bytes = state.digest();
    return encoding === 'hex' ? bytesToHex(bytes) : withReaders(bytes);
  }
  const hashing: Hash = {
    update(data) {
      state.update(bytesOf(data));
      return hashing;
    },
    digest,
  };
  return hashing;
}

/** Of the whole, in hex. */
export function hash(algorithm: string, data: Data): string {
  assertKnown(algorithm);
  return bytesToHex(sha256(bytesOf(data)));
}

function withReaders(bytes: Uint8Array): Digest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.assign(bytes, { readUInt32BE: (offset: number) => view.getUint32(offset) });
}

function bytesOf(data: Data): Uint8Array {
  return typeof data === 'string' ? utf8ToBytes(data) : data;
}

function assertKnown(algorithm: string): void {
  if (algorithm !== 'sha256') throw new Error(`The page cannot hash with ${algorithm}`);
}
