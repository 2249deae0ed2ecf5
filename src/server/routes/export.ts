import { createRoute, z } from '@hono/zod-openapi';
import { executionUnknown } from '../../errors.ts';
import { readExport } from '../../provenance/export-log.ts';
import { exportLines } from '../../provenance/log-file.ts';
import { exportPage } from '../export-page.ts';
import { executionParam, problems } from '../schemas/common.ts';
import { SANDBOX_POLICY } from '../security/headers.ts';
import { attachment } from './artifacts.ts';
import { createRoutes, type Routes } from './route.ts';

const getExport = createRoute({
  method: 'get',
  path: '/api/executions/{id}/export',
  tags: ['executions'],
  summary: 'The execution as a file',
  description:
    '`log`: JSON lines, for `troupe verify`; `html`: one file with the viewer and all records in it; `markdown`: the report.',
  request: {
    params: executionParam,
    query: z.object({ format: z.enum(['log', 'html', 'markdown']) }),
  },
  responses: {
    200: {
      description: 'The file',
      content: {
        'application/x-ndjson': { schema: z.string() },
        'text/html': { schema: z.string() },
        'text/markdown': { schema: z.string() },
      },
    },
    ...problems,
  },
});

export const exportRoutes: Routes = ({ access, pageDir }) =>
  createRoutes().openapi(getExport, async (c) => {
    const { id } = c.req.valid('param');
    switch (c.req.valid('query').format) {
      case 'log': {
        const log = await readExport(id, access.of(id).sources);
        if (log === undefined) throw executionUnknown(id);
        return fileResponse(lines(exportLines(log)), 'application/x-ndjson', `${id}.jsonl`);
      }
      case 'markdown': {
        const text = await access.markdown(id);
        if (text === undefined) throw executionUnknown(id);
        return fileResponse([text], 'text/markdown; charset=utf-8', `${id}.md`);
      }
      case 'html': {
        const page = await exportPage(id, access.of(id), pageDir);
        return fileResponse(page, 'text/html; charset=utf-8', `${id}.html`);
      }
    }
  });

/** To be saved; opened in place of that, it can do nothing here. Written piece by piece. */
function fileResponse(pieces: Iterable<string>, type: string, name: string): never {
  const stream = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return new Response(stream as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': type,
      'content-disposition': attachment(name),
      'content-security-policy': SANDBOX_POLICY,
    },
  }) as never;
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`;
}
