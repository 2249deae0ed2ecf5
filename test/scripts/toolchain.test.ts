import { readFile } from 'node:fs/promises';
import semver from 'semver';
import { expect, test } from 'vitest';

test('npm scripts run on the Node that the package asks for, whatever Node npm itself runs on', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(semver.satisfies(process.versions.node, engines.node)).toBe(true);
});
