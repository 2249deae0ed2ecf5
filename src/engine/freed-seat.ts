import type { AgentContext } from '../../machines/agent-context.ts';
import type { Json } from '../json.ts';
import type { NextClaim } from '../ports/agent-request.ts';
import type { NextGrant } from '../ports/claim-desk.ts';
import type { LogRecord, Position } from '../ports/event-log.ts';
import { nextClaim } from '../ports/report-schemas.ts';
import type { Fold } from './fold.ts';

/** A host's seat that its report frees, for a step that the outcome leads to. */
export interface FreedSeat extends NextClaim {
  readonly host: string;
  readonly role: string;
  /** Whether it may be claimed for here and now. */
  isOpen: boolean;
  /** What became of the claim that was made for it; undefined while there is none. */
  grant: Promise<NextGrant | undefined> | undefined;
}

/**
 * The seat that a report frees. Believed of the claim's holder only, whose name and role its credentials vouched for when it
 * claimed; so it is to be asked before the report is folded, which ends the claim.
 */
export function freedSeat(record: LogRecord, fold: Fold): FreedSeat | undefined {
  const next = nextIn(record);
  if (next === undefined) return undefined;
  const { step, fence, host } = record.data as unknown as Reported;
  const context = fold.world.steps.get(step)?.getSnapshot().context as AgentContext | undefined;
  const claim = context?.claim;
  if (context === undefined || claim?.fence !== fence || claim.host !== host) return undefined;
  return { ...next, host, role: context.role, isOpen: false, grant: undefined };
}

/** The claim that a report asks for. Only a success may: a retry is better made by whoever comes, not by the host that failed. */
export function nextIn({ type, data }: LogRecord): NextClaim | undefined {
  if (type !== 'step.succeeded') return undefined;
  const { next } = data as { readonly next?: Json };
  return next === undefined ? undefined : nextClaim.safeParse(next).data;
}

/** Not checked yet: it is compared with what the state holds. */
interface Reported {
  readonly step: string;
  readonly fence: Position;
  readonly host: string;
}
