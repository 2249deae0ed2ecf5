import process from 'node:process';
import { AgentFailure } from './agent-failure.ts';
import { writeJournal } from './journal.ts';
import { parseRequest, type Request } from './request.ts';

/** Told to the person who watches while the program works. */
export type Progress = (message: string) => void;

/** What an agent is asked and what it answers; the answer is plain JSON. */
export type Answer = (request: Request, progress: Progress) => object;

/**
 * Runs one agent program: one JSON document from stdin, JSON lines to stdout, the last of them `{"output"}` or `{"error"}`.
 * A failure that was expected says its class; anything else is a `crash`, with its stack on stderr.
 */
export async function runAgent(name: string, answer: Answer): Promise<void> {
  if (process.stdin.isTTY) {
    process.stderr.write(`usage: echo '{"input": {"ticker": "SPX", "amount": 10000}}' | node ${name}.ts\n`);
    process.exitCode = 2;
    return;
  }
  let request: Request | undefined;
  try {
    request = parseRequest(await readStdin());
    writeJournal(request, 'begin');
    say({ output: answer(request, (message) => say({ progress: { message } })) });
  } catch (error) {
    say({ error: explain(error) });
  }
  if (request !== undefined) writeJournal(request, 'end');
}

async function readStdin(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function explain(error: unknown): { message: string; class: string } {
  if (error instanceof AgentFailure) return { message: error.message, class: error.class };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${stack}\n`);
  return { message, class: 'crash' };
}
