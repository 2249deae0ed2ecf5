import type { Json } from '../../json.ts';
import type { NatsLink } from './connection.ts';
import { fits, tell } from './wire.ts';

/**
 * Tells whoever listens what happened to an execution; gone when nobody does.
 *
 * @param name such as `phase:start`, in the subject `phase-start`
 */
export function notify(link: NatsLink, execution: string, name: string, data: Json): void {
  const content = JSON.stringify(data);
  if (fits(link, content)) tell(link, link.subjects.event(execution, name), content);
  else link.logger.debug({ execution, name }, 'a notification was too large to be told');
}
