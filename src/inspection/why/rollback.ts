import { rollbackId } from '../../../machines/rollback.ts';
import { childrenOf } from '../../engine/delivery.ts';
import type { Fold } from '../../engine/fold.ts';
import type { WhyOptions } from '../why.ts';
import { type Cause, namesInWords, RANK, reason, sentence } from './cause.ts';
import { hostName } from './hosts.ts';

/** Where a rollback is; the compensation that is under way, and what people are asked, are told as steps. */
export function rollbackCauses(fold: Fold, options: WhyOptions): readonly Cause[] {
  const { rollback } = fold.world.ledger;
  if (rollback === undefined) return [];
  const state = String(childrenOf(fold.root)[rollbackId(rollback.number)]?.getSnapshot().value ?? 'draining');
  const plan = rollback.plan ?? [];
  const left = plan.filter(({ status }) => status === 'pending').length;
  const to = rollback.to === undefined ? 'to the start' : `to the checkpoint ${rollback.to}`;
  const since = rollback.beganAt;
  switch (state) {
    case 'draining': {
      const claims = fold.claims();
      const names = claims.map(({ role }) => role);
      return [
        {
          rank: 2,
          kind: 'moving',
          short: `rolls back: waits for ${namesInWords(names)} to stop`,
          reason: reason(
            `It goes back ${to}: ${sentence(rollback.reason)} Nothing is undone until the ${claims.length === 1 ? 'claim that stands has' : `${claims.length} claims that stand have`} come to an end.`,
            {
              who: claims
                .map(({ step, role, host }) => `${step} (${role}, ${hostName(host, options)})`)
                .sort(),
              since,
            },
          ),
        },
      ];
    }
    case 'measuring':
      return [
        {
          rank: 2,
          kind: 'moving',
          short: 'compares artifacts with the checkpoint',
          reason: reason('All is undone; the artifacts are being compared with those of the checkpoint.', {
            since,
          }),
        },
      ];
    case 'compensating':
    case 'asking':
    case 'stopping': {
      const what = state === 'asking' ? 'People are asked whether to go on without one that failed.' : '';
      return [
        {
          rank: RANK.claimed - 1,
          kind: state === 'asking' ? 'waiting' : 'moving',
          short: `rolls back: ${left === 1 ? 'one step is' : `${left} steps are`} still to be undone`,
          reason: reason(
            [
              `It goes back ${to}: ${sentence(rollback.reason)} ${left} of ${plan.length} ${plan.length === 1 ? 'step is' : 'steps are'} still to be undone.`,
              what,
            ]
              .filter((part) => part !== '')
              .join(' '),
            { since },
          ),
        },
      ];
    }
    default:
      return [];
  }
}
