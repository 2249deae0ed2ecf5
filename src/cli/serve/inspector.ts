import { networkInterfaces } from 'node:os';
import type { ServerAccess } from '../../server/access.ts';
import type { Serving } from '../../server/serve.ts';
import { chosenSetting, settingsOf } from '../config/load.ts';
import type { CliContext } from '../context.ts';
import { keptToken } from './kept-token.ts';
import type { ServeOptions } from './options.ts';

/** How many ports after the default may be taken instead. */
const MORE_PORTS = 20;

/**
 * Serves the inspector and says where. A port that was asked for is taken or nothing is; the default one may be the next that is free.
 *
 * @param options.dataDir the folder that keeps the token from one start to the next; undefined: it is a new one at each start
 * @param say where the link is told: it holds the token, which is told nowhere else
 *
 * Throws PORT_TAKEN, CANNOT_LISTEN.
 */
export async function serveFor(
  context: CliContext,
  options: ServeOptions & { readonly dataDir: string | undefined },
  access: ServerAccess,
  say: (line: string) => void,
): Promise<Serving> {
  // The server is loaded only by those who serve.
  const { serveInspector, isLoopback } = await import('../../server/serve.ts');
  const settings = settingsOf(context);
  const asked = options.uiPort ?? chosenSetting(context, 'uiPort');
  const host = options.uiHost ?? settings.uiHost;
  const allowed = [...(options.allowHost ?? []), ...settings.uiAllowHosts].map((name) => name.toLowerCase());
  const serving = await serveInspector({
    access,
    host,
    port: asked ?? settings.uiPort,
    more: asked === undefined ? MORE_PORTS : undefined,
    allowedHosts: [...allowed, ...addressesOf(host)],
    hasGraphql: options.graphql ?? settings.graphql,
    token: tokenFor(context, options.dataDir),
  });
  say(`Inspector: ${serving.link}`);
  if (!isLoopback(host)) {
    const names = 'Under a name of this machine it answers once --allow-host says which.';
    say(
      `Others can reach it on ${host}: everything needs the token of the link. ${allowed.length === 0 ? names : ''}`.trim(),
    );
  }
  return serving;
}

function tokenFor({ env, random }: CliContext, dataDir: string | undefined): string {
  if (env.TROUPE_UI_TOKEN) return env.TROUPE_UI_TOKEN;
  return dataDir === undefined ? random.token() : keptToken(dataDir, random);
}

/** Addresses as `Host` has them: nobody can point a name to this machine and have a browser send one of these. */
function addressesOf(host: string): readonly string[] {
  // The server knows these, and takes them with its port only.
  if (host === '127.0.0.1' || host === '::1' || host === 'localhost') return [];
  if (host !== '0.0.0.0' && host !== '::') return [inHost(host)];
  return Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).map(({ address }) => inHost(address)),
  );
}

function inHost(address: string): string {
  return address.includes(':') ? `[${address.replace(/%.*$/, '')}]` : address;
}
