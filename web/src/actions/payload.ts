import type { Json } from '../../../src/json.ts';

/** What was typed as JSON, else as the text it is; nothing is null. */
export function readPayload(text: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
