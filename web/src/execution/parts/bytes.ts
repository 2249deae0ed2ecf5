/** `812 B`, `12.4 kB`, `3.1 MB`: thousands, not 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  const value = bytes / (size as number);
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}
