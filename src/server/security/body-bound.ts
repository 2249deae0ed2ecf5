import type { Context, MiddlewareHandler } from 'hono';
import { bodyTooLarge } from '../../errors.ts';

/**
 * Refuses a body of more than so many bytes with BODY_TOO_LARGE. What says its length is refused by that, the rest is read here. (Hono's own
 * makes another `Request` of this one, which is not of the class that Node's constructor takes.)
 */
export function bodyBound(limit: number): MiddlewareHandler {
  return async (c, next) => {
    const { req } = c;
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      const length = req.header('content-length');
      if (length === undefined) await takeBody(c, limit);
      else if (Number(length) > limit) throw bodyTooLarge(limit);
    }
    await next();
  };
}

/** A body of unknown length is kept whole; whoever asks for it later gets it from there. */
async function takeBody({ req }: Context, limit: number): Promise<void> {
  const { body } = req.raw;
  if (body === null) return;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > limit) throw bodyTooLarge(limit);
    pieces.push(piece);
  }
  req.raw = new Request(req.url, {
    method: req.method,
    headers: req.header(),
    ...(bytes === 0 ? {} : { body: Buffer.concat(pieces) }),
  });
}
