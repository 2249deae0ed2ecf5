import { appendFileSync } from 'node:fs';
import process from 'node:process';
import type { Request } from './request.ts';

/**
 * Appends `execution/step attempt pid begin` or `… end` to the file that TROUPE_AGENT_JOURNAL names, if any: whoever kills
 * an orchestrator can count afterwards which step ran how often.
 */
export function writeJournal({ execution, step, attempt }: Request, moment: 'begin' | 'end'): void {
  const file = process.env.TROUPE_AGENT_JOURNAL;
  if (file) appendFileSync(file, `${execution}/${step} ${attempt} ${process.pid} ${moment}\n`);
}
