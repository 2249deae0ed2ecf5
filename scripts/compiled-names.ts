import { isPair, isScalar, parseDocument, visit } from 'yaml';

interface AgentFile {
  /** For messages. */
  readonly file: string;
  /** Whether the package holds this program; the path is relative to the agent file. */
  readonly exists: (program: string) => boolean;
}

/**
 * The text of an agent file with `./x.js` for `./x.ts` wherever its front matter names a program (under `command` or
 * `module`). The rest of the text stays as it is, comments and layout included.
 * Throws when a named program is not in the package.
 */
export function useCompiledPrograms(text: string, { file, exists }: AgentFile): string {
  const [, opening = '', yaml = ''] = /^(---\r?\n)([\s\S]*?)\r?\n---/.exec(text) ?? [];
  let compiled = yaml;
  // From the end, so that the places found stay true.
  for (const { name, start, end } of typescriptPrograms(yaml).reverse()) {
    if (!exists(toJavaScript(name))) throw new Error(`${file} names ${name}, which is not among the sources`);
    compiled = compiled.slice(0, start) + toJavaScript(yaml.slice(start, end)) + compiled.slice(end);
  }
  return opening + compiled + text.slice(opening.length + yaml.length);
}

/**
 * The JavaScript text with `.js` for `.ts` in `new URL('./x.ts', import.meta.url)`, the form in which a module names
 * the file of a worker or a program. The compiler rewrites imports only.
 */
export function useCompiledUrls(text: string): string {
  return text.replace(/(new URL\(\s*(['"`])\.{1,2}\/[^'"`$]+)\.ts(\2,\s*import\.meta\.url)/g, '$1.js$3');
}

interface WrittenName {
  readonly name: string;
  /** Where it stands in the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** The relative TypeScript files named in the values of `command` and `module`, in the order of the text. */
function typescriptPrograms(yaml: string): WrittenName[] {
  const found: WrittenName[] = [];
  visit(parseDocument(yaml), {
    Scalar: (key, { value, range }, path) => {
      if (key === 'key' || typeof value !== 'string' || !/^\.{1,2}\/.*\.ts$/.test(value) || !range) return;
      const keys = path.flatMap((node) => (isPair(node) && isScalar(node.key) ? [node.key.value] : []));
      if (keys.includes('command') || keys.includes('module')) {
        found.push({ name: value, start: range[0], end: range[1] });
      }
    },
  });
  return found;
}

/** `"./x.ts"` becomes `"./x.js"`, quotes or not. */
function toJavaScript(name: string): string {
  return name.replace(/\.ts(?=['"]?$)/, '.js');
}
