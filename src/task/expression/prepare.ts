import type { ASTNode } from '@marcbachmann/cel-js';
import { REPLACED_CALLS } from './environment.ts';
import { asRead, asWritten } from './records.ts';
import { spendTurns, spendWork } from './turns.ts';

/**
 * Adapts a parsed expression, before it is checked or run, to what tasks need and the library has no option for:
 *
 * 1. Numbers are doubles: literals are converted, and what gives an int gives a double.
 * 2. Dividing by zero is an error, as for integers; with doubles it would be infinite and compare as true.
 * 3. Macros count their turns, and functions and operators the size of what they get, so that nested ones end.
 * 4. `matches` runs in linear time.
 * 5. Free names are looked up only in the scope: the library's constants (`google`, `int`) cannot shadow them.
 * 6. A map has the keys that it is written with: the library leaves out `constructor` and others.
 * 7. An object may have a key `constructor`, by which the library would tell what it is: it is read as a `Map`.
 *
 * It relies on two members that the library's types leave out, `meta` and `setMeta`; test/task/expression.test.ts
 * covers each point, so an update that changes them shows.
 */
export function prepare(ast: ASTNode): void {
  prepareNode(ast as Node);
}

/** The key under which a free name's value is handed to the library; no name in a text can contain `$`. */
export function slotOf(root: string): string {
  return `$${root}`;
}

type Evaluate = (evaluator: Runner, ast: Node, context: unknown) => unknown;
type Check = (checker: Types, ast: Node, context: unknown) => unknown;
interface Runner {
  run(ast: Node, context: unknown): unknown;
}
interface Types {
  readonly intType: unknown;
  readonly doubleType: unknown;
  readonly dynType: unknown;
}
interface Meta {
  check: Check;
  evaluate: Evaluate;
  /** What a macro such as `map` was expanded to. */
  alternate?: Node;
  /** A macro that runs itself, such as `has`. */
  macro?: { evaluate: Evaluate };
}
/** The library's node with the members its types leave out. */
type Node = ASTNode & {
  args: unknown;
  readonly meta: Meta;
  setMeta<Key extends keyof Meta>(key: Key, value: Meta[Key]): void;
};

const NO_NAMES: ReadonlySet<string> = new Set();

function prepareNode(node: Node, bound: ReadonlySet<string> = NO_NAMES): void {
  switch (node.op) {
    case 'value':
      if (isInteger(node.args)) node.args = Number(node.args);
      return;
    case 'id':
      if (!bound.has(node.args)) node.args = slotOf(node.args);
      wrapEvaluate(node, asRead);
      return;
    case '.':
      readOwnKey(node);
      break;
    case 'rcall':
      prepareMethodCall(node, bound);
      return;
    case 'call':
      widenResult(node);
      for (const operand of node.args[1]) countSize(operand as Node);
      break;
    case 'map':
      keepKeys(node);
      break;
    case '+':
    case 'in':
      for (const operand of node.args) countSize(operand as Node);
      break;
    case '[]':
      acceptDoubleIndex(node.args[1] as Node);
      readOwnKey(node);
      break;
    case '/':
    case '%':
      refuseInfinity(node);
      break;
    case '==':
    case '!=':
      compareAsJson(node, node.op === '==');
      break;
  }
  for (const child of nodesIn(node.args)) prepareNode(child, bound);
}

/** `5` is a bigint, `5u` an object that stands for one. */
function isInteger(literal: unknown): boolean {
  return typeof literal === 'bigint' || (typeof literal === 'object' && literal !== null);
}

function prepareMethodCall(node: Node & { op: 'rcall' }, bound: ReadonlySet<string>): void {
  const [name, receiver, args] = node.args;
  prepareNode(receiver as Node, bound);
  const [variable, ...bodies] = args as Node[];
  if (node.meta.alternate !== undefined && variable?.op === 'id') {
    const inner = new Set(bound).add(variable.args);
    for (const body of bodies) {
      countTurns(body);
      prepareNode(body, inner);
    }
    return;
  }
  node.args[0] = REPLACED_CALLS.get(name) ?? name;
  widenResult(node);
  countSize(receiver as Node);
  for (const argument of args as Node[]) {
    prepareNode(argument, bound);
    countSize(argument);
  }
}

