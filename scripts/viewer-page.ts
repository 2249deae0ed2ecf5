import { createHash } from 'node:crypto';
import { DATA_PLACE } from '../src/server/export-page.ts';

export interface ViewerParts {
  readonly script: string;
  readonly style: string;
  /** Sets a chosen theme before the first paint. */
  readonly theme: string;
}

/**
 * The viewer as one HTML file. Its policy lets nothing run but these scripts, by their digests, and lets nothing be fetched: what
 * agents wrote stands in it as data.
 */
export function viewerPage({ script, style, theme }: ViewerParts): string {
  const main = inElement(script, 'script');
  const sheet = inElement(style, 'style');
  const policy = [
    "default-src 'none'",
    `script-src ${digestOf(theme)} ${digestOf(main)}`,
    `style-src ${digestOf(sheet)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Troupe</title>
<script>${theme}</script>
<style>${sheet}</style>
</head>
<body>
<div id="root"></div>
${DATA_PLACE}
<script type="module">${main}</script>
</body>
</html>
`;
}

/** Text that does not end the element that it stands in. */
function inElement(text: string, element: 'script' | 'style'): string {
  return text.replaceAll(new RegExp(`</(?=${element})`, 'gi'), '<\\/').replaceAll('<!--', '<\\!--');
}

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
