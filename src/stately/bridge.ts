import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { cannotListen, portTaken } from '../errors.ts';

/** Where Stately's inspector lives: a page of theirs, shown within ours. */
const INSPECTOR = 'https://stately.ai';

/** Events that one who comes later is told first. */
const KEPT = 1_000;

/** Hands inspection events to the browsers of this machine. */
export interface Bridge extends AsyncDisposable {
  /** For a person to open. */
  readonly url: string;
  /** One event, as JSON. */
  send(event: string): void;
}

/**
 * A page that shows Stately's inspector and hands it the events of this process, which never leave the browser by our doing. Bound to
 * the loopback, for requests that name it; a page of another origin gets no socket.
 *
 * Throws PORT_TAKEN, CANNOT_LISTEN.
 */
export async function openBridge(port: number): Promise<Bridge> {
  const kept: string[] = [];
  let own = `127.0.0.1:${port}`;
  const isOwn = (host: string | undefined): boolean =>
    host === own || host === own.replace('127.0.0.1', 'localhost');
  const server = createServer((request, response) => {
    const file = FILES[request.url ?? ''];
    const found = isOwn(request.headers.host) ? file : undefined;
    response.writeHead(found === undefined ? 404 : 200, {
      ...HEADERS,
      'content-type': found?.type ?? 'text/plain',
    });
    response.end(found?.text ?? 'There is no such page.');
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  server.on('upgrade', (request, socket, head) => {
    const { host, origin } = request.headers;
    if (!isOwn(host) || (origin !== undefined && origin !== `http://${host}`)) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      for (const event of kept) client.send(event);
      sockets.emit('connection', client, request);
    });
  });
  own = `127.0.0.1:${await listen(server, port)}`;
  return {
    url: `http://${own}/`,
    send: (event) => {
      kept.push(event);
      if (kept.length > KEPT) kept.shift();
      for (const client of sockets.clients) client.send(event);
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      reject(code === 'EADDRINUSE' ? portTaken('127.0.0.1', port) : cannotListen('127.0.0.1', port, message));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const HEADERS = {
  'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src ${INSPECTOR}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const FILES: { readonly [path: string]: { readonly type: string; readonly text: string } | undefined } = {
  '/': {
    type: 'text/html; charset=utf-8',
    text: `<!doctype html><html lang="en"><title>Troupe in Stately's inspector</title><link rel="stylesheet" href="/bridge.css"><iframe title="Stately's inspector" src="${INSPECTOR}/inspect"></iframe><script src="/bridge.js"></script></html>`,
  },
  '/bridge.css': {
    type: 'text/css',
    text: 'html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block}',
  },
  '/bridge.js': {
    type: 'text/javascript',
    text: `const frame = document.querySelector('iframe');
let waiting = [];
let isThere = false;
const tell = (event) => frame.contentWindow.postMessage(event, '${INSPECTOR}');
addEventListener('message', ({ origin, data }) => {
  if (origin !== '${INSPECTOR}' || data?.type !== '@statelyai.connected') return;
  isThere = true;
  for (const event of waiting.splice(0)) tell(event);
});
new WebSocket('ws://' + location.host).onmessage = ({ data }) => {
  const event = JSON.parse(data);
  if (isThere) tell(event);
  else waiting.push(event);
};
`,
  },
};
