import type { AnyActorRef } from 'xstate';
import type { Fold } from '../../engine/fold.ts';
import type { AgentDirectory } from '../../ports/agent-directory.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ownership } from '../../ports/ownership.ts';

export interface NeedsOptions {
  readonly execution: string;
  readonly fold: () => Fold;
  readonly ownership: Pick<Ownership, 'ownerOf'>;
  readonly directory: Pick<AgentDirectory, 'list'>;
  readonly clock: Clock;
  /** The command line to type for a command. */
  readonly command: (command: string, ...words: readonly string[]) => string;
  /** What the execution lacks, in words; called when that changes. */
  readonly onChange: (needs: readonly string[]) => void;
}

/** How often to look. */
const LOOK_MS = 1000;
/** Orchestrators come and go, and every step is offered for a moment: only what lasts is told. */
const PATIENCE_LOOKS = 3;

/**
 * Looks for what an execution on a server lacks: an orchestrator that drives it, hosts that offer what its steps wait for.
 *
 * @returns how to stop
 */
export function watchNeeds(options: NeedsOptions): () => void {
  /** What is lacking -> in how many looks in a row it was. */
  let lasting = new Map<string, number>();
  let told = '';
  let isStopped = false;
  let cancel: (() => void) | undefined;
  const look = async (): Promise<void> => {
    // A server that does not answer is told by what is connected to it.
    const lacking = await lackingFor(options).catch((): readonly string[] => []);
    if (isStopped) return;
    lasting = new Map(lacking.map((what) => [what, (lasting.get(what) ?? 0) + 1]));
    const due = lacking.filter((what) => (lasting.get(what) ?? 0) >= PATIENCE_LOOKS);
    if (due.join() !== told) {
      told = due.join();
      options.onChange(inWords(due, options));
    }
    cancel = options.clock.schedule(LOOK_MS, () => void look());
  };
  void look();
  return () => {
    isStopped = true;
    cancel?.();
  };
}

/** Roles that nobody offers; or that nobody drives it, without which no role matters. */
async function lackingFor(options: NeedsOptions): Promise<readonly string[]> {
  const { execution, fold, ownership, directory } = options;
  if (fold().hasEnded) return [];
  if ((await ownership.ownerOf(execution)) === undefined) return [A_DRIVER];
  const wanted = offeredRoles(fold());
  if (wanted.length === 0) return [];
  const offered = new Set((await directory.list()).flatMap(({ roles }) => roles.map(({ role }) => role)));
  return wanted.filter((role) => !offered.has(role));
}

/** No role is called so. */
const A_DRIVER = 'an orchestrator';

function inWords(lacking: readonly string[], { command }: NeedsOptions): readonly string[] {
  if (lacking.length === 0) return [];
  if (lacking.includes(A_DRIVER)) return [`Nobody drives it: start \`${command('up')}\`.`];
  const start = command('agent', '--role', ...lacking);
  return [`No host offers ${lacking.join(', ')}: start one with \`${start}\`.`];
}

/** Of steps that nobody has taken. */
function offeredRoles(fold: Fold): readonly string[] {
  if (fold.status !== 'running') return [];
  const roles = [...fold.world.steps.values()].flatMap((actor: AnyActorRef) => {
    const { value, context } = actor.getSnapshot() as { value: unknown; context: { role?: string } };
    return actor.src === 'agent' && value === 'offered' && context.role !== undefined ? [context.role] : [];
  });
  return [...new Set(roles)].sort();
}
