import { hash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as passes } from 'node:timers/promises';
import { AgentError, defineAgent, startAgentHost } from '../../../src/agent.ts';
import type { AgentRequest } from '../../../src/ports/agent-request.ts';
import { endWithParent, parametersOf, stderrLogger, tell } from './life.ts';
import type { HostNews, HostParameters } from './parameters.ts';

/** An agent host as a process of its own, whose agents write down every attempt that they begin and end. */

const { url, journal, concurrency, roles, workMs, tellsWork } = parametersOf<HostParameters>();
const file = openSync(journal, 'a');

function write(kind: 'S' | 'E', { execution, step, attempt }: AgentRequest): void {
  writeSync(file, `${kind} ${execution} ${step} ${attempt} ${Date.now()} ${process.pid}\n`);
}

async function work(request: AgentRequest): Promise<void> {
  const { execution, step, attempt } = request;
  write('S', request);
  if (tellsWork === true) tell<HostNews>({ type: 'begun', execution, step, attempt });
  await passes(workMs ?? 5 + (numberOf(request) % 46));
  write('E', request);
}

/** The same for the same attempt. */
function numberOf({ execution, step, attempt }: AgentRequest): number {
  return Number.parseInt(hash('sha256', `${execution}/${step}/${attempt}`).slice(0, 8), 16);
}

const worker = defineAgent({
  name: 'worker',
  concurrency,
  run: async (request) => {
    await work(request);
    return { did: request.step };
  },
});

/** Its first attempt fails always, its second for every other step. */
const shaky = defineAgent({
  name: 'shaky',
  concurrency,
  run: async (request) => {
    await work(request);
    const fails = request.attempt === 1 || (request.attempt === 2 && numberOf(request) % 2 === 0);
    if (fails) throw new AgentError('not yet', { class: 'crash' });
    return { did: request.step };
  },
});

const agents = [worker, shaky].filter(({ name }) => roles?.includes(name) ?? true);
const host = await startAgentHost({ nats: url, agents, logger: stderrLogger() });
tell<HostNews>({ type: 'started', host: host.id });
endWithParent(() => host.stop());
