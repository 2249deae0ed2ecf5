import { onTestFinished } from 'vitest';
import type { FunctionAgent } from '../../src/agent/define.ts';
import { serveEmbedded } from '../../src/cli/serve/embedded.ts';
import { Embedded } from '../../src/library/embedded.ts';
import { createTestContext, temporaryFolder } from '../cli/run-in-process.ts';

const TOKEN = 'the-token-of-a-test';

/** The inspector's server as `troupe up` serves it, on an engine of this process with functions as agents. */
export async function openServer({
  functions,
  cwd = temporaryFolder(),
  graphql,
}: {
  readonly functions: readonly FunctionAgent[];
  readonly cwd?: string;
  readonly graphql?: boolean;
}) {
  const data = temporaryFolder();
  const embedded = await Embedded.open({ data, functions });
  onTestFinished(() => embedded.close());
  const context = createTestContext({ cwd, env: { TROUPE_UI_TOKEN: TOKEN, TROUPE_USER: 'alice' } });
  let link = '';
  const serving = await serveEmbedded(context, { data, uiPort: 0, graphql }, embedded, (line) => {
    link ||= line;
  });
  onTestFinished(() => serving[Symbol.asyncDispose]());
  const url = /http:\/\/[^/]+/.exec(link)?.[0] ?? '';
  return {
    embedded,
    url,
    get: (path: string) => fetch(`${url}${path}`),
    post: (path: string, body: unknown, headers: { readonly [name: string]: string } = AUTHORIZED) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}

const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
