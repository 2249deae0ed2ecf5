import type { AgentContext } from '../../agent/define.ts';
import { defineAgent, type FunctionAgent } from '../../agent/define.ts';
import type { AgentDefinition } from '../../agent/definition.ts';
import type { Attachment } from '../../agent/runner.ts';
import type { Json } from '../../json.ts';
import type { AgentRequest, RollbackWish, Usage } from '../../ports/agent-request.ts';
import type { Clock } from '../../ports/clock.ts';
import { parseDuration } from '../../task/duration.ts';
import { chance } from '../chance.ts';
import { adversaryScript } from './adversary.ts';
import { exampleOutput } from './default-script.ts';
import { drawnScript } from './drawn.ts';
import type { AgentScript, Duration, ScriptContext, ScriptFunction } from './script.ts';
import { tableScript } from './table.ts';

export interface PerformOptions {
  /** Where its time passes. */
  readonly clock: Clock;
  /** With the same seed every attempt draws the same. */
  readonly seed: number;
  /** Attempts at once on one host, where the script names no number. Default 10,000. */
  readonly concurrency?: number | undefined;
  /** How long its beats may be silent, as an agent's file says. */
  readonly liveness?: AgentDefinition['liveness'];
  /** What it gives where a script that draws names no output. Default: an example that fits the schema. */
  readonly otherwise?: ScriptFunction | undefined;
  /** Hears every request. */
  readonly onRequest?: ((request: AgentRequest) => void) | undefined;
}

/** An agent for the real host that performs its role as the script says. */
export function performAs(role: string, script: AgentScript, options: PerformOptions): FunctionAgent {
  const { clock, seed, onRequest, liveness, otherwise = exampleOutput } = options;
  const run = functionOf(script, otherwise);
  return defineAgent({
    name: role,
    concurrency: concurrencyOf(script) ?? options.concurrency ?? MOST_AT_ONCE,
    liveness,
    run: (request, context) => {
      onRequest?.(request);
      return run(request, new Performance(request, context, clock, seed));
    },
  });
}

const MOST_AT_ONCE = 10_000;

function functionOf(script: AgentScript, otherwise: ScriptFunction): ScriptFunction {
  if (typeof script === 'function') return script;
  if ('rules' in script) return tableScript(script.rules);
  if (isRules(script)) return tableScript(script);
  if ('adversary' in script) return adversaryScript(script);
  return drawnScript(script, otherwise);
}

function concurrencyOf(script: AgentScript): number | undefined {
  return typeof script === 'function' || isRules(script) ? undefined : script.concurrency;
}

/** `Array.isArray` does not see through `readonly`. */
function isRules(
  script: Exclude<AgentScript, ScriptFunction>,
): script is Extract<AgentScript, readonly unknown[]> {
  return Array.isArray(script);
}

/** What a script has of one attempt. */
class Performance implements ScriptContext {
  readonly #request: AgentRequest;
  readonly #context: AgentContext;
  readonly #clock: Clock;
  readonly #seed: number;
  #draws = 0;

  constructor(request: AgentRequest, context: AgentContext, clock: Clock, seed: number) {
    this.#request = request;
    this.#context = context;
    this.#clock = clock;
    this.#seed = seed;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get logger(): AgentContext['logger'] {
    return this.#context.logger;
  }

  // Properties, so that a script may take them apart: `({ sleep }) => …`.
  readonly progress = (news: Json): void => this.#context.progress(news);
  readonly usage = (usage: Usage): void => this.#context.usage(usage);
  readonly rollback = (wish: RollbackWish): void => this.#context.rollback(wish);
  readonly attach = (attachment: Attachment): void => this.#context.attach(attachment);

  readonly chance = (what: string): number => {
    const { execution, step, attempt } = this.#request;
    return chance(this.#seed, `${execution}/${step}/${attempt}/${what}`);
  };

  readonly random = (): number => {
    this.#draws += 1;
    return this.chance(`random/${this.#draws}`);
  };

  readonly sleep = (duration: Duration): Promise<void> => {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const wakeUp = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.#clock.schedule(msOf(duration), () => {
        signal.removeEventListener('abort', wakeUp);
        resolve();
      });
      signal.addEventListener('abort', wakeUp, { once: true });
    });
  };

  readonly sleepOn = (duration: Duration): Promise<void> =>
    new Promise((resolve) => {
      this.#clock.schedule(msOf(duration), resolve);
    });
}

function msOf(duration: Duration): number {
  return typeof duration === 'number' ? duration : parseDuration(duration);
}
