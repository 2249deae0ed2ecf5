import fc from 'fast-check';
import { expect, test } from 'vitest';

test.skipIf(process.env.TROUPE_SEED === 'random')(
  'properties are tried on the same values every time',
  () => {
    expect(fc.readConfigureGlobal().seed).toBe(Number(process.env.TROUPE_SEED ?? 1));
  },
);
