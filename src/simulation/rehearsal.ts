import { inputInvalid } from '../errors.ts';
import type { Json } from '../json.ts';
import { catalogueFor, type PreparedTask, prepareTask, taskDirsOf } from '../library/prepare-task.ts';
import type { TaskDefinition } from '../task/definition.ts';
import { findTask } from '../task/read.ts';
import { checkInput } from '../task/requirements.ts';
import { rolesOf } from '../task/roles.ts';
import { isTemplate } from '../task/template.ts';
import type { AgentScript } from './agents/script.ts';
import { castFor, seatsPerHost } from './campaign/cast.ts';
import { type DurationHistory, Durations } from './campaign/durations.ts';
import type { RunResult } from './campaign/run-result.ts';
import { type RunSetting, simulateRun } from './campaign/simulate-run.ts';
import type { FaultLevel } from './cluster/faults.ts';
import { type Fault, type OpenStage, openStage } from './open-stage.ts';
import type { Past } from './past.ts';
import type { ScriptedPeople } from './scripted-people.ts';
import type { ScriptedSignal } from './scripted-signal.ts';

/** What is rehearsed: a task, its input, and who performs it. */
export interface RehearsalOptions {
  /** A task file, or the name of a task. */
  readonly task: string;
  readonly input?: { readonly [field: string]: unknown } | undefined;
  /** How roles behave; a role without a script succeeds after the time that is known of its steps. */
  readonly agents?: ReadonlyMap<string, AgentScript> | { readonly [role: string]: AgentScript } | undefined;
  /** Every signal that is sent; then nobody else sends any. Absent: persons may send any, and nobody does. */
  readonly signals?: readonly ScriptedSignal[] | undefined;
  /** What people say where steps ask them; where nobody does, the run waits for a person. */
  readonly people?: ScriptedPeople | undefined;
  /** Who is in the groups that approvals name. */
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
  /** False: `signals` are not all that may come; what `readAgentScripts` says of a file that names none. Default true. */
  readonly declaresSignals?: boolean | undefined;
  /** Roles that no host offers. */
  readonly without?: readonly string[] | undefined;
  /** Attempts of one role at once on one host. Default: as the script or the agent's file says, else as a real host would. */
  readonly seats?: number | undefined;
  /** See {@link Durations}. */
  readonly spread?: number | undefined;
  readonly history?: DurationHistory | undefined;
  /** Folders with agent files, before all others. */
  readonly agentDirs?: readonly string[] | undefined;
  /** Default: that of the process. */
  readonly cwd?: string | undefined;
  /** Default: the stages there are. */
  readonly openStage?: OpenStage | undefined;
}

export interface Rehearsal {
  readonly setting: RunSetting;
  readonly prepared: PreparedTask;
  readonly durations: Durations;
  /** Roles that behave as a script says; where it names no latency, `durations` count. */
  readonly scripted: ReadonlySet<string>;
  /** Roles of the task that have no file: they are simulated all the same. */
  readonly unknownAgents: readonly string[];
}

/**
 * Reads a task ready to be simulated.
 *
 * Throws TASK_UNKNOWN, DEFINITION_INVALID, AGENT_FILE_INVALID, INPUT_INVALID.
 */
export async function prepareRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const {
    task,
    input = {},
    agents: given = {},
    without = [],
    seats,
    spread,
    history,
    agentDirs,
    cwd,
  } = options;
  const agents: { readonly [role: string]: AgentScript } =
    given instanceof Map ? Object.fromEntries(given) : given;
  const file = await findTask(task, taskDirsOf({ cwd }), cwd);
  const known = new Set(await catalogueFor({ agentDirs, cwd }, file).names());
  // Nobody's program is started, so a role needs no file; where it has one, its limits and schema count.
  const prepared = await prepareTask(file, {
    agentDirs,
    cwd,
    groups: options.groups,
    serves: (role) => !known.has(role),
  });
  const { definition, pinned } = prepared;
  const checked = checkInput(definition, input);
  if (checked.problems.length > 0) throw inputInvalid(definition.name, checked.problems);
  const durations = new Durations(definition, { spread, history });
  const named = definition.phases.flatMap(({ steps }) => steps.flatMap(rolesOf));
  const perHost = seatsPerHost(pinned, agents);
  return {
    prepared,
    durations,
    scripted: new Set(Object.keys(agents)),
    unknownAgents: [...new Set(named)].filter((role) => !isTemplate(role) && !known.has(role)).sort(),
    setting: {
      pinned,
      input: checked.input as Json,
      agents: castFor(pinned, agents, durations),
      without,
      seatsPerHost: (role) => seats ?? perHost(role),
      signals: options.declaresSignals === false ? undefined : options.signals,
      people: options.people,
      openStage: options.openStage ?? openStage,
    },
  };
}

/** What the runs of a fork have in common beside its past. */
export type ForkOptions = Pick<
  RehearsalOptions,
  | 'agents'
  | 'signals'
  | 'people'
  | 'declaresSignals'
  | 'without'
  | 'seats'
  | 'spread'
  | 'history'
  | 'openStage'
> & {
  readonly past: Past;
};

/** An execution ready to go on in virtual time, with what it pinned: files that were edited since do not matter. */
export function prepareFork(
  options: ForkOptions,
): Pick<Rehearsal, 'setting' | 'durations' | 'scripted'> & { readonly definition: TaskDefinition } {
  const { past, agents: given = {}, without = [], seats, spread, history } = options;
  const agents: { readonly [role: string]: AgentScript } =
    given instanceof Map ? Object.fromEntries(given) : given;
  const { pinned } = past;
  const durations = new Durations(pinned.definition, { spread, history });
  const perHost = seatsPerHost(pinned, agents);
  return {
    definition: pinned.definition,
    durations,
    scripted: new Set(Object.keys(agents)),
    setting: {
      pinned,
      input: null,
      agents: castFor(pinned, agents, durations),
      without,
      seatsPerHost: (role) => seats ?? perHost(role),
      signals: options.declaresSignals === false ? undefined : options.signals,
      people: options.people,
      openStage: options.openStage ?? openStage,
      past,
    },
  };
}

export interface ReplayOptions extends RehearsalOptions {
  /** Default 1. */
  readonly seed?: number | undefined;
  /** Default 1. */
  readonly hosts?: number | undefined;
  /** Default `none`. */
  readonly faults?: FaultLevel | undefined;
  /** Makes exactly these faults. */
  readonly script?: readonly Fault[] | undefined;
}

/** Simulates one run, the same each time; what `troupe simulate --save-test` writes calls it. */
export async function replayRun(options: ReplayOptions): Promise<RunResult> {
  const { seed = 1, hosts = 1, faults = 'none', script } = options;
  const { setting } = await prepareRehearsal(options);
  return (await simulateRun(setting, { seed, hosts, faults, script })).result;
}
