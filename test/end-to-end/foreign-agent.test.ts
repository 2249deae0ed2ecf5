import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NATS_CONF, urlOf, VARIABLES } from '../adapters/nats/security/users.ts';
import { PythonHost } from '../examples/python-host.ts';
import { natsServerForFile } from '../fixtures/nats/server.ts';
import { CommandLine } from './command-line.ts';

for (const [name, value] of Object.entries(VARIABLES)) process.env[name] = value;

describe('an agent in Python, orchestrator and run as processes', () => {
  const server = natsServerForFile({ config: readFileSync(NATS_CONF, 'utf8') });

  /** The example's folder as a user has it, with `troupe` started in it as an orchestrator's user. */
  function example() {
    const dir = mkdtempSync(join(tmpdir(), 'troupe-foreign-'));
    cpSync(fileURLToPath(new URL('../../examples/agents/python', import.meta.url)), dir, { recursive: true });
    const started: CommandLine[] = [];
    onTestFinished(async () => {
      await Promise.all(started.map((line) => line.kill()));
      rmSync(dir, { recursive: true, force: true });
    });
    const troupe = (command: string, ...args: readonly string[]): CommandLine => {
      const line = new CommandLine([command, ...args, '--nats', urlOf(server(), 'orchestrator')], dir);
      started.push(line);
      return line;
    };
    const write = (path: string, text: string): void => writeFileSync(join(dir, path), text);
    return { troupe, write };
  }

  function python(host: string): PythonHost {
    return new PythonHost(['--nats', urlOf(server(), 'agent'), '--role', 'word-counter', '--host', host]);
  }

  test('complete a task', async () => {
    const { troupe } = example();
    await troupe('up').says(/Driving/);
    python('py-1');
    const run = await troupe('run', 'count-words', '-i', 'text=one three two', '--json').ended;
    const { status, outputs } = JSON.parse(run.stdout);
    expect({ status, outputs }).toEqual({
      status: 'completed',
      outputs: { words: 3, characters: 13, longest: 'three' },
    });
  });

  test('values that are too large for a message go both ways', async () => {
    const { troupe, write } = example();
    await troupe('up').says(/Driving/);
    python('py-2');
    const longest = 'ü'.repeat(200_000);
    write('input.json', JSON.stringify({ text: `a ${longest}` }));
    const run = await troupe('run', 'count-words', '--input-file', 'input.json', '--json').ended;
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'completed', outputs: { words: 2, longest } });
  });

  test('an abort ends its work', async () => {
    const { troupe } = example();
    await troupe('up').says(/Driving/);
    const host = python('py-3');
    const run = troupe('run', 'count-words', '--id', 'long', '-i', 'text=one', '-i', 'seconds=600');
    await host.said('long/.*: at work');
    expect(await troupe('abort', 'long').ended).toMatchObject({ code: 0 });
    await host.said('long/.*: claim.released');
    expect(await run.ended).toMatchObject({ code: 3 });
  });

  test('another one takes over from one that was killed', async () => {
    const { troupe, write } = example();
    write(
      'agents/word-counter.md',
      '---\nname: word-counter\ndescription: Counts words\ntroupe:\n  liveness: { host: 2s }\n---\n',
    );
    await troupe('up').says(/Driving/);
    const first = python('py-4');
    const run = troupe('run', 'count-words', '--id', 'kept', '-i', 'text=one', '-i', 'seconds=1', '--json');
    await first.said('kept/.*/1: at work');
    await first.end('SIGKILL');
    const second = python('py-5');
    await second.said('kept/.*/2: step.succeeded');
    expect(JSON.parse((await run.ended).stdout)).toMatchObject({
      status: 'completed',
      phases: [{ steps: [{ attempts: 2, output: { words: 1 } }] }],
    });
  });
});
