import type { NatsLink } from './connection.ts';
import { natsFailure } from './failures.ts';

/**
 * The secret from which orchestrators derive the tokens of claims, so that each of them gives the same answer to the same claim.
 * It is in a bucket of its own, which only orchestrators may read.
 *
 * Two who make it at once may both be told that theirs was stored: clusters of old servers let two writers win. So the bucket
 * keeps all that was written, and the first counts.
 */
export async function readTokenKey(link: NatsLink): Promise<string> {
  const { js, jsm, random, subjects } = link;
  const bucket = subjects.bucket('SECRETS');
  const subject = `$KV.${bucket}.token-key`;
  const first = async (): Promise<string | undefined> => {
    const query = { seq: 1, next_by_subj: subject };
    return (await jsm.streams.getMessage(`KV_${bucket}`, query))?.string();
  };
  try {
    const present = await first();
    if (present !== undefined) return present;
    await js.publish(subject, random.token());
    return (await first()) ?? '';
  } catch (error) {
    throw natsFailure(link.shown, error);
  }
}
