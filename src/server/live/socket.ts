import type { WebSocket } from 'ws';
import type { Feed } from './feed.ts';

/** The subprotocol that the server speaks. */
export const SOCKET_PROTOCOL = 'troupe';

/** After so long without an answer to a ping the other side is gone, in heartbeats. */
const MISSED_BEATS = 2;

/** A feed over a WebSocket: `{event, id?, data}` each. The next messages are asked for when the system has taken the last ones. */
export async function pump(feed: Feed, socket: WebSocket): Promise<void> {
  let unanswered = 0;
  socket.on('pong', () => (unanswered = 0));
  socket.on('close', () => void feed.close());
  socket.on('error', () => void feed.close());
  try {
    for (let messages = await feed.next(); messages !== undefined; messages = await feed.next()) {
      for (const message of messages) {
        if (message.event !== 'heartbeat') await sent(socket, JSON.stringify(message));
        else if (unanswered++ < MISSED_BEATS) socket.ping();
        else socket.terminate();
      }
    }
    socket.close(1001, 'the server stops');
  } catch (error) {
    await feed.close();
    // Try again: the reader comes again, from the last id that it has.
    socket.close(1013, 'try again');
    throw error;
  }
}

/** Resolves when the system has taken it. */
function sent(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => socket.send(text, () => resolve()));
}
