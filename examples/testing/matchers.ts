// Adds Troupe's matchers to vitest's `expect`, and tells TypeScript of them.
import { expect } from 'vitest';
import { matchers, type SimulationMatchers } from '../../src/testing.ts';

expect.extend(matchers);

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends SimulationMatchers<R> {}
}
