import type { AnyActorRef } from 'xstate';
import type { Fold } from '../engine/fold.ts';
import type { HostPresence } from '../ports/agent-directory.ts';
import type { ServerAccess } from './access.ts';
import type { States } from './live/states.ts';

/** A host says every five seconds that it lives; after three that did not come it is silent. */
const SILENT_MS = 15_000;
/** Live executions that are looked at for what waits; those that changed last. */
const MOST_LOOKED_AT = 128;

export interface RoleNow {
  readonly role: string;
  readonly hosts: readonly string[];
  readonly concurrency: number;
  readonly busy: number;
  readonly waiting: number;
}

/** Who is at work, and what waits for whom. */
export async function agentsNow(
  access: ServerAccess,
  states: States,
): Promise<{
  readonly hosts: readonly (HostPresence & { isSilent: boolean })[];
  readonly roles: readonly RoleNow[];
}> {
  const [hosts, waiting] = await Promise.all([access.hosts(), offersByRole(access, states)]);
  const now = access.clock.now();
  const names = new Set([...waiting.keys(), ...hosts.flatMap(({ roles }) => roles.map(({ role }) => role))]);
  const roles = [...names].sort().map((role) => roleOf(role, hosts, waiting.get(role) ?? 0));
  return { hosts: hosts.map((host) => ({ ...host, isSilent: now - host.seenAt > SILENT_MS })), roles };
}

function roleOf(role: string, hosts: readonly HostPresence[], waiting: number): RoleNow {
  const offering = hosts.filter(({ roles }) => roles.some((offered) => offered.role === role));
  const offered = offering.flatMap(({ roles }) => roles.filter((each) => each.role === role));
  return {
    role,
    hosts: offering.map(({ host }) => host),
    concurrency: offered.reduce((sum, { concurrency }) => sum + concurrency, 0),
    busy: offered.reduce((sum, { busy }) => sum + busy, 0),
    waiting,
  };
}

async function offersByRole(access: ServerAccess, states: States): Promise<ReadonlyMap<string, number>> {
  const live = await access.history.list({ status: ['running', 'rollingBack'], limit: MOST_LOOKED_AT });
  const waiting = new Map<string, number>();
  for (const { id } of live) {
    const fold = await states.of(id).catch(() => undefined);
    for (const role of fold === undefined ? [] : offeredRoles(fold))
      waiting.set(role, (waiting.get(role) ?? 0) + 1);
  }
  return waiting;
}

/** Roles of the attempts that are offered; one may be there several times. */
function offeredRoles({ world }: Fold): readonly string[] {
  return [...world.steps.values()].flatMap((actor: AnyActorRef) => {
    const { value, context } = actor.getSnapshot() as { value: unknown; context: { role?: string } };
    return value === 'offered' && context.role !== undefined ? [context.role] : [];
  });
}
