import { BoundedCache } from '../bounded-cache.ts';
import { type Character, compilePattern, type Instruction } from './regex-program.ts';

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
  /** Instruction -> the last position, from 1, at which it was reached. */
  const reachedAt = new Uint32Array(program.length + 1);
  let stepped: number[] = [];
  for (let position = 0; position <= characters.length; position++) {
    const character = characters[position];
    // A match may begin anywhere, so a thread starts at every position.
    stepped.push(0);
    const isFirst = (at: number): boolean => {
      if (reachedAt[at] === position + 1) return false;
      reachedAt[at] = position + 1;
      return true;
    };
    const threads = follow(program, stepped, isFirst, characters[position - 1], character);
    if (threads === 'matched') return true;
    stepped = [];
    for (const [at, { accepts }] of threads) {
      if (character !== undefined && accepts(character)) stepped.push(at + 1);
    }
  }
  return false;
}

/** The most steps that {@link matchesLinear} takes. @throws Error that says what is wrong with the pattern */
export function stepsToMatch(pattern: string, text: string): number {
  const program = programs.getOrCompute(pattern, () => compilePattern(pattern));
  return text.length > MAX_TEXT_LENGTH ? 0 : program.length * text.length;
}

const MAX_TEXT_LENGTH = 64 * 1024;
const programs = new BoundedCache<string, readonly Instruction[]>(100);

/** The character instructions reachable without reading, each once, or that the end is reachable. */
function follow(
  program: readonly Instruction[],
  stack: number[],
  isFirst: (at: number) => boolean,
  before: string | undefined,
  after: string | undefined,
): (readonly [at: number, character: Character])[] | 'matched' {
  const found: (readonly [number, Character])[] = [];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (!isFirst(at)) continue;
    const instruction = program[at];
    if (instruction === undefined) return 'matched';
    if (instruction.kind === 'character') found.push([at, instruction]);
    else if (instruction.kind === 'split') stack.push(...instruction.targets);
    else if (instruction.holds(before, after)) stack.push(at + 1);
  }
  return found;
}
