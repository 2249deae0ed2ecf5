import { type AgentContext, type AgentFunction, defineAgent, type FunctionAgent } from '../agent/define.ts';
import { executorOptionInvalid } from '../errors.ts';
import type { AgentRequest } from '../ports/agent-request.ts';
import { ID_PATTERN } from '../task/definition.ts';

/**
 * An object that answers for roles that no agent of `agents` and no agent file of the user serves. A file that names no runner,
 * only a prompt, is served by it too. Agents that ship with Troupe come after it.
 */
export interface AgentManager {
  /**
   * Performs one attempt of an agent step and returns, or resolves with, the output: JSON. What it throws is the attempt's
   * failure, as for an agent's function; an `AgentError` says which class of failure.
   *
   * @param instructions rendered; also in the request
   */
  query(agentId: string, instructions: string, request: AgentRequest, context: AgentContext): unknown;
  /** Whether it answers for the role. Absent: for any. */
  has?(agentId: string): boolean;
  /** The roles that a task may choose while it runs (`agent: {{ item.agent }}`); those a task file names need no listing. */
  listAgents?(): Iterable<string> | PromiseLike<Iterable<string>>;
}

/** An {@link AgentManager}, or agent id -> function. An object with a function `query` is taken for a manager. */
export type AgentManagerOption = AgentManager | ReadonlyMap<string, AgentFunction> | AgentFunctions;

/** So that the compiler too takes an object with `query` for a manager. */
type AgentFunctions = { readonly [agentId: string]: AgentFunction } & {
  readonly [Name in keyof AgentManager]?: never;
};

/** The agents of an agent manager, as agents that are functions of this process. */
export class ManagedAgents {
  readonly #manager: AgentManager | undefined;
  readonly #agents = new Map<string, FunctionAgent>();

  /** Throws EXECUTOR_OPTION_INVALID, AGENT_NAME_INVALID. */
  constructor(option: AgentManagerOption | undefined) {
    if (option === undefined) return;
    if (typeof option !== 'object' || option === null)
      throw executorOptionInvalid('agentManager', 'must be an object');
    if (isManager(option)) {
      this.#manager = option;
      return;
    }
    for (const [name, run] of option instanceof Map ? option : Object.entries(option)) {
      if (typeof run !== 'function') {
        throw executorOptionInvalid(
          'agentManager',
          `has no function for the agent '${name}', and no 'query'`,
        );
      }
      this.#agents.set(name, defineAgent({ name, run }));
    }
  }

  /** Whether it can answer for more than it names. */
  get mayServeAny(): boolean {
    return this.#manager !== undefined;
  }

  /** The agent that the manager has for the role. */
  get(role: string): FunctionAgent | undefined {
    const known = this.#agents.get(role);
    if (known !== undefined || this.#manager === undefined || !ID_PATTERN.test(role)) return known;
    const manager = this.#manager;
    if (manager.has !== undefined && !manager.has(role)) return undefined;
    const agent = defineAgent({
      name: role,
      run: (request, context) => manager.query(role, request.instructions, request, context),
    });
    this.#agents.set(role, agent);
    return agent;
  }

  /** The roles that it names by itself. */
  async names(): Promise<readonly string[]> {
    if (this.#manager === undefined) return [...this.#agents.keys()];
    return [...((await this.#manager.listAgents?.()) ?? [])];
  }
}

function isManager(option: AgentManagerOption): option is AgentManager {
  return !(option instanceof Map) && typeof (option as Partial<AgentManager>).query === 'function';
}
