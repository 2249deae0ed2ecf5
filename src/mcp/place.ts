import type { ServerAccess } from '../server/access.ts';

/** Where the tools work, as the command line opens it: a data folder or a namespace. */
export interface McpPlace {
  readonly version: string;
  /** Whether executions that are started here, or left over, go on in this very process. */
  readonly drives: boolean;
  /** In whose name tools speak. Throws USAGE when that is not known. */
  readonly person: () => string;
  /** Undefined where nothing has ever been run. */
  look(): Promise<ServerAccess | undefined>;
  /** The same; the place is made where it is missing. */
  make(): Promise<ServerAccess>;
  /** Those that can be run, whether anything ever was. */
  readonly tasks: ServerAccess['tasks'];
  readonly task: ServerAccess['task'];
}
