import type { ConsensusContext } from '../../../machines/consensus/context.ts';
import { paperOf } from '../../../machines/consensus/poll.ts';
import type { Fold } from '../../engine/fold.ts';
import type { PendingApproval } from '../../engine/pending-approvals.ts';
import { previewRollback } from '../../engine/rollback-report.ts';
import { missingPeople } from '../../history/waits-for.ts';
import type { Json } from '../../json.ts';
import type { Control } from '../../library/controls.ts';
import { counted } from '../words.ts';
import type { Asked, Asking } from './asking.ts';

/** What a person may do to an execution, each as the questions that come before it. Nothing is sent before the last of them. */

export interface Actor {
  /** In whose name; undefined when it is not known who sits there. */
  readonly by: string | undefined;
  /** Sends it, and tells what became of it. */
  readonly send: (execution: string, control: Control) => void;
  readonly tell: (text: string) => void;
}

export function askPause(execution: string, { send }: Actor): Asking {
  return line('Why pause? (enter: no reason)', (reason) =>
    send(execution, { kind: 'pause', ...given({ reason }) }),
  );
}

export function askAbort(execution: string, { send, by }: Actor): Asking {
  return {
    kind: 'sure',
    lines: [`Abort ${execution}?`, 'Its agents are stopped, and it ends for good.'],
    answer: () =>
      line('Why? (enter: no reason)', (reason) =>
        send(execution, { kind: 'abort', ...given({ reason, by }) }),
      ),
  };
}

export function askRetry(execution: string, { send }: Actor): Asking {
  return {
    kind: 'sure',
    lines: [`Try again what failed in ${execution}?`, 'What succeeded is kept.'],
    answer: () => done(send(execution, { kind: 'retry' })),
  };
}

/** The plan is shown before. @param room lines that fit */
export function askRollback(fold: Fold, { send, by }: Actor, room: number): Asking {
  const { execution } = fold.world;
  const targets = [...fold.context.checkpoints.map(({ name }) => name).reverse(), undefined];
  const confirm = (to: string | undefined): Asking => {
    const { plan, left, draining, afterwards } = previewRollback(fold, { to });
    const lines = [
      ...plan.map(
        ({ step, agent, compensation, uncertain }, at) =>
          `  ${at + 1}. ${step} by ${agent ?? '?'} (${compensation})${uncertain ? ', uncertain' : ''}`,
      ),
      ...left.map(({ step, effect }) => `  ${step} stays: it is ${effect}`),
    ];
    const shown = Math.max(1, room - 4);
    const more = lines.length > shown ? [`  … and ${lines.length - shown} more`] : [];
    return {
      kind: 'sure',
      lines: [
        `Roll ${execution} back${to === undefined ? '' : ` to ${to}`}? ${plan.length === 0 ? 'Nothing has to be undone.' : `${counted(plan.length, 'step')} would be undone, in this order:`}`,
        ...lines.slice(0, shown),
        ...more,
        ...(draining.length === 0 ? [] : [`First these have to end: ${draining.join(', ')}.`]),
        afterwards === 'continue' ? 'Then it goes on from there.' : 'Then it ends as rolled back.',
      ],
      answer: () =>
        line('Why? (enter: no reason)', (reason) =>
          send(execution, { kind: 'rollback', ...given({ to, reason, by }) }),
        ),
    };
  };
  if (targets.length === 1) return confirm(undefined);
  return choice(
    'Roll back to',
    targets.map((name) => name ?? 'the start: everything'),
    (at) => confirm(targets[at]),
  );
}

export function askDecision(
  approval: PendingApproval,
  kind: 'approve' | 'reject',
  { by, send, tell }: Actor,
): Asked {
  if (by === undefined) return done(tell('It is not known who you are: troupe config set user NAME.'));
  const { execution, step, question, subject } = approval;
  const word = kind === 'approve' ? 'Approve' : 'Reject';
  return line(`${word} "${question}" as ${by}? Comment (enter: none, esc: no):`, (comment) =>
    send(execution, { kind, step, by, ...given({ comment, subject: subject?.digest }) }),
  );
}

