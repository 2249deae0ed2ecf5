import type { Notification } from '../ports/notifier.ts';
import type { Target } from './targets.ts';

const TIMEOUT_MS = 10_000;

/** POSTs the notification as JSON; throws unless the answer is 2xx. */
export async function callWebhook(
  { webhook, headers = {} }: Extract<Target, { webhook: string }>,
  notification: Notification,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const given = Object.entries(headers).map(([name, value]) => [name, filledIn(value, env)] as const);
  const response = await fetch(webhook, {
    method: 'POST',
    // The id lets whoever is told twice notice it.
    headers: {
      'content-type': 'application/json',
      'troupe-notification': notification.id,
      ...Object.fromEntries(given),
    },
    body: JSON.stringify(notification),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`answered ${response.status}`);
}

function filledIn(value: string, env: Readonly<Record<string, string | undefined>>): string {
  return value.replace(/\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g, (_, name: string) => env[name] ?? '');
}
