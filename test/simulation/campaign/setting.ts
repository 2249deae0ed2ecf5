import type { Json } from '../../../src/json.ts';
import type { AgentScript } from '../../../src/simulation/agents/script.ts';
import { castFor, seatsPerHost } from '../../../src/simulation/campaign/cast.ts';
import { type DurationOptions, Durations } from '../../../src/simulation/campaign/durations.ts';
import type { RunSetting } from '../../../src/simulation/campaign/simulate-run.ts';
import { type OpenStage, openStage } from '../../../src/simulation/open-stage.ts';
import type { ScriptedSignal } from '../../../src/simulation/scripted-signal.ts';
import { definitionOf } from '../deadlock/still-world.ts';

export interface SettingOptions extends DurationOptions {
  readonly agents?: { readonly [role: string]: AgentScript };
  readonly signals?: readonly ScriptedSignal[];
  readonly without?: readonly string[];
  readonly input?: Json;
  readonly open?: OpenStage;
}

/** What the runs of a task without a head have in common; every role it names is there. */
export function settingOf(text: string, options: SettingOptions = {}): RunSetting {
  const { agents = {}, signals, without = [], input = {}, open = openStage, ...durations } = options;
  const definition = definitionOf(text);
  const roles = definition.phases.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'agent' ? [step.agent] : [])),
  );
  const pinned = { definition, agents: Object.fromEntries(roles.map((name) => [name, { name }])) };
  return {
    pinned,
    input,
    agents: castFor(pinned, agents, new Durations(definition, durations)),
    without,
    seatsPerHost: seatsPerHost(pinned, agents),
    signals,
    openStage: open,
  };
}
