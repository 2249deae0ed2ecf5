import type { Located } from '../source/located.ts';

export interface Share {
  readonly numerator: number;
  readonly denominator: number;
}

/** `2/3`, `66%`, `0.66`; undefined for anything else, and for what is not above 0 and at most 1. */
export function readShare(value: Located): Share | undefined {
  if (value.kind !== 'scalar') return undefined;
  const text = value.text.trim();
  const fraction = /^(\d{1,6})\s*\/\s*(\d{1,6})$/.exec(text);
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)\s*%$/.exec(text);
  const plain = /^(?:0?\.\d{1,9}|1|1\.0+|0\.\d{1,9})$/.exec(text);
  const share =
    fraction !== null
      ? { numerator: Number(fraction[1]), denominator: Number(fraction[2]) }
      : percent !== null
        ? { numerator: Number(percent[1]), denominator: 100 }
        : plain !== null
          ? { numerator: Number(text), denominator: 1 }
          : undefined;
  if (share === undefined || share.denominator === 0) return undefined;
  return share.numerator > 0 && share.numerator <= share.denominator ? share : undefined;
}
