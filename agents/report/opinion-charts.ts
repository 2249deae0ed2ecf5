import type { Consensus } from '../committee/consensus.ts';
import type { Minutes } from '../committee/minutes.ts';
import { CHOICES, sideOf } from '../committee/opinions.ts';
import { percent } from '../market/words.ts';
import { bar, COLOURS, type Frame, label, line, picture, scale } from './svg.ts';

const ROW = 26;

/** One bar per analyst: which way and how strongly, as wide as its score; beside it the confidence before and after the debate. */
export function scoreChart(minutes: Minutes): string {
  const analyses = minutes.all('analysis');
  const frame = frameFor(analyses.length);
  const x = scale([-1, 1], [frame.left + 36, 600]);
  const rows = analyses.flatMap(({ agent, score, confidence }, index) => {
    const y = frame.top + index * ROW;
    const after = minutes.latest('defence', agent)?.confidence ?? confidence;
    return [
      label(frame.left - 8, y + 15, agent, { anchor: 'end' }),
      bar(x(0), y + 5, x(score) - x(0), 14, score >= 0 ? COLOURS.good : COLOURS.bad),
      label(x(score) + (score >= 0 ? 4 : -4), y + 16, score.toFixed(2), {
        anchor: score >= 0 ? 'start' : 'end',
        colour: COLOURS.faint,
      }),
      bar(650, y + 4, confidence * 90, 7, COLOURS.before),
      bar(650, y + 12, after * 90, 7, COLOURS.long),
    ];
  });
  return picture(
    frame,
    'Scores: against (left) and for buying (right)',
    ...[-1, -0.5, 0, 0.5, 1].map((value) =>
      line(x(value), frame.top, x(value), frame.bottom, value === 0 ? COLOURS.faint : COLOURS.grid),
    ),
    ...rows,
    label(650, frame.top - 16, 'confidence: first,', { colour: COLOURS.faint }),
    label(650, frame.top - 4, 'after the debate', { colour: COLOURS.long }),
  );
}

/** The weight behind each choice. */
export function tallyChart({ tally }: Consensus): string {
  const frame = frameFor(CHOICES.length);
  const most = Math.max(...Object.values(tally), 0.01);
  const total = Object.values(tally).reduce((sum, weight) => sum + weight, 0);
  const x = scale([0, most], [frame.left, 640]);
  const rows = CHOICES.flatMap((choice, index) => {
    const y = frame.top + index * ROW;
    const weight = tally[choice] ?? 0;
    const colour = { '1': COLOURS.good, '0': COLOURS.faint, '-1': COLOURS.bad }[sideOf(choice)];
    return [
      label(frame.left - 8, y + 15, choice, { anchor: 'end' }),
      bar(frame.left, y + 4, x(weight) - frame.left, 16, colour),
      label(
        x(weight) + 6,
        y + 16,
        weight === 0 ? '' : `${weight.toFixed(2)} (${percent(weight / total, 0)})`,
        { colour: COLOURS.faint },
      ),
    ];
  });
  return picture(frame, 'Weight of the votes behind each choice', ...rows);
}

function frameFor(rows: number): Frame {
  const bottom = 40 + rows * ROW;
  return { width: 760, height: bottom + 10, left: 170, right: 745, top: 40, bottom };
}
