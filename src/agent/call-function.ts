import type { Json } from '../json.ts';
import type { AgentRequest, RollbackWish, Usage } from '../ports/agent-request.ts';
import { failureOf } from './agent-error.ts';
import { ApprovalRequest } from './ask-approval.ts';
import type { AgentContext, AgentFunction, AttemptLogger } from './define.ts';
import type { Attachment, RunningAttempt, RunOutcome } from './runner.ts';
import { parseUsage } from './usage.ts';

/** What a function has of its attempt. */
type FunctionAttempt = Pick<RunningAttempt, 'signal' | 'progress' | 'log'>;

/**
 * Calls an agent's function and gathers what it says beside its output. What it throws is its failure, with what the attempt used until
 * then: a budget counts failed work as well.
 */
export async function callFunction(
  run: AgentFunction,
  request: AgentRequest,
  attempt: FunctionAttempt,
): Promise<RunOutcome> {
  const context = new FunctionContext(attempt);
  try {
    const output = await run(request, context);
    if (output instanceof ApprovalRequest)
      return { kind: 'asked', approval: output.approval, usage: context.used };
    return {
      kind: 'answered',
      output,
      usage: context.used,
      attachments: context.attachments,
      rollback: context.wish,
    };
  } catch (error) {
    // A failure that the agent did not explain: its place is for the log, since records show no paths.
    if (error instanceof Error && !('class' in error) && error.stack !== undefined)
      attempt.log(`${error.stack}\n`);
    return { kind: 'failed', error: failureOf(error), usage: context.used, rollback: context.wish };
  }
}

class FunctionContext implements AgentContext {
  used: Usage | undefined;
  attachments: Attachment[] | undefined;
  wish: RollbackWish | undefined;
  readonly #attempt: FunctionAttempt;
  #logger: AttemptLogger | undefined;

  constructor(attempt: FunctionAttempt) {
    this.#attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get logger(): AttemptLogger {
    this.#logger ??= lineLogger((line) => this.#attempt.log(line));
    return this.#logger;
  }

  // Properties, so that an agent may take them apart: `({ progress }) => …`.
  readonly progress = (news: Json): void => this.#attempt.progress(news);

  readonly usage = (usage: Usage): void => {
    this.used = parseUsage(usage);
  };

  readonly rollback = ({ to, reason }: RollbackWish): void => {
    if (typeof reason !== 'string' || !(to === undefined || typeof to === 'string')) {
      throw new TypeError('rollback takes { to, reason } with texts');
    }
    this.wish = { ...(to === undefined ? {} : { to }), reason };
  };

  readonly attach = (attachment: Attachment): void => {
    const { name, content } = attachment;
    if (typeof name !== 'string' || !(typeof content === 'string' || content instanceof Uint8Array)) {
      throw new TypeError('attach takes { name, content } with text or bytes as content');
    }
    this.attachments ??= [];
    this.attachments.push(attachment);
  };
}

function lineLogger(write: (line: string) => void): AttemptLogger {
  const at = (level: string) => (message: string, fields?: Json) =>
    write(`${level} ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}\n`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
