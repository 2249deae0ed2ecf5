import type { Json } from '../../../src/json.ts';
import { ExecutionActions } from '../actions/execution-actions.tsx';
import type { Capabilities } from './execution-context.ts';

/** Of what is longer, only the end is shown. */
const SHOWN_BYTES = 256 * 1024;

/** What the server that the execution was read from can do. @param request asks with the token; throws problems */
export function serverCapabilities(
  execution: string,
  request: (path: string) => Promise<Response>,
): Capabilities {
  const base = `/api/executions/${encodeURIComponent(execution)}`;
  const artifact = (digest: string) => request(`${base}/artifacts/${encodeURIComponent(digest)}`);
  return {
    loadValue: async (digest) => (await (await artifact(digest)).json()) as Json,
    readArtifact: async (digest) => {
      const bytes = new Uint8Array(await (await artifact(digest)).arrayBuffer());
      const end = bytes.subarray(Math.max(0, bytes.length - SHOWN_BYTES));
      return { text: textIn(end), bytes: bytes.length, isCut: bytes.length > SHOWN_BYTES };
    },
    downloadArtifact: async (digest, name) => save(await (await artifact(digest)).blob(), name),
    downloadProvenance: async (format) => {
      const response = await request(`${base}/provenance?format=${format}`);
      save(await response.blob(), format === 'prov' ? `${execution}.prov.json` : `${execution}.mmd`);
    },
    loadDurations: async (task) => {
      const response = await request(`/api/tasks/${encodeURIComponent(task)}/durations`);
      const { steps } = (await response.json()) as {
        readonly steps: { readonly [step: string]: { readonly p50: number } };
      };
      const medians = Object.entries(steps).map(([step, { p50 }]) => [step, p50] as const);
      return medians.length === 0 ? null : Object.fromEntries(medians);
    },
    actions: ({ moment, step }) => (
      <ExecutionActions
        execution={execution}
        status={moment.status}
        possible={moment.possible}
        isLive={moment.isLive}
        approvals={moment.approvals}
        signals={moment.signals}
        step={step ?? undefined}
      />
    ),
    linkTo: (other) => `/executions/${encodeURIComponent(other)}`,
  };
}

/** Null for what holds a zero byte. */
function textIn(bytes: Uint8Array): string | null {
  return bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  // Agents choose names of files: what means a folder is taken out.
  link.download = name.replace(/[/\\:]/g, '-');
  link.click();
  URL.revokeObjectURL(address);
}
