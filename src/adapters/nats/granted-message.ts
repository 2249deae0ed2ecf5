import type { AgentRequest } from '../../ports/agent-request.ts';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { NatsLink } from './connection.ts';
import { partitionOf } from './subjects.ts';
import { fits } from './wire.ts';

/** What an owner says of a claim that was granted. */
export interface Granted {
  readonly execution: string;
  readonly role: string;
  /** What is said beside the request. */
  readonly about: object;
  readonly request: AgentRequest;
}

/**
 * As JSON, wrapped by `wrap`. A request that makes it larger than a message may be is kept as an artifact, and named instead.
 * @param artifacts take requests that are too large
 */
export function grantedMessage(
  { execution, role, about, request }: Granted,
  { link, partitions, artifacts }: GrantedOptions,
  wrap: (granted: object) => object = (granted) => granted,
): string | Promise<string> {
  const report = link.subjects.log(partitionOf(execution, partitions), execution, `agent.${role}`);
  const granted = { ...about, report };
  const whole = JSON.stringify(wrap({ ...granted, request }));
  if (fits(link, whole)) return whole;
  return artifacts
    .put(Buffer.from(JSON.stringify(request)), { mediaType: 'application/json' })
    .then((requestRef) => JSON.stringify(wrap({ ...granted, requestRef })));
}

export interface GrantedOptions {
  readonly link: NatsLink;
  /** Of the namespace. */
  readonly partitions: number;
  readonly artifacts: ArtifactStore;
}
