import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import {
  cancelMessage,
  claimAnswer,
  claimRequest,
  confirmedMessage,
  heartbeatAnswer,
  heartbeatRequest,
  nextAnswer,
  nextRequest,
  offerMessage,
  presenceMessage,
  progressMessage,
  recordMessage,
  reportData,
} from '../src/adapters/nats/messages.ts';
import { Subjects } from '../src/adapters/nats/subjects.ts';
import type { Json } from '../src/json.ts';
import type { AgentRequest } from '../src/ports/agent-request.ts';
import { METHODS } from '../src/ports/ballot.ts';

/**
 * Writes docs/asyncapi.yaml, the contract of a foreign agent host as AsyncAPI 3, from the schemas and subjects themselves:
 * `node scripts/asyncapi.ts`. A test holds it up to date.
 */
export const TARGET = fileURLToPath(new URL('../docs/asyncapi.yaml', import.meta.url));

/** The text of docs/asyncapi.yaml. */
export function asyncApi(): string {
  const comment =
    '# Made by `node scripts/asyncapi.ts` from the zod schemas; do not edit. docs/protocol.md explains it.\n';
  return comment + stringify(asyncApiDocument(), { lineWidth: 120, aliasDuplicateObjects: false });
}

export function asyncApiDocument(): Record<string, unknown> {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Troupe agent hosts over NATS',
      version: `${PROTOCOL}.0.0`,
      description:
        'What an agent host in any language sends and receives, seen from the host. docs/protocol.md says when, and what to do with each answer. Readers ignore keys that they do not know.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: 'localhost:4222',
        protocol: 'nats',
        description: 'A NATS server, 2.9.10 or newer, with JetStream.',
      },
    },
    channels: Object.fromEntries(CHANNELS.flatMap(channelsOf)),
    operations: Object.fromEntries(CHANNELS.map((channel) => [channel.verb, operationOf(channel)])),
    components: {
      messages: Object.fromEntries(
        Object.entries(MESSAGES).map(([name, message]) => [name, messageOf(message)]),
      ),
    },
  };
}

/** Version of the wire protocol, as the namespace's META bucket names it. */
const PROTOCOL = 1;

/** What a host gets to work with. The wire keeps it opaque, so that hosts pass on what they do not know. */
const artifactRef = z.object({
  $artifact: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  bytes: z.number(),
  mediaType: z.string().optional(),
  name: z.string().optional(),
});

const json = z.unknown() as z.ZodType<Json | undefined>;

const vote = z.object({
  abstain: z.literal(true).optional(),
  choice: z.string().optional(),
  ranking: z.array(z.string()).optional(),
  scores: z.record(z.string(), z.number()).optional(),
  answer: json.optional(),
  reason: z.string().optional(),
  confidence: z.number().min(0).max(1).optional(),
  score: z.number().optional(),
});

const agentRequest = z.object({
  execution: z.string(),
  task: z.object({ name: z.string(), version: z.string() }),
  phase: z.string(),
  step: z.string(),
  attempt: z.int().positive(),
  idempotencyKey: z.string(),
  agent: z.string(),
  instructions: z.string(),
  input: z.record(z.string(), json),
  outputs: z.record(z.string(), json),
  results: z.record(z.string(), json),
  item: json.optional(),
  previousError: reportData['step.failed'].shape.error.extend({ details: json.optional() }).optional(),
  approval: z
    .object({
      approved: z.boolean(),
      by: z.string().optional(),
      comment: z.string().optional(),
      at: z.number(),
    })
    .optional(),
  deadline: z.number().optional(),
  artifacts: z.array(artifactRef),
  compensates: z
    .object({
      step: z.string(),
      instructions: z.string(),
      input: z.record(z.string(), json),
      output: json.optional(),
      uncertain: z.literal(true).optional(),
    })
    .optional(),
  traceparent: z.string().optional(),
  workspace: z.string().optional(),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  ballot: z
    .object({
      question: z.string(),
      choices: z.array(z.string()).optional(),
      method: z.enum(METHODS),
      round: z.int().positive(),
      subject: z.object({ digest: z.string() }).optional(),
      others: z.array(vote.extend({ voter: z.string() })).optional(),
      sealed: z.literal(true).optional(),
      scale: z.object({ min: z.number(), max: z.number() }).optional(),
      of: z.array(z.string()).optional(),
    })
    .optional(),
}) satisfies z.ZodType<AgentRequest>;

