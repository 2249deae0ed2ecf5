import type { Json } from '../../json.ts';
import type { LiveFeed, LiveProgress } from '../../ports/live-feed.ts';
import type { Broadcast } from './broadcast.ts';
import type { NatsLink } from './connection.ts';
import { progressMessage } from './messages.ts';
import { fits, hear, readMessage, tell } from './wire.ts';

/** Progress on core NATS: nothing is kept, and nothing waits for a listener. */
export class NatsLiveFeed implements LiveFeed {
  readonly #link: NatsLink;
  readonly #broadcast: Broadcast | undefined;

  /** @param broadcast what progress is told through, so that nothing else waits for listeners; default: the link */
  constructor(link: NatsLink, broadcast?: Broadcast) {
    this.#link = link;
    this.#broadcast = broadcast;
  }

  /** What is larger than a message may be is dropped. */
  publish({ execution, step, attempt, agent, progress }: LiveProgress): void {
    const content = JSON.stringify({ execution, step, attempt, agent, progress });
    if (!fits(this.#link, content)) {
      this.#link.logger.debug({ execution, step, attempt, agent }, 'progress was too large to be told');
      return;
    }
    const subject = this.#link.subjects.live(execution, step);
    if (this.#broadcast === undefined) tell(this.#link, subject, content);
    else this.#broadcast.tell(subject, content);
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
