/** Ids of hosts and executions that stand in a text, cut to what tells them apart; the whole text belongs on hover. */
export function shortIds(text: string): string {
  return text.replace(
    /\b[0-9a-z]{20,}(-\d+)?\b/g,
    (id, end: string | undefined) => `${id.slice(0, 8)}…${end ?? ''}`,
  );
}