/** One of several approvals. */
export function askWhich(
  approvals: readonly PendingApproval[],
  then: (approval: PendingApproval) => Asked,
): Asked {
  const [only] = approvals;
  if (only === undefined || approvals.length === 1) return only && then(only);
  const titles = approvals.map(({ step, question }) => `${step}: ${question}`);
  return choice('Which one?', titles, (at) => {
    const approval = approvals[at];
    return approval && then(approval);
  });
}

/** @param runs of the votes that are open */
export function askVote(fold: Fold, runs: readonly string[], actor: Actor): Asked {
  if (actor.by === undefined)
    return done(actor.tell('It is not known who you are: troupe config set user NAME.'));
  const open = runs.filter((run) => missingOf(fold, run).length > 0);
  const [first] = open;
  if (first === undefined) return done(actor.tell('No person is asked to vote now.'));
  if (open.length === 1) return askVoter(fold, first, actor);
  return choice('Which vote?', open, (at) => askVoter(fold, open[at] ?? first, actor));
}

/** Whoever sits there may not be called as in the file. */
function askVoter(fold: Fold, run: string, actor: Actor): Asked {
  const missing = missingOf(fold, run);
  if (actor.by !== undefined && missing.includes(actor.by)) return askBallot(fold, run, actor.by, actor);
  return choice(`${actor.by} is not asked. In whose name?`, missing, (at) =>
    askBallot(fold, run, missing[at] ?? '', actor),
  );
}

function askBallot(fold: Fold, run: string, by: string, { send }: Actor): Asked {
  const poll = fold.world.steps.get(run);
  if (poll === undefined) return undefined;
  const { context } = poll.getSnapshot() as { context: ConsensusContext };
  const { question, choices = [], method, scale, subject } = paperOf(fold.world, context);
  const cast = (vote: { readonly [key: string]: Json }): Asking =>
    line('Why? (enter: no reason)', (reason) =>
      send(fold.world.execution, {
        kind: 'vote',
        step: run,
        by,
        vote: { ...vote, ...given({ reason }) } as Json,
        ...given({ subject: subject?.digest }),
      }),
    );
  const list = choices.join(', ');
  switch (method) {
    case 'ranked':
    case 'condorcet':
      return written(`${question} Best first, of ${list}:`, (text) =>
        cast({ ranking: text.split(',').map((part) => part.trim()) }),
      );
    case 'score':
      return written(
        `${question} ${scale?.min} to ${scale?.max}, as ${choices.map((each) => `${each}=…`).join(',')}:`,
        (text) => cast({ scores: Object.fromEntries(text.split(',').map((part) => scoreIn(part))) }),
      );
    case 'agreement':
      return written(`${question} Answer (JSON or text):`, (text) => cast({ answer: jsonOrText(text) }));
    default:
      return choice(`${question} (as ${by})`, [...choices, 'abstain'], (at) =>
        cast(at === choices.length ? { abstain: true } : { choice: choices[at] ?? '' }),
      );
  }
}

function missingOf(fold: Fold, run: string): readonly string[] {
  const actor = fold.world.steps.get(run);
  return actor === undefined ? [] : missingPeople(fold, actor);
}

function scoreIn(part: string): readonly [string, Json] {
  const at = part.lastIndexOf('=');
  return [part.slice(0, Math.max(0, at)).trim(), Number(part.slice(at + 1))];
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // a plain text
  }
}

function line(title: string, answer: (text: string) => void): Asking {
  return { kind: 'line', title, text: '', answer: (text) => done(answer(text)) };
}

/** As `line`, where more is asked afterwards. */
function written(title: string, answer: (text: string) => Asked): Asking {
  return { kind: 'line', title, text: '', answer };
}

function choice(title: string, choices: readonly string[], answer: (index: number) => Asked): Asking {
  return { kind: 'choice', title, choices, index: 0, answer };
}

function done(_sent: unknown): undefined {
  return undefined;
}

/** Without what was not said. */
function given<Fields extends { readonly [name: string]: string | undefined }>(
  fields: Fields,
): Partial<Fields> {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(said) as Partial<Fields>;
}
