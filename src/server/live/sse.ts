import type { Feed, Message } from './feed.ts';

/** A feed as server-sent events. The next messages are asked for when the connection has taken the last ones. */
export function sseResponse(feed: Feed, onFailure: (error: unknown) => void): Response {
  const encoder = new TextEncoder();
  let hasBegun = false;
  /** The reader has left: the stream takes nothing more, not even its end. */
  let hasLeft = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (!hasBegun) {
            // The headers go out with it: a browser knows at once that the connection stands.
            hasBegun = true;
            controller.enqueue(encoder.encode(BEGINNING));
            return;
          }
          const messages = await feed.next();
          if (hasLeft) return;
          if (messages === undefined) controller.close();
          else controller.enqueue(encoder.encode(messages.map(frameOf).join('')));
        } catch (error) {
          onFailure(error);
          await feed.close();
          // Not an error of the stream: the reader comes again, from the last id that it has.
          if (!hasLeft) controller.close();
        }
      },
      cancel: () => {
        hasLeft = true;
        return feed.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

/** How long a reader that lost the connection waits before it comes again, in ms. */
const BEGINNING = 'retry: 1000\n\n';

/** JSON has no line breaks outside its texts, so one `data` line holds all of it. */
function frameOf({ event, id, data }: Message): string {
  if (event === 'heartbeat') return ':\n\n';
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
}
