// How the agents behave in these tests. A role that is not here succeeds at once, with an example that fits its output schema.
import type { AgentScript } from '../../src/testing.ts';

export const agents: { readonly [role: string]: AgentScript } = {
  // A list of rules: the first that fits decides. A latency passes in virtual time.
  historian: [{ output: { notes: 'Faster.' }, latency: '20 minutes', usage: { tokens: 1200, usd: 0.02 } }],
  editor: [{ output: { verdict: 'clear' }, latency: '1h' }],
  lawyer: [{ output: { verdict: 'allowed' }, latency: '3h' }],
  // A function: it gets what the real agent would get.
  publisher: ({ outputs }) => ({ url: 'https://example.com/notes', approval: outputs.Approval ?? null }),
  archivist: () => ({ reason: 'nobody approved' }),
};
