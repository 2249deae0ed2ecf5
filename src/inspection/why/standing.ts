import type { Fold } from '../../engine/fold.ts';
import type { WhyOptions } from '../why.ts';
import { type Cause, namesInWords, RANK, reason, sentence } from './cause.ts';
import { beatOf, hostName } from './hosts.ts';

/** Paused, being paused, or suspended. */
export function heldCause(fold: Fold): Cause {
  const { execution } = fold.world;
  const { context, status } = fold;
  if (status === 'suspended') {
    const text = context.error?.message ?? 'A record could not be folded.';
    const who = [`troupe abort ${execution}`, 'a release that can fold the record'];
    return {
      rank: 1,
      kind: 'held',
      short: `suspended: ${text}`,
      reason: reason(
        `${sentence(text)} Nothing is done until a person aborts it, or a release that can fold the record reads the log.`,
        {
          who,
          isAlarming: true,
        },
      ),
    };
  }
  const because = context.reason === undefined ? '' : `: ${context.reason}`;
  const isPaused = status === 'paused';
  const text = isPaused
    ? `It is paused${because}. Nothing new begins until somebody resumes it.`
    : `It is being paused${because}. Nothing new begins; what is claimed comes to its end first.`;
  return {
    rank: isPaused ? 1 : RANK.held,
    kind: 'held',
    short: isPaused ? `paused${because}` : `pausing${because}`,
    reason: reason(text, { who: [`troupe resume ${execution}`], since: context.pausedAt ?? null }),
  };
}

/** Who is outstanding before it is paused. */
export function claimCauses(fold: Fold, options: WhyOptions): readonly Cause[] {
  const open = fold.claims().filter(({ ballot }) => ballot !== 'sealed');
  if (open.length === 0) return [];
  const beats = open.map(({ host }) => beatOf(host, options));
  const silent = beats.flatMap((beat) => (beat.isSilent ? [beat.text] : []));
  const who = open.map(({ step, role, host }) => `${step} (${role}, ${hostName(host, options)})`);
  const count = open.length === 1 ? 'One claim is' : `${open.length} claims are`;
  return [
    {
      rank: 2,
      kind: 'moving',
      short: `pausing: waits for ${namesInWords(open.map(({ role }) => role))} to finish`,
      reason: reason([`${count} outstanding.`, ...new Set(silent)].join(' '), {
        who: who.sort(),
        since: Math.min(...open.map(({ at }) => at)),
        otherwise: 'A host that falls silent loses its claim, and the execution is paused without it.',
        isAlarming: silent.length > 0,
      }),
    },
  ];
}
