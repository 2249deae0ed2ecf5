import type { Json } from '../../src/json.ts';
import type { AgentRequest } from '../../src/ports/agent-request.ts';
import { fatal } from './agent-failure.ts';

/** What these programs read of the document on stdin. What is left out has a default, so that a person can type one. */
export type Request = Pick<
  AgentRequest,
  'execution' | 'step' | 'attempt' | 'agent' | 'instructions' | 'input' | 'outputs' | 'results' | 'item'
>;

/** @throws AgentFailure `fatal` when the text is not a JSON object */
export function parseRequest(text: string): Request {
  const document = parseJson(text);
  if (!isRecord(document)) throw fatal('stdin holds no JSON object; give {"input": {...}} at least');
  const {
    execution = 'by-hand',
    step = 'by-hand',
    attempt = 1,
    agent = '',
    instructions = '',
    item,
  } = document;
  return {
    execution: String(execution),
    step: String(step),
    attempt: Number(attempt),
    agent: String(agent),
    instructions: String(instructions),
    input: recordOf(document.input),
    outputs: recordOf(document.outputs),
    results: recordOf(document.results),
    item,
  };
}

export type JsonRecord = { readonly [key: string]: Json | undefined };

export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordOf(value: Json | undefined): JsonRecord {
  return isRecord(value) ? value : {};
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fatal(`stdin is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
