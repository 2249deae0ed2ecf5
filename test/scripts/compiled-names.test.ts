import { describe, expect, test } from 'vitest';
import { useCompiledPrograms, useCompiledUrls } from '../../scripts/compiled-names.ts';

const inPackage = (...programs: string[]) => ({
  file: 'agents/analyst.md',
  exists: (program: string) => programs.includes(program),
});

describe('an agent file in the package', () => {
  test('names the compiled program of a command and keeps everything else', () => {
    const text = [
      '---',
      'name: analyst # reads ./prices.ts',
      'troupe:',
      '  command: [ node,  ./trend.ts, "--from", "../shared/x.ts" ]',
      '---',
      'Run ./trend.ts by hand with command: ./trend.ts',
      '',
    ].join('\n');
    expect(useCompiledPrograms(text, inPackage('./trend.js', '../shared/x.js'))).toBe(
      text.replace('node,  ./trend.ts', 'node,  ./trend.js').replace('"../shared/x.ts"', '"../shared/x.js"'),
    );
  });

  test.each([
    ['module: ./chair.ts', 'module: ./chair.js'],
    ["module: './chair.ts'", "module: './chair.js'"],
    ['troupe:\n  module: ./chair.ts', 'troupe:\n  module: ./chair.js'],
    ['command:\n  - node\n  - ./chair.ts', 'command:\n  - node\n  - ./chair.js'],
    ['description: ./chair.ts', 'description: ./chair.ts'],
    ['command: [python3, ./chair.py]', 'command: [python3, ./chair.py]'],
    ['command: [tsx, /opt/chair.ts]', 'command: [tsx, /opt/chair.ts]'],
  ])('%j becomes %j', (written, shipped) => {
    const text = (frontMatter: string) => `---\n${frontMatter}\n---\nBody\n`;
    expect(useCompiledPrograms(text(written), inPackage('./chair.js'))).toBe(text(shipped));
  });

  test('keeps line endings of other systems', () => {
    const text = '---\r\nmodule: ./chair.ts\r\n---\r\nBody\r\n';
    expect(useCompiledPrograms(text, inPackage('./chair.js'))).toBe(text.replace('.ts', '.js'));
  });

  test('may have no front matter at all', () => {
    expect(useCompiledPrograms('Run ./trend.ts\n', inPackage())).toBe('Run ./trend.ts\n');
  });

  test('cannot name a program that does not exist', () => {
    const text = '---\ncommand: [node, ./gone.ts]\n---\n';
    expect(() => useCompiledPrograms(text, inPackage())).toThrow('agents/analyst.md names ./gone.ts');
  });
});

describe('a compiled module', () => {
  test.each([
    [`new URL('./worker.ts', import.meta.url)`, `new URL('./worker.js', import.meta.url)`],
    [`new URL("../a/b.ts",\n  import.meta.url)`, `new URL("../a/b.js",\n  import.meta.url)`],
    [`new URL('./data.csv', import.meta.url)`, `new URL('./data.csv', import.meta.url)`],
    [`new URL('https://example.org/x.ts')`, `new URL('https://example.org/x.ts')`],
  ])('names its neighbours by %j as %j', (written, shipped) => {
    expect(useCompiledUrls(`const a = ${written};\nconst b = ${written};`)).toBe(
      `const a = ${shipped};\nconst b = ${shipped};`,
    );
  });
});
