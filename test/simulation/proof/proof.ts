import type { Trial } from './trial.ts';

/** What many trials have proved together: none of them found anything, but in a run in which nothing happens there is nothing to find. */
export class Proof {
  trials = 0;
  readonly #counts = new Map<string, number>();

  add({ attempts, accepted, script, trace, outcomes }: Trial): void {
    this.trials += 1;
    this.#count('accepted records', accepted);
    this.#count('outcomes of attempts', attempts);
    for (const { kind } of script.points) this.#count(kind);
    // Of those that were to come at a time some come too late: all is over before.
    for (const line of trace.lines) {
      const [, kind] = / fault: (\S+)/.exec(line) ?? [];
      if (kind !== undefined) this.#count(kind);
    }
    for (const { status } of Object.values(outcomes)) this.#count(status);
  }

  /** What did not come often enough to prove anything. */
  lacks(): readonly string[] {
    const expected = [
      ['accepted records', 10 * this.trials],
      ['outcomes of attempts', 3 * this.trials],
      ...[...FAULTS, ...ENDS].map((name) => [name, 3] as const),
    ] as const;
    return expected.flatMap(([name, least]) => {
      const count = this.#counts.get(name) ?? 0;
      return count < least ? [`${name}: ${count}, not ${least}`] : [];
    });
  }

  #count(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }
}

const FAULTS = [
  ...['drop', 'duplicate', 'delay', 'overtake', 'slow-disk', 'append-fails', 'append-unacknowledged'],
  ...['crash-before-append', 'crash-after-append', 'crash-after-read-back', 'snapshot-damaged'],
  ...[
    'artifact-unanswered',
    'control-twice',
    'report-twice',
    'report-late',
    'report-for-another',
    'report-forged',
    'vanish',
  ],
  ...['crash', 'stop', 'deaf', 'mute', 'server-down', 'lose-tail'],
];

const ENDS = ['completed', 'failed', 'aborted', 'timedOut'];
