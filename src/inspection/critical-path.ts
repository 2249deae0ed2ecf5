/** When a phase was at work, in ms since 1970 or since any other moment. */
export interface PhaseSpan {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * The chain of phases that decided when the last one ended, in the order of their work: each began when the one before it had
 * ended, be it that it depends on it, be it that it got its place among those at work (`concurrency.phases`). Pure.
 */
export function criticalPath(spans: readonly PhaseSpan[]): readonly PhaseSpan[] {
  let at = latest(spans);
  const path: PhaseSpan[] = [];
  while (at !== undefined) {
    path.unshift(at);
    at = decidedBy(at, spans, path);
  }
  return path;
}

/** What it waited for last: of the phases it depends on the one that ended last, or the one whose end made room for it. */
function decidedBy(
  { dependsOn, startedAt }: PhaseSpan,
  spans: readonly PhaseSpan[],
  path: readonly PhaseSpan[],
): PhaseSpan | undefined {
  const before = spans.filter((other) => other.endedAt <= startedAt && !path.includes(other));
  const needed = latest(before.filter(({ name }) => dependsOn.includes(name)));
  if (needed !== undefined && needed.endedAt === startedAt) return needed;
  // It began later than its dependencies allowed: at that moment somebody left a place.
  return before.find((other) => other.endedAt === startedAt && other.startedAt < other.endedAt) ?? needed;
}

/** Of those that ended at the same moment the one that began first. */
function latest(spans: readonly PhaseSpan[]): PhaseSpan | undefined {
  let found: PhaseSpan | undefined;
  for (const span of spans) {
    if (
      found === undefined ||
      span.endedAt > found.endedAt ||
      (span.endedAt === found.endedAt && span.startedAt < found.startedAt)
    )
      found = span;
  }
  return found;
}
