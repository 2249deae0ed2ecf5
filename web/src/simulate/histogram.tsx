import { formatDuration } from '../parts/times.ts';
import { binsOf } from './bins.ts';
import styles from './simulate.module.css';

const WIDTH = 640;
const HEIGHT = 132;
const MOST_BINS = 32;

/** How long runs took: a bar for each stretch of time, and where half and nearly all of them lie. */
export function Histogram({
  durations,
  marks,
  label,
}: {
  readonly durations: readonly number[];
  readonly marks: readonly { readonly at: number; readonly name: string }[];
  readonly label: string;
}) {
  const bins = binsOf(durations, MOST_BINS);
  const first = bins[0];
  const last = bins.at(-1);
  if (first === undefined || last === undefined) return null;
  const most = Math.max(...bins.map(({ count }) => count));
  const place = (ms: number) => ((ms - first.from) / (last.to - first.from)) * WIDTH;
  const barWidth = WIDTH / bins.length;
  return (
    <figure className={styles.histogram}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={styles.axis} />
        {bins.map(({ from, to, count }, at) => {
          const height = count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 8));
          return (
            <rect
              key={from}
              x={at * barWidth + 1}
              width={Math.max(1, barWidth - 2)}
              y={HEIGHT - height}
              height={height}
              className={styles.bin}
            >
              <title>{`${formatDuration(from)} to ${formatDuration(to)}: ${count}`}</title>
            </rect>
          );
        })}
        {marks.map(({ at, name }) => (
          <line key={name} x1={place(at)} x2={place(at)} y1="0" y2={HEIGHT} className={styles.mark} />
        ))}
      </svg>
      <figcaption>
        <span className={styles.scale}>
          <span>{formatDuration(first.from)}</span>
          <span>{formatDuration(last.to)}</span>
        </span>
        <span className={styles.marks}>
          {marks.map(({ at, name }) => (
            <span key={name}>{`${name} ${formatDuration(at)}`}</span>
          ))}
        </span>
      </figcaption>
    </figure>
  );
}
