import { type PatternNode, PatternParser, patternError } from './regex-parser.ts';

/**
 * Patterns as programs: literals, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, alternatives,
 * `* + ? {m,n}` (lazy forms too; they decide nothing about whether a text matches), and `(?i)` at the start.
 * As in RE2 there are no back references and no look-around.
 */
export type Instruction =
  | Character
  | Assert
  | { readonly kind: 'split'; readonly targets: readonly number[] };

export interface Character {
  readonly kind: 'character';
  readonly accepts: (character: string) => boolean;
}
export interface Assert {
  readonly kind: 'assert';
  readonly holds: Assertion;
}

type Assertion = (before: string | undefined, after: string | undefined) => boolean;

/** Running past the last instruction is a match. @throws Error for a pattern that is wrong or too large. */
export function compilePattern(pattern: string): readonly Instruction[] {
  if (pattern.length > MAX_LENGTH) throw patternError('it is too large');
  const ignoresCase = pattern.startsWith('(?i)');
  const node = new PatternParser(ignoresCase ? pattern.slice(4) : pattern, ignoresCase).parse();
  const program: Instruction[] = [];
  emit(node, program);
  return program;
}

const MAX_LENGTH = 10_000;
const MAX_INSTRUCTIONS = 1000;

function emit(node: PatternNode, program: Instruction[]): void {
  if (program.length > MAX_INSTRUCTIONS) throw patternError('it is too large');
  switch (node.kind) {
    case 'character':
    case 'assert':
      program.push(node);
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, program);
      return;
    case 'alternatives':
      emitAlternatives(node.options, program);
      return;
    case 'repeat': {
      for (let count = 0; count < node.least; count++) {
        const before = program.length;
        emit(node.node, program);
        // Nothing a hundred times is nothing, and repeats may stand in repeats.
        if (program.length === before) break;
      }
      if (node.most === Number.POSITIVE_INFINITY) {
        emitLoop(node.node, program);
        return;
      }
      for (let count = node.least; count < node.most; count++) {
        emitAlternatives([node.node, { kind: 'sequence', parts: [] }], program);
      }
      return;
    }
  }
}

function emitAlternatives(options: readonly PatternNode[], program: Instruction[]): void {
  const [only, ...others] = options;
  if (only !== undefined && others.length === 0) {
    emit(only, program);
    return;
  }
  const start = program.push({ kind: 'split', targets: [] }) - 1;
  const targets: number[] = [];
  const exits: number[] = [];
  for (const option of options) {
    targets.push(program.length);
    emit(option, program);
    exits.push(program.push({ kind: 'split', targets: [] }) - 1);
  }
  program[start] = { kind: 'split', targets };
  for (const exit of exits) program[exit] = { kind: 'split', targets: [program.length] };
}

function emitLoop(body: PatternNode, program: Instruction[]): void {
  const start = program.push({ kind: 'split', targets: [] }) - 1;
  emit(body, program);
  program.push({ kind: 'split', targets: [start] });
  program[start] = { kind: 'split', targets: [start + 1, program.length] };
}
