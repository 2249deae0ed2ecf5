import type { BuildContext } from '../build/context.ts';
import type { BuiltPhase } from '../build/phase.ts';
import type { Report } from '../source/report.ts';
import { suggest } from '../suggest.ts';

/** Reports unknown dependencies, cycles, and phases that can never start. */
export function checkGraph(
  phases: readonly BuiltPhase[],
  { form, report }: Pick<BuildContext, 'form' | 'report'>,
): void {
  const byName = new Map(phases.map((phase) => [phase.definition.name, phase]));
  for (const phase of phases) checkNames(phase, byName, report);
  const stuck = findCycles(phases, byName, report);
  reportUnreachable(phases, stuck, report);
  const [first] = phases;
  if (first !== undefined && phases.length > 1 && phases.every(({ dependsOn }) => dependsOn.length === 0)) {
    const where = form === 'markdown' ? 'under the heading of' : 'in';
    const hint = `write 'dependsOn: [NAME]' ${where} a phase that waits for another`;
    report.add(first.place, 'NO_DEPENDENCIES', 'no phase depends on another, so all start at once', hint);
  }
}

type Phases = ReadonlyMap<string, BuiltPhase>;

function checkNames(phase: BuiltPhase, byName: Phases, report: Report): void {
  const seen = new Set<string>();
  for (const { text, place } of phase.dependsOn) {
    if (seen.has(text)) report.add(place, 'DUPLICATE_KEY', `'${text}' stands here twice`);
    seen.add(text);
    if (byName.has(text)) continue;
    const hint = suggest(text, byName.keys(), 'phases are');
    report.add(place, 'UNKNOWN_PHASE', `no phase is called '${text}'`, hint);
  }
}

/** Reports each cycle once, where it closes; returns the phases in cycles. */
function findCycles(phases: readonly BuiltPhase[], byName: Phases, report: Report): Set<string> {
  const done = new Set<string>();
  const inCycle = new Set<string>();
  for (const start of phases) {
    // Depth first with an own stack: a chain may be longer than the program's.
    const path: { phase: BuiltPhase; next: number }[] = [{ phase: start, next: 0 }];
    const onPath = new Set([start.definition.name]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const name = top.phase.definition.name;
      const edge = done.has(name) ? undefined : top.phase.dependsOn[top.next++];
      if (edge === undefined) {
        done.add(name);
        onPath.delete(name);
        path.pop();
        continue;
      }
      if (onPath.has(edge.text)) {
        const names = path.map(({ phase }) => phase.definition.name);
        const cycle = names.slice(names.indexOf(edge.text));
        for (const member of cycle) inCycle.add(member);
        report.add(edge.place, 'CYCLE', `phases wait for each other: ${[...cycle, edge.text].join(' → ')}`);
        continue;
      }
      const target = byName.get(edge.text);
      if (target === undefined || done.has(edge.text)) continue;
      onPath.add(edge.text);
      path.push({ phase: target, next: 0 });
    }
  }
  return inCycle;
}

/** Phases behind a cycle, and phases whose condition is never true. */
function reportUnreachable(
  phases: readonly BuiltPhase[],
  inCycle: ReadonlySet<string>,
  report: Report,
): void {
  const stuck = new Set(inCycle);
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const { definition, place } of phases) {
      const blocker = definition.dependsOn.find((name) => stuck.has(name));
      if (blocker === undefined || stuck.has(definition.name)) continue;
      stuck.add(definition.name);
      report.add(
        place,
        'UNREACHABLE',
        `the phase '${definition.name}' can never start: '${blocker}' never ends`,
      );
    }
  }
  for (const { definition, place } of phases) {
    if (definition.when !== 'false') continue;
    report.add(place, 'UNREACHABLE', `the phase '${definition.name}' never runs: its condition is false`);
  }
}
