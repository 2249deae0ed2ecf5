export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The events of a `text/event-stream`, as they come; ends when the stream ends or breaks off. @param onSound called with everything that comes, comments too */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
  onSound: () => void,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      // One that broke off is opened again, as one that ended is.
      const { done, value } = await reader.read().catch(() => BROKEN_OFF);
      if (done || value === undefined) return;
      onSound();
      const text = rest + decoder.decode(value, { stream: true });
      // A line feed may be the other half of a line end that is not there yet.
      const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
      const blocks = whole.replaceAll(/\r\n?/g, '\n').split('\n\n');
      rest = (blocks.pop() ?? '') + text.slice(whole.length);
      for (const block of blocks) {
        const event = eventIn(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // the stream may have failed already
  }
}

const BROKEN_OFF = { done: true, value: undefined } as const;

/** Undefined for a block of comments only. */
function eventIn(block: string): ServerSentEvent | undefined {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, id, data: data.join('\n') };
}
