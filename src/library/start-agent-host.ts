import { hostname } from 'node:os';
import { systemClock } from '../adapters/system/clock.ts';
import { systemRandom } from '../adapters/system/random.ts';
import type { AgentHost, AgentHostOptions, StopOptions } from '../agent/host.ts';
import { agentOptionInvalid } from '../errors.ts';
import { ID_PATTERN } from '../task/definition.ts';
import { loadTelemetry } from '../telemetry/load.ts';
import type { NatsAccess } from './nats-access.ts';

export interface StartAgentHostOptions
  extends NatsAccess,
    Pick<AgentHostOptions, 'agents' | 'logger' | 'processGroups' | 'environment' | 'cancelGraceMs'> {
  /**
   * The host's id, `[A-Za-z0-9_-]{1,64}`, of its own among all that are connected: it is what claims and confirmations are
   * addressed to. Default: the machine's name and a random part.
   */
  readonly host?: string | undefined;
}

/** A host at work. Disposing of it stops it. */
export interface RunningAgentHost extends AsyncDisposable {
  readonly id: string;
  /** The agents it offers. */
  readonly roles: readonly string[];
  /** See {@link AgentHost.stop}; then the connection is closed. */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Connects to a namespace and offers agents in it until stopped: what `troupe agent` does, for a program of your own.
 *
 * Throws NATS_UNREACHABLE, NATS_REFUSED, NATS_UNSUITABLE (there is no such namespace yet), NAMESPACE_INVALID,
 * AGENT_OFFERED_TWICE, AGENT_OPTION_INVALID.
 */
export async function startAgentHost({
  agents,
  host = hostId(),
  ...options
}: StartAgentHostOptions): Promise<RunningAgentHost> {
  if (!ID_PATTERN.test(host)) {
    throw agentOptionInvalid(host, 'host', 'is 1 to 64 letters, digits, "_" and "-"');
  }
  // Agents' own modules import this entry too, and have no use for a client.
  const [{ openNatsSpace }, { AgentHost: Host }] = await Promise.all([
    import('../adapters/nats/space.ts'),
    import('../agent/host.ts'),
  ]);
  const { nats, namespace, credentials, ca, cert, key, logger, ...rest } = options;
  const tracing = (await loadTelemetry())?.attempts;
  const space = await openNatsSpace({
    url: nats,
    namespace,
    credentials,
    ca,
    cert,
    key,
    role: 'agent',
    name: `troupe agent ${host}`,
    clock: systemClock,
    random: systemRandom,
  });
  const desk = space.deskFor(host);
  let running: AgentHost;
  try {
    running = new Host({
      tracing,
      ...rest,
      agents,
      host,
      desk,
      logger,
      queue: space.queue,
      artifacts: space.artifacts,
      directory: space.directory,
      clock: systemClock,
      random: systemRandom,
      dataId: space.id,
      onProgress: (progress) => space.live.publish(progress),
    });
  } catch (error) {
    await space.close();
    throw error;
  }
  running.start();
  let closing: Promise<void> | undefined;
  const stop = (how?: StopOptions): Promise<void> => {
    const stopped = running.stop(how);
    closing ??= stopped.then(async () => {
      await desk[Symbol.asyncDispose]();
      await space.close();
    });
    return closing;
  };
  return { id: running.id, roles: running.roles, stop, [Symbol.asyncDispose]: () => stop() };
}

/** The machine's name, as far as it can be part of an id, and something that no other host has. */
function hostId(): string {
  const machine = hostname()
    .replaceAll(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 40);
  return `${machine}-${systemRandom.id().slice(0, 12)}`;
}
