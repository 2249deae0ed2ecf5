import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json } from '../json.ts';

/** What a seal is made over. The execution, the run and the round are in it so that no seal can be used for another ballot. */
export interface Sealed {
  readonly execution: string;
  /** Id of the ballot's run. */
  readonly step: string;
  readonly round: number;
  /** 128 random bits, 32 hex digits: nobody can try out the few votes there are. */
  readonly nonce: string;
  readonly vote: Json;
}

/** sha256 over RFC 8785 JSON, hex. */
export function sealOf({ execution, step, round, nonce, vote }: Sealed): string {
  return hash('sha256', canonicalize({ execution, step, round, nonce, vote }) ?? 'null');
}

export const NONCE_PATTERN = /^[0-9a-f]{32}$/;
