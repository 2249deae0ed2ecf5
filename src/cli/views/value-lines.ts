import { isArtifactRef, type Json } from '../../json.ts';
import { harmless, oneLine, textWidth, wrapText } from '../terminal/text-width.ts';

export interface ValueOptions {
  readonly columns: number;
  /** Lines at most; the last one then says how many more there are. */
  readonly maxLines: number;
}

/**
 * A JSON value as a person reads it: fields as `name: value`, lists of short values on one line, everything cut to the
 * columns. For people only: it cannot be read back.
 */
export function valueLines(value: Json, { columns, maxLines }: ValueOptions): readonly string[] {
  const lines = linesOf(value, columns);
  if (lines.length <= maxLines) return lines;
  const kept = lines.slice(0, Math.max(1, maxLines - 1));
  return [...kept, `… ${lines.length - kept.length} more lines`];
}

/** The value on one line, if it has no parts that need more. */
export function shortValue(value: Json | undefined): string | undefined {
  if (value === null || value === undefined) return '-';
  if (isArtifactRef(value)) return `(${bytesInWords(value.bytes)}, kept apart)`;
  if (typeof value === 'string') return value.includes('\n') ? undefined : oneLine(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    const parts = value.map((part: Json) => (typeof part === 'object' ? undefined : shortValue(part)));
    if (parts.some((part) => part === undefined)) return undefined;
    return parts.length === 0 ? 'none' : parts.join(', ');
  }
  return Object.keys(value).length === 0 ? 'none' : undefined;
}

export function bytesInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function linesOf(value: Json | undefined, columns: number): readonly string[] {
  const short = shortValue(value);
  if (short !== undefined) return wrapText(short, columns);
  if (typeof value === 'string') {
    return harmless(value)
      .split('\n')
      .flatMap((line) => wrapText(line, columns));
  }
  if (Array.isArray(value)) return value.flatMap((part: Json) => itemLines(part, columns));
  return Object.entries(value as { readonly [key: string]: Json | undefined }).flatMap(([key, part]) =>
    part === undefined ? [] : fieldLines(oneLine(key), part, columns),
  );
}

function fieldLines(key: string, value: Json, columns: number): readonly string[] {
  const short = shortValue(value);
  if (short !== undefined && textWidth(key) + 2 + textWidth(short) <= columns) return [`${key}: ${short}`];
  return [`${key}:`, ...indented(linesOf(value, Math.max(20, columns - 2)))];
}

function itemLines(value: Json, columns: number): readonly string[] {
  const [first = '', ...rest] = linesOf(value, Math.max(20, columns - 2));
  return [`- ${first}`, ...indented(rest)];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Broken between words; a word that is wider than a line is cut. */
