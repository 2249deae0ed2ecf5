import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { WebSocketServer } from 'ws';
import { cannotListen, portTaken } from '../errors.ts';
import type { ServerAccess } from './access.ts';
import { createApp } from './app.ts';
import { SOCKET_PROTOCOL } from './live/socket.ts';
import { PAGE_DIR } from './page-dir.ts';
import { SECURITY_HEADERS } from './security/headers.ts';
import type { Policy } from './security/policy.ts';

export interface ServeOptions {
  readonly access: ServerAccess;
  /** Address to bind to: `127.0.0.1`, `::1`, `0.0.0.0`, … */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** How many ports after it may be taken instead when it is not free, and after those any that is. Default: none. */
  readonly more?: number | undefined;
  readonly allowedHosts: readonly string[];
  readonly token: string;
  /** Where the page was built. Default: beside the sources. */
  readonly pageDir?: string | undefined;
  readonly hasGraphql?: boolean | undefined;
}

export interface Serving extends AsyncDisposable {
  readonly port: number;
  /** Where a browser of this machine finds it, without the token. */
  readonly url: string;
  /** With the token, for a person. */
  readonly link: string;
  /** Ends every connection; live feeds first, so that their readers know. May be called twice. */
  close(): Promise<void>;
}

/** Begins to listen. Throws PORT_TAKEN, CANNOT_LISTEN. */
export async function serveInspector(options: ServeOptions): Promise<Serving> {
  const { access, host, allowedHosts, token, pageDir = PAGE_DIR, hasGraphql } = options;
  let policy: Policy = { isLoopback: isLoopback(host), port: options.port, allowedHosts, token };
  const app = createApp({ access, policy: () => policy, pageDir, hasGraphql });
  // A message of the page is small; what is larger is none.
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1024,
    handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
  });
  const server = createAdaptorServer({
    fetch: app.hono.fetch,
    createServer,
    serverOptions: { requestTimeout: 60_000, headersTimeout: 20_000, maxHeaderSize: 16 * 1024 },
    websocket: { server: sockets as never },
    overrideGlobalObjects: false,
  }) as Server;
  // Also on what is refused before it is a request.
  server.prependListener('request', (_request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  });
  const port = await listen(server, options);
  policy = { ...policy, port };
  const url = `http://${nameOf(host)}:${port}/`;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await app.close();
    for (const socket of sockets.clients) socket.close(1001, 'the server stops');
    server.closeIdleConnections();
    const cancel = access.clock.schedule(GRACE_MS, () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    });
    await closed;
    cancel();
  };
  const closeOnce = (): Promise<void> => (closing ??= close());
  return { port, url, link: `${url}#token=${token}`, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

/** For answers under way. */
const GRACE_MS = 500;

/** Whether only this machine can connect. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** What a browser of this machine writes for the address. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function listen(server: Server, { host, port, more }: ServeOptions): Promise<number> {
  for (let next = port; ; next += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(next, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE') throw cannotListen(host, next, message);
      if (more === undefined) throw portTaken(host, port);
      if (next === port + more) next = -1;
    }
  }
}
