import type { ReactElement } from 'react';
import { Fragment, jsx as plain, jsxs as plainMany } from 'react/jsx-runtime';
import { visibleText } from './visible-text.ts';

/**
 * Stands in for React's own in what is built (`web/vite.config.ts`): no text comes into the page but through here, so none that an
 * agent wrote is shown other than it is, whichever component shows it. Values of fields stay as they are.
 */
export { Fragment };

type Make = typeof plain;

export const jsx: Make = (type, props, key) => plain(type, seen(type, props), key);
export const jsxs: Make = (type, props, key) => plainMany(type, seen(type, props), key);

/** Shown by the browser, or read out. */
const SHOWN = ['title', 'aria-label', 'alt', 'placeholder'];

function seen(type: unknown, props: unknown): Props {
  const given = props as Props;
  const changed: Props = {};
  const children = seenChildren(given.children);
  if (children !== given.children) changed.children = children;
  if (typeof type === 'string') {
    for (const name of SHOWN) {
      const value = given[name];
      if (typeof value !== 'string') continue;
      const text = visibleText(value);
      if (text !== value) changed[name] = text;
    }
  }
  return Object.keys(changed).length === 0 ? given : { ...given, ...changed };
}

interface Props {
  [name: string]: unknown;
  children?: unknown;
}

function seenChildren(children: unknown): unknown {
  if (typeof children === 'string') return visibleText(children);
  if (!Array.isArray(children)) return children;
  const texts = children.map((child: ReactElement | string) =>
    typeof child === 'string' ? visibleText(child) : child,
  );
  return texts.some((text, at) => text !== children[at]) ? texts : children;
}
