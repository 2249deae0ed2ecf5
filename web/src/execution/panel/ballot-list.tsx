import type { BallotRow, StepDetail } from '../../../../src/inspection/documents.ts';
import { formatTime } from '../../parts/times.ts';
import styles from './panel.module.css';

/** Who voted what, round by round, the newest round first. */
export function BallotList({ detail: { ballots, poll } }: { readonly detail: StepDetail }) {
  const rounds = [...new Set(ballots.map(({ round }) => round))].sort((one, other) => other - one);
  return (
    <>
      {poll === null ? null : (
        <p>
          Round {poll.round}: {poll.voted.length} of {poll.voted.length + poll.missing.length} have voted
          {poll.missing.length === 0 ? (
            '.'
          ) : (
            <span className="muted">; missing: {poll.missing.join(', ')}.</span>
          )}
        </p>
      )}
      {rounds.length === 0 ? <p className="muted">No ballot is known yet.</p> : null}
      {rounds.map((round) => (
        <Round
          key={round}
          round={round}
          rows={ballots.filter((ballot) => ballot.round === round)}
          isOnly={rounds.length === 1}
        />
      ))}
    </>
  );
}

function Round({
  round,
  rows,
  isOnly,
}: {
  readonly round: number;
  readonly rows: readonly BallotRow[];
  readonly isOnly: boolean;
}) {
  const hasWeights = rows.some(({ weight }) => weight !== 1);
  return (
    <table className={styles.ballots}>
      {isOnly ? null : <caption>Round {round}</caption>}
      <thead>
        <tr>
          <th scope="col">voter</th>
          <th scope="col">vote</th>
          {hasWeights ? <th scope="col">weight</th> : null}
          <th scope="col">at</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ voter, vote, reason, weight, at }) => (
          <tr key={voter} data-missing={at === null || undefined}>
            <td>{voter}</td>
            <td>
              <b>{vote}</b>
              {reason === null ? null : <span className={styles.voteReason}>{reason}</span>}
            </td>
            {hasWeights ? <td>{weight}</td> : null}
            <td className="muted">{at === null ? '' : formatTime(at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