const [granted, refused] = claimAnswer.options;
const [nextGranted] = nextAnswer.options;
/** In messages it is any object; here is told what owners put there. */
const wholeNext = nextGranted.extend({ request: agentRequest.optional() });

/** A report is a record: its data differs by type. */
const report = z.discriminatedUnion('type', [
  recordMessage.extend({ type: z.literal('step.succeeded'), data: reportData['step.succeeded'] }),
  recordMessage.extend({ type: z.literal('step.failed'), data: reportData['step.failed'] }),
  recordMessage.extend({ type: z.literal('step.asked'), data: reportData['step.asked'] }),
  recordMessage.extend({ type: z.literal('claim.released'), data: reportData['claim.released'] }),
  recordMessage.extend({ type: z.literal('ballot.sealed'), data: reportData['ballot.sealed'] }),
]);

const MESSAGES = {
  offer: { about: 'An attempt is available to hosts of a role.', schema: offerMessage },
  claimRequest: { about: 'May this host have the attempt?', schema: claimRequest },
  claimAnswer: {
    about: 'Granted with all that the work needs, or refused. The request is inline, or requestRef names it.',
    schema: z.discriminatedUnion('kind', [granted.extend({ request: agentRequest.optional() }), refused]),
  },
  nextRequest: {
    about: 'What became of the claim that a report asked for? Nobody told.',
    schema: nextRequest,
  },
  nextAnswer: {
    about: 'The claim is granted, or there is none. No answer while the report is not folded.',
    schema: z.discriminatedUnion('kind', [wholeNext, refused]),
  },
  heartbeatRequest: { about: 'These attempts are still at work here.', schema: heartbeatRequest },
  heartbeatAnswer: { about: 'One answer per beat, in the order of the beats.', schema: heartbeatAnswer },
  cancel: { about: 'Stop the attempt with this fence.', schema: cancelMessage },
  confirmed: {
    about:
      'The records with these ids were folded: accepted, or refused for good. `next`: the claim that the one record asked for.',
    schema: confirmedMessage.extend({ next: wholeNext.optional() }),
  },
  progress: { about: 'News for whoever watches; not kept.', schema: progressMessage },
  report: { about: 'How an attempt ended: a record of the log.', schema: report },
  presence: { about: 'This host is there, with these roles.', schema: presenceMessage },
} as const;

type MessageName = keyof typeof MESSAGES;

interface Channel {
  readonly name: string;
  readonly address: string;
  readonly about: string;
  readonly message: MessageName;
  /** What the host does there. */
  readonly verb: string;
  readonly action: 'send' | 'receive';
  /** What comes back to the request's reply subject. */
  readonly answer?: MessageName;
}

/** Stand in for the parts of a subject, so that the addresses come out of the code that makes subjects. */
const HOLE = {
  namespace: 'NAMESPACE',
  partition: 7777,
  execution: 'EXECUTION',
  role: 'ROLE',
  host: 'HOST',
  step: 'STEP',
  attempt: 8888,
} as const;

const PARAMETERS: Readonly<Record<keyof typeof HOLE, string>> = {
  namespace:
    'Separates installations that share a server; `default` unless said otherwise. [A-Za-z0-9_-]{1,32}',
  partition: 'Named by the offer; a number from 0.',
  execution: 'One run of a task. [A-Za-z0-9_-]{1,64}',
  role: 'What the host offers: the name of an agent. [A-Za-z0-9_-]{1,128}',
  host: 'Chosen by the host, unique in the namespace. [A-Za-z0-9_-]{1,128}',
  step: 'One piece of work of the execution. [A-Za-z0-9_-]{1,128}',
  attempt: 'From 1.',
};

const subjects = new Subjects(HOLE.namespace);

