import { onTestFinished } from 'vitest';
import { NatsLink, type NatsOptions } from '../../../src/adapters/nats/connection.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';

/** A connection that ends with the test. */
export async function linkForTest(url: string, options: Partial<NatsOptions> = {}): Promise<NatsLink> {
  const link = await NatsLink.connect({ url, clock: systemClock, random: systemRandom, ...options });
  onTestFinished(() => link.close());
  return link;
}
