import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { usageInvalid } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { PersonVote } from '../../library/controls.ts';
import { type CliContext, printJson } from '../context.ts';
import { send, sentDocument } from '../drive/control.ts';
import { howTo } from '../drive/how-to.ts';
import { examples, jsonOption, type StateOptions, withStateOptions } from '../options.ts';
import { openExecution } from '../state/state.ts';

interface VoteOptions extends StateOptions {
  readonly as?: string;
  readonly reason?: string;
  readonly ranking?: string;
  readonly score?: string;
  readonly answer?: string;
  readonly abstain?: boolean;
  readonly subject?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('vote')
    .argument('<execution>', 'its id, see troupe list')
    .argument('<step>', 'the consensus step, see troupe show')
    .argument('[choice]', 'what you are for')
    .description('vote in a consensus step that asks people')
    .option('--as <name>', 'the voter’s name in the task file (default: your user name)')
    .option('--reason <text>', 'why; the decision tells it')
    .option('--ranking <choices>', 'the best first: a,b,c')
    .option('--score <scores>', 'a number for each choice: a=7,b=2.5')
    .option('--answer <json>', 'of an agreement: JSON, or a plain text')
    .option('--abstain', 'take part in nothing')
    .option('--subject <digest>', 'refuse the vote when something else is voted on by now')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        ['troupe vote release ship approve --reason "tested"', 'one choice'],
        ['troupe vote release colour --ranking red,blue', 'an order'],
        ['troupe vote release ship --abstain --as alice', 'for somebody else'],
      ),
    )
    .action((execution: string, step: string, choice: string | undefined, options: VoteOptions) =>
      vote(context, execution, step, choice, options),
    );
  withStateOptions(command);
}

/** The first ballot of a person in a round counts; what cannot be taken is said before anything is written. */
async function vote(
  context: CliContext,
  execution: string,
  step: string,
  choice: string | undefined,
  options: VoteOptions,
): Promise<void> {
  const { subject } = options;
  const by = options.as ?? userInfo().username;
  const control: PersonVote = {
    kind: 'vote',
    step,
    by,
    vote: voteOf(choice, options),
    ...(subject === undefined ? {} : { subject }),
  };
  await using data = await openExecution(context, execution, options, 'control');
  const sent = await send(context, data, execution, control);
  if (options.json === true) {
    printJson(context, sentDocument(execution, sent));
    return;
  }
  const { stdout } = context;
  if (!sent.applied.accepted) {
    stdout.line(`The vote of ${by} was refused (${sent.applied.reason}).`);
    return;
  }
  stdout.line(`Voted as ${by}.`);
  if (sent.owner === undefined)
    stdout.line(
      `No living process drives ${execution}: ${howTo(context, options)('resume', execution)} goes on with it.`,
    );
}

function voteOf(choice: string | undefined, options: VoteOptions): Json {
  const { ranking, score, answer, abstain, reason } = options;
  const given = [choice, ranking, score, answer, abstain].filter((part) => part !== undefined);
  if (given.length !== 1)
    throw usageInvalid(
      given.length === 0 ? 'The vote is missing.' : 'The vote is given twice.',
      'Give a choice, --ranking, --score, --answer or --abstain.',
    );
  return {
    ...(choice === undefined ? {} : { choice }),
    ...(ranking === undefined ? {} : { ranking: ranking.split(',').map((name) => name.trim()) }),
    ...(score === undefined ? {} : { scores: scoresIn(score) }),
    ...(answer === undefined ? {} : { answer: jsonOrText(answer) }),
    ...(abstain === undefined ? {} : { abstain: true }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function scoresIn(text: string): Json {
  const scores = text.split(',').map((part): [string, number] => {
    const at = part.lastIndexOf('=');
    const score = at < 0 || part.slice(at + 1).trim() === '' ? Number.NaN : Number(part.slice(at + 1));
    if (Number.isNaN(score)) throw usageInvalid(`'${part}' is no score.`, 'Write --score a=7,b=2.5.');
    return [part.slice(0, at).trim(), score];
  });
  return Object.fromEntries(scores);
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // a plain text
  }
}
