import type { Position } from '../../ports/event-log.ts';
import type { ServerAccess } from '../access.ts';
import { Changes } from './changes.ts';
import { executionFeed } from './execution-feed.ts';
import type { Feed } from './feed.ts';
import { SharedExecution } from './shared.ts';
import type { States } from './states.ts';

/** Every feed that is open, so that a server that stops ends them all. */
export class LiveFeeds {
  readonly #access: ServerAccess;
  readonly #changes: Changes;
  readonly #open = new Set<Feed>();
  readonly #shared = new Map<string, { readonly shared: SharedExecution; feeds: number }>();
  #isClosed = false;

  constructor(access: ServerAccess, states: States) {
    this.#access = access;
    this.#changes = new Changes(access, states);
  }

  /** Of one execution, see {@link executionFeed}. */
  ofExecution(execution: string, after: Position): Feed {
    const used = this.#shared.get(execution) ?? {
      shared: new SharedExecution(this.#access, execution),
      feeds: 0,
    };
    used.feeds += 1;
    this.#shared.set(execution, used);
    return this.#tracked(executionFeed(this.#access.clock, execution, { shared: used.shared, after }), () => {
      used.feeds -= 1;
      if (used.feeds === 0) this.#shared.delete(execution);
    });
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

  #tracked(feed: Feed, onClose?: () => void): Feed {
    const tracked: Feed = {
      next: () => feed.next(),
      close: async () => {
        if (this.#open.delete(tracked)) onClose?.();
        await feed.close();
      },
    };
    this.#open.add(tracked);
    if (this.#isClosed) void tracked.close();
    return tracked;
  }
}
