import { diag, type Tracer, type TracerProvider, trace as traces } from '@opentelemetry/api';

/** Name of the instrumentation scope of all spans. */
const SCOPE = 'troupe';

/** What the API and SDKs have beside their interface: a stand-in for what is registered later, and a way to export at once. */
interface Provider extends TracerProvider {
  readonly getDelegateTracer?: (name: string) => Tracer | undefined;
  readonly getDelegate?: () => TracerProvider & { readonly forceFlush?: () => Promise<void> };
  readonly forceFlush?: () => Promise<void>;
}

/** The tracer of the SDK that is registered in this process; undefined while there is none. */
export function registeredTracer(): Tracer | undefined {
  const provider: Provider = traces.getTracerProvider();
  // The API's own stand-in, of this copy of the API or another: it has a tracer to hand out once an SDK is registered.
  if (typeof provider.getDelegateTracer === 'function') return provider.getDelegateTracer(SCOPE);
  return provider.getTracer(SCOPE);
}

export async function flushRegistered(): Promise<void> {
  const provider: Provider = traces.getTracerProvider();
  try {
    await (provider.getDelegate?.() ?? provider).forceFlush?.();
  } catch (error) {
    diag.error('The last spans were not exported.', error);
  }
}
