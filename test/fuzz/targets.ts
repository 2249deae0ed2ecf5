import { headers, type Msg } from '@nats-io/transport-node';
import type { z } from 'zod';
import { parseNatsAddress } from '../../src/adapters/nats/address.ts';
import { leaseEntryIn, leaseKeyIn } from '../../src/adapters/nats/lease-entry.ts';
import * as messages from '../../src/adapters/nats/messages.ts';
import { parseInfo } from '../../src/adapters/nats/object-bucket.ts';
import { RecordCodec } from '../../src/adapters/nats/record-codec.ts';
import { Subjects } from '../../src/adapters/nats/subjects.ts';
import { readMessage } from '../../src/adapters/nats/wire.ts';
import { NotJson, toPlainJson } from '../../src/agent/plain-json.ts';
import { readAgent } from '../../src/agent/read.ts';
import { createAnswerReader } from '../../src/agent/runners/answer-reader.ts';
import { parseSettings } from '../../src/cli/config/load.ts';
import { parseYamlDocument } from '../../src/cli/yaml-document.ts';
import { Fold } from '../../src/engine/fold.ts';
import { FoldFailure } from '../../src/engine/fold-failure.ts';
import { parseFoldSnapshot } from '../../src/engine/fold-snapshot.ts';
import { parsePartitionState } from '../../src/engine/partition-state.ts';
import { indexPinned } from '../../src/engine/pinned.ts';
import { taskRules } from '../../src/engine/rules.ts';
import { referencesIn } from '../../src/engine/values.ts';
import { fileUnusable } from '../../src/errors.ts';
import { isArtifactRef } from '../../src/json.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { AGGREGATE_KINDS, aggregate } from '../../src/task/aggregate.ts';
import { readTask } from '../../src/task/content.ts';
import type { Diagnostic } from '../../src/task/diagnostic.ts';
import { formatDuration, parseDuration } from '../../src/task/duration.ts';
import { evaluate, explain, parseExpression } from '../../src/task/expression.ts';
import { validateJson } from '../../src/task/json-schema.ts';
import { planTask } from '../../src/task/plan.ts';
import { checkInput } from '../../src/task/requirements.ts';
import { renderTemplate, renderValue } from '../../src/task/template.ts';
import { childTraceparent, parseTraceparent } from '../../src/trace-context.ts';
import { assertKept } from './check.ts';

/** A reader of something from outside. It gives what it read, throws an error of the catalogue, or has a fault. */
export interface Target {
  readonly name: string;
  readonly read: (input: string) => unknown;
}

const task = indexPinned(
  {
    definition: readTask(
      [
        'name: fuzz',
        'phases:',
        '  - name: one',
        '    steps:',
        '      - {agent: a, text: x, id: work, outputSchema: {type: object}}',
        '      - {wait: go, id: waits, schema: {required: [toString]}}',
        '  - {name: two, dependsOn: [one], when: "size(outputs) > 0", steps: [{aggregate: collect}]}',
      ].join('\n'),
      { file: 'fuzz.yaml', kind: 'yaml' },
    ).task as never,
    agents: { a: { name: 'a' } },
  },
  `sha256:${'0'.repeat(64)}`,
);

