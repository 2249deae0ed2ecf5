import type { Scope } from '../../machines/world.ts';
import type { StepStrategy, StrategyCall } from '../engine/evaluate.ts';
import type { Fold } from '../engine/fold.ts';
import { executorOptionInvalid } from '../errors.ts';
import type { ExecutionContext } from './execution-context.ts';

/** A step of a registered kind, as its handler sees it. */
export interface StrategyStep {
  /** Unique in the execution; in a `forEach` phase it ends with the item's number. */
  readonly id: string;
  /** The kind that was registered. */
  readonly type: string;
  /** What stands after the kind and its colon. */
  readonly text: string;
  /** The settings of the step that the task language does not know by itself; empty without any. */
  readonly parameters: { readonly [name: string]: unknown };
}

/** The phase that the step is part of. */
export interface StrategyPhase {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly parallel: boolean;
  /** The phase's Agents list. */
  readonly agents: readonly string[];
}

/** The execution, and what its expressions could name at this step. */
export type StrategyContext = ExecutionContext &
  Pick<Scope, 'outputs' | 'results' | 'item'> & {
    /** Aborted when nobody wants the answer any more: the step took too long, or its phase or execution ended. */
    readonly signal: AbortSignal;
  };

/**
 * Performs a step of a registered kind and returns, or resolves with, its output: what `JSON.stringify` turns into JSON.
 * What it throws is the step's failure. It may run again after a crash, until its output is recorded.
 */
export type StepStrategyHandler = (
  step: StrategyStep,
  phase: StrategyPhase,
  context: StrategyContext,
) => unknown;

/** The step kinds of an executor, as the engine calls them. */
export class StepStrategies {
  /** Live: what is registered later is found as well. */
  readonly byKind: ReadonlyMap<string, StepStrategy>;
  readonly #byKind = new Map<string, StepStrategy>();
  readonly #open: (call: StrategyCall) => { readonly fold: Fold; readonly context: ExecutionContext };

  /** @param open gives the state and the view of the execution that calls */
  constructor(open: (call: StrategyCall) => { readonly fold: Fold; readonly context: ExecutionContext }) {
    this.byKind = this.#byKind;
    this.#open = open;
  }

  /** Throws EXECUTOR_OPTION_INVALID. */
  register(type: string, handler: StepStrategyHandler): void {
    if (!KIND_PATTERN.test(type) || OWN_KINDS.has(type)) {
      const reason = OWN_KINDS.has(type)
        ? 'is a kind of Troupe itself'
        : 'is no word that a step can begin with';
      throw executorOptionInvalid(`registerStepStrategy('${type}')`, reason);
    }
    if (typeof handler !== 'function')
      throw executorOptionInvalid(`registerStepStrategy('${type}')`, 'has no function as its handler');
    this.#byKind.set(type, (call) => this.#perform(handler, call));
  }

  #perform(handler: StepStrategyHandler, call: StrategyCall): unknown {
    const { fold, context } = this.#open(call);
    const { strategy, step: id, text, parameters, scope, signal } = call;
    const { outputs, results, item } = scope;
    const step: StrategyStep = { id, type: strategy, text, parameters };
    return handler(
      step,
      phaseOf(fold, call.phase),
      Object.assign(context, { outputs, results, item, signal }),
    );
  }
}

/** What stands before the colon of a bullet. */
const KIND_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const OWN_KINDS: ReadonlySet<string> = new Set([
  'agent',
  'validation',
  'aggregate',
  'consensus',
  'approval',
  'wait',
  'task',
  'compare',
]);

/** A copy: the definition is shared by all executions of the task. */
function phaseOf({ pinned }: Fold, name: string): StrategyPhase {
  const { dependsOn = [], parallel = true, agents = [] } = pinned.phases.get(name) ?? {};
  return { name, dependsOn: [...dependsOn], parallel, agents: [...agents] };
}
