import { ParseError } from '@marcbachmann/cel-js';
import { expressionSyntax, expressionTooLarge, TroupeError } from '../../errors.ts';
import type { ParsedExpression } from '../expression.ts';
import { analyse } from './analyse.ts';
import { environment } from './environment.ts';
import { EXPRESSION_LIMITS } from './limits.ts';
import { prepare, slotOf } from './prepare.ts';
import { asWritten } from './records.ts';
import { checkTurns, refillTurns } from './turns.ts';

/** A parsed expression that can run. */
export interface CompiledExpression extends ParsedExpression {
  /** Computes it; `read` gives the value of each root. */
  run(read: (root: string) => unknown): unknown;
}

/** Parses, analyses, adapts and type-checks. @throws TroupeError `EXPRESSION_SYNTAX`, `EXPRESSION_TOO_LARGE` */
export function compileExpression(text: string): CompiledExpression {
  try {
    const program = environment.parse(text);
    const { roots, paths } = analyse(program.ast, text);
    const slots = roots.map((root) => [root, slotOf(root)] as const);
    prepare(program.ast);
    const types = program.check();
    if (!types.valid) throw types.error;
    return {
      text,
      roots,
      paths,
      run(read) {
        const values = new Map(slots.map(([root, slot]) => [slot, read(root)]));
        refillTurns();
        try {
          return asWritten(program(values));
        } finally {
          checkTurns(text);
        }
      },
    };
  } catch (error) {
    throw explainParseFailure(text, error);
  }
}

function explainParseFailure(text: string, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  if (error instanceof RangeError) return expressionTooLarge(text, 'nested too deeply');
  const { code, summary, range, message } = error as ParseError;
  if (error instanceof ParseError && code === 'limit_exceeded') {
    const { nodes, depth } = EXPRESSION_LIMITS;
    return expressionTooLarge(text, `at most ${nodes} parts and ${depth} levels`);
  }
  return expressionSyntax(text, summary ?? message, range?.start);
}
