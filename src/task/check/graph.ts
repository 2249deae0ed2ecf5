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
    const hint = () => suggest(text, byName.keys(), 'phases are');
    report.add(place, 'UNKNOWN_PHASE', `no phase is called '${text}'`, hint);
  }
}

/** Reports each cycle once, where it closes; returns the phases in cycles. */
function findCycles(phases: readonly BuiltPhase[], byName: Phases, report: Report): Set<string> {
  const done = new Set<string>();
  const inCycle = new Set<string>();
  for (const start of phases) {
    // Depth first with an own stack: a chain may be longer than the program's.
    const path: Visit[] = [{ phase: start, next: 0, back: Number.POSITIVE_INFINITY }];
    const onPath = new Map([[start.definition.name, 0]]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const name = top.phase.definition.name;
      const edge = done.has(name) ? undefined : top.phase.dependsOn[top.next++];
      if (edge === undefined) {
        done.add(name);
        onPath.delete(name);
        path.pop();
        if (top.back <= path.length) inCycle.add(name);
        const before = path.at(-1);
        if (before !== undefined) before.back = Math.min(before.back, top.back);
        continue;
      }
      const back = onPath.get(edge.text);
      if (back !== undefined) {
        top.back = Math.min(top.back, back);
        report.add(edge.place, 'CYCLE', () => `phases wait for each other: ${describeCycle(path, back)}`);
        continue;
      }
      const target = byName.get(edge.text);
      if (target === undefined || done.has(edge.text)) continue;
      onPath.set(edge.text, path.length);
      path.push({ phase: target, next: 0, back: Number.POSITIVE_INFINITY });
    }
  }
  return inCycle;
}

/** A phase on the way that is being followed. */
interface Visit {
  readonly phase: BuiltPhase;
  /** Which of its dependencies comes next. */
  next: number;
  /** The first place of the way that something from here on leads back to. */
  back: number;
}

/** The cycle from a place of the way to its end, of a long one its beginning and its end. */
function describeCycle(path: readonly Visit[], from: number): string {
  const names = path.slice(from).map(({ phase }) => phase.definition.name);
  const [first = ''] = names;
  const left = names.length - 2 * SHOWN_IN_CYCLE;
  const shown =
    left <= 1
      ? names
      : [...names.slice(0, SHOWN_IN_CYCLE), `… ${left} more …`, ...names.slice(-SHOWN_IN_CYCLE)];
  return [...shown, first].join(' → ');
}

const SHOWN_IN_CYCLE = 10;

/** Phases behind a cycle, and phases whose condition is never true. */
function reportUnreachable(
  phases: readonly BuiltPhase[],
  inCycle: ReadonlySet<string>,
  report: Report,
): void {
  const stuck = behind(phases, inCycle);
  for (const { definition, place } of phases) {
    if (inCycle.has(definition.name)) continue;
    const blocker = definition.dependsOn.find((name) => stuck.has(name));
    if (blocker === undefined) continue;
    report.add(
      place,
      'UNREACHABLE',
      `the phase '${definition.name}' can never start: '${blocker}' never ends`,
    );
  }
  for (const { definition, place } of phases) {
    if (definition.when !== 'false') continue;
    report.add(place, 'UNREACHABLE', `the phase '${definition.name}' never runs: its condition is false`);
  }
}

/** These phases and all that wait for one of them, directly or not. */
function behind(phases: readonly BuiltPhase[], names: ReadonlySet<string>): Set<string> {
  const found = new Set(names);
  if (found.size === 0) return found;
  const followers = new Map<string, string[]>();
  for (const { definition } of phases) {
    for (const name of definition.dependsOn) {
      const known = followers.get(name);
      if (known === undefined) followers.set(name, [definition.name]);
      else known.push(definition.name);
    }
  }
  // Grows while it is walked.
  for (const name of found) for (const follower of followers.get(name) ?? []) found.add(follower);
  return found;
}
