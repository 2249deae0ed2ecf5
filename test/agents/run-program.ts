import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { Json } from '../../src/json.ts';

export const AGENTS = join(import.meta.dirname, '../../agents');

export interface AgentFile {
  readonly name: string;
  readonly description: string;
  readonly troupe: {
    readonly command: readonly string[];
    readonly outputSchema?: { readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  };
}

export interface Answer {
  readonly progress: readonly Json[];
  readonly output?: { readonly [key: string]: Json };
  readonly error?: { readonly message: string; readonly class: string };
  readonly stderr: string;
}

export type Document = Readonly<Record<string, unknown>>;

/** The front matter of an agent that ships. */
export async function readAgentFile(agent: string): Promise<AgentFile> {
  const content = await readFile(join(AGENTS, `${agent}.md`), 'utf8');
  return parse(content.split('---\n')[1] ?? '');
}

/** Runs the agent's program as a host does: the document on stdin, JSON lines from stdout. */
export async function runProgram(
  agent: string,
  document: Document | string,
  env: Record<string, string> = {},
): Promise<Answer> {
  const { troupe } = await readAgentFile(agent);
  const [, ...args] = troupe.command;
  const child = spawn(process.execPath, args, {
    cwd: AGENTS,
    env: { PATH: process.env.PATH, ...env },
    stdio: 'pipe',
  });
  child.stdin.end(typeof document === 'string' ? document : JSON.stringify(document));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { ...lines.at(-1), progress: lines.slice(0, -1).map((line) => line.progress), stderr };
}
