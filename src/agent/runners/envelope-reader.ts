import { noOutput, unreadableOutput } from '../failures.ts';
import type { RunOutcome } from '../runner.ts';
import type { AnswerReader, AnswerSettings } from './answer-reader.ts';
import { readArtifacts } from './artifacts.ts';
import {
  type ApprovalLine,
  type DeclaredArtifact,
  type ErrorLine,
  type OutputLine,
  parseEnvelopeLine,
} from './envelope.ts';
import { LineSplitter } from './line-splitter.ts';

/** Reads JSON lines as they come; the limit is per line. */
export class EnvelopeReader implements AnswerReader {
  readonly #settings: AnswerSettings;
  readonly #lines: LineSplitter;
  #output: OutputLine | undefined;
  #error: ErrorLine | undefined;
  #approval: ApprovalLine | undefined;
  /** The first line that does not belong there. */
  #unreadable: { why: string; text: string } | undefined;

  constructor(settings: AnswerSettings) {
    this.#settings = settings;
    this.#lines = new LineSplitter(settings.limitBytes, (line) => this.#take(line));
  }

  get isTooLarge(): boolean {
    return this.#lines.isTooLarge;
  }

  write(chunk: Uint8Array): void {
    this.#lines.write(chunk);
  }

  explainedFailure(): RunOutcome | undefined {
    this.#lines.end();
    if (this.#error === undefined) return undefined;
    const { error, usage, rollback } = this.#error;
    return { kind: 'failed', error: { class: 'crash', ...error }, usage, rollback };
  }

  finish(): RunOutcome | Promise<RunOutcome> {
    this.#lines.end();
    if (this.#unreadable !== undefined) {
      return { kind: 'failed', error: unreadableOutput(this.#unreadable.why, this.#unreadable.text) };
    }
    if (this.#approval !== undefined) return { kind: 'asked', ...this.#approval };
    if (this.#output === undefined) return { kind: 'failed', error: noOutput() };
    const { artifacts = [], ...answer } = this.#output;
    return artifacts.length === 0 ? { kind: 'answered', ...answer } : this.#withArtifacts(artifacts, answer);
  }

  async #withArtifacts(
    declared: readonly DeclaredArtifact[],
    { output, vote, usage, rollback }: Omit<OutputLine, 'artifacts'>,
  ): Promise<RunOutcome> {
    const attachments = await readArtifacts(declared, this.#settings);
    return 'class' in attachments
      ? { kind: 'failed', error: attachments, usage }
      : { kind: 'answered', output, vote, usage, attachments, rollback };
  }

  #take(text: string): void {
    const line = parseEnvelopeLine(text);
    const answer = this.#output ?? this.#error ?? this.#approval;
    if (line.kind !== 'unreadable' && answer !== undefined) {
      this.#unreadable ??= { why: 'a line follows the answer on stdout', text };
      return;
    }
    switch (line.kind) {
      case 'progress':
        this.#settings.onProgress(line.progress);
        break;
      case 'output':
        this.#output = line.line;
        break;
      case 'error':
        this.#error = line.line;
        break;
      case 'approval':
        this.#approval = line.line;
        break;
      case 'unreadable':
        this.#unreadable ??= { why: line.why, text };
    }
  }
}
