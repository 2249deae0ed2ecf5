import { z } from 'zod';
import { executionUnknown } from '../../errors.ts';
import type { ServerAccess } from '../../server/access.ts';
import type { McpPlace } from '../place.ts';

/** What several tools take or give, under one name each. */

export const executionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not the id of an execution')
  .describe('Id of the execution, as `run` and `list` give it');

export const json = z.unknown();

/** Where an execution is looked for. Throws EXECUTION_UNKNOWN where nothing was ever run. */
export async function placeOf(place: McpPlace, execution: string): Promise<ServerAccess> {
  const access = await place.look();
  if (access === undefined) throw executionUnknown(execution);
  return access;
}
