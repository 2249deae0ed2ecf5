import type { AnyActorRef } from 'xstate';
import type { AgentContext } from '../../../machines/agent-context.ts';
import type { ConsensusContext } from '../../../machines/consensus/context.ts';
import { isBallotStep } from '../../../machines/derived-steps.ts';
import { programOf } from '../../../machines/program.ts';
import { scopeOf } from '../../../machines/scope.ts';
import type { WaitContext } from '../../../machines/wait.ts';
import type { Fold } from '../../engine/fold.ts';
import { pendingApprovalsOf } from '../../engine/pending-approvals.ts';
import { missingPeople } from '../../history/waits-for.ts';
import { explain } from '../../task/expression.ts';
import { nearest } from '../../task/nearest.ts';
import { misfitsOf } from './moves.ts';
import type { Outside, SignalSource } from './outside.ts';
import { type SenderStep, senderSteps } from './senders.ts';

/** Something that does not go on, and why. */
export interface Blocked {
  /** `step publish`, `phase Review` or `execution`: what {@link Blocked.behind} names it by. */
  readonly id: string;
  /** Where it stands: `waits for the signal go`. */
  readonly stands: string;
  /** The record that would move it; absent for what only stands behind others. */
  readonly missing?: MissingRecord | undefined;
  /** Why that does not come. */
  readonly because: readonly string[];
  /** What has to move before it can. */
  readonly behind: readonly string[];
}

export interface MissingRecord {
  readonly type:
    | 'signal.sent'
    | 'approval.granted'
    | 'ballot.cast'
    | 'step.claimed'
    | 'resume.requested'
    | 'abort.requested';
  /** Name of the signal, or the role. */
  readonly about?: string | undefined;
  /** Who should have sent it. */
  readonly from: string;
  /** A person may send it. */
  readonly byPerson: boolean;
}

/** Every live step that stands still, and all that they stand behind. */
export function blockedIn(fold: Fold, outside: Outside): readonly Blocked[] {
  const view = new View(fold, outside);
  const found = new Map<string, Blocked>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    const blocked = view.look(id);
    if (blocked === undefined) return;
    found.set(id, blocked);
    for (const next of blocked.behind) visit(next);
  };
  if (!isAtWork(fold)) visit('execution');
  for (const run of fold.world.steps.keys()) visit(`step ${run}`);
  return [...found.values()];
}

/** What is owed is carried out: the work of phases, or what undoes it. */
function isAtWork({ status }: Fold): boolean {
  return status === 'running' || status === 'rollingBack';
}

class View {
  readonly #fold: Fold;
  readonly #outside: Outside;

  constructor(fold: Fold, outside: Outside) {
    this.#fold = fold;
    this.#outside = outside;
  }

  look(id: string): Blocked | undefined {
    if (id === 'execution') return this.#execution();
    const [kind, name] = [id.slice(0, id.indexOf(' ')), id.slice(id.indexOf(' ') + 1)];
    return kind === 'phase' ? this.#phase(name) : this.#step(name);
  }

