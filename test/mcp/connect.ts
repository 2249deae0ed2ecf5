import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { onTestFinished } from 'vitest';
import type { Example } from '../examples/run-example.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A client of a `troupe mcp` that runs as a process in the folder of an example. */
export async function connect(example: Example, args: readonly string[] = []) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...args],
    cwd: example.cwd,
    env: { PATH: String(process.env.PATH), TROUPE_DATA: example.data },
    stderr: 'pipe',
  });
  const client = new Client({ name: 'a test', version: '1.0.0' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    transport,
    /** What the tool gives; throws what it says went wrong. */
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as their readers do.
    call: async (name: string, input: { readonly [key: string]: unknown } = {}): Promise<any> => {
      const { isError, content, structuredContent } = await client.callTool({ name, arguments: input });
      const [text] = content;
      if (isError === true) throw new Error(text?.type === 'text' ? text.text : 'no text');
      if (text?.type !== 'text') throw new Error('no text beside the structure');
      if (JSON.stringify(structuredContent) !== text.text) throw new Error('text and structure differ');
      return structuredContent;
    },
  };
}
