import { expect, test } from 'vitest';
import { Proof } from './proof.ts';
import { runTrial, type TrialOptions } from './trial.ts';

/** Each has a step that somebody has to work at, and no time limit that would end it. */
const SEEDS = [2, 3, 4, 6];

test.each<[string, Omit<TrialOptions, 'seed'>]>([
  ['without hosts', { hosts: 0 }],
  ['without orchestrators', { orchestrators: 0 }],
  ['without anybody', { hosts: 0, orchestrators: 0 }],
])('a run %s is found to stand still', async (_, options) => {
  for (const seed of SEEDS) {
    const { findings } = await runTrial({ seed, ...options });
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I6' }));
  }
});

test('runs in which nobody works prove nothing, even where every execution ends', async () => {
  const proof = new Proof();
  for (let seed = 1; seed <= 8; seed += 1) proof.add(await runTrial({ seed, hosts: 0 }));
  expect(proof.lacks()).toContain('outcomes of attempts: 0, not 24');
});
