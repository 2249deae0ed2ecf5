import type { Position } from '../../ports/event-log.ts';
import type { ServerAccess } from '../access.ts';
import { Changes } from './changes.ts';
import { executionFeed } from './execution-feed.ts';
import type { Feed } from './feed.ts';
import type { States } from './states.ts';

/** Every feed that is open, so that a server that stops ends them all. */
export class LiveFeeds {
  readonly #access: ServerAccess;
  readonly #changes: Changes;
  readonly #open = new Set<Feed>();
  #isClosed = false;

  constructor(access: ServerAccess, states: States) {
    this.#access = access;
    this.#changes = new Changes(access, states);
  }

  /** Of one execution, see {@link executionFeed}. */
  ofExecution(execution: string, after: Position): Feed {
    return this.#tracked(executionFeed(this.#access, execution, after));
  }

  /** Of all. @param cursor the id of the last message that the listener had, or the cursor of a list */
  ofAll(cursor: string | undefined): Feed {
    return this.#tracked(this.#changes.feed(cursor));
  }

  /** Where all logs stand, for a feed that begins there. */
  cursor(): Promise<string> {
    return this.#changes.cursor();
  }

  get count(): number {
    return this.#open.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((feed) => feed.close()));
    await this.#changes.close();
  }

  #tracked(feed: Feed): Feed {
    const tracked: Feed = {
      next: () => feed.next(),
      close: async () => {
        this.#open.delete(tracked);
        await feed.close();
      },
    };
    this.#open.add(tracked);
    if (this.#isClosed) void tracked.close();
    return tracked;
  }
}
