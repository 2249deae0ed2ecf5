import type { AnyActorRef } from 'xstate';
import { type ApprovalContext, objectionTo } from '../../machines/approval.ts';
import { type CastProblem, castProblem } from '../../machines/consensus/poll.ts';
import { isBallotStep } from '../../machines/derived-steps.ts';
import { evaluationIds } from '../../machines/effects.ts';
import type { ExecutionContext } from '../../machines/execution-context.ts';
import { phaseId } from '../../machines/execution-work.ts';
import { isHoldable } from '../../machines/phase-slots.ts';
import {
  CONTROL_TYPES,
  digestsSchema,
  expansionSchema,
  lookedSchema,
  openingSchema,
  outputsSchema,
  type RecordData,
  type RecordType,
  recordSchemas,
  SINCE_VERSION,
  verificationSchema,
} from '../../machines/records.ts';
import type { World } from '../../machines/world.ts';
import type { Json } from '../json.ts';
import type { LogRecord } from '../ports/event-log.ts';

export type Applied = { readonly accepted: true } | { readonly accepted: false; readonly reason: Refusal };

export type Refusal =
  | 'malformed'
  | 'duplicate'
  | 'not-running'
  | 'unknown-step'
  | 'wrong-role'
  | 'stale'
  | 'early-timer'
  | 'not-accepted-now'
  | 'signal-misfit'
  /** By somebody who may not decide it. */
  | 'not-entitled'
  /** About something that has changed since. */
  | 'drifted'
  /** The role has asked people, and is to do nothing else until they answer. */
  | 'asks-people'
  /** The step has ended, or the first decision stands. */
  | 'already-decided'
  /** Its output does not fit the step's schema. */
  | 'output-misfit'
  | 'late-ballot'
  | CastProblem;

export const ACCEPTED: Applied = { accepted: true };

/**
 * Brings a record to the actor that it is for: checks it against its schema, finds the addressee, asks whether its author may say
 * so, and tells whether the actor took it. What does not fit reaches no machine.
 */
export class Delivery {
  /** Ids of the control records that were taken: each is applied once. */
  readonly controls: Set<string>;
  /** A command changed what all actors owe; reset by whoever asks them again. */
  mustResync = true;
  readonly #world: World;
  readonly #root: AnyActorRef;

  constructor(world: World, root: AnyActorRef, controls: Iterable<string>) {
    this.#world = world;
    this.#root = root;
    this.controls = new Set(controls);
  }

  deliver(record: LogRecord): Applied {
    const questions = this.#world.ledger.approvals.size;
    const applied = this.#deliver(record);
    // An answer gives the role back what was held back from it.
    if (this.#world.ledger.approvals.size < questions) this.mustResync = true;
    return applied;
  }

  #deliver(record: LogRecord): Applied {
    if (!Object.hasOwn(recordSchemas, record.type)) return refuse('malformed');
    if ((SINCE_VERSION.get(record.type) ?? 1) > this.#world.foldVersion) return refuse('malformed');
    const parsed = recordSchemas[record.type as RecordType].safeParse(record.data);
    if (!parsed.success) return refuse('malformed');
    if (CONTROL_TYPES.has(record.type)) return this.#control(record, parsed.data);
    switch (record.type as RecordType) {
      case 'step.claimed':
        return this.#claim(record, parsed.data as RecordData<'step.claimed'>);
      case 'step.succeeded':
        return this.#report(record, 'succeeded', parsed.data as RecordData<'step.succeeded'>);
      case 'step.failed':
        return this.#report(record, 'failed', parsed.data as RecordData<'step.failed'>);
      case 'claim.released':
        return this.#report(record, 'released', parsed.data as RecordData<'claim.released'>);
      case 'step.asked':
        return this.#report(record, 'asked', parsed.data as RecordData<'step.asked'>);
      case 'ballot.sealed':
        return this.#report(record, 'sealed', parsed.data as RecordData<'ballot.sealed'>);
      case 'claim.expired':
        return this.#tell(record, (parsed.data as RecordData<'claim.expired'>).step, 'expired', parsed.data);
      case 'offer.failed':
        return this.#tell(
          record,
          (parsed.data as RecordData<'offer.failed'>).step,
          'unofferable',
          parsed.data,
        );
      case 'step.answered':
        return this.#answer(record, parsed.data as RecordData<'step.answered'>);
      case 'timer.fired':
        return this.#timer(record, parsed.data as RecordData<'timer.fired'>);
      case 'evaluation.completed':
      case 'evaluation.failed':
        return this.#evaluated(record, parsed.data as RecordData<'evaluation.completed'>);
      case 'notification.sent':
      case 'sealed':
        return record.source === 'engine' ? ACCEPTED : refuse('wrong-role');
      default:
        return refuse('duplicate');
    }
  }

