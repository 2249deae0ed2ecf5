import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { Entity } from '../../../../src/provenance/graph.ts';
import type { PhaseSum } from '../../../../src/provenance/sums.ts';
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
import { type Layer, layersOf, layersOfSums, type Relation, relationsTo, type Used } from './layers.ts';
import styles from './provenance.module.css';

/** What came of what. */
export default function ProvenanceView() {
  const moment = useMoment();
  const isLarge = (moment?.steps.total ?? 0) > MOST_STEPS;
  return isLarge ? <Sums /> : <Whole />;
}

/** What steps used grows with the square of their number: from so many on it is told phase by phase. */
const MOST_STEPS = 2000;

function Whole() {
  const { place } = usePlace();
  const provenance = useAnswer({ ask: 'provenance' });
  const layers = useMemo(() => (provenance === undefined ? [] : layersOf(provenance)), [provenance]);
  const relations = useMemo(
    () => (provenance === undefined ? NONE : relationsTo(place.step, provenance)),
    [place.step, provenance],
  );
  if (provenance === undefined) return <Loading lines={8} />;
  const { activities, entities } = provenance;
  return (
    <Shown layers={layers} relations={relations} isEmpty={activities.length === 0}>
      {activities.length.toLocaleString('en')} steps made{' '}
      {Math.max(0, entities.length - 1).toLocaleString('en')} values and files
      {relations.size > 1 ? (
        <span className={styles.key}> · marked: what the selected step used, and what used it</span>
      ) : null}
    </Shown>
  );
}

const NONE: ReadonlyMap<string, Relation> = new Map();

function Sums() {
  const sums = useAnswer({ ask: 'provenance sums' });
  const layers = useMemo(() => (sums === undefined ? [] : layersOfSums(sums)), [sums]);
  if (sums === undefined) return <Loading lines={8} />;
  const total = sums.phases.reduce((sum, { steps }) => sum + steps, 0);
  return (
    <Shown layers={layers} relations={NONE} isEmpty={total === 0}>
      {total.toLocaleString('en')} steps, told phase by phase; each step’s own in the whole
    </Shown>
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

function Shown({
  layers,
  relations,
  isEmpty,
  children,
}: {
  readonly layers: readonly Layer[];
  readonly relations: ReadonlyMap<string, Relation>;
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}) {
  const { place, go } = usePlace();
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
      <Downloads>{children}</Downloads>
      {isEmpty ? (
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
      : layer.kind === 'sum'
        ? `sum ${layer.phase.name}`
        : layer.kind === 'rest'
          ? `rest ${layer.phase}`
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
          {layer.name} <span className="muted">{layer.count.toLocaleString('en')}</span>
        </h2>
      );
    case 'sum':
      return <SumRow phase={layer.phase} />;
    case 'rest':
      return <p className={styles.more}>and {layer.count.toLocaleString('en')} more</p>;
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
          {used === null ? null : <UsedList used={used} />}
          <Entities entities={generated} />
        </article>
      );
    }
  }
}

function SumRow({ phase: { used, generated } }: { readonly phase: PhaseSum }) {
  const { outputs, files, bytesOfFiles } = generated;
  return (
    <div className={styles.layer}>
      <Line word="used">
        <span className={styles.used}>input</span>
        {used.map(({ phase, entities }) => (
          <span key={phase} className={styles.used}>
            {entities.toLocaleString('en')} of {phase}
          </span>
        ))}
      </Line>
      <Line word="made">
        <span>
          {outputs.toLocaleString('en')} {outputs === 1 ? 'output' : 'outputs'}
          {files === 0
            ? ''
            : `, ${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'} (${formatBytes(bytesOfFiles)})`}
        </span>
      </Line>
    </div>
  );
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
