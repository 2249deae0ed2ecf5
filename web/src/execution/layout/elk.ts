import type { ElkNode } from 'elkjs/lib/elk-api.js';

interface Layouter {
  layout(graph: ElkNode): Promise<ElkNode>;
}

let layouter: Promise<Layouter> | undefined;

/** Lays a graph out in a worker, which starts with the first graph. Rejects where no worker can start, as in a file opened from disk. */
export async function layOut(graph: ElkNode): Promise<ElkNode> {
  layouter ??= startLayouter();
  return await (await layouter).layout(graph);
}

async function startLayouter(): Promise<Layouter> {
  const { default: ELK } = await import('elkjs/lib/elk-api.js');
  const worker = new Worker(new URL('./elk-worker.ts', import.meta.url), { type: 'module', name: 'layout' });
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', () => reject(new Error('The worker for layouts did not start.')), {
      once: true,
    });
  });
  const elk = new ELK({ workerFactory: () => worker });
  return { layout: (graph) => Promise.race([elk.layout(graph), broken]) };
}
