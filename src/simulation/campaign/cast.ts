import { defaultConcurrency } from '../../agent/concurrency.ts';
import type { AgentDefinition } from '../../agent/definition.ts';
import type { Pinned } from '../../engine/pinned.ts';
import type { TaskDefinition } from '../../task/definition.ts';
import { adversaryScript } from '../agents/adversary.ts';
import { defaultScript } from '../agents/default-script.ts';
import { drawnScript } from '../agents/drawn.ts';
import type { AgentScript, Drawn, Rule, ScriptContext, ScriptFunction } from '../agents/script.ts';
import { fits, tableScript } from '../agents/table.ts';
import type { Durations } from './durations.ts';

type Scripts = { readonly [role: string]: AgentScript };

/**
 * Who performs which role: the script that was given for it, which takes as long as the task's durations say where it names no
 * latency itself; and every other role succeeds after that time with what the default script answers.
 */
export function castFor({ definition, agents }: Pinned, scripts: Scripts, durations: Durations): Scripts {
  const roles = [...new Set([...Object.keys(agents), ...Object.keys(scripts)])];
  return Object.fromEntries(roles.map((role) => [role, performed(scripts[role], definition, durations)]));
}

function performed(
  script: AgentScript | undefined,
  task: TaskDefinition,
  durations: Durations,
): ScriptFunction {
  const answer = withoutTime(defaultScript(task));
  const take = (step: string, context: ScriptContext) =>
    context.sleep(durations.draw(step, context.chance('duration')));
  if (script === undefined) {
    return async (request, context) => {
      await take(request.step, context);
      return answer(request, context);
    };
  }
  if (typeof script === 'function') return script;
  if (isRules(script) || 'rules' in script) {
    const rules = isRules(script) ? script : script.rules;
    const perform = tableScript(rules);
    return async (request, context) => {
      const rule = rules.find(({ when }) => when === undefined || fits(when, request));
      if (rule !== undefined && rule.latency === undefined) await take(request.step, context);
      return perform(request, context);
    };
  }
  // What an adversary does with its time is its own affair.
  if ('adversary' in script) return adversaryScript(script);
  const perform = drawnScript(script as Drawn, answer);
  return async (request, context) => {
    if ((script as Drawn).latency === undefined) await take(request.step, context);
    return perform(request, context);
  };
}

/** The answer of a script at once. */
function withoutTime(script: ScriptFunction): ScriptFunction {
  const atOnce = { sleep: async () => undefined } as Partial<ScriptContext> as ScriptContext;
  return (request) => script(request, atOnce);
}

/** `Array.isArray` does not see through `readonly`. */
function isRules(script: Exclude<AgentScript, ScriptFunction>): script is readonly Rule[] {
  return Array.isArray(script);
}

/**
 * How many attempts of each role one host performs at once: as its script says, else its file, else as a real host would; of a role
 * without a file nothing is known, so one at a time.
 */
export function seatsPerHost({ agents }: Pinned, scripts: Scripts): (role: string) => number {
  return (role) => {
    const script = scripts[role];
    const own = typeof script === 'object' && 'concurrency' in script ? script.concurrency : undefined;
    const file = agents[role] as Partial<AgentDefinition> | undefined;
    return own ?? file?.concurrency ?? (file?.runner === undefined ? 1 : defaultConcurrency(kindOf(file)));
  };
}

function kindOf({ runner, worker }: Partial<AgentDefinition>): 'command' | 'in-process' | 'worker' {
  if (worker === true) return 'worker';
  return runner === 'command' ? 'command' : 'in-process';
}
