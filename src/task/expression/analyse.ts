import type { ASTNode } from '@marcbachmann/cel-js';
import { expressionSyntax } from '../../errors.ts';
import { nearest } from '../nearest.ts';
import { ALLOWED_CALLS } from './environment.ts';

/** Macros whose first argument names a variable for the others. */
const BINDING_MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/**
 * Walks a parsed expression: which names it needs, what it reads, and whether it calls only what is allowed.
 *
 * @throws TroupeError `EXPRESSION_SYNTAX` for an unknown function or a bytes literal
 */
export function analyse(ast: ASTNode, text: string): { roots: string[]; paths: string[][] } {
  const roots = new Set<string>();
  const paths = new Map<string, string[]>();
  visit(ast, new Set());
  return { roots: [...roots], paths: [...paths.values()] };

  function visit(node: ASTNode, bound: ReadonlySet<string>): void {
    const path = readPath(node, bound);
    if (path !== undefined) {
      roots.add(path[0] ?? '');
      paths.set(JSON.stringify(path), path);
      return;
    }
    switch (node.op) {
      case 'id':
        return;
      case 'value':
        if (node.args instanceof Uint8Array) {
          throw expressionSyntax(text, 'bytes are not JSON', node.start);
        }
        return;
      case 'call':
        checkCall(node.args[0], node.start);
        for (const argument of node.args[1]) visit(argument, bound);
        return;
      case 'rcall': {
        const [name, receiver, args] = node.args;
        checkCall(name, node.start);
        visit(receiver, bound);
        const [variable, ...rest] = args;
        if (BINDING_MACROS.has(name) && variable?.op === 'id') {
          const inner = new Set(bound).add(variable.args);
          for (const argument of rest) visit(argument, inner);
        } else {
          for (const argument of args) visit(argument, bound);
        }
        return;
      }
      case 'map':
        for (const [key, value] of node.args) {
          visit(key, bound);
          visit(value, bound);
        }
        return;
      default:
        for (const child of childrenOf(node)) visit(child, bound);
    }
  }

  function checkCall(name: string, offset: number): void {
    if (ALLOWED_CALLS.has(name)) return;
    const near = nearest(name, ALLOWED_CALLS);
    const guess = near === undefined ? '' : `; did you mean '${near}'?`;
    throw expressionSyntax(text, `unknown function '${name}'${guess}`, offset);
  }
}

/** The path that a chain of names and literal indexes spells, from a free name; undefined for anything else. */
function readPath(node: ASTNode, bound: ReadonlySet<string>): string[] | undefined {
  if (node.op === 'id') return bound.has(node.args) ? undefined : [node.args];
  if (node.op === '.') {
    return readPath(node.args[0], bound)?.concat(node.args[1]);
  }
  if (node.op === '[]') {
    const [left, index] = node.args;
    if (index.op !== 'value') return undefined;
    return readPath(left, bound)?.concat(String(index.args));
  }
  return undefined;
}

/** Operands of every operator that is not treated by name. */
function childrenOf(node: ASTNode): ASTNode[] {
  const args: readonly unknown[] = Array.isArray(node.args) ? node.args : [node.args];
  return args.filter((part): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part);
}
