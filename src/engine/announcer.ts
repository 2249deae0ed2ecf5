import type { Effect } from '../../machines/effects.ts';
import { isoTime } from '../iso-time.ts';
import type { Json } from '../json.ts';
import type { Notification, Notifier } from '../ports/notifier.ts';
import type { Appender } from './appender.ts';
import type { Fold } from './fold.ts';
import type { Resident } from './resident.ts';

type Owed = Extract<Effect, { kind: 'notify' }>;

/**
 * Has people told of what they may want to hear of, and writes down what came of it; only then is it owed no more. Nothing waits for
 * it: an execution goes on, and ends, while somebody is being told.
 */
export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  announce(resident: Resident, fold: Fold, owed: Owed): void {
    if (resident.announcing.has(owed.id)) return;
    resident.announcing.add(owed.id);
    const { notifier, afterCommit } = this.#parts;
    if (notifier === undefined) {
      this.#write(resident, owed.id, []);
      return;
    }
    const notification = notificationOf(fold, owed);
    afterCommit(() => {
      const told = notifier
        .tell(notification)
        .then((to) => this.#write(resident, owed.id, to as unknown as Json));
      this.#underWay.add(told);
      void told.finally(() => this.#underWay.delete(told));
    });
  }

  /** Resolves when nobody is being told any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #write({ execution }: Resident, id: string, to: Json): void {
    this.#parts.appender.append(execution, 'notification.sent', { id, to });
  }
}

interface AnnouncerParts {
  /** Absent: nobody wants to be told. */
  readonly notifier: Notifier | undefined;
  readonly appender: Appender;
  readonly afterCommit: (work: () => void) => void;
}

function notificationOf(fold: Fold, { id, notice, at }: Owed): Notification {
  const { execution, definition } = fold.world;
  return { id: `${execution}/${id}`, execution, task: definition.name, at: isoTime(at), ...notice };
}
