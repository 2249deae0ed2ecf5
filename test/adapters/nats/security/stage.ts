import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { NatsSpace } from '../../../../src/adapters/nats/space.ts';
import { systemClock } from '../../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../../src/adapters/system/random.ts';
import { defineAgent, startAgentHost } from '../../../../src/agent.ts';
import type { Fold } from '../../../../src/engine/fold.ts';
import { loadFold } from '../../../../src/engine/load.ts';
import { Pins } from '../../../../src/engine/pins.ts';
import { taskRules } from '../../../../src/engine/rules.ts';
import type { Json } from '../../../../src/json.ts';
import { submitExecution } from '../../../../src/library/submit.ts';
import { Orchestrator } from '../../../../src/orchestrator/orchestrator.ts';
import type { AgentRequest } from '../../../../src/ports/agent-request.ts';
import type { LogRecord } from '../../../../src/ports/event-log.ts';
import { agentStep, phase, pinnedOf, task } from '../../../engine/open-world.ts';
import type { NatsServer, NatsServerOptions } from '../../../fixtures/nats/server.ts';
import { spaceOf } from './spaces.ts';
import { EXAMPLES, urlOf } from './users.ts';

/** The server of examples/nats/roles.conf: two roles, and a user of its own for each host. */
export const ROLES: NatsServerOptions = {
  configFile: join(EXAMPLES, 'roles.conf'),
  env: {
    ORCHESTRATOR_PASSWORD: 'orchestrator-password',
    ANALYST_1_PASSWORD: 'analyst-1-password',
    ANALYST_2_PASSWORD: 'analyst-2-password',
    CRITIC_1_PASSWORD: 'critic-1-password',
  },
};

/** `analyst` looks and `critic` judges, at the same time; then `analyst` sums up. */
const PINNED = pinnedOf(
  task([
    phase('work', [agentStep('look', { agent: 'analyst' }), agentStep('judge', { agent: 'critic' })]),
    phase('end', [agentStep('sum-up', { agent: 'analyst' })], { dependsOn: ['work'] }),
  ]),
);

/** An orchestrator at work, and what an execution's log says. Ends with the test. */
export class Stage {
  readonly space: NatsSpace;
  readonly #endings = new Map<string, PromiseWithResolvers<void>>();

  static async set(server: NatsServer): Promise<Stage> {
    const { space } = await spaceOf(server, 'orchestrator', 'orchestrator');
    const stage = new Stage(space);
    const orchestrator = await Orchestrator.start({
      space,
      self: { process: systemRandom.id(), pid: process.pid, hostname: 'here', startedAt: systemClock.now() },
      clock: systemClock,
      random: systemRandom,
      onEvent: ({ id, type }) => {
        if (type === 'execution:complete') stage.#endingOf(id).resolve();
      },
    });
    onTestFinished(() => orchestrator.stop());
    return stage;
  }

  private constructor(space: NatsSpace) {
    this.space = space;
  }

  async submit(execution: string, input: Json = {}): Promise<void> {
    const { log, artifacts } = this.space.storeOf(execution);
    await submitExecution({ execution, pinned: PINNED, input }, { log, artifacts, random: systemRandom });
  }

  completed(execution: string): Promise<void> {
    return this.#endingOf(execution).promise;
  }

  /** Folded from the log as it is now. */
  async fold(execution: string): Promise<Fold> {
    const { log, artifacts, snapshots } = this.space.storeOf(execution);
    const fold = await loadFold(execution, {
      log,
      artifacts,
      snapshots,
      pins: new Pins(artifacts),
      rules: taskRules,
    });
    if (fold === undefined) throw new Error(`${execution} was not started`);
    return fold;
  }

  records(execution: string): Promise<readonly LogRecord[]> {
    return this.space.storeOf(execution).log.read(execution);
  }

  #endingOf(execution: string): PromiseWithResolvers<void> {
    const ending = this.#endings.get(execution) ?? Promise.withResolvers<void>();
    this.#endings.set(execution, ending);
    return ending;
  }
}

/** A host of one role under the user of its name, whose attempts of an execution last until they are let go. Ends with the test. */
export async function patientHost(
  server: NatsServer,
  name: string,
  role: string,
  execution: string,
): Promise<Attempts> {
  const attempts = new Attempts(execution);
  const host = await startAgentHost({
    nats: urlOf(server, name),
    host: name,
    agents: [defineAgent({ name: role, run: (request) => attempts.begin(request) })],
  });
  onTestFinished(() => {
    attempts.endAll();
    return host.stop();
  });
  return attempts;
}

export class Attempts {
  readonly #execution: string;
  readonly #begun = new Map<string, PromiseWithResolvers<AgentRequest>>();
  readonly #ends = new Map<string, PromiseWithResolvers<Json>>();

  constructor(execution: string) {
    this.#execution = execution;
  }

  /** What an earlier test left is done at once. */
  begin(request: AgentRequest): Promise<Json> {
    if (request.execution !== this.#execution) return Promise.resolve('left over');
    slot(this.#begun, request.step).resolve(request);
    return slot(this.#ends, request.step).promise;
  }

  /** Resolves when the step is being worked at, so it is claimed. */
  begun(step: string): Promise<AgentRequest> {
    return slot(this.#begun, step).promise;
  }

  /** Lets the step's attempts end, also one that has not begun yet. */
  end(step: string, output: Json): void {
    slot(this.#ends, step).resolve(output);
  }

  endAll(): void {
    for (const step of this.#begun.keys()) this.end(step, 'left over');
  }
}

function slot<T>(all: Map<string, PromiseWithResolvers<T>>, key: string): PromiseWithResolvers<T> {
  const found = all.get(key) ?? Promise.withResolvers<T>();
  all.set(key, found);
  return found;
}
