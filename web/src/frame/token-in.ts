/** What was pasted may be the token or the link that carries it. */
export function tokenIn(text: string): string {
  const trimmed = text.trim();
  return /[#&]token=([^&\s]+)/.exec(trimmed)?.[1] ?? trimmed;
}
