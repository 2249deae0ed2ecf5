import { useEffect, useState } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import { followEvents } from '../api/server-events.ts';
import type { RunSummary, Simulation } from './types.ts';

/** One simulation, followed until it has ended. */
export function useSimulation(id: string): {
  readonly simulation: Simulation | undefined;
  readonly problem: ApiProblem | undefined;
} {
  const [simulation, setSimulation] = useState<Simulation>();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    const stop = new AbortController();
    setSimulation(undefined);
    setProblem(undefined);
    void followEvents(`/api/simulations/${encodeURIComponent(id)}/live`, {
      signal: stop.signal,
      onRefused: setProblem,
      onEvent: ({ event, data }) => {
        if (event === 'simulation') {
          const whole = JSON.parse(data) as Simulation;
          setSimulation(whole);
          if (whole.status !== 'running') stop.abort();
        }
        if (event !== 'progress') return;
        const news = JSON.parse(data) as { done: number; total: number; runs: readonly RunSummary[] };
        setSimulation((known) =>
          known === undefined ? known : { ...known, ...news, runs: [...known.runs, ...news.runs] },
        );
      },
    });
    return () => stop.abort();
  }, [id]);
  return { simulation, problem };
}
