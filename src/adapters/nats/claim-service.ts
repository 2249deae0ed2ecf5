import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { Subscription } from '../../ports/event-log.ts';
import type { ServedDesk } from '../../ports/partition-space.ts';
import type { NatsLink } from './connection.ts';
import { grantedMessage } from './granted-message.ts';
import { claimRequest, heartbeatRequest, nextRequest } from './messages.ts';
import { partitionOf } from './subjects.ts';
import { type Hearing, hear, readMessage, tell } from './wire.ts';

export interface ClaimServiceOptions {
  readonly partition: number;
  /** Of the namespace. */
  readonly partitions: number;
  readonly desk: ServedDesk;
  /** Takes requests that are larger than a message. */
  readonly artifacts: ArtifactStore;
}

/**
 * The owner's side of the desk: answers hosts' claims and heartbeats for one partition.
 *
 * 1. Role and host are read from the subject, which credentials restrict, and from nothing else.
 * 2. Whether an answer may be given is asked before the work and again before the answer leaves.
 */
export class ClaimService implements Subscription {
  readonly #link: NatsLink;
  readonly #options: ClaimServiceOptions;
  readonly #hearings: readonly Hearing[];
  #stopped = false;

  constructor(link: NatsLink, options: ClaimServiceOptions) {
    this.#link = link;
    this.#options = options;
    const { subjects } = link;
    const serve = (verb: 'claim' | 'heartbeat', answer: Answerer): Hearing =>
      hear(link, subjects.rpcOfPartition(options.partition, verb), (message) => {
        void this.#serve(message, answer);
      });
    this.#hearings = [
      serve('claim', (message, role, host) => this.#claim(message, role, host)),
      serve('heartbeat', (message, _role, host) => this.#heartbeat(message, host)),
    ];
  }

  /** What is being answered when it is called gets no answer any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#hearings.map((hearing) => hearing.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(message: Msg, answerTo: Answerer): Promise<void> {
    const { subject, reply } = message;
    const asked = this.#link.subjects.parseRpc(subject);
    if (asked === undefined || reply === undefined || reply === '' || !this.#mayAnswer()) return;
    try {
      const answer = await answerTo(message, asked.role, asked.host);
      if (answer !== undefined && this.#mayAnswer()) tell(this.#link, reply, answer);
    } catch (error) {
      // The host asks again.
      this.#link.logger.warn({ subject, error: String(error) }, 'a host could not be answered');
    }
  }

  #mayAnswer(): boolean {
    return !this.#stopped && this.#options.desk.mayAnswer();
  }

  async #claim(message: Msg, role: string, host: string): Promise<string | undefined> {
    const { partition, partitions, desk, artifacts } = this.#options;
    const asked = readMessage(anyClaim, message);
    if (asked === undefined) return refused('This is no claim.');
    const { execution } = asked;
    if (partitionOf(execution, partitions) !== partition) {
      return refused(`The execution does not belong to partition ${partition}.`);
    }
    const answer =
      'after' in asked
        ? await desk.next({ ...asked, role, host })
        : await desk.claim({ ...asked, role, host });
    if (answer?.kind !== 'granted') return answer && JSON.stringify(answer);
    const { request, ...about } = answer;
    return grantedMessage({ execution, role, about, request }, { link: this.#link, partitions, artifacts });
  }

  async #heartbeat(message: Msg, host: string): Promise<string | undefined> {
    const asked = readMessage(heartbeatRequest, message);
    if (asked === undefined) return undefined;
    const answers = await this.#options.desk.heartbeat(asked.beats, host);
    return JSON.stringify({ answers });
  }
}

/** For an offer, or as a report asked for it. */
const anyClaim = z.union([claimRequest, nextRequest]);

/** Undefined: no answer. */
type Answerer = (message: Msg, role: string, host: string) => Promise<string | undefined>;

function refused(reason: string): string {
  return JSON.stringify({ kind: 'refused', reason });
}
