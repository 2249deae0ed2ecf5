import { onTestFinished } from 'vitest';
import { openEmbedded } from '../../src/cli/context.ts';
import { embeddedAccess } from '../../src/cli/serve/embedded.ts';
import type { Embedded } from '../../src/library/embedded.ts';
import type { ServerAccess } from '../../src/server/access.ts';
import { type App, createApp } from '../../src/server/app.ts';
import type { Policy } from '../../src/server/security/policy.ts';
import { createTestContext, temporaryFolder } from '../cli/run-in-process.ts';
import { Stage } from '../cli/stage.ts';

export const TOKEN = 'the-token-of-this-server';

/** An engine with a stage to play on, and the app that serves it; asked inside this process. */
export class Place {
  readonly stage: Stage;
  readonly embedded: Embedded;
  readonly access: ServerAccess;
  readonly app: App;
  readonly policy: Policy = { isLoopback: true, port: 4680, allowedHosts: [], token: TOKEN };
  /** What an operator was told. */
  readonly complaints: object[] = [];

  private constructor(stage: Stage, embedded: Embedded, access: ServerAccess, pageDir: string) {
    this.stage = stage;
    this.embedded = embedded;
    const note = (details: object): void => void this.complaints.push(details);
    this.access = { ...access, logger: { debug: () => undefined, warn: note, error: note } };
    this.app = createApp({ access: this.access, policy: () => this.policy, pageDir });
  }

  /** Closed with the test. @param pageDir where the page would be; by default there is none */
  static async open(pageDir = temporaryFolder()): Promise<Place> {
    const stage = new Stage();
    const context = createTestContext({ cwd: stage.cwd, logLevel: 'silent' });
    const embedded = await openEmbedded(context, { adoptsOthers: true });
    const { access, close } = await embeddedAccess(context, {}, embedded);
    const place = new Place(stage, embedded, access, pageDir);
    onTestFinished(async () => {
      await place.app.close();
      await embedded.close();
      await close();
    });
    return place;
  }

  ask(
    path: string,
    init: RequestInit & { readonly headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const headers = { host: '127.0.0.1:4680', ...init.headers };
    return Promise.resolve(this.app.hono.request(`http://127.0.0.1:4680${path}`, { ...init, headers }));
  }

  /** With the token. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    });
  }

  async json<Answer = Record<string, unknown>>(path: string): Promise<Answer> {
    const answer = await this.ask(path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  async start(task: string, id: string, input: object = {}): Promise<void> {
    const answer = await this.post('/api/executions', { task, id, input });
    if (answer.status !== 201) throw new Error(await answer.text());
  }

  async ended(execution: string): Promise<void> {
    await this.embedded.engine.ended(execution);
  }
}

/** A server-sent event as it came. */
export interface Sent {
  readonly event: string;
  readonly id?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly data: any;
}

/** Reads server-sent events one by one. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #waiting: Sent[] = [];
  #text = '';

  constructor({ body }: Response) {
    if (body === null) throw new Error('There is no body.');
    this.#reader = body.getReader();
  }

  /** Undefined when the stream has ended. */
  async next(): Promise<Sent | undefined> {
    for (;;) {
      const found = this.#waiting.shift();
      if (found !== undefined) return found;
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += new TextDecoder().decode(value);
      const frames = this.#text.split('\n\n');
      this.#text = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame);
    }
  }

  async until(isMeant: (sent: Sent) => boolean): Promise<Sent> {
    for (;;) {
      const sent = await this.next();
      if (sent === undefined) throw new Error('The stream ended before.');
      if (isMeant(sent)) return sent;
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }

  #take(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line) => {
        const at = line.indexOf(': ');
        return [line.slice(0, at), line.slice(at + 2)] as const;
      }),
    );
    const event = fields.get('event');
    if (event === undefined) return;
    this.#waiting.push({ event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') });
  }
}
