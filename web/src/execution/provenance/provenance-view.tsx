import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Entity, Provenance } from '../../../../src/provenance/graph.ts';
import { problemOf } from '../../api/problem.ts';
import { Button } from '../../parts/button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { useShortcuts } from '../../parts/shortcuts.ts';
import { StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration } from '../../parts/times.ts';
import { tell } from '../../parts/toast.tsx';
import { VirtualList, type VirtualListHandle } from '../../parts/virtual-list.tsx';
import { useAnswer, useExecution, useMoment } from '../execution-context.ts';
import { formatBytes } from '../parts/bytes.ts';
import { Loading } from '../parts/loading.tsx';
import { useShortIds } from '../parts/short-ids.ts';
import { usePlace } from '../place.ts';
import { type Layer, layersOf, type Relation, relationsTo, type Used } from './layers.ts';
import styles from './provenance.module.css';

/** What came of what. */
export default function ProvenanceView() {
  const moment = useMoment();
  const isTooLarge = (moment?.steps.total ?? 0) > MOST_STEPS;
  const provenance = useAnswer(isTooLarge ? null : { ask: 'provenance' });
  if (isTooLarge) return <TooLarge steps={moment?.steps.total ?? 0} />;
  if (provenance === undefined) return <Loading lines={8} />;
  return <Shown provenance={provenance} />;
}

/** What steps used grows with the square of their number. */
const MOST_STEPS = 2000;

function TooLarge({ steps }: { readonly steps: number }) {
  return (
    <div className={styles.view}>
      <Downloads />
      <Empty title={`What ${steps.toLocaleString('en')} steps used is too much to list`}>
        Select a step: its input and output stand beside. The whole can be downloaded.
      </Empty>
    </div>
  );
}

function Downloads({ children }: { readonly children?: ReactNode }) {
  const { downloadProvenance } = useExecution().can;
  const download = (format: 'prov' | 'mermaid') =>
    void downloadProvenance?.(format).catch((error: unknown) =>
      tell('It could not be downloaded', { tone: 'failed', detail: problemOf(error).detail }),
    );
  return (
    <div className={styles.bar}>
      <p className="muted">{children}</p>
      {downloadProvenance === null ? null : (
        <span className={styles.downloads}>
          <Button look="bare" onClick={() => download('prov')}>
            PROV-JSON
          </Button>
          <Button look="bare" onClick={() => download('mermaid')}>
            Mermaid
          </Button>
        </span>
      )}
    </div>
  );
}

function Shown({ provenance }: { readonly provenance: Provenance }) {
  const { place, go } = usePlace();
  const layers = useMemo(() => layersOf(provenance), [provenance]);
  const relations = useMemo(() => relationsTo(place.step, provenance), [place.step, provenance]);
  const list = useRef<VirtualListHandle>(null);
  const at = layers.findIndex((layer) => layer.kind === 'work' && layer.activity.id === place.step);
  // biome-ignore lint/correctness/useExhaustiveDependencies: brought into sight when it is selected
  useEffect(() => {
    if (at >= 0) list.current?.scrollTo(at);
  }, [place.step]);
  const move = (by: number) => {
    for (let next = at + by; next >= 0 && next < layers.length; next += by) {
      const layer = layers[next];
      if (layer?.kind !== 'work') continue;
      go({ step: layer.activity.id, actor: null });
      return;
    }
  };
  useShortcuts([
    { keys: 'j', title: 'Next step', section: 'Execution', run: () => move(1) },
    { keys: 'k', title: 'Step before', section: 'Execution', run: () => move(-1) },
  ]);
  return (
    <div className={styles.view}>
      <Downloads>
        {provenance.activities.length.toLocaleString('en')} steps made{' '}
        {Math.max(0, provenance.entities.length - 1).toLocaleString('en')} values and files
        {relations.size > 1 ? (
          <span className={styles.key}> · marked: what the selected step used, and what used it</span>
        ) : null}
      </Downloads>
      {provenance.activities.length === 0 ? (
        <Empty title="No step has made anything yet">
          What steps used and made stands here once the first has ended.
        </Empty>
      ) : (
        <VirtualList
          ref={list}
          label="What came of what"
          count={layers.length}
          rowHeight={66}
          isMeasured
          keyOf={(index) => keyOf(layers[index])}
          row={(index) => {
            const layer = layers[index];
            return layer === undefined ? null : <LayerRow layer={layer} relations={relations} />;
          }}
        />
      )}
    </div>
  );
}

