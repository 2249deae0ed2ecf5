import { expect, test } from 'vitest';
import { readTask } from '../../src/task/content.ts';
import type { TaskDefinition } from '../../src/task/definition.ts';
import { World } from '../engine/open-world.ts';

const NAMES = [
  'toString',
  'hasOwnProperty',
  'valueOf',
  'isPrototypeOf',
  '__defineGetter__',
  'toJSON',
  'then',
];
const REFUSED = ['__proto__', 'constructor', 'prototype'];

function read(name: string) {
  const content = [
    'name: hostile',
    `requirements: {f${name}: any}`,
    'phases:',
    `  - {name: ${name}, steps: [{agent: ${name}, text: x, id: ${name}}]}`,
    `  - name: next`,
    `    dependsOn: [${name}]`,
    '    forEach: "[1]"',
    `    steps: [{agent: ${name}, text: '{{ phases["${name}"].outputs | json }}'}, {wait: ${name}, id: waits}]`,
    `    outputs: [{name: ${name}, expression: 'outputs["${name}"]["${name}"]'}, {name: all, expression: results}]`,
  ].join('\n');
  return readTask(content, { file: 'hostile.yaml', kind: 'yaml' });
}

const answer = (name: string) => JSON.parse(`{"__proto__": {"x": 1}, "constructor": 2, "${name}": 3}`);

test.each(NAMES)('a task whose parts are all called %s runs to its end', async (name) => {
  const { task, diagnostics } = read(name);
  expect(diagnostics).toEqual([]);
  const world = new World();
  const process = await world.open({ [name]: () => answer(name) });
  await process.begin(task as TaskDefinition, { input: { [`f${name}`]: answer(name) } });
  await process.engine.control('e', 'signal.sent', { name, payload: answer(name) });
  await process.settle();
  const fold = await process.engine.state('e');
  expect(fold?.status, JSON.stringify(fold?.error)).toBe('completed');
  const { outputs } = fold?.world.ledger ?? {};
  expect(JSON.parse(JSON.stringify(outputs))).toEqual({
    [name]: answer(name),
    all: { [name]: answer(name) },
  });
  expect(JSON.stringify(outputs?.[name])).toBe(JSON.stringify(answer(name)));
  await process.embedded[Symbol.asyncDispose]();
});

test.each(REFUSED)('a task whose parts are called %s is refused', (name) => {
  const { task, diagnostics } = read(name);
  expect(task).toBeUndefined();
  expect(new Set(diagnostics.map(({ severity }) => severity))).toEqual(new Set(['error']));
});

test.each(REFUSED)('what an agent calls %s comes through merge whole', async (name) => {
  const content =
    'name: merging\nphases: [{name: a, steps: [{agent: a, text: x}, {aggregate: merge}]}, {name: b, dependsOn: [a], steps: [{agent: a, text: y}]}]\noutputs: [{name: got, expression: "outputs.a"}]';
  const { task } = readTask(content, { file: 'x', kind: 'yaml' });
  const world = new World();
  const process = await world.open({ a: () => JSON.parse(`{"${name}": {"x": 1}}`) });
  await process.begin(task as TaskDefinition);
  const fold = await process.engine.state('e');
  expect(fold?.status).toBe('completed');
  expect(JSON.stringify(fold?.world.ledger.outputs)).toBe(`{"got":{"${name}":{"x":1}}}`);
  await process.embedded[Symbol.asyncDispose]();
});
