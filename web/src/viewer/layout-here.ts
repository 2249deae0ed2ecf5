import ELK, { type ElkNode } from 'elkjs/lib/elk.bundled.js';

/** Stands for `execution/layout/elk.ts` in a file opened from disk, which may start no worker: laid out on the page's own thread. */
export function layOut(graph: ElkNode): Promise<ElkNode> {
  elk ??= new ELK();
  return elk.layout(graph);
}

let elk: InstanceType<typeof ELK> | undefined;
