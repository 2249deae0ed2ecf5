/**
 * The shortest list that still fails, found by delta debugging: chunks are left out, ever smaller ones, as long as what remains
 * fails. The result is 1-minimal: without any one of its items it does not fail. Items keep their order. Pure over the predicate,
 * which is asked once per list. https://www.st.cs.uni-saarland.de/papers/tse2002/ (Zeller and Hildebrandt, ddmin)
 *
 * @param items a list that fails; its items are told apart by identity
 * @param fails whether the list fails; asked O(n²) times at worst, about O(log n) for a single culprit
 * @param limit how often to ask at most; then the shortest list found so far is given, perhaps not 1-minimal. Default: no limit
 */
export async function shrink<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Shrunk<Item>> {
  let asked = 0;
  const known = new Map<string, boolean>();
  const numbers = new Map(items.map((item, at) => [item, at]));
  const stillFails = async (candidate: readonly Item[]): Promise<boolean> => {
    const key = candidate.map((item) => numbers.get(item)).join(' ');
    const answer = known.get(key);
    if (answer !== undefined) return answer;
    asked += 1;
    const fresh = await fails(candidate);
    known.set(key, fresh);
    return fresh;
  };
  let rest = items;
  let chunkCount = 2;
  while (rest.length > 0 && asked < limit) {
    const smaller = await without(rest, Math.min(chunkCount, rest.length), stillFails, () => asked < limit);
    if (smaller !== undefined) {
      rest = smaller;
      chunkCount = Math.max(2, chunkCount - 1);
    } else if (chunkCount >= rest.length) {
      return { items: rest, isMinimal: true, asked };
    } else {
      chunkCount *= 2;
    }
  }
  return { items: rest, isMinimal: rest.length === 0, asked };
}

export interface Shrunk<Item> {
  readonly items: readonly Item[];
  /** None of the items can be left out. False: the limit came first. */
  readonly isMinimal: boolean;
  /** How often the predicate was asked. */
  readonly asked: number;
}

/** The list without one of its chunks, where that fails still. */
async function without<Item>(
  items: readonly Item[],
  chunkCount: number,
  fails: (items: readonly Item[]) => Promise<boolean>,
  mayAsk: () => boolean,
): Promise<readonly Item[] | undefined> {
  const size = Math.ceil(items.length / chunkCount);
  for (let start = 0; start < items.length && mayAsk(); start += size) {
    const candidate = [...items.slice(0, start), ...items.slice(start + size)];
    if (await fails(candidate)) return candidate;
  }
  return undefined;
}
