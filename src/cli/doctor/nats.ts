import { existsSync } from 'node:fs';
import type { NatsSpace } from '../../adapters/nats/space.ts';
import { natsServerMissing, TroupeError } from '../../errors.ts';
import type { OwnerInfo } from '../../ports/ownership.ts';
import type { CliContext } from '../context.ts';
import { ownerInWords } from '../drive/control.ts';
import { howTo } from '../drive/how-to.ts';
import { openSpace, ownServerDir } from '../nats/open-space.ts';
import { rangesInWords } from '../nats/partitions.ts';
import type { NatsTarget } from '../nats/target.ts';
import { findNatsServer } from '../nats-server/find-program.ts';
import type { StateOptions } from '../options.ts';
import { counted } from '../words.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether the server can be worked through, who drives what is there, and who offers agents. */
export async function checkNats(
  context: CliContext,
  options: StateOptions,
  target: NatsTarget,
): Promise<readonly Finding[]> {
  if (target.url === 'auto' && !existsSync(ownServerDir(context, options))) {
    return [note(SERVER, 'the project’s own is not there yet; `--nats auto` starts it')];
  }
  const command = howTo(context, options);
  try {
    await using open = await openSpace(context, options, target, 'control');
    const { space, shown } = open;
    const { version, warnings } = space.server;
    const where = `namespace ${space.namespace}, ${counted(space.partitions, 'partition')}`;
    return [
      ok(SERVER, `nats-server ${version} at ${shown} has JetStream; ${where}`),
      ...warnings.map((warning) => note(SERVER, warning)),
      ...(await checkPartitions(space, command('up'))),
      ...(await checkHosts(space, command('agent'))),
    ];
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    if (error.code === 'NAMESPACE_MISSING')
      return [note(SERVER, error.message, `Start \`${command('up')}\`.`)];
    return [problem(SERVER, error.message, error.hint)];
  }
}

const SERVER = 'NATS server';

async function checkPartitions({ partitions, leases }: NatsSpace, up: string): Promise<readonly Finding[]> {
  const holders = await Promise.all(
    Array.from({ length: partitions }, async (_, partition): Promise<OwnerInfo | undefined> => {
      const lease = await leases.get(`partition.${partition}`);
      if (lease === undefined || lease.isReleased === true) return undefined;
      const member = await leases.get(`member.${lease.holder.process}`);
      return member && lease.holder;
    }),
  );
  const byProcess = Map.groupBy(holders.keys(), (partition) => holders[partition]?.process);
  return [...byProcess.values()].map((held) => {
    const [first = 0] = held;
    const owner = holders[first];
    const which = `${counted(held.length, 'partition')} (${rangesInWords(held)})`;
    return owner === undefined
      ? note('Orchestrators', `nobody drives ${which}: what is there waits`, `Start \`${up}\`.`)
      : ok('Orchestrators', `${ownerInWords(owner)} drives ${which}`);
  });
}

async function checkHosts({ directory }: NatsSpace, agent: string): Promise<readonly Finding[]> {
  const hosts = await directory.list();
  if (hosts.length === 0) {
    return [note('Hosts', 'no host offers any agent: steps of agents wait', `Start \`${agent}\`.`)];
  }
  const roles = [...new Set(hosts.flatMap((host) => host.roles.map(({ role }) => role)))].sort();
  const offer = hosts.length === 1 ? 'offers' : 'offer';
  return [ok('Hosts', `${counted(hosts.length, 'host')} ${offer} ${roles.join(', ')}`)];
}

/** The program that `--nats auto` starts. */
export function checkServerProgram(
  env: Readonly<Record<string, string | undefined>>,
  isNeeded: boolean,
): Finding {
  const program = findNatsServer(env);
  if (program !== undefined) return ok('nats-server', `is installed: ${program}`);
  return isNeeded
    ? problem('nats-server', 'is not installed', natsServerMissing().hint)
    : note('nats-server', 'is not installed', 'Only `--nats auto` needs it.');
}
