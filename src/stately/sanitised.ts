/** What lets its holder speak for an agent; the rest of a claim anybody may see. */
const SECRET: ReadonlySet<string> = new Set(['token', 'tokenDigest', 'nonce']);

/**
 * What an actor knows, without the world that all actors of an execution share (a function, and the whole ledger behind it; a mark of it
 * where the package has written it down already) and without what belongs to a claim's holder.
 */
export function sanitisedContext<Context extends object>(context: Context): Context {
  const entries = Object.entries(context).filter(
    ([key, value]) => key !== 'world' && typeof value !== 'function',
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === 'claim' && isObject(value) ? withoutSecrets(value) : value]),
  ) as Context;
}

/** An event without what only its sender and the owner may know. */
export function sanitisedEvent<Event extends object>(event: Event): Event {
  return withoutSecrets(event);
}

function withoutSecrets<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(([key, part]) => !SECRET.has(key) && typeof part !== 'function'),
  ) as Value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
