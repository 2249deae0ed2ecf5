import type { RecordData } from '../../../machines/records.ts';
import type { Fold } from '../../engine/fold.ts';
import type { IndexedPinned } from '../../engine/pinned.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { ApprovalStep } from '../../task/definition.ts';
import type { Finding } from './finding.ts';

type Find = (invariant: Finding['invariant'], what: string) => void;

/**
 * Who decided what, by the accepted records alone: an account beside the fold, which has to fit it. It shares no code with the
 * machines. Approvals of the file only, not those that are a part of another step.
 */
export class Decisions {
  readonly #find: Find;
  readonly #steps: ReadonlyMap<string, ApprovalStep>;
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  /** Who may decide beside the file's, by step. */
  readonly #added = new Map<string, string[]>();
  /** Steps that are decided, and whether that was a yes. */
  readonly #decided = new Map<string, boolean>();
  /** Digests in the order in which the owner found them. */
  readonly #digests = new Map<string, string[]>();

  constructor({ stepsById, membersOfGroup }: IndexedPinned, find: Find) {
    this.#find = find;
    this.#groups = membersOfGroup;
    const approvals = [...stepsById].flatMap(([id, step]) =>
      step.kind === 'approval' ? [[id, step] as const] : [],
    );
    this.#steps = new Map(approvals);
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** Whether the step is one that asks people. */
  asks(step: string): boolean {
    return this.#steps.has(step);
  }

  /** An accepted record. */
  take({ type, data, position }: LogRecord): void {
    switch (type) {
      case 'approval.delegated': {
        const { step, by, to } = data as RecordData<'approval.delegated'>;
        this.#assertMay(step, by, position);
        this.#add(step, [to]);
        break;
      }
      case 'approval.granted':
      case 'approval.rejected': {
        const { step, by } = data as RecordData<'approval.granted'>;
        this.#assertMay(step, by, position);
        this.#decide(step, type === 'approval.granted', position);
        break;
      }
      case 'timer.fired':
        this.#timer((data as RecordData<'timer.fired'>).timerId, position);
        break;
      case 'evaluation.completed':
        this.#look(data as RecordData<'evaluation.completed'>);
        break;
      case 'retry.requested':
        // What was approved stays so; what was rejected is asked again.
        for (const [step, isApproved] of this.#decided) if (!isApproved) this.#decided.delete(step);
        break;
      default:
    }
  }

  /** After every record: who is to be reminded has a reminder to come. */
  remind(fold: Fold): void {
    if (this.isEmpty || fold.status !== 'running') return;
    const timers = new Set(fold.owed().map(({ id }) => id.split('/').slice(0, 4).join('/')));
    for (const [id, { ask }] of this.#steps) {
      const actor = fold.world.steps.get(id);
      if (ask.remindMs === undefined || actor?.getSnapshot().value !== 'pending') continue;
      const { firstAttempt } = actor.getSnapshot().context;
      if (!timers.has(`step/${id}/${firstAttempt}/remind`))
        this.#find('I6', `${id} asks, and reminds nobody`);
    }
  }

  finish(fold: Fold): void {
    for (const [id, { ask }] of this.#steps) {
      const results = [...fold.world.ledger.phases.values()].flatMap(({ results: all }) => all.get(id) ?? []);
      const output = results[0]?.output as { approved?: boolean; subject?: { digest?: string } } | undefined;
      if (output?.approved !== true) continue;
      if (!this.#decided.has(id)) this.#find('I7', `${id} is approved, and nobody did`);
      const [before, last] = (this.#digests.get(id) ?? []).slice(-2);
      if (
        ask.subject !== undefined &&
        (before === undefined || before !== last || output.subject?.digest !== last)
      )
        this.#find(
          'I7',
          `${id} is approved as ${output.subject?.digest}, and was found as ${before}, then ${last}`,
        );
    }
  }

  #assertMay(step: string, by: string, position: number): void {
    const approvers = this.#steps.get(step)?.ask.approvers;
    if (approvers === undefined) return;
    const people = [...approvers, ...(this.#added.get(step) ?? [])].flatMap((name) =>
      name.startsWith('group:') ? (this.#groups.get(name.slice('group:'.length)) ?? []) : [name],
    );
    if (!people.includes(by)) this.#find('I7', `${by} decided about ${step} at ${position}, and may not`);
  }

  #decide(step: string, isApproved: boolean, position: number): void {
    if (this.#decided.has(step)) this.#find('I1', `${step} was decided again at ${position}`);
    this.#decided.set(step, isApproved);
  }

  #timer(timerId: string, position: number): void {
    const [kind, step = '', , purpose] = timerId.split('/');
    const ask = kind === 'step' ? this.#steps.get(step)?.ask : undefined;
    if (ask === undefined) return;
    if (purpose === 'escalate') this.#add(step, ask.escalate?.to ?? []);
    if (purpose !== 'deadline') return;
    const { onDeadline } = ask;
    if (typeof onDeadline === 'object' && 'escalate' in onDeadline) this.#add(step, onDeadline.escalate.to);
    else if (onDeadline === 'approve') this.#decide(step, true, position);
  }

  #look({ evaluationId, output }: RecordData<'evaluation.completed'>): void {
    const [kind, step = '', , purpose] = evaluationId.split('/');
    if (kind !== 'step' || purpose !== 'look' || !this.#steps.has(step)) return;
    const { digest } = (output as { subject?: { digest?: string } }).subject ?? {};
    const digests = this.#digests.get(step) ?? [];
    // It was decided about something else: it stands open again.
    if (digests.at(-1) !== digest) this.#decided.delete(step);
    this.#digests.set(step, [...digests, digest ?? '']);
  }

  #add(step: string, names: readonly string[]): void {
    this.#added.set(step, [...(this.#added.get(step) ?? []), ...names]);
  }
}
