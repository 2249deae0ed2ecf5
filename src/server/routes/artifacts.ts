import { createRoute, z } from '@hono/zod-openapi';
import { executionParam, problems } from '../schemas/common.ts';
import { SANDBOX_POLICY } from '../security/headers.ts';
import { startOf } from './executions.ts';
import { createRoutes, type Routes } from './route.ts';

const getArtifact = createRoute({
  method: 'get',
  path: '/api/executions/{id}/artifacts/{digest}',
  tags: ['executions'],
  summary: 'The bytes of an artifact',
  description:
    'Never as what its media type says: an agent made it. Text is `text/plain`, all else `application/octet-stream`; both to be saved, unless `inline=1` asks for text in its place.',
  request: {
    params: executionParam.extend({
      digest: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/, 'is not the digest of an artifact')
        .openapi({ param: { name: 'digest', in: 'path' } }),
    }),
    query: z.object({
      inline: z.literal('1').optional(),
      name: z.string().max(256).optional().openapi({ description: 'What the file is to be called' }),
    }),
  },
  responses: {
    200: {
      description: 'The bytes',
      content: {
        'text/plain': { schema: z.string() },
        'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) },
      },
    },
    ...problems,
  },
});

export const artifactRoutes: Routes = ({ access }) =>
  createRoutes().openapi(getArtifact, async (c) => {
    const { id, digest } = c.req.valid('param');
    const { inline, name } = c.req.valid('query');
    await startOf(access, id);
    const bytes = await access.of(id).sources.artifacts.get(digest);
    const isText = isPlainText(bytes);
    const isInline = isText && inline === '1';
    return new Response(Uint8Array.from(bytes), {
      headers: {
        'content-type': isText ? 'text/plain; charset=utf-8' : 'application/octet-stream',
        'content-disposition': isInline
          ? 'inline'
          : attachment(name ?? `${digest.slice(7, 19)}${isText ? '.txt' : ''}`),
        'content-security-policy': SANDBOX_POLICY,
        // What has a digest never changes.
        'cache-control': 'private, max-age=31536000, immutable',
      },
    }) as never;
  });

/** Valid UTF-8 without what no text has. */
function isPlainText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** A name that agents or people chose, so that it is only a name (RFC 6266): no folder, no quote, no line break. */
export function attachment(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const plain = last.replaceAll(/[^\w.-]+/g, '_').replace(/^\.+/, '_') || 'file';
  const encoded = encodeURIComponent(last || 'file').replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
