import type { AgentDirectory, HostPresence } from '../../ports/agent-directory.ts';
import type { NatsLink } from './connection.ts';
import { presenceMessage } from './messages.ts';
import { ValueBucket } from './value-bucket.ts';

/**
 * Hosts in a key-value bucket, which drops whoever did not say for a while that it is there. Hosts write into it with their own
 * credentials and in whatever form they like, so what is no presence, or that of another host than its key says, is not listed.
 */
export class NatsAgentDirectory implements AgentDirectory {
  readonly #link: NatsLink;
  readonly #bucket: ValueBucket;
  readonly #published = new Set<string>();

  constructor(link: NatsLink) {
    this.#link = link;
    this.#bucket = new ValueBucket(link, link.subjects.bucket('AGENTS'));
  }

  async publish(presence: HostPresence): Promise<void> {
    this.#published.add(presence.host);
    await this.#bucket.put(presence.host, JSON.stringify(presence));
  }

  async withdraw(host: string): Promise<void> {
    this.#published.delete(host);
    await this.#bucket.remove(host);
  }

  /** Sorted by name. */
  async list(): Promise<readonly HostPresence[]> {
    const { values } = await this.#bucket.all();
    return values.flatMap(({ key, text }) => {
      const presence = presenceIn(text);
      if (presence?.host === key) return [presence];
      this.#link.logger.debug({ key }, 'an entry of the directory of agents cannot be read');
      return [];
    });
  }

  /** Withdraws what this process published and did not withdraw. Best effort: the bucket drops it soon anyway. */
  async close(): Promise<void> {
    await Promise.all([...this.#published].map((host) => this.withdraw(host).catch(() => undefined)));
  }
}

function presenceIn(text: string): HostPresence | undefined {
  try {
    return presenceMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}