/** Undefined for what is no JSON: nothing is to be read then. */
function json(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function scope(): { readonly [root: string]: unknown } {
  return JSON.parse(
    '{"input":{"a":1,"text":"aaaa","list":[1,2,{"b":null}],"__proto__":{"x":1},"constructor":"c"},"phases":{"A":{"outputs":{"x":1},"status":"completed"}},"outputs":{},"results":{"toString":1},"item":{"agent":"a"}}',
  );
}

/** A task without a diagnostic that is an error, and only such a one, is a task; then it can be planned. */
function readAs(kind: 'markdown' | 'yaml'): Target['read'] {
  return (input) => planned(readTask(input, { file: 'x', kind }), input);
}

function planned(read: ReturnType<typeof readTask>, input: string): unknown {
  assertDiagnostics(read.diagnostics, input);
  const hasErrors = read.diagnostics.some(({ severity }) => severity === 'error');
  if ((read.task === undefined) !== hasErrors) throw new Error('a task goes with errors, or none with none');
  return [read, read.task && planTask(read.task)];
}

function assertDiagnostics(diagnostics: readonly Diagnostic[], input: string): void {
  const lines = input.split(/\r\n?|\n/).length;
  for (const { line, column, message } of diagnostics) {
    if (!(line >= 1 && line <= lines + 1 && column >= 1)) throw new Error(`no such place: ${line}:${column}`);
    if (message.length > 20_000) throw new Error('a message that nobody can read');
  }
}

function message(input: string): Msg {
  return { json: () => JSON.parse(input), headers: headers() } as unknown as Msg;
}

const subjects = new Subjects('default');
const codec = new RecordCodec(subjects, 8);

const SCHEMAS: readonly z.ZodType[] = Object.values(messages).flatMap((schema): z.ZodType[] =>
  'safeParse' in schema ? [schema] : Object.values(schema),
);

async function answer(input: string): Promise<unknown> {
  const bytes = Buffer.from(input);
  const outcomes: unknown[] = [];
  for (const form of ['envelope', 'json', 'text'] as const) {
    const said: unknown[] = [];
    const reader = createAnswerReader(form, {
      cwd: '/nonexistent',
      limitBytes: 1024 * 1024,
      onProgress: (news) => said.push(news),
    });
    // A piece may end inside a character.
    for (let start = 0; start < bytes.length; start += 61) reader.write(bytes.subarray(start, start + 61));
    const outcome = reader.explainedFailure() ?? (await reader.finish());
    outcomes.push(outcome, said);
    if (form === 'json' && outcome.kind === 'answered') assertKept(json(input), outcome.output);
  }
  return outcomes;
}

function fold(input: string): unknown {
  const begun = (): Fold => {
    const data = {
      foldVersion: 1,
      pinned: task.digest,
      task: { name: 'fuzz', version: '0.0.0' },
      input: {},
      inputDigest: '',
    };
    const first = {
      id: '0',
      execution: 'e',
      source: 'control',
      type: 'execution.started',
      position: 1,
      at: 1,
      data,
    };
    return Fold.begin(first as unknown as LogRecord, task, {}, taskRules);
  };
  const records = json(input);
  let now = begun();
  for (const [index, record] of (Array.isArray(records) ? records : [records]).slice(0, 20).entries()) {
    const [type, source, data] = ['type', 'source', 'data'].map((key) => field(record, key));
    const read = codec.decode({
      subject: `troupe.default.log.${codecPartition}.e.${typeof source === 'string' ? source : 'engine'}`,
      payload: Buffer.from(JSON.stringify({ id: String(index), type, data })),
      position: index + 2,
      at: index + 2,
    });
    if (read.kind === 'foreign') continue;
    try {
      now.apply(read.record);
    } catch (error) {
      if (!(error instanceof FoldFailure)) throw error;
      throw new Error('a record that passed its checks cannot be folded', { cause: error });
    }
    now.owed();
    now.claims();
    const snapshot = parseFoldSnapshot(JSON.stringify(now.snapshot()));
    if (snapshot === undefined) throw new Error('a snapshot that was just made is none');
    const restored = Fold.restore(snapshot, task, taskRules);
    if (restored.hash() !== now.hash()) throw new Error('restored it is another state');
    now = restored;
  }
  return now.snapshot();
}

const codecPartition = Array.from({ length: 8 }, (_, index) => index).find(
  (index) => codec.executionOf(`troupe.default.log.${index}.e.engine`) !== undefined,
);

function restore(input: string): unknown {
  const snapshot = parseFoldSnapshot(input);
  try {
    return snapshot && Fold.restore(snapshot, task, taskRules).hash();
  } catch {
    return undefined; // as whoever restores does: the log is folded instead
  }
}

export const TARGETS: readonly Target[] = [
  { name: 'task-markdown', read: readAs('markdown') },
  { name: 'task-yaml', read: readAs('yaml') },
  {
    name: 'task-code',
    read: (input) => planned(readTask(json(input) as never, { file: 'x', kind: 'code' }), ''),
  },
  {
    name: 'agent-file',
    read: (input) => {
      const reading = readAgent(input, '/agents/a.md');
      assertDiagnostics(reading.diagnostics, input);
      return reading;
    },
  },
  { name: 'config', read: (input) => parseSettings(input, 'troupe.yaml') },
  {
    name: 'input-file',
    read: (input) => {
      let read: unknown;
      try {
        read = parseYamlDocument(input);
      } catch (error) {
        throw fileUnusable('x', String(error));
      }
      return JSON.parse(JSON.stringify(read));
    },
  },
  {
    name: 'expression',
    read: (input) => {
      const expression = parseExpression(input);
      explain(expression, scope());
      return evaluate(expression, scope());
    },
  },
  {
    name: 'template',
    read: (input) => {
      renderTemplate(input, scope());
      return renderValue({ text: input, whole: json(input) ?? null }, scope());
    },
  },
  {
    name: 'duration',
    read: (input) => {
      const ms = parseDuration(input);
      if (parseDuration(formatDuration(ms)) !== ms)
        throw new Error('written and read again it is another one');
      return ms;
    },
  },
  {
    name: 'json-schema',
    read: (input) => {
      const given = json(input);
      const schema = field(given, 'schema');
      return typeof schema === 'object' && schema !== null
        ? validateJson(schema, field(given, 'value'))
        : undefined;
    },
  },
  {
    name: 'requirements',
    read: (input) => {
      const given = json(input);
      const source = { name: 'x', requirements: field(given, 'requirements'), phases: [{ name: 'a' }] };
      const read = readTask(source as never, { file: 'x', kind: 'code' });
      const values = field(given, 'input');
      if (read.task === undefined || typeof values !== 'object' || values === null) return read;
      return checkInput(read.task, values as never);
    },
  },
  {
    name: 'aggregate',
    read: (input) => {
      const given = json(input);
      const outputs = field(given, 'outputs');
      const options = field(given, 'options');
      const items = (Array.isArray(outputs) ? outputs : []).map((output, index) => ({
        agent: ['__proto__', 'constructor', 'a'][index % 3] ?? '',
        step: `s${index}`,
        output,
      }));
      for (const kind of [...AGGREGATE_KINDS, 'constructor']) {
        try {
          aggregate(kind, items, (typeof options === 'object' && options !== null ? options : {}) as never);
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'AGGREGATE_FAILED') throw error;
        }
      }
    },
  },
  { name: 'agent-output', read: answer },
  {
    name: 'agent-value',
    read: (input) => {
      const value = json(input);
      try {
        const plain = toPlainJson(value).value;
        assertKept(value ?? null, plain);
        return plain;
      } catch (error) {
        if (error instanceof NotJson) return undefined;
        throw error;
      }
    },
  },
  { name: 'nats-message', read: (input) => SCHEMAS.map((schema) => readMessage(schema, message(input))) },
  { name: 'log-record', read: fold },
  { name: 'fold-snapshot', read: restore },
  { name: 'partition-state', read: parsePartitionState },
  {
    name: 'artifact-ref',
    read: (input) => {
      const value = json(input);
      return [isArtifactRef(value), referencesIn(value)];
    },
  },
  { name: 'object-entry', read: parseInfo },
  { name: 'traceparent', read: (input) => [parseTraceparent(input), childTraceparent(input, 'a')] },
  { name: 'lease', read: (input) => [leaseKeyIn(input), leaseEntryIn(input)] },
  { name: 'nats-address', read: parseNatsAddress },
  { name: 'nats-subject', read: (input) => [subjects.parseLog(input), subjects.parseRpc(input)] },
];
