import type { Key } from '../terminal/keyboard.ts';
import { fitText, oneLine, textWidth } from '../terminal/text-width.ts';
import type { Segment } from '../views/segments.ts';

/** Something that a person is asked before anything is done: a line to write, a yes or no, one of several. */
export type Asking =
  | {
      readonly kind: 'line';
      readonly title: string;
      readonly text: string;
      readonly answer: (text: string) => Asked;
    }
  | { readonly kind: 'sure'; readonly lines: readonly string[]; readonly answer: () => Asked }
  | {
      readonly kind: 'choice';
      readonly title: string;
      readonly choices: readonly string[];
      readonly index: number;
      readonly answer: (index: number) => Asked;
    };

/** What follows an answer: another question, or nothing more. */
export type Asked = Asking | undefined;

/** What the key makes of the question. `undefined`: it is over. */
export function answered(asking: Asking, key: Key): Asked {
  if (key.name === 'escape' || (key.isCtrl && key.name === 'c')) return undefined;
  switch (asking.kind) {
    case 'line':
      return edited(asking, key);
    case 'sure':
      if (key.name === 'y' || key.name === 'Y') return asking.answer();
      return key.name === 'n' || key.name === 'q' || key.name === 'N' ? undefined : asking;
    case 'choice':
      return chosen(asking, key);
  }
}

function edited(asking: Extract<Asking, { kind: 'line' }>, key: Key): Asked {
  if (key.name === 'enter') return asking.answer(asking.text.trim());
  if (key.name === 'backspace') return { ...asking, text: [...asking.text].slice(0, -1).join('') };
  if (key.isCtrl && key.name === 'u') return { ...asking, text: '' };
  return key.text === '' ? asking : { ...asking, text: asking.text + key.text };
}

function chosen(asking: Extract<Asking, { kind: 'choice' }>, key: Key): Asked {
  const { choices, index } = asking;
  const last = choices.length - 1;
  if (key.name === 'enter') return asking.answer(index);
  if (key.name === 'down' || key.name === 'j') return { ...asking, index: Math.min(last, index + 1) };
  if (key.name === 'up' || key.name === 'k') return { ...asking, index: Math.max(0, index - 1) };
  const number = Number(key.text);
  return Number.isInteger(number) && number >= 1 && number <= choices.length
    ? asking.answer(number - 1)
    : asking;
}

/** Its lines, the last of them where the person writes. */
export function askingLines(asking: Asking, columns: number): readonly (readonly Segment[])[] {
  switch (asking.kind) {
    case 'line': {
      const title = fitText(`${oneLine(asking.title)} `, Math.max(1, columns - 2));
      // The end of what is written stays in sight.
      const room = Math.max(1, columns - textWidth(title) - 1);
      let text = asking.text;
      while (textWidth(text) > room) text = [...text].slice(1).join('');
      return [[[title, 'bold'], [text], ['█', 'cyan']]];
    }
    case 'sure':
      return [
        ...asking.lines.map((line, at): readonly Segment[] => [[line, at === 0 ? 'bold' : undefined]]),
        [['y', 'bold'], [' yes   '], ['n', 'bold'], [' no']],
      ];
    case 'choice':
      return [
        [[oneLine(asking.title), 'bold']],
        ...asking.choices.map((choice, at): readonly Segment[] => [
          [at === asking.index ? '▸ ' : '  ', 'cyan'],
          [`${at + 1} `, 'dim'],
          [oneLine(choice), at === asking.index ? 'bold' : undefined],
        ]),
        [['enter', 'bold'], [' takes it   '], ['esc', 'bold'], [' leaves it']],
      ];
  }
}
