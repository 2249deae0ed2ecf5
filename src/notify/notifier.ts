import type { Clock } from '../ports/clock.ts';
import type { Delivery, Notification, Notifier } from '../ports/notifier.ts';
import { callWebhook } from './call-webhook.ts';
import { runCommand } from './run-command.ts';
import { nameOf, type Target } from './targets.ts';

export interface NotifierOptions {
  readonly targets: readonly Target[];
  readonly clock: Clock;
  /** For `$NAME` in headers, and what commands get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where commands run. */
  readonly cwd: string;
  readonly logger?: { warn(fields: object, message: string): void } | undefined;
}

/** Waits before the second, third, … try, in ms. */
const PAUSES_MS = [1_000, 5_000, 30_000];

/** Tells every target that wants to hear, each on its own, and each until it took it or four tries have failed. */
export function createNotifier(options: NotifierOptions): Notifier {
  return {
    tell: (notification) =>
      Promise.all(
        options.targets
          .filter(({ on }) => on === undefined || on.includes(notification.kind))
          .map((target) => tellOne(target, notification, options)),
      ),
  };
}

async function tellOne(
  target: Target,
  notification: Notification,
  { clock, env, cwd, logger }: NotifierOptions,
): Promise<Delivery> {
  const name = nameOf(target);
  for (let tries = 1; ; tries += 1) {
    try {
      if ('webhook' in target) await callWebhook(target, notification, env);
      else await runCommand(target.command, notification, { cwd, env });
      return { name, ok: true, tries };
    } catch (failure) {
      const error = (failure instanceof Error ? failure.message : String(failure)).slice(0, MAX_ERROR);
      const pauseMs = PAUSES_MS[tries - 1];
      logger?.warn({ target: name, notification: notification.id, error, tries }, 'could not be told');
      if (pauseMs === undefined) return { name, ok: false, tries, error };
      await new Promise<void>((go) => clock.schedule(pauseMs, go));
    }
  }
}

const MAX_ERROR = 500;
