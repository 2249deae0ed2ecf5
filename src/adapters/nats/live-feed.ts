import type { Json } from '../../json.ts';
import type { LiveFeed, LiveProgress } from '../../ports/live-feed.ts';
import type { NatsLink } from './connection.ts';
import { progressMessage } from './messages.ts';
import { fits, hear, readMessage, tell } from './wire.ts';

/** Progress on core NATS: nothing is kept, and nothing waits for a listener. */
export class NatsLiveFeed implements LiveFeed {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** What is larger than a message may be is dropped. */
  publish({ execution, step, attempt, agent, progress }: LiveProgress): void {
    const content = JSON.stringify({ execution, step, attempt, agent, progress });
    if (!fits(this.#link, content)) {
      this.#link.logger.debug({ execution, step, attempt, agent }, 'progress was too large to be told');
      return;
    }
    tell(this.#link, this.#link.subjects.live(execution, step), content);
  }

  listen(execution: string | undefined, listener: (progress: LiveProgress) => void): () => void {
    const { subjects } = this.#link;
    let isStopped = false;
    const hearing = hear(this.#link, subjects.liveOf(execution), (message) => {
      if (isStopped) return;
      const said = readMessage(progressMessage, message);
      // The subject is what credentials restrict.
      if (said === undefined || subjects.live(said.execution, said.step) !== message.subject) return;
      listener({ ...said, progress: said.progress as Json });
    });
    return () => {
      if (!isStopped) void hearing.stop();
      isStopped = true;
    };
  }
}
