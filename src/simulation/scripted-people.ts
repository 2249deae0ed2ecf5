import type { Fold } from '../engine/fold.ts';
import { type PendingApproval, pendingApprovalsOf } from '../engine/pending-approvals.ts';
import type { Json } from '../json.ts';
import { parseDuration } from '../task/duration.ts';
import type { Duration } from './agents/script.ts';
import type { Stage } from './stage.ts';

/** What a person of a simulation says when a step asks. */
export interface ScriptedDecision {
  readonly decide: 'approve' | 'reject' | 'delegate';
  /** Default: the first of those who may; somebody, where anyone may. */
  readonly by?: string | undefined;
  readonly comment?: string | undefined;
  /** `delegate`: who may decide too. */
  readonly to?: string | undefined;
  /** So long after it is asked. Default at once. */
  readonly after?: Duration | undefined;
}

type Decision = 'approve' | 'reject' | ScriptedDecision;

/** Step -> what is said there; of a list, one after the other each time that it is asked, or after a delegation. */
export interface ScriptedPeople {
  readonly [step: string]: Decision | readonly Decision[];
}

interface Planned {
  readonly step: string;
  readonly dueAt: number;
  readonly decision: ScriptedDecision;
  readonly by: string;
}

/**
 * Has the people of one execution answer what it asks. Whoever moves its stage shows it the state when that has changed, moves no
 * further than to `nextAt`, and then calls `sendDue`.
 */
export class People {
  readonly #execution: string;
  readonly #stage: Stage;
  readonly #people: ScriptedPeople;
  readonly #planned = new Map<string, Planned>();
  readonly #said = new Map<
    string,
    { readonly asked: string; readonly count: number; readonly mayGoOn: boolean }
  >();
  #sent = 0;

  constructor(stage: Stage, execution: string, people: ScriptedPeople) {
    this.#stage = stage;
    this.#execution = execution;
    this.#people = people;
  }

  /** Whether anybody says anything. */
  get isEmpty(): boolean {
    return Object.keys(this.#people).length === 0;
  }

  get nextAt(): number | undefined {
    const due = [...this.#planned.values()].map(({ dueAt }) => dueAt);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Steps about which something is still said, as far as is known now. */
  get steps(): ReadonlySet<string> {
    return new Set(this.#planned.keys());
  }

  /** Takes note of what is asked now. */
  see(fold: Fold): void {
    if (this.isEmpty) return;
    const pending = pendingApprovalsOf(fold);
    for (const step of this.#planned.keys())
      if (!pending.some((approval) => approval.step === step)) this.#planned.delete(step);
    for (const approval of pending) this.#plan(approval);
  }

  /** Says all that is due. */
  async sendDue(): Promise<void> {
    const now = this.#stage.now();
    for (const planned of [...this.#planned.values()].filter(({ dueAt }) => dueAt <= now)) {
      this.#planned.delete(planned.step);
      await this.#say(planned);
    }
  }

  #plan(approval: PendingApproval): void {
    const { step, since, voids, people } = approval;
    if (this.#planned.has(step)) return;
    const asked = `${since}/${voids}`;
    const said = this.#said.get(step);
    // Once each time that it is asked; more only after a delegation.
    if (said?.asked === asked && !said.mayGoOn) return;
    const count = said?.count ?? 0;
    const decision = decisionOf(this.#people[step], count);
    const by = decision?.by ?? (people === undefined ? 'somebody' : people[0]);
    if (decision === undefined || by === undefined) return;
    const base = count === 0 ? since : this.#stage.now();
    const dueAt = Math.max(this.#stage.now(), base + msOf(decision.after));
    this.#planned.set(step, { step, dueAt, decision, by });
    this.#said.set(step, { asked, count: count + 1, mayGoOn: decision.decide === 'delegate' });
  }

  async #say({ step, decision: { decide, comment, to = '' }, by }: Planned): Promise<void> {
    this.#sent += 1;
    const said = comment === undefined ? {} : { comment };
    await this.#stage.append({
      id: `${this.#execution}-decision-${this.#sent}`,
      execution: this.#execution,
      source: 'control',
      type: TYPES[decide],
      data: { step, by, ...said, ...(decide === 'delegate' ? { to } : {}) } as Json,
    });
  }
}

const TYPES = {
  approve: 'approval.granted',
  reject: 'approval.rejected',
  delegate: 'approval.delegated',
} as const;

/** One that is no list is said each time. */
function decisionOf(
  given: Decision | readonly Decision[] | undefined,
  count: number,
): ScriptedDecision | undefined {
  const decision = isList(given) ? given[count] : given;
  return typeof decision === 'string' ? { decide: decision } : decision;
}

function isList(given: Decision | readonly Decision[] | undefined): given is readonly Decision[] {
  return Array.isArray(given);
}

function msOf(duration: Duration | undefined): number {
  if (duration === undefined) return 0;
  return typeof duration === 'number' ? duration : parseDuration(duration);
}
