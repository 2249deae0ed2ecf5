import { expect, test } from 'vitest';
import { OpenCommit } from '../../src/engine/open-commit.ts';
import { Resident } from '../../src/engine/resident.ts';

test('work is done in order, and executions are settled after all of it, each once', () => {
  const commit = new OpenCommit();
  const resident = new Resident('e1');
  const done: string[] = [];
  commit.touch(resident);
  commit.after(() => done.push('first'));
  commit.touch(resident);
  commit.after(() => done.push('second'));
  commit.close(({ execution }) => done.push(execution));
  expect(done).toEqual(['first', 'second', 'e1']);
  commit.close(({ execution }) => done.push(execution));
  expect(done).toHaveLength(3);
});

test('work that comes while a commit is closed waits for the next one', () => {
  const commit = new OpenCommit();
  const done: string[] = [];
  commit.after(() => commit.after(() => done.push('later')));
  commit.close(() => undefined);
  expect(done).toEqual([]);
  commit.close(() => undefined);
  expect(done).toEqual(['later']);
});

test('a commit that fails does no work, and names what it touched', () => {
  const commit = new OpenCommit();
  const resident = new Resident('e1');
  const done: string[] = [];
  commit.touch(resident);
  commit.after(() => done.push('work'));
  expect(commit.drop()).toEqual([resident]);
  commit.close(({ execution }) => done.push(execution));
  expect(done).toEqual([]);
});