function keyOf(layer: Layer | undefined): string {
  if (layer === undefined) return '';
  return layer.kind === 'work'
    ? `work ${layer.activity.id}`
    : layer.kind === 'phase'
      ? `phase ${layer.name}`
      : layer.kind;
}

function LayerRow({
  layer,
  relations,
}: {
  readonly layer: Layer;
  readonly relations: ReadonlyMap<string, Relation>;
}) {
  const shortIds = useShortIds();
  const { place, go } = usePlace();
  switch (layer.kind) {
    case 'phase':
      return (
        <h2 className={styles.phase}>
          {layer.name} <span className="muted">{layer.count}</span>
        </h2>
      );
    case 'input':
      return (
        <div className={styles.layer}>
          <b>Input</b>
          <Entities entities={layer.entities} />
        </div>
      );
    case 'outputs':
      return (
        <div className={styles.layer}>
          <b>Outputs</b>
          <UsedList used={layer.used} />
          <Entities entities={layer.entities} />
        </div>
      );
    case 'work': {
      const { activity, used, generated } = layer;
      const relation = relations.get(activity.id) ?? null;
      return (
        <article className={styles.layer} data-relation={relation ?? undefined}>
          <button
            type="button"
            className={styles.name}
            aria-pressed={activity.id === place.step}
            onClick={() => go({ step: activity.id, actor: null })}
          >
            <StatusMark status={activity.status} hasWord={false} />
            <b>{activity.id}</b>
            <span className="muted">
              {[
                activity.agent,
                shortIds(activity.host ?? ''),
                activity.attempt > 1 ? `attempt ${activity.attempt}` : '',
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <span className={styles.time}>{formatDuration(activity.endedAt - activity.startedAt)}</span>
          </button>
          <UsedList used={used} />
          <Entities entities={generated} />
        </article>
      );
    }
  }
}

function UsedList({ used }: { readonly used: readonly Used[] }) {
  const { go } = usePlace();
  return (
    <Line word="used">
      {used.map(({ text, step }) =>
        step === null ? (
          <span key={text} className={styles.used}>
            {text}
          </span>
        ) : (
          <button key={text} type="button" className={styles.used} onClick={() => go({ step, actor: null })}>
            {text}
          </button>
        ),
      )}
    </Line>
  );
}

function Entities({ entities }: { readonly entities: readonly Entity[] }) {
  const { can } = useExecution();
  const { downloadArtifact } = can;
  if (entities.length === 0) return <Line word="made">nothing</Line>;
  return (
    <Line word="made">
      {entities.map(({ id, name, kind, digest, bytes, mediaType }) => (
        <span key={id} className={styles.entity}>
          <span>{kind === 'artifact' ? name : kind === 'output' ? 'output' : name}</span>
          <span className="muted" title={mediaType}>
            {formatBytes(bytes)}
          </span>
          <ShortId id={digest} length={14} noun="digest" />
          {kind === 'artifact' && downloadArtifact !== null ? (
            <button
              type="button"
              className={styles.load}
              onClick={() =>
                void downloadArtifact(digest, name).catch((error: unknown) =>
                  tell('It could not be downloaded', { tone: 'failed', detail: problemOf(error).detail }),
                )
              }
            >
              download
            </button>
          ) : null}
        </span>
      ))}
    </Line>
  );
}

function Line({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <div className={styles.line}>
      <span className={styles.word}>{word}</span>
      <span className={styles.items}>{children}</span>
    </div>
  );
}
