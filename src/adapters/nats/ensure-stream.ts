import { JetStreamApiCodes, JetStreamApiError, type StreamConfig } from '@nats-io/jetstream';
import type { NatsLink } from './connection.ts';
import type { WantedStream } from './layout.ts';
import { untilHeard } from './until-heard.ts';

/**
 * Makes the stream, or brings an existing one as near to what is wanted as the server lets it; what is left comes back as warnings.
 * Then it takes messages, also when another process is making it just now.
 */
export async function ensureStream(link: NatsLink, wanted: WantedStream): Promise<readonly string[]> {
  const { streams } = link.jsm;
  let config = await configOf(link, wanted.name);
  const warnings: string[] = [];
  if (config === undefined) {
    config = await addStream(link, wanted, warnings);
  } else if (differences(wanted, config).length > 0) {
    try {
      config = (await streams.update(wanted.name, wanted)).config;
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      warnings.push(`The stream ${wanted.name} cannot be changed as Troupe needs it: ${error.message}.`);
    }
  }
  for (const key of differences(wanted, config)) {
    warnings.push(
      `The stream ${wanted.name} has ${key} ${JSON.stringify(config[key])} where Troupe asked for ` +
        `${JSON.stringify(wanted[key])}; the server keeps it so.`,
    );
  }
  await untilHeard(link, wanted);
  return warnings;
}

async function addStream(link: NatsLink, wanted: WantedStream, warnings: string[]): Promise<StreamConfig> {
  const { streams } = link.jsm;
  try {
    const replicas = link.isClustered ? CLUSTER_REPLICAS : 1;
    return (await streams.add({ ...wanted, num_replicas: replicas })).config;
  } catch (error) {
    // Another process may have made it in between, and of an older version differently.
    const made = hasCode(error, ...MADE_BY_ANOTHER) ? await configOf(link, wanted.name) : undefined;
    if (made !== undefined) return made;
    if (!link.isClustered || !hasCode(error, ...TOO_FEW_PEERS)) throw error;
    const { config } = await streams.add({ ...wanted, num_replicas: 1 });
    warnings.push(
      `The stream ${wanted.name} is kept by one server of the cluster: there are not ${CLUSTER_REPLICAS} to keep it.`,
    );
    return config;
  }
}

const CLUSTER_REPLICAS = 3;
/** Name in use; of two at the very same time, one is told that its subjects overlap. */
const MADE_BY_ANOTHER = [10_058, 10_065];
/** No suitable peers; insufficient resources; not a cluster after all. */
const TOO_FEW_PEERS = [10_005, 10_023, 10_074];

async function configOf(link: NatsLink, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await link.jsm.streams.info(name)).config;
  } catch (error) {
    if (hasCode(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

function differences(wanted: WantedStream, config: StreamConfig): (keyof WantedStream)[] {
  return (Object.keys(wanted) as (keyof WantedStream)[]).filter(
    (key) => JSON.stringify(config[key] ?? ABSENT[key]) !== JSON.stringify(wanted[key]),
  );
}

/** Servers leave out what has its default. */
const ABSENT: Partial<StreamConfig> = {
  max_age: 0,
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
  allow_direct: false,
};

/** Whether JetStream answered with one of these error codes. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}
