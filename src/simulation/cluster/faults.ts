import { chance, choice } from '../chance.ts';

/** How much goes wrong: nothing; what a bad day brings; everything at once. */
export type FaultLevel = 'none' | 'light' | 'heavy';

/**
 * Faults that strike at an occasion: at one message, one append, one report.
 *
 * - `drop`, `duplicate`, `delay` (held up, and all behind it on the connection), `overtake` (held up alone): messages
 * - `slow-disk`, `append-fails` (refused), `append-unacknowledged` (stored, and nobody is told): appends
 * - `crash-before-append`, `crash-after-append` (stored, nobody was told), `crash-after-read-back` (folded, nothing carried out)
 * - `snapshot-damaged`: what was kept comes back cut short
 * - `artifact-unanswered`: a value is asked for, and nobody answers
 * - `control-twice`: a client writes its record again, since it did not hear that it was written
 * - `report-twice`, `report-late`, `report-for-another`, `report-forged`, `vote-forged` (another vote than was
 *   sealed), `vanish`: a host that means no good
 */
export type PointFaultKind =
  | 'drop'
  | 'duplicate'
  | 'delay'
  | 'overtake'
  | 'slow-disk'
  | 'append-fails'
  | 'append-unacknowledged'
  | 'crash-before-append'
  | 'crash-after-append'
  | 'crash-after-read-back'
  | 'snapshot-damaged'
  | 'artifact-unanswered'
  | 'control-twice'
  | 'report-twice'
  | 'report-late'
  | 'report-for-another'
  | 'report-forged'
  | 'vote-forged'
  | 'vanish';

export interface PointFault {
  readonly kind: PointFaultKind;
  /** Which occasion: `o1>server append step.claimed #3` is the third such message of the node `o1`. */
  readonly place: string;
}

/**
 * Faults at a time. `crash`: gone without a warning, started again after `forMs`. `stop`: stands still for so long (SIGSTOP). `deaf`,
 * `mute`: nothing reaches the node, nothing leaves it. `server-down`: for everybody. `lose-tail`: the same, and the server comes back
 * without its last records, as after a power failure.
 */
export interface TimedFault {
  readonly kind: 'crash' | 'stop' | 'deaf' | 'mute' | 'server-down' | 'lose-tail';
  /** Ms after the beginning. */
  readonly at: number;
  /** Absent: the server. */
  readonly node?: string | undefined;
  readonly forMs: number;
  /** `lose-tail`: how many records of each partition at the most. */
  readonly records?: number | undefined;
}

/** All faults of one run, in no order that matters; JSON. The same script on the same seed makes the same run. */
export interface FaultScript {
  readonly points: readonly PointFault[];
  readonly timed: readonly TimedFault[];
}

/** Decides where faults strike, and remembers where they did. */
export interface FaultPlan {
  readonly timed: readonly TimedFault[];
  strikes(kind: PointFaultKind, place: string): boolean;
  /** From now on none strikes any more. */
  end(): void;
  /** Those that struck until now, as a script. */
  readonly script: FaultScript;
}

/** Faults by chance, at the rates of the level. */
export function faultsByChance(
  seed: number,
  level: FaultLevel,
  { nodes, windowMs }: { readonly nodes: readonly string[]; readonly windowMs: number },
): FaultPlan {
  const rates = RATES[level];
  // A seed has a character of its own: some faults come often in it, most not at all, so that their meetings differ.
  const rateOf = (kind: PointFaultKind): number => {
    const rate = rates.points[kind] ?? 0;
    const mood = chance(seed, `mood ${kind}`);
    return mood < 0.4 ? 0 : mood < 0.9 ? rate : 6 * rate;
  };
  const bounds = new Map<PointFaultKind, number>();
  const timed = timedByChance(seed, rates.timedPerMinute, rates.timed, { nodes, windowMs });
  return planOf(timed, (kind, place) => {
    let bound = bounds.get(kind);
    if (bound === undefined) {
      bound = rateOf(kind);
      bounds.set(kind, bound);
    }
    return bound > 0 && chance(seed, `${kind} ${place}`) < bound;
  });
}

