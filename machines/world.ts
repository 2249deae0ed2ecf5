import type { AnyActorRef } from 'xstate';
import type { Json } from '../src/json.ts';
import type { PhaseDefinition, StepDefinition, TaskDefinition } from '../src/task/definition.ts';
import type { ApprovalStanding } from './approval-standing.ts';
import type { Ledger } from './ledger.ts';
import type { Notice } from './notices.ts';

/** The little that the fold must know of an agent's file; the host knows the rest. */
export interface PinnedAgent {
  readonly name: string;
  readonly timeoutMs?: number | undefined;
  readonly outputSchema?: { readonly [key: string]: unknown } | undefined;
}

/** Names that expressions may use; see TASK-FORMAT, "Roots". */
export interface Scope {
  readonly input: { readonly [key: string]: Json | undefined };
  readonly phases: { readonly [phase: string]: { readonly status: string; readonly outputs: Json } };
  readonly outputs: { readonly [phase: string]: Json | undefined };
  readonly results: { readonly [agent: string]: Json | undefined };
  readonly item?: Json | undefined;
  readonly execution: { readonly id: string; readonly task: string; readonly version: string };
  /** Only in limits. */
  readonly metrics?: object | undefined;
}

/** What the fold may ask of the task language. Pure: the same arguments give the same answer, on any machine. */
export interface Rules {
  /** Value of a CEL expression on inline values; throws when it cannot be evaluated. */
  evaluate(expression: string, scope: Scope): unknown;
  /** What is wrong with the value, in words; empty when it fits. */
  misfits(schema: { readonly [key: string]: unknown }, value: Json): readonly string[];
}

/**
 * What all actors of one execution share while a record is folded. Actors hold it as a function (`context.world()`): XState
 * persists and walks objects in a context, but leaves functions alone, so the world stays out of snapshots and is put back
 * on restore.
 */
export interface World {
  readonly execution: string;
  /** The rules that the execution is folded by, as its first record says. */
  readonly foldVersion: number;
  readonly definition: TaskDefinition;
  /** Phases by name; in file order. */
  readonly phases: ReadonlyMap<string, PhaseDefinition>;
  /** Steps by id; ids are unique in the task. */
  readonly stepsById: ReadonlyMap<string, StepDefinition>;
  readonly agents: ReadonlyMap<string, PinnedAgent>;
  /** Members of the groups that the task names, as they were at the start. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly input: { readonly [key: string]: Json | undefined };
  readonly rules: Rules;
  readonly ledger: Ledger;
  /** The record's time, never earlier than any before it; ms since 1970. */
  now: number;
  /** The record's position. */
  position: number;
  /** Since when the execution is being paused; what waits stands still from then on. */
  pausedAt: number | undefined;
  /** Actors that entered a state since the last drain: only they can owe something new. */
  readonly dirty: AnyActorRef[];
  /** Steps that the slots of a phase take next, until the phase's actions hand them over. */
  readonly begins: { readonly actor: AnyActorRef; readonly input: object }[];
  /** Phases whose turn has come, until the root's actions tell them. */
  readonly admits: AnyActorRef[];
  /** What people may want to hear of, from the record that is being folded. */
  readonly notices: Notice[];
  /** Live steps, so that a record goes straight to its actor. */
  readonly steps: Map<string, AnyActorRef>;
  /** What the last record did to approvals, for whoever is told; no part of the state. */
  readonly notes: ApprovalNote[];
}

/** What became of a question to people. */
export interface ApprovalNote {
  readonly what:
    | 'requested'
    | 'granted'
    | 'rejected'
    | 'delegated'
    | 'reminder'
    | 'escalated'
    | 'voided'
    | 'expired';
  readonly phase: string;
  readonly run: string;
  readonly standing: ApprovalStanding;
  readonly dueAt: number | undefined;
  readonly by?: string | undefined;
  readonly to?: string | undefined;
}

export type WorldRef = () => World;

/**
 * The time of what waits: offers, backoffs, signals, phases. It stands still while the execution is paused, and a resume moves
 * their deadlines by the length of the pause, those that were set during it too.
 */
export function waitingTime({ now, pausedAt }: World): number {
  return pausedAt ?? now;
}

/** The definition of a phase; throws when the tree and the definition do not belong together. */
export function phaseOf(world: World, name: string): PhaseDefinition {
  const phase = world.phases.get(name);
  if (phase === undefined) throw new Error(`No phase named ${name} in ${world.definition.name}`);
  return phase;
}

export function stepOf(world: World, id: string): StepDefinition {
  const step = world.stepsById.get(id);
  if (step === undefined) throw new Error(`No step ${id} in ${world.definition.name}`);
  return step;
}
