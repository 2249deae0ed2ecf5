import { useQuery } from '@tanstack/react-query';
import type { Json } from '../../../src/json.ts';
import { subjectDiffQuery } from '../api/queries.ts';
import type { FileDiff, PendingApproval } from '../api/types.ts';
import { Diff } from '../parts/diff.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { LongText } from '../parts/long-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { ShortId } from '../parts/short-id.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import styles from './subject-diff.module.css';

/** What is approved: now, against what was approved before, or the checkpoint or start. */
export function SubjectDiff({ approval }: { readonly approval: PendingApproval }) {
  const { execution, step, subject } = approval;
  const { data, error } = useQuery(subjectDiffQuery(execution, step, subject?.digest));
  return (
    <section className={styles.subject} aria-label="What is approved">
      <h2 className={styles.title}>
        What is approved
        {subject === undefined ? null : <ShortId id={subject.digest} length={15} noun="digest" />}
      </h2>
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Skeleton lines={4} /> : null}
      {data?.files.map((file) => (
        <File key={file.path} file={file} />
      ))}
      {data?.value == null ? null : <Value {...data.value} />}
    </section>
  );
}

function File({ file }: { readonly file: FileDiff }) {
  const { path, before, after, isBinary, beforeDigest, afterDigest } = file;
  const word =
    beforeDigest === afterDigest
      ? 'unchanged'
      : before === null && !isBinary
        ? 'new'
        : after === null && !isBinary
          ? 'gone'
          : 'changed';
  return (
    <details className={styles.file} open={word !== 'unchanged'}>
      <summary>
        <code>{path}</code> <span className="muted">{isBinary ? `${word}, not text` : word}</span>
      </summary>
      {isBinary ? (
        <p className="muted mono">{`${beforeDigest ?? 'nothing'} → ${afterDigest ?? 'nothing'}`}</p>
      ) : word === 'unchanged' ? (
        <LongText text={after ?? ''} isCode />
      ) : (
        <Diff before={before ?? ''} after={after ?? ''} label={path} />
      )}
    </details>
  );
}

function Value({ before, after }: { readonly before: Json; readonly after: Json }) {
  if (before === null || before === undefined) {
    return typeof after === 'string' ? (
      <LongText text={after} />
    ) : (
      <JsonTree value={after} label="What is approved" />
    );
  }
  return <Diff before={textOf(before)} after={textOf(after)} label="What is approved" />;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
