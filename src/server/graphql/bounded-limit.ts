import { requestInvalid } from '../../errors.ts';

/** Throws REQUEST_INVALID. */
export function boundedLimit(limit: number, most: number): number {
  if (limit < 1 || limit > most) throw requestInvalid(`limit must be 1 to ${most}`);
  return limit;
}
