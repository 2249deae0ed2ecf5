import { TroupeError } from '../../src/errors.ts';
import type { Target } from './targets.ts';

/**
 * Lets a target read an input; what is wrong with how it did, undefined when nothing is. A reader gives a value or throws an error of
 * the catalogue; it leaves the prototypes of the language alone, and what it gives has no other ones.
 */
export async function findFault(target: Target, input: string): Promise<string | undefined> {
  let value: unknown;
  try {
    value = await target.read(input);
  } catch (error) {
    if (!(error instanceof TroupeError)) {
      return `throws ${error instanceof Error ? `${error.name}: ${error.stack?.slice(0, 1500)}` : String(error)}`;
    }
  }
  return changedPrototype() ?? foreignPrototype(value);
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const KEYS = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

function changedPrototype(): string | undefined {
  const changed = PROTOTYPES.find((prototype, index) => Reflect.ownKeys(prototype).length !== KEYS[index]);
  return changed && `changes the prototype of ${changed.constructor.name}`;
}

const ORDINARY: ReadonlySet<unknown> = new Set([
  null,
  ...[Object, Array, Map, Set, Buffer, Uint8Array, Function, Error].map(({ prototype }) => prototype),
]);

/** Looked for with an own stack: the value may be nested deeply. */
function foreignPrototype(value: unknown): string | undefined {
  const seen = new Set<unknown>();
  const open: unknown[] = [value];
  for (let part = open.pop(); seen.size < 10_000; part = open.pop()) {
    if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part);
      if (!ORDINARY.has(Object.getPrototypeOf(part))) return 'gives an object with a foreign prototype';
      if (!ArrayBuffer.isView(part)) open.push(...Object.values(part));
    }
    if (open.length === 0) break;
  }
  return undefined;
}

/** Fails when a JSON value lost a key or got another on its way. */
export function assertKept(before: unknown, after: unknown): void {
  const [one, other] = [JSON.stringify(before), JSON.stringify(after)];
  if (one !== other)
    throw new Error(`it is not what it was: ${one.slice(0, 300)} became ${other?.slice(0, 300)}`);
}
