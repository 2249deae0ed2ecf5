import type { NatsLink } from '../../../src/adapters/nats/connection.ts';
import { provision } from '../../../src/adapters/nats/provision.ts';
import { linkForTest } from './links.ts';

let count = 0;

/** A name that no other test of this file uses. */
export function newNamespace(): string {
  count += 1;
  return `test-${count}`;
}

/** A connection to a namespace, which is made with one partition unless it is there. Ends with the test. */
export async function linkToNamespace(url: string, namespace = newNamespace()): Promise<NatsLink> {
  const link = await linkForTest(url, { namespace });
  await provision(link, { partitions: 1 });
  return link;
}
