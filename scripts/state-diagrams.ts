import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { MACHINES } from '../machines/by-name.ts';

/** Writes docs/state-machines.md from the machines themselves: `node scripts/state-diagrams.ts`. A test holds it up to date. */
export const TARGET = fileURLToPath(new URL('../docs/state-machines.md', import.meta.url));

const ABOUT: readonly (readonly [name: string, about: string])[] = [
  ['execution', 'The root of every execution; spawns a phase when its dependencies are met.'],
  ['phase', 'One phase; spawns an actor per step through a window of slots.'],
  ['agent', 'One agent step: offered, claimed, ended by its report.'],
  ['evaluation', 'A step that the owner works out: validation, aggregate, or a registered kind.'],
  ['wait', 'A step that waits for a signal.'],
  ['approval', 'A question to people, bound to what it is about; a step, or a part of another.'],
  ['consensus', 'A vote. Agents vote in steps of their own, see [consensus](consensus.md).'],
  ['rollback', 'A rollback: drains, runs the compensations one after another, compares the artifacts.'],
];

export function stateDiagrams(): string {
  const parts = ABOUT.map(
    ([name, about]) =>
      `## ${name}\n\n${about}\n\n\`\`\`mermaid\n${diagramOf(MACHINES[name] as AnyStateMachine)}\n\`\`\`\n`,
  );
  return `# The statecharts\n\nMade from \`machines/\` by \`node scripts/state-diagrams.ts\`; do not edit.\n\n${parts.join('\n')}`;
}

/** Transitions without an event are marked \`always\`; guards stand in brackets. Events that stay in a state are left out. */
function diagramOf(machine: AnyStateMachine): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${machine.root.initial.target[0]?.key}`];
  for (const state of Object.values(machine.root.states)) {
    const arrows = new Set<string>();
    for (const transition of [...state.transitions.values()].flat().concat(state.always ?? [])) {
      for (const target of transition.target ?? []) {
        const event = transition.eventType === '' ? 'always' : transition.eventType;
        const guard = typeof transition.guard === 'string' ? ` [${transition.guard}]` : '';
        arrows.add(`  ${state.key} --> ${target.key}: ${event}${guard}`);
      }
    }
    lines.push(...arrows);
    if (state.tags.includes('ended')) lines.push(`  ${state.key} --> [*]`);
  }
  return lines.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, stateDiagrams());
