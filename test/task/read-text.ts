import { type ReadOptions, type ReadResult, readTask } from '../../src/task/read.ts';

/** Reads a Markdown text. */
export function readMd(content: string, options: ReadOptions = {}): ReadResult {
  return readTask(content, { ...options, file: 'task.md', kind: 'markdown' });
}

/** Reads a YAML text. */
export function readYml(content: string, options: ReadOptions = {}): ReadResult {
  return readTask(content, { ...options, file: 'task.yaml', kind: 'yaml' });
}

/** `line:column CODE`, one for each diagnostic. */
export function places({ diagnostics }: ReadResult): string[] {
  return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** A fenced yaml block. */
export function fence(yaml: string): string {
  return `\`\`\`yaml\n${yaml}\n\`\`\``;
}
