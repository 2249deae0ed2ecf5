export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** One block of an event stream; undefined for one that only has comments. */
export function parseEvent(block: string): (ServerEvent & { readonly id?: string | undefined }) | undefined {
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
  return data.length === 0
    ? undefined
    : { event, data: data.join('\n'), ...(id === undefined ? {} : { id }) };
}