  #control(record: LogRecord, data: unknown): Applied {
    if (record.source !== 'control') return refuse('wrong-role');
    if (this.controls.has(record.id)) return refuse('duplicate');
    const applied = this.#will(record, data);
    if (applied.accepted) this.controls.add(record.id);
    return applied;
  }

  #will(record: LogRecord, data: unknown): Applied {
    switch (record.type as RecordType) {
      case 'signal.sent':
        return this.#signal(data as RecordData<'signal.sent'>);
      case 'approval.granted':
      case 'approval.rejected':
      case 'approval.delegated':
        return this.#decide(record.type, data as RecordData<'approval.granted'>);
      case 'step.completed':
        return this.#complete(data as RecordData<'step.completed'>);
      case 'ballot.cast':
        return this.#cast(data as RecordData<'ballot.cast'>);
      default:
        return this.#command(record, data);
    }
  }

  /** A person's word about an approval. */
  #decide(type: string, data: RecordData<'approval.granted'>): Applied {
    if (this.#hasEnded || this.#status === 'suspended') return refuse('not-accepted-now');
    const actor = this.#world.steps.get(data.step);
    if (actor === undefined) return refuse(this.#hasResult(data.step) ? 'already-decided' : 'unknown-step');
    if (actor.src !== 'approval') return refuse('unknown-step');
    const { context, value } = actor.getSnapshot();
    if (value === 'verifying') return refuse('already-decided');
    const objection = objectionTo(context as ApprovalContext, data);
    if (objection !== undefined) return refuse(objection);
    return changes(actor, { ...data, type: type.slice('approval.'.length) })
      ? ACCEPTED
      : refuse('not-accepted-now');
  }

  /** Approvals and ballots are left out: who finished one by hand would get around who may decide, and vote in another's name. */
  #complete({ step, output, by }: RecordData<'step.completed'>): Applied {
    if (this.#hasEnded || this.#status === 'suspended') return refuse('not-accepted-now');
    const actor = this.#world.steps.get(step);
    if (actor === undefined) return refuse(this.#hasResult(step) ? 'already-decided' : 'unknown-step');
    if (actor.src === 'approval' || this.#isBallot(step)) return refuse('not-entitled');
    const schema = outputSchemaOf(this.#world, actor);
    const value = (output ?? null) as Json;
    if (schema !== undefined && this.#world.rules.misfits(schema, value).length > 0)
      return refuse('output-misfit');
    return changes(actor, { type: 'completed', output: value, by }) ? ACCEPTED : refuse('not-accepted-now');
  }

  #hasResult(run: string): boolean {
    return [...this.#world.ledger.phases.values()].some(({ results }) => results.has(run));
  }

  #command(record: LogRecord, data: unknown): Applied {
    const type = record.type.slice(0, record.type.indexOf('.'));
    const applied = changes(this.#root, { ...(data as object), type } as never);
    if (applied) this.mustResync = true;
    return applied ? ACCEPTED : refuse('not-accepted-now');
  }

  #signal({ name, payload }: RecordData<'signal.sent'>): Applied {
    if (this.#hasEnded || this.#status === 'suspended') return refuse('not-accepted-now');
    // By id, since the order of `steps` is another one after a restore.
    const waiting = [...this.#world.steps]
      .filter(([, actor]) => actor.src === 'wait' && actor.getSnapshot().context.signal === name)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, actor]) => actor);
    const taken = waiting.filter((actor) => changes(actor, { type: 'signalled', name, payload }));
    if (taken.length > 0) return ACCEPTED;
    if (waiting.length > 0) return refuse('signal-misfit');
    return this.#world.ledger.bufferSignal(name, (payload ?? null) as Json)
      ? ACCEPTED
      : refuse('not-accepted-now');
  }

  #cast({ step, by, vote, subject }: RecordData<'ballot.cast'>): Applied {
    if (this.#status === 'suspended' || this.#hasEnded) return refuse('not-accepted-now');
    const actor = this.#world.steps.get(step);
    if (actor?.src !== 'consensus') {
      return refuse(this.#world.stepsById.get(step)?.kind === 'consensus' ? 'late-ballot' : 'unknown-step');
    }
    const cast = { by, vote: (vote ?? null) as Json, subject };
    if (changes(actor, { ...cast, type: 'cast' })) return ACCEPTED;
    const { value, context } = actor.getSnapshot();
    if (value !== 'voting') return refuse(value === 'opening' ? 'not-accepted-now' : 'late-ballot');
    return refuse(castProblem(this.#world, context, cast) ?? 'stale');
  }

  #claim(record: LogRecord, data: RecordData<'step.claimed'>): Applied {
    if (record.source !== 'engine') return refuse('wrong-role');
    if (!this.#isAtWork) return refuse('not-running');
    const actor = this.#world.steps.get(data.step);
    if (actor === undefined) return refuse('unknown-step');
    if (actor.getSnapshot().context.role !== data.role) return refuse('wrong-role');
    if (this.isHeld(actor) || this.asks(data.role)) return refuse('asks-people');
    return changes(actor, { ...data, type: 'claimed' }) ? ACCEPTED : refuse('stale');
  }

  /** While nothing is given out nothing is answered either: a resume asks again. */
  #answer(record: LogRecord, data: RecordData<'step.answered'>): Applied {
    const actor = this.#world.steps.get(data.step);
    const isHeld = !this.#isAtWork || (actor !== undefined && this.isHeld(actor));
    if (record.source === 'engine' && isHeld) return refuse('not-running');
    return this.#tell(record, data.step, 'answered', data);
  }

  /** The role comes from the record's source, which the log sets from credentials where there are any. */
  #report(
    record: LogRecord,
    type: 'succeeded' | 'failed' | 'released' | 'asked' | 'sealed',
    data: RecordData<'claim.released'>,
  ): Applied {
    const actor = this.#world.steps.get(data.step);
    if (actor === undefined) return refuse(this.#isBallot(data.step) ? 'late-ballot' : 'unknown-step');
    if (record.source !== `agent.${actor.getSnapshot().context.role}`) return refuse('wrong-role');
    const applied = changes(actor, { ...data, type }) ? ACCEPTED : refuse('stale');
    // Offers of the role are held back from now on.
    if (type === 'asked' && applied.accepted) this.mustResync = true;
    return applied;
  }

  #tell(record: LogRecord, step: string, type: string, data: object): Applied {
    if (record.source !== 'engine') return refuse('wrong-role');
    const actor = this.#world.steps.get(step);
    if (actor === undefined) return refuse('unknown-step');
    return changes(actor, { ...data, type }) ? ACCEPTED : refuse('stale');
  }

  /** Whether the run is one of a ballot's rounds. */
  #isBallot(run: string): boolean {
    return isBallotStep(this.#world.stepsById.get(run.replace(/_\d+$/, '')));
  }

  #timer(record: LogRecord, { timerId }: RecordData<'timer.fired'>): Applied {
    if (record.source !== 'engine') return refuse('wrong-role');
    const actor = this.addressee(timerId);
    if (actor === undefined) return refuse('unknown-step');
    if (this.isFrozen(actor)) return refuse('not-running');
    if (changes(actor, { type: 'timer.fired', timerId })) return ACCEPTED;
    // Too early (clocks differ): what is still owed is armed again.
    this.#world.dirty.push(actor);
    return refuse('early-timer');
  }

  #evaluated(
    record: LogRecord,
    data: { evaluationId: string; output?: unknown; error?: { message: string } },
  ): Applied {
    if (record.source !== 'engine') return refuse('wrong-role');
    const actor = this.addressee(data.evaluationId);
    if (actor === undefined) return refuse('unknown-step');
    const { context } = actor.getSnapshot();
    switch (data.evaluationId) {
      case actor.src === 'evaluation' ? evaluationIds.step(context) : undefined: {
        const event =
          data.error === undefined
            ? { type: 'evaluated', output: data.output }
            : { type: 'unevaluable', error: data.error };
        return changes(actor, event) ? ACCEPTED : refuse('stale');
      }
      case actor.src === 'approval' ? evaluationIds.approval(context) : undefined:
        return this.#looked(actor, data);
      case actor.src === 'phase' ? evaluationIds.approvedFiles(context) : undefined:
        return this.#verified(actor, data);
      case actor.src === 'consensus' ? evaluationIds.poll(context, 'open') : undefined:
        return actor.getSnapshot().value === 'opening' ? this.#opened(actor, data) : refuse('stale');
      case actor.src === 'consensus' ? evaluationIds.poll(context, 'check') : undefined:
        return actor.getSnapshot().value === 'checking' ? this.#opened(actor, data) : refuse('stale');
      case actor.src === 'phase' ? evaluationIds.items(context) : undefined:
        return this.#expanded(actor, data);
      case actor.src === 'phase' ? evaluationIds.outputs(context) : undefined:
      case actor === this.#root ? evaluationIds.execution(context) : undefined:
        return this.#concluded(actor, data);
      case actor.src === 'rollback' ? evaluationIds.rollback(context) : undefined:
        return this.#measured(actor, data, {});
      default:
        return actor === this.#root ? this.#measuredAt(data) : refuse('stale');
    }
  }

  #looked(actor: AnyActorRef, { output, error }: { output?: unknown; error?: { message: string } }): Applied {
    if (error !== undefined)
      return changes(actor, { type: 'unevaluable', error }) ? ACCEPTED : refuse('stale');
    const parsed = lookedSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    return changes(actor, { type: 'evaluated', output: parsed.data }) ? ACCEPTED : refuse('stale');
  }

  #verified(
    actor: AnyActorRef,
    { output, error }: { output?: unknown; error?: { message: string } },
  ): Applied {
    if (error !== undefined)
      return changes(actor, { type: 'unverifiable', message: error.message }) ? ACCEPTED : refuse('stale');
    const parsed = verificationSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    const { drifted } = parsed.data;
    const event = drifted.length === 0 ? { type: 'verified' } : { type: 'drifted', drifted };
    return changes(actor, event) ? ACCEPTED : refuse('stale');
  }

  #opened(actor: AnyActorRef, { output, error }: { output?: unknown; error?: object }): Applied {
    if (error !== undefined)
      return changes(actor, { type: 'unopenable', error }) ? ACCEPTED : refuse('stale');
    const parsed = openingSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    return changes(actor, { ...parsed.data, type: 'opened' }) ? ACCEPTED : refuse('stale');
  }

  #measuredAt(data: { evaluationId: string; output?: unknown; error?: { message: string } }): Applied {
    const { measuring } = this.#root.getSnapshot().context as ExecutionContext;
    const position = measuring?.find((at) => evaluationIds.checkpoint(at) === data.evaluationId);
    return position === undefined ? refuse('stale') : this.#measured(this.#root, data, { position });
  }

  #measured(
    actor: AnyActorRef,
    { output, error }: { output?: unknown; error?: { message: string } },
    where: { readonly position?: number },
  ): Applied {
    if (error !== undefined) {
      const result = { error: error.message };
      return changes(actor, { type: 'measured', ...where, result }) ? ACCEPTED : refuse('stale');
    }
    const parsed = digestsSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    return changes(actor, { type: 'measured', ...where, result: parsed.data }) ? ACCEPTED : refuse('stale');
  }

  #expanded(
    actor: AnyActorRef,
    { output, error }: { output?: unknown; error?: { message: string } },
  ): Applied {
    if (error !== undefined) {
      return changes(actor, { type: 'unexpandable', message: error.message }) ? ACCEPTED : refuse('stale');
    }
    const parsed = expansionSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    return changes(actor, { ...parsed.data, type: 'expanded' }) ? ACCEPTED : refuse('stale');
  }

  #concluded(
    actor: AnyActorRef,
    { output, error }: { output?: unknown; error?: { message: string } },
  ): Applied {
    if (error !== undefined) {
      return changes(actor, { type: 'inconclusive', message: error.message }) ? ACCEPTED : refuse('stale');
    }
    const parsed = outputsSchema.safeParse(output);
    if (!parsed.success) return refuse('malformed');
    return changes(actor, { type: 'concluded', outputs: parsed.data }) ? ACCEPTED : refuse('stale');
  }

  /** Whether an agent of the role waits for people's answer. */
  asks(role: string): boolean {
    const { ledger, steps } = this.#world;
    if (ledger.approvals.size === 0) return false;
    for (const actor of steps.values()) {
      const { value, context } = actor.getSnapshot();
      if (actor.src === 'agent' && value === 'asking' && context.role === role) return true;
    }
    return false;
  }

  /** `step/<run>/…`, `phase/<index>/…`, `rollback/<number>/…` or `execution/…`; runs and indexes hold no slash. */
  addressee(id: string): AnyActorRef | undefined {
    const [kind, name] = id.split('/', 2);
    if (kind === 'step' && name !== undefined) return this.#world.steps.get(name);
    if (kind === 'phase') return childrenOf(this.#root)[`phase-${name}`];
    if (kind === 'rollback') return childrenOf(this.#root)[`rollback-${name}`];
    return kind === 'execution' ? this.#root : undefined;
  }

  /** Pause freezes task, phase and backoff deadlines, not those of claimed attempts and of what people are asked. */
  isFrozen(actor: AnyActorRef): boolean {
    if (actor.src === 'approval') return false;
    if (this.#isAtWork) return this.isHeld(actor);
    return !(actor.src === 'agent' && actor.getSnapshot().value === 'claimed');
  }

  /** Whether it may not begin until people say whether its phase goes on beyond a limit. */
  isHeld(actor: AnyActorRef): boolean {
    const { ledger, definition } = this.#world;
    if (ledger.approvals.size === 0 || !isHoldable(actor)) return false;
    const { phase } = actor.getSnapshot().context;
    const index = definition.phases.findIndex(({ name }) => name === phase);
    return childrenOf(this.#root)[phaseId(index)]?.getSnapshot().context.asking !== undefined;
  }

  get #status(): string {
    return this.#root.getSnapshot().value;
  }

  /** Something may be given out: steps of phases, or compensations. */
  get #isAtWork(): boolean {
    return this.#status === 'running' || this.#status === 'rollingBack';
  }

  get #hasEnded(): boolean {
    return this.#root.getSnapshot().hasTag('ended');
  }
}

/** What the step's output has to fit: of an agent step its own schema, else its agent's; of a wait that of the payload. */
export function outputSchemaOf(
  { stepsById, agents }: World,
  actor: AnyActorRef,
): { readonly [key: string]: unknown } | undefined {
  const { step: id, role } = actor.getSnapshot().context;
  const step = stepsById.get(id);
  if (step?.kind === 'agent') return step.outputSchema ?? agents.get(role)?.outputSchema;
  return step?.kind === 'wait' ? step.schema : undefined;
}

function refuse(reason: Refusal): Applied {
  return { accepted: false, reason };
}

/** XState hands back the very same snapshot when no transition was taken. */
function changes(actor: AnyActorRef, event: { type: string; [key: string]: unknown }): boolean {
  const before = actor.getSnapshot();
  actor.send(event);
  return actor.getSnapshot() !== before;
}

export function childrenOf(actor: AnyActorRef): { readonly [id: string]: AnyActorRef } {
  return (actor.getSnapshot() as { children: { [id: string]: AnyActorRef } }).children;
}
