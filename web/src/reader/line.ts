import type { Port } from './messages.ts';

/** Two ends of a line on one thread. Messages arrive later, in order, and by reference: neither end changes what it has sent. */
export function localLine<There, Back>(): {
  readonly here: Port<There, Back>;
  readonly there: Port<Back, There>;
} {
  let isOpen = true;
  const toThere: ((message: There) => void)[] = [];
  const toHere: ((message: Back) => void)[] = [];
  const close = (): void => {
    isOpen = false;
  };
  const sender =
    <Message>(listeners: readonly ((message: Message) => void)[]) =>
    (message: Message): void =>
      queueMicrotask(() => {
        if (isOpen) for (const listener of listeners) listener(message);
      });
  return {
    here: { send: sender(toThere), listen: (listener) => void toHere.push(listener), close },
    there: { send: sender(toHere), listen: (listener) => void toThere.push(listener), close },
  };
}
