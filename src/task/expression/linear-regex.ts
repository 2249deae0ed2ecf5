import { BoundedCache } from '../bounded-cache.ts';
import { compilePattern, type Instruction } from './regex-program.ts';

/**
 * Whether `pattern` matches anywhere in `text`. Runs all alternatives side by side (Thompson's construction), so
 * the time is at most pattern size × text length for any pattern; JavaScript's own engine can take for ever.
 * A text longer than 64 KiB matches nothing.
 *
 * @throws Error that says what is wrong with the pattern
 */
export function matchesLinear(pattern: string, text: string): boolean {
  const program = programs.getOrCompute(pattern, () => compilePattern(pattern));
  if (text.length > MAX_TEXT_LENGTH) return false;
  const characters = [...text];
  let stepped: number[] = [];
  for (let position = 0; position <= characters.length; position++) {
    const character = characters[position];
    // A match may begin anywhere, so a thread starts at every position.
    const threads = follow(program, [...stepped, 0], characters[position - 1], character);
    if (threads === 'matched') return true;
    stepped = [];
    for (const at of threads) {
      const instruction = program[at];
      if (character !== undefined && instruction?.kind === 'character' && instruction.accepts(character)) {
        stepped.push(at + 1);
      }
    }
  }
  return false;
}

const MAX_TEXT_LENGTH = 64 * 1024;
const programs = new BoundedCache<string, readonly Instruction[]>(100);

/** The character instructions reachable without reading, each once, or that the end is reachable. */
function follow(
  program: readonly Instruction[],
  starts: readonly number[],
  before: string | undefined,
  after: string | undefined,
): Set<number> | 'matched' {
  const seen = new Set<number>();
  const stack = [...starts];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = program[at];
    if (instruction === undefined) return 'matched';
    if (instruction.kind === 'split') stack.push(...instruction.targets);
    if (instruction.kind === 'assert' && instruction.holds(before, after)) stack.push(at + 1);
  }
  return seen;
}