/** Exactly these faults. */
export function faultsOf({ points, timed }: FaultScript): FaultPlan {
  const places = new Set(points.map(({ kind, place }) => `${kind} ${place}`));
  return planOf(timed, (kind, place) => places.has(`${kind} ${place}`));
}

/** The same plan, and somebody hears of every occasion. */
export function observed(plan: FaultPlan, onOccasion: (fault: PointFault) => void): FaultPlan {
  return {
    timed: plan.timed,
    strikes: (kind, place) => {
      onOccasion({ kind, place });
      return plan.strikes(kind, place);
    },
    end: () => plan.end(),
    get script() {
      return plan.script;
    },
  };
}

function planOf(
  timed: readonly TimedFault[],
  isStruck: (kind: PointFaultKind, place: string) => boolean,
): FaultPlan {
  const points: PointFault[] = [];
  let isOver = false;
  return {
    timed,
    strikes: (kind, place) => {
      if (isOver || !isStruck(kind, place)) return false;
      points.push({ kind, place });
      return true;
    },
    end: () => {
      isOver = true;
    },
    get script() {
      return { points: [...points], timed };
    },
  };
}

function timedByChance(
  seed: number,
  perMinute: number,
  kinds: readonly TimedFault['kind'][],
  { nodes, windowMs }: { readonly nodes: readonly string[]; readonly windowMs: number },
): readonly TimedFault[] {
  const count = Math.round(perMinute * (windowMs / 60_000) * 2 * chance(seed, 'timed'));
  return Array.from({ length: count }, (_, index): TimedFault => {
    const of = (what: string): string => `timed ${index} ${what}`;
    const kind = kinds[choice(seed, of('kind'), kinds.length)] ?? 'crash';
    const at = choice(seed, of('at'), windowMs);
    // Mostly short; now and then longer than any lease.
    const forMs = 100 + choice(seed, of('for'), chance(seed, of('long')) < 0.35 ? 15_000 : 3_000);
    const node = nodes[choice(seed, of('node'), nodes.length)];
    if (kind === 'server-down') return { kind, at, forMs };
    if (kind === 'lose-tail') return { kind, at, forMs, records: 1 + choice(seed, of('records'), 5) };
    return { kind, at, node, forMs };
  }).sort((one, other) => one.at - other.at);
}

interface Rates {
  readonly points: { readonly [kind in PointFaultKind]?: number };
  readonly timed: readonly TimedFault['kind'][];
  readonly timedPerMinute: number;
}

const LIGHT: Rates = {
  points: { drop: 0.005, duplicate: 0.005, delay: 0.005, overtake: 0.005, 'append-unacknowledged': 0.003 },
  timed: ['crash', 'stop', 'server-down'],
  timedPerMinute: 12,
};

const RATES: { readonly [level in FaultLevel]: Rates } = {
  none: { points: {}, timed: [], timedPerMinute: 0 },
  light: LIGHT,
  heavy: {
    points: {
      drop: 0.02,
      duplicate: 0.02,
      delay: 0.02,
      overtake: 0.02,
      'slow-disk': 0.02,
      'append-fails': 0.01,
      'append-unacknowledged': 0.03,
      'crash-before-append': 0.004,
      'crash-after-append': 0.004,
      'crash-after-read-back': 0.004,
      'snapshot-damaged': 0.1,
      'artifact-unanswered': 0.05,
      'control-twice': 0.1,
      'report-twice': 0.03,
      'report-late': 0.02,
      'report-for-another': 0.03,
      'report-forged': 0.03,
      'vote-forged': 0.5,
      vanish: 0.01,
    },
    timed: ['crash', 'crash', 'stop', 'stop', 'deaf', 'mute', 'server-down', 'lose-tail'],
    timedPerMinute: 36,
  },
};
