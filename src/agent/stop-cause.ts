/** Why the host ends the work of an attempt. `silent`: a beat stopped for longer than the agent's file allows. */
export type StopCause = 'cancelled' | 'lease-lost' | 'timeout' | 'silent' | 'host-stopping';

/** What the agent sees as `signal.reason`; named as in the platform, so that `fetch` and others pass it on. */
export function stopError(cause: StopCause): DOMException {
  return new DOMException(STOP_MESSAGES[cause], 'AbortError');
}

const STOP_MESSAGES: Readonly<Record<StopCause, string>> = {
  cancelled: 'the orchestrator cancelled the attempt',
  'lease-lost': 'the lease of the attempt could not be renewed',
  timeout: 'the time of the attempt is up',
  silent: 'the attempt gave no sign of life or progress for too long',
  'host-stopping': 'the agent host is stopping',
};
