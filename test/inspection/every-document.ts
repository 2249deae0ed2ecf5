import type { Fold } from '../../src/engine/fold.ts';
import { actorTreeOf } from '../../src/inspection/actor-tree.ts';
import type { ActorNode } from '../../src/inspection/documents.ts';
import { lanesOf } from '../../src/inspection/lanes.ts';
import { logPageOf, rowAt } from '../../src/inspection/log-rows.ts';
import { momentOf } from '../../src/inspection/moment.ts';
import { planRunsOf } from '../../src/inspection/plan-runs.ts';
import type { Reading } from '../../src/inspection/reading.ts';
import { actorViewOf } from '../../src/inspection/statechart.ts';
import { stepDetailOf } from '../../src/inspection/step-detail.ts';
import { taskGraphOf } from '../../src/inspection/task-graph.ts';
import { provenanceOf } from '../../src/provenance/graph.ts';
import { provenanceSumsOf } from '../../src/provenance/sums.ts';

/** Every document of an execution at a position, made from this fold. */
export function documentsOf(reading: Reading, fold: Fold, index: number) {
  const record = reading.record(index);
  const now = record.at;
  const positionOf = (at: number): number => reading.record(at).position;
  const tree = actorTreeOf(fold);
  return {
    moment: momentOf(fold, {
      index,
      count: reading.count,
      end: reading.end,
      at: now,
      row: rowAt(reading, index),
      isLive: true,
      now,
      surroundings: { isDriven: false, hosts: [] },
    }),
    lanes: lanesOf(fold, reading.trace, index),
    graph: taskGraphOf(fold, { now, durations: new Map([['draft', 1000]]) }),
    steps: [...planRunsOf(fold)].map(({ run }) =>
      stepDetailOf(
        fold,
        run,
        {
          attempts: reading.attempts.of(run, record.position),
          positions: reading.recordsAbout(run).map(positionOf),
        },
        { now, surroundings: null },
      ),
    ),
    actors: flatten(tree).map(({ id }) =>
      actorViewOf(fold, id, { trace: reading.trace, upTo: index, positionOf }),
    ),
    tree,
    log: logPageOf(reading, { filter: { text: 'e' }, offset: 0, limit: 1000, upTo: index }),
    provenance: provenanceOf({ fold, records: [], attempts: reading.attempts.list(record.position) }),
    sums: provenanceSumsOf(fold, {
      attemptsOf: (step) => reading.attempts.of(step, record.position),
      most: 2,
    }),
    counted: taskGraphOf(fold, { now, most: 1 }),
  };
}

function flatten(node: ActorNode): readonly ActorNode[] {
  return [node, ...node.children.flatMap(flatten)];
}
