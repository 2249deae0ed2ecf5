import { hostname } from 'node:os';
import { usageInvalid } from '../../errors.ts';
import type { Random } from '../../ports/random.ts';
import { ID_PATTERN } from '../../task/definition.ts';

/**
 * The id under which a host is known: the name that it was given, else one made from the machine's, different for every process.
 *
 * Throws USAGE when the name is no id.
 */
export function hostIdOf({ name }: { readonly name?: string | undefined }, random: Random): string {
  if (name === undefined) {
    const machine = hostname().split('.', 1)[0] ?? '';
    const readable = machine.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, LONGEST_MACHINE);
    return `${readable || 'host'}-${random.id().slice(-DISTINCT)}`;
  }
  if (ID_PATTERN.test(name)) return name;
  throw usageInvalid(`'${name}' is not a name for a host.`, 'Use 1 to 64 letters, digits, "_" and "-".');
}

const LONGEST_MACHINE = 40;
/** 40 bits of what is random in an id. */
const DISTINCT = 10;
