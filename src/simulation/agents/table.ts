import { AgentError } from '../../agent/agent-error.ts';
import type { AgentRequest } from '../../ports/agent-request.ts';
import { performRule } from './perform-rule.ts';
import type { Condition, Rule, ScriptFunction } from './script.ts';

/** The script of a table: the first rule that fits decides. */
export function tableScript(rules: readonly Rule[]): ScriptFunction {
  return (request, context) => {
    const rule = rules.find(({ when }) => when === undefined || fits(when, request));
    if (rule === undefined) throw noRule(request, rules);
    return performRule(rule, request, context);
  };
}

/** Whether the request is as the condition asks. */
export function fits({ step, attempt, phase, item, input }: Condition, request: AgentRequest): boolean {
  return (
    isOneOf(step, request.step, baseOf(request)) &&
    isOneOf(attempt, request.attempt) &&
    isOneOf(phase, request.phase) &&
    (item === undefined || holds(item, request.item)) &&
    (input === undefined || holds(input, request.input))
  );
}

function isOneOf<T>(wanted: T | readonly T[] | undefined, ...found: readonly T[]): boolean {
  if (wanted === undefined) return true;
  const all: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  return found.some((value) => all.includes(value));
}

/** The id of the step in the task, of which an item's run has its number behind. */
function baseOf({ step, item }: AgentRequest): string {
  return item === undefined ? step : step.replace(/_\d+$/, '');
}

/** Whether `found` has at least what is asked for; lists must be equal. */
function holds(asked: unknown, found: unknown): boolean {
  if (typeof asked !== 'object' || asked === null) return asked === found;
  if (typeof found !== 'object' || found === null || Array.isArray(asked) !== Array.isArray(found))
    return false;
  if (Array.isArray(asked) && asked.length !== (found as readonly unknown[]).length) return false;
  return Object.entries(asked).every(
    ([key, value]) =>
      Object.hasOwn(found, key) && holds(value, (found as { readonly [key: string]: unknown })[key]),
  );
}

/** Fatal: the same request would meet the same rules. */
function noRule({ agent, phase, step, attempt }: AgentRequest, rules: readonly Rule[]): AgentError {
  const known = rules.map(({ when }) => JSON.stringify(when ?? {})).join(', ');
  return new AgentError(
    `no rule of the script for ${agent} fits attempt ${attempt} of step ${step} in phase ${phase}; its rules are for ${known || 'nothing'}`,
    { class: 'fatal' },
  );
}
