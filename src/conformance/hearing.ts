import {
  claimRequest,
  heartbeatRequest,
  nextRequest,
  progressMessage,
  recordMessage,
  reportData,
} from '../adapters/nats/messages.ts';
import type { Subjects } from '../adapters/nats/subjects.ts';

/** What a host said, by what it is about: `id` is `<execution>/<step>/<attempt>`. `fault`: what is wrong with it, for people. */
export type Heard =
  | {
      readonly kind: 'claim';
      readonly id: string;
      readonly claimId: string;
      readonly host: string;
      readonly partition: number;
      readonly reply: string;
    }
  | { readonly kind: 'next'; readonly id: string; readonly reply: string }
  | {
      readonly kind: 'heartbeat';
      readonly beats: readonly { readonly id: string; readonly fence: number }[];
      readonly host: string;
      readonly partition: number;
      readonly reply: string;
    }
  | { readonly kind: 'progress'; readonly id: string }
  | {
      readonly kind: 'report';
      readonly id: string;
      readonly subject: string;
      readonly reply: string;
      readonly record: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> };
      readonly text: string;
    }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'other' };

interface Said {
  readonly subject: string;
  readonly reply: string;
  readonly text: string;
}

/** Reads what the hosts of one role say, as strictly as the schemas are. */
export class HostHearing {
  readonly #subjects: Subjects;
  readonly #role: string;

  constructor(subjects: Subjects, role: string) {
    this.#subjects = subjects;
    this.#role = role;
  }

  /** Where they say it. */
  get subjects(): readonly string[] {
    const { root } = this.#subjects;
    return [
      `${root}.rpc.*.${this.#role}.*.*`,
      this.#subjects.liveOf(undefined),
      `${root}.log.*.*.agent.${this.#role}`,
    ];
  }

  read(subject: string, reply: string | undefined, text: string): Heard {
    const said = { subject, reply: reply ?? '', text };
    const asked = this.#subjects.parseRpc(subject);
    if (asked?.verb === 'claim') return this.#readClaim(said, asked.host);
    if (asked?.verb === 'heartbeat') return this.#readBeats(said, asked.host);
    const logged = this.#subjects.parseLog(subject);
    if (logged !== undefined) return this.#readReport(said, logged.execution);
    if (subject.startsWith(`${this.#subjects.root}.live.`)) return this.#readProgress(said);
    return faulty(said, 'nothing is said there');
  }

  #readClaim(said: Said, host: string): Heard {
    if (said.reply === '') return faulty(said, 'the claim has no reply subject');
    const content = parse(said.text);
    const next = nextRequest.safeParse(content).data;
    if (next !== undefined) {
      const { execution, after } = next;
      return { kind: 'next', id: `${execution}/${after.step}/${after.attempt}`, reply: said.reply };
    }
    const read = claimRequest.safeParse(content);
    if (!read.success) return misfit(said, read.error.issues);
    const { execution, step, attempt, claimId } = read.data;
    const id = `${execution}/${step}/${attempt}`;
    return { kind: 'claim', id, claimId, host, partition: partitionIn(said), reply: said.reply };
  }

  #readBeats(said: Said, host: string): Heard {
    if (said.reply === '') return faulty(said, 'the heartbeat has no reply subject');
    const read = heartbeatRequest.safeParse(parse(said.text));
    if (!read.success) return misfit(said, read.error.issues);
    const beats = read.data.beats.map(({ execution, step, attempt, fence }) => {
      return { id: `${execution}/${step}/${attempt}`, fence };
    });
    return { kind: 'heartbeat', beats, host, partition: partitionIn(said), reply: said.reply };
  }

  #readReport(said: Said, execution: string): Heard {
    const content = parse(said.text);
    const record = recordMessage.safeParse(content);
    if (!record.success) return misfit(said, record.error.issues);
    const { id, type } = record.data;
    if (!isReportType(type)) return faulty(said, `hosts write no records of type ${type}`);
    const data = reportData[type].safeParse(record.data.data);
    if (!data.success) return misfit(said, data.error.issues);
    const { subject, reply, text } = said;
    const { step, attempt } = data.data;
    return {
      kind: 'report',
      id: `${execution}/${step}/${attempt}`,
      subject,
      reply,
      record: { id, type, data: data.data },
      text,
    };
  }

  #readProgress(said: Said): Heard {
    const read = progressMessage.safeParse(parse(said.text));
    if (!read.success) return misfit(said, read.error.issues);
    const { execution, step, attempt, agent } = read.data;
    // Another role's agents speak there too.
    if (agent !== this.#role) return { kind: 'other' };
    if (this.#subjects.live(execution, step) !== said.subject)
      return faulty(said, `it is about ${execution}/${step}`);
    return { kind: 'progress', id: `${execution}/${step}/${attempt}` };
  }
}

function isReportType(type: string): type is keyof typeof reportData {
  return Object.hasOwn(reportData, type);
}

function partitionIn({ subject }: Said): number {
  return Number(subject.split('.')[3]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema tells
  }
}

type Issues = readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];

function misfit(said: Said, issues: Issues): Heard {
  const problems = issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'the message'}: ${message}`,
  );
  return faulty(said, problems.join('; '));
}

function faulty({ subject, text }: Said, problem: string): Heard {
  const excerpt = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return { kind: 'fault', fault: `on ${subject}: ${problem}. It said ${excerpt}` };
}