  #execution(): Blocked {
    const isSuspended = this.#fold.status === 'suspended';
    return {
      id: 'execution',
      stands: `is ${this.#fold.status}`,
      missing: {
        type: isSuspended ? 'abort.requested' : 'resume.requested',
        from: 'a person',
        byPerson: true,
      },
      because: [isSuspended ? 'a record could not be folded' : 'nobody has resumed it'],
      behind: [],
    };
  }

  #step(run: string): Blocked | undefined {
    const actor = this.#fold.world.steps.get(run);
    if (actor === undefined) return this.#notBegun(run);
    if (this.#fold.isHeld(actor)) return this.#heldBack(run, actor);
    if (actor.src === 'wait') return this.#wait(run, actor);
    if (actor.src === 'consensus') return this.#vote(run, actor);
    const { value, context } = actor.getSnapshot();
    if (actor.src === 'approval' && value === 'pending') return this.#asked(run);
    if (actor.src === 'agent' && value === 'offered') return this.#offered(run, context as AgentContext);
    return this.#held(run, String(value));
  }

  /** What it owes is held back as long as the execution is not running. */
  #held(run: string, state: string): Blocked | undefined {
    if (isAtWork(this.#fold)) return undefined;
    return { id: `step ${run}`, stands: `is ${state}`, because: [], behind: ['execution'] };
  }

  /** Behind what is asked about a limit of its phase. */
  #heldBack(run: string, actor: AnyActorRef): Blocked {
    const { phase } = actor.getSnapshot().context;
    const asked = pendingApprovalsOf(this.#fold).filter((each) => each.phase === phase);
    const behind = asked.map(({ step }) => `step ${step}`);
    return { id: `step ${run}`, stands: `is held back by a limit of phase ${phase}`, because: [], behind };
  }

  /** A person who may can always decide; where nobody may, nobody ever will. */
  #asked(run: string): Blocked {
    const asked = pendingApprovalsOf(this.#fold).find(({ step }) => step === run);
    const { approvers, people } = asked ?? {};
    const byPerson = people === undefined || people.length > 0;
    const named = approvers?.join(' or ');
    return {
      id: `step ${run}`,
      stands: `waits for a person: ${asked?.question}`,
      missing: {
        type: 'approval.granted',
        about: run,
        from: byPerson ? (people?.join(' or ') ?? 'anybody') : 'nobody',
        byPerson,
      },
      because: [byPerson ? 'only a person can decide it' : `nobody is in ${named}, and it has no deadline`],
      behind: [],
    };
  }

  #offered(run: string, { role }: AgentContext): Blocked | undefined {
    if (this.#outside.hasHost(role)) return this.#held(run, 'offered');
    return {
      id: `step ${run}`,
      stands: `is offered to ${role}`,
      missing: { type: 'step.claimed', about: role, from: `a host that offers ${role}`, byPerson: false },
      because: [`no host offers ${role}, and the step has no claimWithin`],
      behind: [],
    };
  }

  /** People whose ballots are missing; what agents do not vote stands still in steps of its own. */
  #vote(run: string, actor: AnyActorRef): Blocked | undefined {
    const people = missingPeople(this.#fold, actor);
    const context = actor.getSnapshot().context as ConsensusContext;
    const ballots = [...this.#fold.world.steps].flatMap(([ballot, other]) =>
      other.src === 'agent' && isBallotOf(this.#fold, other, context.step) ? [`step ${ballot}`] : [],
    );
    if (people.length === 0 && ballots.length === 0)
      return this.#held(run, String(actor.getSnapshot().value));
    return {
      id: `step ${run}`,
      stands: 'waits for votes',
      ...(people.length === 0
        ? {}
        : {
            missing: {
              type: 'ballot.cast' as const,
              about: run,
              from: people.join(' and '),
              byPerson: true,
            },
          }),
      because: people.length === 0 ? [] : ['only a person can send it, and the step has no deadline'],
      behind: ballots,
    };
  }

  #wait(run: string, actor: AnyActorRef): Blocked {
    const { signal } = actor.getSnapshot().context as WaitContext;
    const { signals } = this.#outside;
    const sources = (signals ?? []).filter(({ name }) => name === signal);
    const fates = sources.map((source) => this.#fateOf(source, actor));
    const senders = [
      ...new Set(
        sources.map(
          ({ by, moment }) =>
            by ?? (moment === undefined ? 'outside' : `outside, after phase ${moment.phase}`),
        ),
      ),
    ];
    const byPerson = signals === undefined;
    return {
      id: `step ${run}`,
      stands: `waits for the signal ${signal}`,
      missing: {
        type: 'signal.sent',
        about: signal,
        from: senders.length > 0 ? senders.join(' or ') : byPerson ? 'a person' : 'nobody',
        byPerson,
      },
      because:
        fates.length > 0
          ? fates.flatMap(({ because }) => because)
          : [byPerson ? 'only a person can send it' : noSource(signal, signals)],
      behind: [...new Set(fates.flatMap(({ behind }) => behind))],
    };
  }

  /** Why a declared signal does not end the wait. */
  #fateOf(source: SignalSource, wait: AnyActorRef): Fate {
    const misfits = misfitsOf(this.#fold, wait, source.payload);
    const misfit = `its payload ${JSON.stringify(source.payload)} does not fit the schema: ${misfits.join('; ')}`;
    if (source.isSent)
      return { because: [this.#lossOf(source, wait, misfits.length > 0, misfit)], behind: [] };
    if (misfits.length > 0) return { because: [misfit], behind: [] };
    const { by, moment } = source;
    if (by === undefined) return moment === undefined ? NO_FATE : this.#momentFate(moment);
    const steps = senderSteps(this.#fold, by, moment?.phase);
    if (steps.length === 0) return { because: [`${by} sends it, but no step is done by ${by}`], behind: [] };
    const fates = steps.map((step) => this.#senderFate(by, step));
    return {
      because: fates.flatMap(({ because }) => because),
      behind: fates.flatMap(({ behind }) => behind),
    };
  }

  /** Of a signal that is sent when a phase gets somewhere. */
  #momentFate({ phase, event }: NonNullable<SignalSource['moment']>): Fate {
    const when = `it is sent when phase ${phase} is ${event}`;
    const standing = this.#fold.context.phases[phase];
    const isOpen = standing === undefined || standing === 'waiting' || standing === 'admitted';
    if (!this.#fold.world.phases.has(phase))
      return { because: [`${when}, and there is no such phase`], behind: [] };
    if (isOpen) return { because: [when], behind: [`phase ${phase}`] };
    return { because: [`${when}, but ${this.#neverBegins(phase) ?? `it is ${standing}`}`], behind: [] };
  }

  #senderFate(by: string, { run, phase, standing }: SenderStep): Fate {
    const who = by === run ? `step ${run} (phase ${phase})` : `${by} in step ${run} (phase ${phase})`;
    switch (standing) {
      case 'live':
        return {
          because: [`${who} sends it when it is done, and stands still itself`],
          behind: [`step ${run}`],
        };
      case 'succeeded':
        return { because: [`${who} was to send it and has succeeded without`], behind: [] };
      case 'failed':
      case 'cancelled':
        return {
          because: [`${who} was to send it, and ${standing === 'failed' ? 'has failed' : 'was cancelled'}`],
          behind: [],
        };
      case 'undone':
        return { because: [`${who} was to send it, and was undone`], behind: [] };
      case 'not begun': {
        const never = this.#neverBegins(phase);
        if (never !== undefined) return { because: [`${who} was to send it, but ${never}`], behind: [] };
        return { because: [`${who} sends it when it is done, and cannot begin`], behind: [`step ${run}`] };
      }
    }
  }

  /** What became of a signal that was sent while the wait goes on. */
  #lossOf({ name, payload }: SignalSource, wait: AnyActorRef, isMisfit: boolean, misfit: string): string {
    const { ledger } = this.#fold.world;
    const isKept = (ledger.signals.get(name) ?? []).some((kept) => sameJson(kept, payload));
    if (isMisfit) return `it was sent and ${isKept ? 'is kept, but' : 'was refused:'} ${misfit}`;
    const { run } = wait.getSnapshot().context as WaitContext;
    const takers = this.#fold.world.definition.phases.flatMap(({ name: phase }) =>
      [...(ledger.phases.get(phase)?.results.values() ?? [])].filter(
        (result) =>
          result.kind === 'wait' &&
          result.status === 'succeeded' &&
          result.step !== run &&
          this.#signalOf(result.step) === name &&
          sameJson(result.output ?? null, payload),
      ),
    );
    const [taker] = takers;
    if (taker === undefined) return 'it was sent, and came to nothing: the execution did not take it then';
    return `it was sent once, and ended the wait ${taker.step} before this one began`;
  }

  #signalOf(run: string): string | undefined {
    const step = this.#fold.world.stepsById.get(run);
    return step?.kind === 'wait' ? step.signal : undefined;
  }

  #notBegun(run: string): Blocked | undefined {
    const place = this.#placeOf(run);
    if (place === undefined) return undefined;
    const { phase, above } = place;
    const id = `step ${run}`;
    if (this.#fold.context.phases[phase] !== 'admitted') {
      return {
        id,
        stands: `is in phase ${phase}, which has not begun`,
        because: [],
        behind: [`phase ${phase}`],
      };
    }
    const live = this.#liveIn(phase);
    const barrier = live.find((other) => above.barriers.has(other));
    const window = this.#fold.world.definition.concurrency.steps;
    const stands =
      barrier !== undefined
        ? `stands behind ${barrier}, for which everything below waits`
        : !above.parallel
          ? 'has its turn after the steps above it'
          : window !== undefined && live.length >= window
            ? `waits for a place: concurrency.steps is ${window}`
            : 'stands behind the steps above it';
    return {
      id,
      stands,
      because: [],
      behind: (barrier === undefined ? live : [barrier]).map((other) => `step ${other}`),
    };
  }

  #phase(name: string): Blocked | undefined {
    const { definition } = this.#fold.world;
    const phase = definition.phases.find((candidate) => candidate.name === name);
    if (phase === undefined) return undefined;
    const standings = this.#fold.context.phases;
    const id = `phase ${name}`;
    switch (standings[name]) {
      case 'admitted':
        return {
          id,
          stands: 'has begun and cannot end',
          because: [],
          behind: this.#liveIn(name).map((run) => `step ${run}`),
        };
      case 'waiting': {
        const holders = definition.phases.filter((other) => standings[other.name] === 'admitted');
        return {
          id,
          stands: `waits for its turn: concurrency.phases is ${definition.concurrency.phases}`,
          because: [],
          behind: holders.map((other) => `phase ${other.name}`),
        };
      }
      case undefined: {
        const open = phase.dependsOn.filter(
          (needed) =>
            standings[needed] === undefined ||
            standings[needed] === 'waiting' ||
            standings[needed] === 'admitted',
        );
        const cancelled = phase.dependsOn.filter((needed) => standings[needed] === 'cancelled');
        return {
          id,
          stands: `depends on ${phase.dependsOn.join(', ')}`,
          because: cancelled.map((needed) => `phase ${needed} was cancelled`),
          behind: open.map((needed) => `phase ${needed}`),
        };
      }
      default:
        return undefined;
    }
  }

  /** Why none of the phase's steps begins any more, where that is so. */
  #neverBegins(name: string): string | undefined {
    const { world } = this.#fold;
    const phase = world.phases.get(name);
    const standing = this.#fold.context.phases[name];
    if (phase === undefined) return undefined;
    switch (standing) {
      case 'skipped': {
        const saw = Object.entries(explain(phase.when ?? 'false', scopeOf(world, phase)));
        const values = saw.map(([path, value]) => `${path} = ${JSON.stringify(value)}`);
        return `phase ${name} was skipped: when ${phase.when} is not true${values.length === 0 ? '' : `, with ${values.join(', ')}`}`;
      }
      case 'failed':
      case 'cancelled':
      case 'completed':
        return `phase ${name} ${standing === 'cancelled' ? 'was cancelled' : `has ${standing}`} without it`;
      default:
        return undefined;
    }
  }

  #liveIn(phase: string): readonly string[] {
    return [...this.#fold.world.steps]
      .filter(([, actor]) => actor.getSnapshot().context.phase === phase)
      .map(([run]) => run);
  }

  #placeOf(run: string): Place | undefined {
    const { definition, ledger } = this.#fold.world;
    for (const phase of definition.phases) {
      const program = programOf(phase, ledger.phases.get(phase.name)?.items?.length);
      const barriers = new Set<string>();
      for (let at = 0; at < program.length; at += 1) {
        const entry = program.at(at);
        if (entry.run === run) return { phase: phase.name, above: { barriers, parallel: phase.parallel } };
        if (entry.barrier) barriers.add(entry.run);
      }
    }
    return undefined;
  }
}

function isBallotOf({ world }: Fold, actor: AnyActorRef, consensus: string): boolean {
  const step = world.stepsById.get(actor.getSnapshot().context.step);
  return isBallotStep(step) && step.ballotOf.id === consensus;
}

interface Fate {
  readonly because: readonly string[];
  readonly behind: readonly string[];
}

interface Place {
  readonly phase: string;
  readonly above: { readonly barriers: ReadonlySet<string>; readonly parallel: boolean };
}

const NO_FATE: Fate = { because: ['it has not come yet'], behind: [] };

function noSource(signal: string, signals: readonly SignalSource[]): string {
  const names = [...new Set(signals.map(({ name }) => name))];
  if (names.length === 0) return 'no signal is ever sent';
  const meant = nearest(signal, names);
  return `the only signals that are sent are ${names.join(', ')}${meant === undefined ? '' : `; is ${meant} meant?`}`;
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
