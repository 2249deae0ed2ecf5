import { STRIP_KIND, type Strip } from './documents.ts';
import type { Reading } from './reading.ts';

/** However far the position is: the slider's scale is the whole log. */
export function stripOf(reading: Reading): Strip {
  const { count } = reading;
  const strip = {
    positions: new Float64Array(count),
    times: new Float64Array(count),
    kinds: new Uint8Array(count),
    typeOf: new Uint8Array(count),
  };
  const types = new Map<string, number>();
  for (let index = 1; index <= count; index++) {
    const { position, at, type } = reading.record(index);
    strip.positions[index - 1] = position;
    strip.times[index - 1] = at;
    strip.kinds[index - 1] = STRIP_KIND.indexOf(
      reading.refusal(index) === undefined ? kindOf(type) : 'refused',
    );
    if (!types.has(type)) types.set(type, types.size);
    strip.typeOf[index - 1] = types.get(type) ?? 0;
  }
  return { ...strip, types: [...types.keys()] };
}

function kindOf(type: string): (typeof STRIP_KIND)[number] {
  return KINDS[type] ?? 'other';
}

const KINDS: { readonly [type: string]: (typeof STRIP_KIND)[number] } = {
  'step.claimed': 'work',
  'step.succeeded': 'succeeded',
  'step.completed': 'succeeded',
  'step.answered': 'succeeded',
  'ballot.cast': 'succeeded',
  'step.failed': 'failed',
  'claim.expired': 'failed',
  'offer.failed': 'failed',
  'evaluation.failed': 'failed',
  'abort.requested': 'failed',
  'step.asked': 'person',
  'approval.granted': 'person',
  'approval.rejected': 'person',
  'approval.delegated': 'person',
  'pause.requested': 'person',
  'resume.requested': 'person',
  'retry.requested': 'person',
  'signal.sent': 'person',
  'rollback.requested': 'undoing',
};
