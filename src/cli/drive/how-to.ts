import { parseNatsAddress } from '../../adapters/nats/address.ts';
import { settingsOf } from '../config/load.ts';
import type { CliContext } from '../context.ts';
import { dataDirOf } from '../context.ts';
import { natsOf } from '../nats/target.ts';
import type { StateOptions } from '../options.ts';

/**
 * Command lines that a person can type next, as they would have to be typed here. Passwords are left for the person to fill in.
 */
export function howTo(
  context: CliContext,
  options: StateOptions,
): (command: string, ...words: readonly string[]) => string {
  const settings = settingsOf(context);
  const isElsewhere = options.data !== undefined && dataDirOf(context, options) !== dataDirOf(context, {});
  const flags = [
    ...flag('--data', isElsewhere ? options.data : undefined),
    ...flag('--nats', options.nats === settings.nats ? undefined : withoutPassword(options.nats)),
    ...flag('--namespace', options.namespace === settings.namespace ? undefined : options.namespace),
    ...flag('--nats-creds', options.natsCreds),
    ...flag('--nats-ca', options.natsCa),
  ];
  return (command, ...words) => ['troupe', command, ...words, ...flags].join(' ');
}

/** The command line that makes an execution go on which nobody drives: on NATS only orchestrators drive. */
export function howToGoOn(context: CliContext, options: StateOptions): (execution: string) => string {
  const command = howTo(context, options);
  const isOnNats = natsOf(context, options) !== undefined;
  return (execution) => (isOnNats ? command('up') : command('resume', execution));
}

function flag(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, quoted(value)];
}

function withoutPassword(url: string | undefined): string | undefined {
  if (url === undefined || !url.includes('@')) return url;
  const { servers, user = 'TOKEN', password, isEncrypted } = parseNatsAddress(url);
  const who = password === undefined ? user : `${user}:PASSWORD`;
  return `${isEncrypted ? 'tls' : 'nats'}://${who}@${servers.join(',')}`;
}

function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
