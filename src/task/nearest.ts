/**
 * The known name that someone most likely meant, or undefined when none is near: at most a third of the
 * letters differ. Ties go to the name that comes first.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.slice(0, MAX_LENGTH).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let compared = 0;
  for (const candidate of known) {
    compared += 1;
    if (compared > MAX_COMPARED) break;
    const shortened = candidate.slice(0, MAX_LENGTH).toLowerCase();
    if (Math.abs(shortened.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, shortened, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Longer names are compared by their beginnings, so that hostile ones stay cheap. */
const MAX_LENGTH = 64;

/** Of more names the first ones are compared. */
const MAX_COMPARED = 2000;

/** Letters to insert, delete, replace or swap with a neighbour; from `enough` on it is not told exactly. */
function editDistance(from: string, to: string, enough: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = cell(previous, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(cell(previous, j) + 1, cell(row, j - 1) + 1, replace);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, cell(beforePrevious, j - 2) + 1);
      }
      row.push(least);
    }
    // A swap looks back two rows.
    if (Math.min(...row) >= enough && Math.min(...previous) >= enough) return enough;
    beforePrevious = previous;
    previous = row;
  }
  return cell(previous, to.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
