import type { McpServer, ServerContext, ToolAnnotations } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { type TroupeError, toTroupeError } from '../errors.ts';

/** One tool, as an agent sees it. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** For a model that has to choose: what it does, when it is the right one, what to call next. */
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** `look`: changes nothing. `act`: changes something that can be changed back. `decide`: cannot be taken back. */
  readonly effect: 'look' | 'act' | 'decide';
  /** Calling it again with the same arguments changes nothing more. Default false. */
  readonly isIdempotent?: boolean | undefined;
  run(input: z.infer<Input>, signal: AbortSignal): Promise<z.input<Output>>;
}

/** What the server keeps of a tool, whatever it takes and gives. */
export interface Tool {
  readonly name: string;
  readonly effect: 'look' | 'act' | 'decide';
  register(server: McpServer, onFailure: (error: TroupeError) => void): void;
}

export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, input, output, effect, run } = definition;
  const annotations: ToolAnnotations = {
    readOnlyHint: effect === 'look',
    destructiveHint: effect === 'decide',
    idempotentHint: effect === 'look' || definition.isIdempotent === true,
    // It talks to this project's executions alone; what their agents do is another matter.
    openWorldHint: false,
  };
  return {
    name,
    effect,
    register: (server, onFailure) => {
      const call = async (args: unknown, { mcpReq }: ServerContext) => {
        try {
          return resultOf(await run(args as z.infer<Input>, mcpReq.signal));
        } catch (thrown) {
          const error = toTroupeError(thrown);
          onFailure(error);
          return failureOf(error);
        }
      };
      server.registerTool(
        name,
        { title, description, inputSchema: input, outputSchema: output, annotations },
        call as never,
      );
    },
  };
}

/** The document twice: for clients that read structured content, and as text for those that do not. */
function resultOf(document: object) {
  const plain = JSON.parse(JSON.stringify(document)) as { [key: string]: unknown };
  return { content: [{ type: 'text' as const, text: JSON.stringify(plain) }], structuredContent: plain };
}

/** What went wrong is the tool's answer, so that the agent can read it and do better. */
function failureOf({ code, message, hint }: TroupeError) {
  const document = { code, message, ...(hint === undefined ? {} : { hint }) };
  const text = [`${code}: ${message}`, ...(hint === undefined ? [] : [hint])].join('\n');
  return {
    isError: true,
    content: [{ type: 'text' as const, text }],
    structuredContent: { error: document },
  };
}
