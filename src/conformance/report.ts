export interface CheckResult {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  /** What the agent did wrong; empty when it passed. */
  readonly faults: readonly string[];
  readonly passed: boolean;
  readonly durationMs: number;
}

export interface ConformanceReport {
  readonly namespace: string;
  readonly role: string;
  /** Who answered to the role. */
  readonly hosts: readonly string[];
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
}

/** A check for a person: a line, and what was wrong below it. */
export function checkLines({ name, expected, seen, faults, passed }: CheckResult): readonly string[] {
  return [
    `${passed ? 'ok  ' : 'FAIL'}  ${name}: ${expected}; seen: ${seen === '' ? 'nothing' : seen}`,
    ...faults.map((fault) => `      - ${fault}`),
  ];
}

/** The last line. */
export function verdictLine({ role, namespace, hosts, checks, passed }: ConformanceReport): string {
  if (hosts.length === 0) return `No agent for ${role} answered in the namespace ${namespace}.`;
  const failed = checks.filter((check) => !check.passed).length;
  const who = hosts.join(', ');
  if (failed > 0) return `${who} failed ${failed} of ${checks.length} checks.`;
  return passed ? `${who} passed all ${checks.length} checks.` : `Broken off after ${checks.length} checks.`;
}