function widenResult(node: Node): void {
  if (node.meta.macro !== undefined) return;
  const { check } = node.meta;
  node.setMeta('check', (checker, ast, context) => {
    const type = check(checker, ast, context);
    return type === checker.intType ? checker.doubleType : type;
  });
  wrapEvaluate(node, (result) => (typeof result === 'bigint' ? Number(result) : result));
}

/** A list may be indexed by a double: the checker sees `dyn` and the list reads the number. */
function acceptDoubleIndex(index: Node): void {
  const { check } = index.meta;
  index.setMeta('check', (checker, ast, context) => {
    const type = check(checker, ast, context);
    return type === checker.doubleType || type === checker.intType ? checker.dynType : type;
  });
}

function refuseInfinity(node: Node): void {
  wrapEvaluate(node, (result) => {
    if (typeof result === 'number' && !Number.isFinite(result)) throw new Error('division by zero');
    return result;
  });
}

/** Values of different types are unequal, as CEL says; the library refuses to compare some of them. */
function compareAsJson(node: Node & { op: '==' | '!=' }, wanted: boolean): void {
  const [left, right] = node.args as [Node, Node];
  node.setMeta('evaluate', (evaluator, _ast, context) => {
    const [one, other] = [evaluator.run(left, context), evaluator.run(right, context)].map(asWritten);
    return isSameJson(one, other) === wanted;
  });
}

/** The library looks at what it finds under a key before anybody else can. */
function readOwnKey(node: Node & { op: '.' | '[]' }): void {
  const [left, key] = node.args;
  const { evaluate } = node.meta;
  node.setMeta('evaluate', (evaluator, ast, context) => {
    const found =
      typeof key === 'string' || key.op === 'value' ? evaluator.run(left as Node, context) : undefined;
    const name: unknown = typeof key === 'string' ? key : key.args;
    const value = typeof name === 'string' ? ownValue(found, name) : undefined;
    return asRead(value ?? evaluate(evaluator, ast, context));
  });
}

function ownValue(value: unknown, key: string): unknown {
  if (value instanceof Map) return value.get(key);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function keepKeys(node: Node & { op: 'map' }): void {
  node.setMeta('evaluate', (evaluator, _ast, context) =>
    Object.fromEntries(
      node.args.map(([key, value]) => [
        evaluator.run(key as Node, context),
        evaluator.run(value as Node, context),
      ]),
    ),
  );
}

/** What takes this node's value walks through it. */
function countSize(node: Node): void {
  if (node.meta.macro !== undefined) return;
  wrapEvaluate(node, (value) => {
    if (typeof value === 'string' || Array.isArray(value)) spendWork(value.length);
    return value;
  });
}

function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  spendWork(keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) => Object.hasOwn(right, key) && isSameJson(Reflect.get(left, key), Reflect.get(right, key)),
    )
  );
}

function countTurns(body: Node): void {
  const { macro, alternate } = body.meta;
  const target = macro === undefined ? (alternate ?? body) : undefined;
  const evaluate = macro?.evaluate ?? (alternate ?? body).meta.evaluate;
  const counted: Evaluate = (evaluator, ast, context) => {
    spendTurns(1);
    return evaluate(evaluator, ast, context);
  };
  if (target === undefined && macro !== undefined) macro.evaluate = counted;
  else target?.setMeta('evaluate', counted);
}

function wrapEvaluate(node: Node, change: (result: unknown) => unknown): void {
  const { evaluate } = node.meta;
  node.setMeta('evaluate', (evaluator, ast, context) => change(evaluate(evaluator, ast, context)));
}

/** The nodes directly inside operands, which may be lists of nodes and pairs. */
function nodesIn(args: unknown): Node[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as Node] : [];
}
