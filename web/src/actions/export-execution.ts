import { problemOf } from '../api/problem.ts';
import { request } from '../api/request.ts';
import { tell } from '../parts/toast.tsx';

export type ExportFormat = 'log' | 'html' | 'markdown';

const ENDINGS: { readonly [format in ExportFormat]: string } = { log: 'json', html: 'html', markdown: 'md' };

/** Saves the execution as a file: fetched, so that the token goes along. Tells when it fails. */
export async function exportExecution(execution: string, format: ExportFormat): Promise<void> {
  try {
    const response = await request(
      `/api/executions/${encodeURIComponent(execution)}/export?format=${format}`,
    );
    const url = URL.createObjectURL(await response.blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = nameIn(response.headers.get('content-disposition')) ?? `${execution}.${ENDINGS[format]}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    const { detail, hint } = problemOf(error);
    tell('It could not be exported', { tone: 'failed', detail: [detail, hint].filter(Boolean).join(' ') });
  }
}

function nameIn(disposition: string | null): string | undefined {
  return /filename="([^"/\\]+)"/.exec(disposition ?? '')?.[1];
}
