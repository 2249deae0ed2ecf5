import { hash } from 'node:crypto';

/** W3C Trace Context, the header `traceparent`: https://www.w3.org/TR/trace-context/#traceparent-header */
export interface TraceContext {
  /** 32 hexadecimal digits: the whole trace. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that what follows belongs to. */
  readonly spanId: string;
  /** Two hexadecimal digits; `01` says that the trace is recorded. */
  readonly flags: string;
}

/**
 * Reads a `traceparent`; undefined for anything that is none, which is then to be dropped. Of versions later than 00 the parts
 * that 00 knows are read, as the standard asks for.
 */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  const found = typeof text === 'string' ? TRACEPARENT.exec(text)?.groups : undefined;
  if (found === undefined) return undefined;
  const { version, traceId = '', spanId = '', flags = '', more } = found;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return NOTHING.test(traceId) || NOTHING.test(spanId) ? undefined : { traceId, spanId, flags };
}

const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-[^\n]*)?$/;

const NOTHING = /^0+$/;

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/**
 * The `traceparent` of what happens under a span: the same trace, and a span whose id is derived from `name`, so that whoever
 * derives it, and however often, gets the same. `name` has to be unique in the trace, such as `execution/step/attempt`. Undefined
 * when `parent` is none.
 */
export function childTraceparent(parent: unknown, name: string): string | undefined {
  const context = parseTraceparent(parent);
  return context && formatTraceparent({ ...context, spanId: hash('sha256', name).slice(0, 16) });
}
