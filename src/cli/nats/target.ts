import { parseNatsAddress } from '../../adapters/nats/address.ts';
import { usageInvalid } from '../../errors.ts';
import { settingsOf } from '../config/load.ts';
import { type CliContext, pathOf } from '../context.ts';
import type { StateOptions } from '../options.ts';

/** The server that a command works through. */
export interface NatsTarget {
  /** With credentials, where there are any in it; `auto`: the project's own server. */
  readonly url: string;
  readonly namespace: string;
  /** Absolute paths. */
  readonly credentials?: string | undefined;
  readonly ca?: string | undefined;
}

/** By the options, else the settings; undefined where executions are in the data folder. Throws USAGE, CONFIG_INVALID. */
export function natsOf(context: CliContext, options: StateOptions): NatsTarget | undefined {
  const settings = settingsOf(context);
  const url = options.nats ?? settings.nats;
  if (url === '') throw usageInvalid('--nats needs a URL.', 'Write nats://HOST:4222, or auto, or none.');
  if (url === 'none') return undefined;
  return {
    url,
    namespace: options.namespace ?? settings.namespace,
    credentials: fileOf(context, options.natsCreds ?? settings.natsCreds),
    ca: fileOf(context, options.natsCa ?? settings.natsCa),
  };
}

/** A URL as it may be shown: its credentials stay away. */
export function shownUrl(url: string): string {
  if (url === 'auto' || url === 'none') return url;
  try {
    return parseNatsAddress(url).shown;
  } catch {
    // It is no address, which connecting to it says; secrets in it would stand before the last @.
    return url.slice(url.lastIndexOf('@') + 1);
  }
}

function fileOf(context: CliContext, path: string): string | undefined {
  return path === '' ? undefined : pathOf(context, path);
}
