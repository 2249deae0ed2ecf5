import type { Reply, Request } from './messages.ts';
import { serveReader } from './serve-reader.ts';

/** The reader on a thread of its own. */
interface WorkerScope {
  postMessage(message: Reply, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Request }) => void): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

serveReader({
  send: (reply, transfer = []) => scope.postMessage(reply, transfer),
  listen: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
  close: () => scope.close(),
});
