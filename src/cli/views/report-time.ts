/** How long ago, in one unit: `just now`, `40 s ago`, `3 min ago`, `2 h ago`, `5 days ago`. */
export function agoInWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / (24 * 3600))} days ago`;
}

/** `2025-03-09 14:05:59`, in the machine's own time zone. */
export function localTime(ms: number): string {
  const time = new Date(ms);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clockTime(ms).slice(0, 8)}`;
}

/** `14:05:59.123`, in the machine's own time zone. */
export function clockTime(ms: number): string {
  const time = new Date(ms);
  const seconds = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
