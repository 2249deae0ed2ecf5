import { useState } from 'react';
import { plainTitle } from '../../../src/inspection/plain-title.ts';
import type { ConsensusStep } from '../../../src/task/definition.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { ActionDialog } from './action-dialog.tsx';
import { type BallotDraft, ballotOf, EMPTY_BALLOT, formOf } from './ballot.ts';
import { pollsIn } from './live-steps.ts';
import { useControl } from './send-control.ts';
import { useExecution, useUser } from './use-execution.ts';
import styles from './vote-dialog.module.css';

/** A person's ballot, in the form that the method asks for. */
export function VoteDialog({
  execution,
  step: selected,
  onClose,
}: {
  readonly execution: string;
  readonly step?: string | undefined;
  readonly onClose: () => void;
}) {
  const { live, report, source, error } = useExecution(execution);
  const polls = pollsIn(live);
  const user = useUser();
  const [chosen, setStep] = useState(selected);
  const [by, setBy] = useState<string | undefined>();
  const [draft, setDraft] = useState<BallotDraft>(EMPTY_BALLOT);
  const control = useControl(execution);
  const poll = polls.find(({ report: { id } }) => id === chosen) ?? polls[0];
  const people =
    poll?.definition.voters.filter(({ kind }) => kind === 'person').map(({ name }) => name) ?? [];
  const missing = people.filter((name) => poll?.report.poll?.voted.includes(`person:${name}`) !== true);
  const voter = by ?? (missing.includes(user) ? user : missing[0]) ?? '';
  const ballot =
    poll === undefined ? { problem: 'Nothing is voted on now' } : ballotOf(poll.definition, draft);
  const problem = voter === '' ? 'Every person has voted' : 'problem' in ballot ? ballot.problem : undefined;
  const { voted = [], missing: stillMissing = [], round } = poll?.report.poll ?? {};
  return (
    <ActionDialog
      title="Vote"
      verb={draft.isAbstention ? 'Abstain' : 'Vote'}
      isBusy={control.isPending}
      reason={problem}
      error={control.error}
      onClose={onClose}
      onSubmit={() => {
        if (poll === undefined || 'problem' in ballot) return;
        control.mutate(
          { kind: 'vote', step: poll.report.id, by: voter, vote: ballot.vote },
          { onSuccess: onClose },
        );
      }}
    >
      {error ? <Problem error={error} /> : null}
      {report !== undefined && poll === undefined ? <p>Nothing is voted on now.</p> : null}
      {polls.length > 1 ? (
        <Field label="Vote">
          {(field) => (
            <select {...field} value={poll?.report.id} onChange={(event) => setStep(event.target.value)}>
              {polls.map(({ report: { id, title } }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {poll === undefined ? null : (
        <>
          <p className={styles.question}>{plainTitle(poll.report.title, source?.input ?? null)}</p>
          <p className="muted">
            {[
              `${poll.definition.method}${poll.definition.sealed ? ', sealed' : ''}`,
              round === undefined ? '' : `round ${round} of ${poll.definition.rounds ?? 1}`,
              `${voted.length} of ${voted.length + stillMissing.length} have voted`,
              stillMissing.length === 0
                ? ''
                : `missing: ${stillMissing.map((name) => name.replace(/^person:/, '')).join(', ')}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <Field label="As">
            {(field) => (
              <select {...field} value={voter} onChange={(event) => setBy(event.target.value)}>
                {people.map((name) => (
                  <option key={name} value={name} disabled={!missing.includes(name)}>
                    {missing.includes(name) ? name : `${name} (has voted)`}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {draft.isAbstention ? null : (
            <Ballot definition={poll.definition} draft={draft} onChange={setDraft} />
          )}
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={draft.isAbstention}
              onChange={(event) => setDraft({ ...draft, isAbstention: event.target.checked })}
            />
            Abstain
          </label>
          <Field label="Reason" note="may be left out">
            {(field) => (
              <textarea
                {...field}
                rows={2}
                maxLength={1000}
                value={draft.reason}
                onChange={(event) => setDraft({ ...draft, reason: event.target.value })}
              />
            )}
          </Field>
        </>
      )}
    </ActionDialog>
  );
}

function Ballot({
  definition,
  draft,
  onChange,
}: {
  readonly definition: ConsensusStep;
  readonly draft: BallotDraft;
  readonly onChange: (draft: BallotDraft) => void;
}) {
  const form = formOf(definition.method);
  const choices = Array.isArray(definition.choices) ? definition.choices : [];
  if (form === 'answer') {
    return (
      <Field
        label="Your answer"
        hint={definition.of === undefined ? 'JSON or a text' : `JSON with ${definition.of.join(', ')}`}
      >
        {(field) => (
          <textarea
            {...field}
            rows={4}
            value={draft.answer}
            onChange={(event) => onChange({ ...draft, answer: event.target.value })}
          />
        )}
      </Field>
    );
  }
  if (choices.length === 0) return <FreeChoices form={form} draft={draft} onChange={onChange} />;
  if (form === 'choice') {
    return (
      <fieldset className={styles.choices}>
        <legend>Your choice</legend>
        {choices.map((choice) => (
          <label key={choice} className={styles.choice}>
            <input
              type="radio"
              name="choice"
              checked={draft.choice === choice}
              onChange={() => onChange({ ...draft, choice })}
            />
            {choice}
          </label>
        ))}
      </fieldset>
    );
  }
  if (form === 'scores') {
    const { min, max } = definition.scale ?? { min: 0, max: 10 };
    return (
      <fieldset className={styles.choices}>
        <legend>{`A number from ${min} to ${max} for each`}</legend>
        {choices.map((choice) => (
          <label key={choice} className={styles.score}>
            <span>{choice}</span>
            <input
              type="text"
              inputMode="decimal"
              value={draft.scores[choice] ?? ''}
              onChange={(event) =>
                onChange({ ...draft, scores: { ...draft.scores, [choice]: event.target.value } })
              }
            />
          </label>
        ))}
      </fieldset>
    );
  }
  return <Ranking choices={choices} draft={draft} onChange={onChange} />;
}

/** Chosen in the order in which they are clicked; buttons move them. */
function Ranking({
  choices,
  draft,
  onChange,
}: {
  readonly choices: readonly string[];
  readonly draft: BallotDraft;
  readonly onChange: (draft: BallotDraft) => void;
}) {
  const { ranking } = draft;
  const rest = choices.filter((choice) => !ranking.includes(choice));
  const change = (next: readonly string[]) => onChange({ ...draft, ranking: next });
  const up = (at: number) => {
    const next = [...ranking];
    const [moved = ''] = next.splice(at, 1);
    next.splice(at - 1, 0, moved);
    change(next);
  };
  return (
    <fieldset className={styles.choices}>
      <legend>The best first</legend>
      <ol className={styles.ranking}>
        {ranking.map((choice, at) => (
          <li key={choice} className={styles.ranked}>
            <span className={styles.place}>{at + 1}</span>
            <span>{choice}</span>
            {at === 0 ? null : (
              <Button look="bare" aria-label={`Move ${choice} up`} onClick={() => up(at)}>
                ↑
              </Button>
            )}
            <Button
              look="bare"
              aria-label={`Take ${choice} out`}
              onClick={() => change(ranking.filter((name) => name !== choice))}
            >
              ×
            </Button>
          </li>
        ))}
      </ol>
      <div className={styles.rest}>
        {rest.map((choice) => (
          <Button key={choice} onClick={() => change([...ranking, choice])}>
            {choice}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

/** Where an expression gives the choices, they are typed; the log says when one is unknown. */
function FreeChoices({
  form,
  draft,
  onChange,
}: {
  readonly form: 'choice' | 'ranking' | 'scores';
  readonly draft: BallotDraft;
  readonly onChange: (draft: BallotDraft) => void;
}) {
  if (form === 'choice') {
    return (
      <Field label="Your choice">
        {(field) => (
          <input
            {...field}
            type="text"
            value={draft.choice}
            onChange={(event) => onChange({ ...draft, choice: event.target.value.trim() })}
          />
        )}
      </Field>
    );
  }
  if (form === 'ranking') {
    return (
      <Field label="The best first" hint="one per line">
        {(field) => (
          <textarea
            {...field}
            rows={4}
            value={draft.ranking.join('\n')}
            onChange={(event) => onChange({ ...draft, ranking: event.target.value.split('\n') })}
            onBlur={() =>
              onChange({
                ...draft,
                ranking: draft.ranking.map((name) => name.trim()).filter((name) => name !== ''),
              })
            }
          />
        )}
      </Field>
    );
  }
  return (
    <Field label="Scores" hint="choice = number, one per line">
      {(field) => (
        <textarea
          {...field}
          rows={4}
          defaultValue={Object.entries(draft.scores)
            .map(([name, score]) => `${name} = ${score}`)
            .join('\n')}
          onChange={(event) => onChange({ ...draft, scores: scoresIn(event.target.value) })}
        />
      )}
    </Field>
  );
}

function scoresIn(text: string): { readonly [choice: string]: string } {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.lastIndexOf('=');
      return at <= 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
    }),
  );
}
