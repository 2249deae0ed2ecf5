import type { Json } from '../../json.ts';
import type { Broadcast } from './broadcast.ts';
import type { NatsLink } from './connection.ts';
import { fits, hear, tell } from './wire.ts';

/**
 * Tells whoever listens what happened to an execution; gone when nobody does.
 *
 * @param name such as `phase:start`, in the subject `phase-start`
 * @param broadcast what it is told through, so that nothing else waits for listeners; default: the link
 */
export function notify(
  link: NatsLink,
  execution: string,
  name: string,
  data: Json,
  broadcast?: Broadcast,
): void {
  const content = JSON.stringify(data);
  const subject = link.subjects.event(execution, name);
  if (fits(link, content)) {
    if (broadcast === undefined) tell(link, subject, content);
    else broadcast.tell(subject, content);
  } else {
    link.logger.debug({ execution, name }, 'a notification was too large to be told');
  }
}

/**
 * Hears what is told of one execution, or of all; whatever was told while nobody listened is gone.
 *
 * @param listener gets the name as in the subject, such as `phase-start`, and what was said: anybody's JSON
 */
export function listen(
  link: NatsLink,
  execution: string | undefined,
  listener: (name: string, data: Json) => void,
): () => void {
  const hearing = hear(link, link.subjects.eventsOf(execution), (message) => {
    const name = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    listener(name, message.json<Json>());
  });
  return () => void hearing.stop();
}
