import { emitKeypressEvents } from 'node:readline';

/** One key that a person pressed. */
export interface Key {
  /** `up`, `enter`, `escape`, `tab`, `pagedown`, …; of a key that writes something, what it writes: `j`, `G`, `/`, `é`. */
  readonly name: string;
  /** What it would write into a line; empty for keys that write nothing. */
  readonly text: string;
  readonly isCtrl: boolean;
  readonly isShift: boolean;
}

/** What a person types, key by key. */
export interface Keyboard {
  /** From now on keys are handed over at once and are not shown. @returns how to give the keyboard back; may be called twice */
  listen(listener: (key: Key) => void): () => void;
}

/** The keyboard of a terminal; undefined where the stream is none. */
export function keyboardOf(stream: NodeJS.ReadStream): Keyboard | undefined {
  if (stream.isTTY !== true) return undefined;
  return {
    listen(listener) {
      const hear = (text: string | undefined, key: NodeKey): void => listener(keyOf(text, key));
      // A lone escape is one once nothing has followed it for so long. The parameter's type asks for a whole Interface.
      emitKeypressEvents(stream, { escapeCodeTimeout: ESCAPE_MS } as never);
      stream.setRawMode(true);
      stream.on('keypress', hear);
      stream.resume();
      let isListening = true;
      return () => {
        if (!isListening) return;
        isListening = false;
        stream.off('keypress', hear);
        stream.setRawMode(false);
        stream.pause();
      };
    },
  };
}

const ESCAPE_MS = 50;

interface NodeKey {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

function keyOf(text: string | undefined, { name, ctrl = false, meta = false, shift = false }: NodeKey): Key {
  const writes = text !== undefined && !ctrl && !meta && /^[^\p{Cc}]+$/u.test(text);
  const called = name === 'return' ? 'enter' : (name ?? text ?? '');
  return {
    name: writes ? (text ?? '') : called,
    text: writes ? (text ?? '') : '',
    isCtrl: ctrl,
    isShift: shift,
  };
}
