/** Runs `count` calls, at most `concurrency` in flight. */
export async function closedLoop(
  count: number,
  concurrency: number,
  call: (index: number) => Promise<void>,
): Promise<{ readonly seconds: number; readonly latenciesMs: readonly number[] }> {
  const latenciesMs: number[] = [];
  let next = 0;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const at = performance.now();
      await call(index);
      latenciesMs.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, lane));
  return { seconds: (performance.now() - began) / 1000, latenciesMs };
}
