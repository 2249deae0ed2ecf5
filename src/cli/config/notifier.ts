import { createNotifier, type NotifierOptions } from '../../notify/notifier.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { settingsOf } from './load.ts';

/** Whoever the setting `notify` says is to be told; undefined when nobody is. Throws CONFIG_INVALID. */
export function notifierOf(surroundings: Omit<NotifierOptions, 'targets'>): Notifier | undefined {
  const { notify } = settingsOf(surroundings);
  return notify.length === 0 ? undefined : createNotifier({ ...surroundings, targets: notify });
}
