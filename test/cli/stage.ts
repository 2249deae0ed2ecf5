import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentContext } from '../../src/agent/define.ts';
import { type CliContext, openEmbedded } from '../../src/cli/context.ts';
import type { Output } from '../../src/cli/output.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { createStyle } from '../../src/cli/style.ts';
import type { Json } from '../../src/json.ts';
import { prepareTask } from '../../src/library/prepare-task.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { createTestContext, temporaryFolder } from './run-in-process.ts';

type Behaviour = (request: AgentRequest, tools: AgentContext) => Json | Promise<Json>;

/** Behaviours by folder, where the module agents of all stages find theirs. */
const behaviours = new Map<string, Behaviour>();
const SHARED = Symbol.for('troupe.test.behaviours');
Object.assign(globalThis, { [SHARED]: behaviours });

/**
 * A folder with tasks and one agent, `worker`, that is a function of the test; commands run in it inside this process, several
 * at once if need be, each with a store of its own as processes have.
 */
export class Stage {
  readonly cwd = temporaryFolder();
  /** Steps that agents began, in order. */
  readonly begun: string[] = [];
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  readonly #failing = new Set<string>();
  readonly #beginnings = new Set<() => void>();

  constructor() {
    behaviours.set(this.cwd, (request, tools) => this.#work(request, tools));
    onTestFinished(() => void behaviours.delete(this.cwd));
    this.write(
      'agents/worker.md',
      '---\nname: worker\ndescription: For tests.\ntroupe:\n  module: ./worker.mjs\n---\n',
    );
    this.write(
      'agents/worker.mjs',
      `export default (request, tools) => globalThis[Symbol.for('troupe.test.behaviours')].get(${JSON.stringify(this.cwd)})(request, tools);\n`,
    );
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.cwd, path, '..'), { recursive: true });
    writeFileSync(join(this.cwd, path), text);
  }

  /** Each phase depends on the one before; its steps are the worker's, unless they have a colon. */
  task(name: string, phases: Readonly<Record<string, readonly string[]>>, head = ''): void {
    let previous: string | undefined;
    const parts = Object.entries(phases).map(([phase, steps]) => {
      const dependsOn = previous === undefined ? '' : `dependsOn: [${previous}]\n`;
      previous = phase;
      const bullets = steps.map((step) =>
        step.includes(':') ? `- ${step}` : `- agent: worker - ${step}\n  \`\`\`yaml\n  id: ${step}\n  \`\`\``,
      );
      return `## Phase: ${phase}\n${dependsOn}\n### Steps\n${bullets.join('\n')}\n`;
    });
    const block = `\`\`\`yaml\nname: ${name}\nversion: 1.0.0\n${head}\`\`\``;
    this.write(`tasks/${name}.md`, `# ${name}\n\n${block}\n\n${parts.join('\n')}`);
  }

  hold(...steps: readonly string[]): void {
    for (const step of steps) this.#held.set(step, Promise.withResolvers<void>());
  }

  letGo(...steps: readonly string[]): void {
    for (const step of steps) this.#held.get(step)?.resolve();
  }

  fail(step: string): void {
    this.#failing.add(step);
  }

  succeed(step: string): void {
    this.#failing.delete(step);
  }

  starts(step: string): number {
    return this.begun.filter((one) => one === step).length;
  }

  async untilBegun(...steps: readonly string[]): Promise<void> {
    const reached = Promise.withResolvers<void>();
    const look = (): void => {
      if (steps.every((step) => this.begun.includes(step))) reached.resolve();
    };
    this.#beginnings.add(look);
    look();
    await reached.promise;
    this.#beginnings.delete(look);
  }

  /** Starts a task in a process that is gone as soon as the steps are at work: as after `kill -9`, nothing is given back. */
  async abandon(task: string, execution: string, ...steps: readonly string[]): Promise<void> {
    const context = createTestContext({ cwd: this.cwd, logLevel: 'silent' });
    const embedded = await openEmbedded(context);
    const { pinned } = await prepareTask(task, { cwd: this.cwd });
    await embedded.engine.begin({ execution, pinned, input: {} });
    await this.untilBegun(...steps);
    await embedded.store.close();
    this.begun.length = 0;
  }

  /** Runs a command; do not wait for it to have it run beside others. */
  troupe(...args: readonly string[]): Performance {
    return new Performance(args, { cwd: this.cwd });
  }

  /** The same with another context, such as a terminal. */
  troupeWith(overrides: Partial<CliContext>, ...args: readonly string[]): Performance {
    return new Performance(args, { cwd: this.cwd, ...overrides });
  }

  async #work({ step, attempt }: AgentRequest, { signal, progress }: AgentContext): Promise<Json> {
    this.begun.push(step);
    for (const look of this.#beginnings) look();
    progress({ message: `at ${step}` });
    const cancelled = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await Promise.race([this.#held.get(step)?.promise, cancelled]);
    if (this.#failing.has(step)) throw new Error(`${step} did not work`);
    return { step, attempt };
  }
}

/** A command at work inside this process. */
export class Performance {
  readonly ended: Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  readonly endedAtOnce: number[] = [];
  readonly #context: ReturnType<typeof createTestContext>;
  readonly #waiting = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], overrides: Partial<CliContext>) {
    this.#context = createTestContext({
      endAtOnce: (code) => void this.endedAtOnce.push(code),
      ...overrides,
    });
    const stdout = overrides.stdout ?? this.#output((text) => (this.#stdout += text));
    const stderr = overrides.stderr ?? this.#output((text) => (this.#stderr += text));
    const context: CliContext = Object.assign(this.#context, { stdout, stderr });
    this.ended = runCommandLine(args, context).then((code) => ({
      code,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** As if Ctrl-C was pressed. */
  interrupt(): void {
    this.#context.interrupt();
  }

  /** Resolves once it has written this; rejects when it ends without. */
  async says(pattern: RegExp): Promise<void> {
    const said = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(this.output)) said.resolve();
    };
    this.#waiting.add(look);
    look();
    void this.ended.then(() => said.reject(new Error(`It ended without ${pattern}:\n${this.output}`)));
    await said.promise;
    this.#waiting.delete(look);
  }

  #output(keep: (text: string) => void): Output {
    const write = (text: string): void => {
      keep(text);
      for (const look of this.#waiting) look();
    };
    return {
      write,
      line: (text = '') => write(`${text}\n`),
      isTerminal: false,
      columns: 80,
      rows: 24,
      style: createStyle(false),
      onResize: () => () => undefined,
    };
  }
}
