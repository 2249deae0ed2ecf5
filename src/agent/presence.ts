import type { AgentDirectory, HostPresence } from '../ports/agent-directory.ts';
import type { Clock } from '../ports/clock.ts';
import type { AgentLogger } from './logger.ts';

/** How often a host says that it is there. */
const REFRESH_MS = 5000;

/** What changes from one refresh to the next. */
export type PresentWork = Pick<HostPresence, 'roles' | 'attempts'>;

/** Keeps a host listed in the directory; a directory that fails is tried again with the next refresh. */
export class Presence {
  readonly #directory: AgentDirectory;
  readonly #clock: Clock;
  readonly #logger: AgentLogger;
  readonly #about: Omit<HostPresence, keyof PresentWork | 'seenAt'>;
  readonly #work: () => PresentWork;
  #cancelRefresh: (() => void) | undefined;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: {
    directory: AgentDirectory;
    clock: Clock;
    logger: AgentLogger;
    about: Omit<HostPresence, keyof PresentWork | 'seenAt'>;
    work: () => PresentWork;
  }) {
    this.#directory = options.directory;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#about = options.about;
    this.#work = options.work;
  }

  start(): void {
    this.#publishing = this.#publish();
    this.#cancelRefresh = this.#clock.schedule(REFRESH_MS, () => this.start());
  }

  async stop(): Promise<void> {
    this.#cancelRefresh?.();
    // A refresh under way would list the host again.
    await this.#publishing;
    await this.#try(() => this.#directory.withdraw(this.#about.host));
  }

  #publish(): Promise<void> {
    const presence = { ...this.#about, ...this.#work(), seenAt: this.#clock.now() };
    return this.#try(() => this.#directory.publish(presence));
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#logger.debug(
        { host: this.#about.host, error: String(error) },
        'the directory of agents did not answer',
      );
    }
  }
}