const CHANNELS: readonly Channel[] = [
  {
    name: 'offers',
    address: subjects.offer(HOLE.role, HOLE.execution, HOLE.step, HOLE.attempt),
    about: `Stream ${subjects.offerStream}, pulled through its durable consumer ${subjects.offerConsumer(HOLE.role)}.`,
    message: 'offer',
    verb: 'takeOffer',
    action: 'receive',
  },
  {
    name: 'claims',
    address: subjects.rpc(HOLE.partition, HOLE.role, HOLE.host, 'claim'),
    about: 'Request to the owner of the partition.',
    message: 'claimRequest',
    verb: 'claim',
    action: 'send',
    answer: 'claimAnswer',
  },
  {
    name: 'nextClaims',
    address: subjects.rpc(HOLE.partition, HOLE.role, HOLE.host, 'claim'),
    about: 'Request to the owner of the partition. Only for hosts whose reports ask for a claim.',
    message: 'nextRequest',
    verb: 'askForNext',
    action: 'send',
    answer: 'nextAnswer',
  },
  {
    name: 'heartbeats',
    address: subjects.rpc(HOLE.partition, HOLE.role, HOLE.host, 'heartbeat'),
    about: 'Request to the owner of the partition.',
    message: 'heartbeatRequest',
    verb: 'beat',
    action: 'send',
    answer: 'heartbeatAnswer',
  },
  {
    name: 'cancels',
    address: subjects.host(HOLE.host, 'cancel'),
    about: 'From the owner of the attempt.',
    message: 'cancel',
    verb: 'obeyCancel',
    action: 'receive',
  },
  {
    name: 'confirmations',
    address: subjects.host(HOLE.host, 'confirmed'),
    about: 'From the owners of the partitions that the host reports to.',
    message: 'confirmed',
    verb: 'forgetReports',
    action: 'receive',
  },
  {
    name: 'progress',
    address: subjects.live(HOLE.execution, HOLE.step),
    about: 'Plain publish.',
    message: 'progress',
    verb: 'tellProgress',
    action: 'send',
  },
  {
    name: 'reports',
    address: subjects.log(HOLE.partition, HOLE.execution, `agent.${HOLE.role}`),
    about: `Stream ${subjects.logStream(HOLE.partition)}; the subject is the answer's \`report\`. Acknowledged by JetStream, later confirmed by the owner.`,
    message: 'report',
    verb: 'report',
    action: 'send',
  },
  {
    name: 'presence',
    address: `$KV.${subjects.bucket('AGENTS')}.${HOLE.host}`,
    about: 'Plain publish into the key-value bucket, every 5 seconds.',
    message: 'presence',
    verb: 'showPresence',
    action: 'send',
  },
];

function channelsOf(channel: Channel): [string, unknown][] {
  const { name, address, about, message, answer } = channel;
  const channels: [string, unknown][] = [
    [
      name,
      { address: fill(address), description: fill(about), ...messagesOf(message), ...parametersOf(address) },
    ],
  ];
  if (answer !== undefined) {
    const description = 'The reply subject of the request.';
    channels.push([answersOf(channel), { address: null, description, ...messagesOf(answer) }]);
  }
  return channels;
}

function answersOf({ name }: Channel): string {
  return `${name}Answered`;
}

function messagesOf(message: MessageName): { readonly messages: Record<string, unknown> } {
  return { messages: { [message]: { $ref: `#/components/messages/${message}` } } };
}

function parametersOf(address: string): { readonly parameters?: Record<string, unknown> } {
  const used = Object.entries(PARAMETERS).filter(([name]) => fill(address).includes(`{${name}}`));
  return { parameters: Object.fromEntries(used.map(([name, description]) => [name, { description }])) };
}

function operationOf(channel: Channel): unknown {
  const { name, action, message, answer } = channel;
  const operation = {
    action,
    channel: { $ref: `#/channels/${name}` },
    messages: [messageRef(name, message)],
  };
  if (answer === undefined) return operation;
  const answers = answersOf(channel);
  return {
    ...operation,
    reply: { channel: { $ref: `#/channels/${answers}` }, messages: [messageRef(answers, answer)] },
  };
}

function messageRef(channel: string, message: MessageName): unknown {
  return { $ref: `#/channels/${channel}/messages/${message}` };
}

function messageOf({ about, schema }: { readonly about: string; readonly schema: z.ZodType }): unknown {
  // As a writer of the message has to make it; readers tolerate more.
  const { $schema: _, ...payload } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return { summary: about, payload };
}

/** Names in braces where the stand-ins are. */
function fill(text: string): string {
  let filled = text;
  for (const [name, hole] of Object.entries(HOLE)) filled = filled.replaceAll(String(hole), `{${name}}`);
  return filled;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, asyncApi());
