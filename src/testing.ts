/** `troupe/testing`: run tasks in virtual time, with agents of a script. `docs/testing.md` shows how. */
export { chance, choice } from './simulation/chance.ts';
export type { Stage, StageStart } from './simulation/stage.ts';
