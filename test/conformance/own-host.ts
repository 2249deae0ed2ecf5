import { onTestFinished } from 'vitest';
import { NatsAgentDirectory } from '../../src/adapters/nats/agent-directory.ts';
import { NatsArtifacts } from '../../src/adapters/nats/artifact-store.ts';
import { NatsClaimDesk } from '../../src/adapters/nats/claim-desk.ts';
import type { NatsLink } from '../../src/adapters/nats/connection.ts';
import { NatsLiveFeed } from '../../src/adapters/nats/live-feed.ts';
import { openNamespace, provision } from '../../src/adapters/nats/provision.ts';
import { NatsWorkQueue } from '../../src/adapters/nats/work-queue.ts';
import { AgentError } from '../../src/agent/agent-error.ts';
import { type AgentContext, defineAgent } from '../../src/agent/define.ts';
import { AgentHost } from '../../src/agent/host.ts';
import type { Json } from '../../src/json.ts';
import type { AgentDirectory } from '../../src/ports/agent-directory.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import type { ClaimDesk } from '../../src/ports/claim-desk.ts';
import { linkForTest } from '../adapters/nats/links.ts';

export interface Parts {
  readonly desk: ClaimDesk;
  readonly directory: AgentDirectory;
  readonly link: NatsLink;
}

export interface OwnHostOptions {
  readonly url: string;
  readonly namespace: string;
  readonly role: string;
  /** The agent ends when it is told to. Default true. */
  readonly obeys?: boolean;
  /** Puts a flaw between the host and NATS. */
  readonly spoil?: (parts: Parts) => Partial<Parts>;
}

/** Our own host with an agent that does what the conformance test asks. */
export async function startOwnHost(options: OwnHostOptions): Promise<void> {
  const { url, namespace, role, obeys = true, spoil = () => ({}) } = options;
  const link = await linkForTest(url, { namespace });
  await provision(link);
  const { partitions } = await openNamespace(link);
  const artifacts = new NatsArtifacts(link);
  const desk = new NatsClaimDesk(link, { host: HOST, partitions, artifacts });
  const live = new NatsLiveFeed(link);
  const directory = new NatsAgentDirectory(link);
  const host = new AgentHost({
    host: HOST,
    agents: [defineAgent({ name: role, concurrency: 3, run: obeys ? act : actOnRegardless })],
    queue: new NatsWorkQueue(link, partitions),
    desk,
    artifacts,
    clock: link.clock,
    random: link.random,
    directory,
    onProgress: (progress) => live.publish(progress),
    ...spoil({ desk, directory, link }),
  });
  onTestFinished(async () => {
    await host.stop();
    await desk[Symbol.asyncDispose]();
  });
  host.start();
}

const HOST = 'own-host';

async function act({ input }: AgentRequest, { signal, progress }: AgentContext): Promise<Json> {
  if (input.conformance === 'fail')
    throw new AgentError(String(input.message), { class: input.class as 'fatal' });
  for (let tenths = 0; tenths < Number(input.seconds ?? 0) * 10; tenths += 1) {
    signal.throwIfAborted();
    progress('working');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { value: input.value };
}

function actOnRegardless(request: AgentRequest, context: AgentContext): Promise<Json> {
  return act(request, { ...context, signal: new AbortController().signal });
}
