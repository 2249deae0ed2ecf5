import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { CommandLine } from './command-line.ts';

const WORKER = fileURLToPath(new URL('./agents/worker.mjs', import.meta.url));
const STUBBORN = fileURLToPath(new URL('./agents/stubborn.mjs', import.meta.url));

/** What an agent wrote into the journal: it began or ended an attempt; `pid` of the process that did. */
export interface JournalEntry {
  readonly what: 'start' | 'end' | 'child';
  readonly step: string;
  readonly attempt: number;
  readonly pid: number;
}

/**
 * A folder as a user has one: tasks, agents, and `troupe` started in it as a real process. Its agents write into a journal what
 * they do, and hold still while a file `hold/STEP` exists.
 */
export class Workspace {
  readonly dir: string;
  readonly #started: CommandLine[] = [];
  readonly #watchers = new Set<FSWatcher>();

  constructor() {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-end-to-end-')));
    mkdirSync(join(this.dir, 'hold'));
    mkdirSync(join(this.dir, 'fail'));
    writeFileSync(this.#journal, '');
    this.#agent('worker', WORKER);
    this.#agent('stubborn', STUBBORN);
    onTestFinished(async () => {
      for (const watcher of this.#watchers) watcher.close();
      await Promise.all(this.#started.map((line) => line.kill()));
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  /** Writes a file of the folder. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), text);
  }

  has(path: string): boolean {
    return existsSync(join(this.dir, path));
  }

  /** A task `name` with steps of the agent `worker`. Each phase depends on the one before. */
  task(name: string, phases: Readonly<Record<string, readonly string[]>>, head = ''): void {
    let previous: string | undefined;
    const parts = Object.entries(phases).map(([phase, steps]) => {
      const dependsOn = previous === undefined ? '' : `dependsOn: [${previous}]\n`;
      previous = phase;
      return `## Phase: ${phase}\n${dependsOn}\n### Steps\n${steps.map(stepText).join('\n')}\n`;
    });
    this.write(
      `tasks/${name}.md`,
      `# ${name}\n\n\`\`\`yaml\nname: ${name}\nversion: 1.0.0\n${head}\`\`\`\n\n${parts.join('\n')}`,
    );
  }

  /** Steps hold still while they are held. */
  hold(...steps: readonly string[]): void {
    for (const step of steps) this.write(`hold/${step}`, '');
  }

  letGo(...steps: readonly string[]): void {
    for (const step of steps) rmSync(join(this.dir, 'hold', step), { force: true });
  }

  /** Steps fail as long as they are marked so. */
  fail(...steps: readonly string[]): void {
    for (const step of steps) this.write(`fail/${step}`, '');
  }

  succeed(...steps: readonly string[]): void {
    for (const step of steps) rmSync(join(this.dir, 'fail', step), { force: true });
  }

  get journal(): readonly JournalEntry[] {
    return readFileSync(this.#journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JournalEntry);
  }

  /** How often agents began the step. */
  starts(step: string): number {
    return this.journal.filter((entry) => entry.what === 'start' && entry.step === step).length;
  }

  /** Resolves once the agents have written what is looked for. */
  async untilJournal(isThere: (journal: readonly JournalEntry[]) => boolean): Promise<void> {
    const found = Promise.withResolvers<void>();
    const look = (): void => {
      if (isThere(this.journal)) found.resolve();
    };
    const watcher = watch(this.#journal, look);
    this.#watchers.add(watcher);
    look();
    await found.promise;
    watcher.close();
  }

  untilStarted(...steps: readonly string[]): Promise<void> {
    return this.untilJournal((journal) =>
      steps.every((step) => journal.some((entry) => entry.what === 'start' && entry.step === step)),
    );
  }

  /** Starts `troupe` as a process of its own in the folder. */
  troupe(...args: readonly string[]): CommandLine {
    const line = new CommandLine(args, this.dir);
    this.#started.push(line);
    return line;
  }

  get #journal(): string {
    return join(this.dir, 'journal.jsonl');
  }

  #agent(name: string, program: string): void {
    const file = `---\nname: ${name}\ndescription: For tests.\ntroupe:\n  command: [node, ${JSON.stringify(program)}]\n  concurrency: 8\n---\n`;
    this.write(`agents/${name}.md`, file);
  }
}

/** `a`: the worker does step a; anything with a colon is a step as the task language writes it. */
function stepText(step: string): string {
  if (step.includes(':')) return `- ${step}`;
  return `- agent: worker - ${step}\n  \`\`\`yaml\n  id: ${step}\n  \`\`\``;
}
