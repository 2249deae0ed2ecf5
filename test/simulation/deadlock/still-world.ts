import { taskRules } from '../../../src/engine/rules.ts';
import type { Json } from '../../../src/json.ts';
import type { Outside, SignalSource } from '../../../src/simulation/deadlock/outside.ts';
import { senderSteps } from '../../../src/simulation/deadlock/senders.ts';
import type { TaskDefinition } from '../../../src/task/definition.ts';
import { readTask } from '../../../src/task/read.ts';
import { type Move, type Reply, ScriptedWorld } from '../../fixtures/executions/scripted-world.ts';

export interface Circumstances {
  /** Roles that no host offers. */
  readonly without?: readonly string[];
  /** Absent: persons may send any signal. */
  readonly signals?: readonly { readonly name: string; readonly payload?: Json; readonly by?: string }[];
  /** Roles whose steps fail; a number: so many attempts of each. */
  readonly failing?: { readonly [role: string]: number };
  readonly input?: Json;
}

/** An execution with hosts for some roles and with signals that come: goes on until nothing comes by itself. */
export class StillWorld {
  readonly world: ScriptedWorld;
  readonly #without: ReadonlySet<string>;
  readonly #signals: SignalSource[] | undefined;

  constructor(
    task: string | TaskDefinition,
    { without = [], signals, failing = {}, input }: Circumstances = {},
  ) {
    const agent = ({ role, attempt }: { role: string; attempt: number }): Reply =>
      attempt <= (failing[role] ?? 0) ? { kind: 'fail' } : { kind: 'succeed', output: { by: role } };
    const definition = typeof task === 'string' ? definitionOf(task) : task;
    this.world = new ScriptedWorld(definition, { rules: taskRules, agent, input });
    this.#without = new Set(without);
    this.#signals = signals?.map((signal) => ({ payload: null, ...signal, isSent: false, isCaused: false }));
  }

  get outside(): Outside {
    const signals = this.#signals?.map((signal) => ({ ...signal, isCaused: this.#isCaused(signal) }));
    return { hasHost: (role) => !this.#without.has(role), signals };
  }

  /** All that could happen next: timers only when nothing else can. */
  acts(): readonly (() => void)[] {
    const moves = this.world
      .moves()
      .filter((move) => move.kind !== 'claim' || !this.#without.has(move.effect.role));
    const signals = (this.#signals ?? []).filter((signal) => !signal.isSent && this.#isCaused(signal));
    const others = [
      ...moves.filter(({ kind }) => kind !== 'fire').map((move) => () => this.#make(move)),
      ...signals.map((signal) => () => this.#send(signal)),
    ];
    if (others.length > 0) return others;
    // The scripted world lists timers only when nothing else is possible; offers that nobody takes are no such thing.
    const timers = this.world.owedOf('timer').toSorted((a, b) => a.dueAt - b.dueAt);
    return timers.slice(0, 1).map((effect) => () => void this.world.fire(effect));
  }

  run(choose: (count: number) => number = () => 0): this {
    for (let count = 0; count < 1000; count += 1) {
      const acts = this.acts();
      if (acts.length === 0) return this;
      acts[choose(acts.length)]?.();
    }
    throw new Error('It goes on and on');
  }

  #isCaused({ by }: SignalSource): boolean {
    return (
      by === undefined || senderSteps(this.world.fold, by).some(({ standing }) => standing === 'succeeded')
    );
  }

  #send(signal: SignalSource): void {
    this.world.signal(signal.name, signal.payload);
    this.#signals?.splice(this.#signals.indexOf(signal), 1, { ...signal, isSent: true });
  }

  #make(move: Move): void {
    this.world.make(move);
  }
}

/** A task file without its head. */
export function definitionOf(phases: string): TaskDefinition {
  const at = phases.search(/^## /m);
  const [head, rest] = [phases.slice(0, at), phases.slice(at)];
  const text = `# Small\n\n\`\`\`yaml\nname: small\nversion: 1.0.0\n${head.trim()}\n\`\`\`\n\n${rest}`;
  const { task, diagnostics } = readTask(text, { file: 'small.md', kind: 'markdown' });
  if (task === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return task;
}
