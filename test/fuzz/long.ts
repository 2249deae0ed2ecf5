/** Inputs that took for ever once, too long to be kept as files. */
export const LONG_INPUTS: readonly {
  readonly target: string;
  readonly name: string;
  readonly input: string;
}[] = [
  markdown('spaces within a line', `### Steps\n- validation: a${' '.repeat(250_000)}b`),
  markdown('dashes', `### Steps\n- validation: ${' - '.repeat(150_000)}`),
  markdown('steps that say the same', `### Steps\n${'- agent: a - same\n'.repeat(4_000)}`),
  markdown(
    'bullets times agents',
    `### Steps\n${'- agent: a - x\n- plain\n'.repeat(4000)}### Agents\n${count(2000, (index) => `- a${index}\n`)}`,
  ),
  markdown(
    'names that nothing has',
    count(3000, (index) => {
      const names = Array.from({ length: 10 }, (_, other) => `no${index}q${other}`);
      return `## Phase: a name ${index} of some length\ndependsOn: [${names}]\n`;
    }),
  ),
  markdown(
    'many ways back into a long cycle',
    count(
      2000,
      (index) => `## Phase: ${index}\ndependsOn: [${index < 1999 ? index + 1 : [...Array(2000).keys()]}]\n`,
    ),
  ),
  markdown(
    'phases that wait for later ones behind a cycle',
    count(5000, (index) => `## Phase: ${index}\ndependsOn: [${Math.min(index + 1, 4999)}]\n`),
  ),
  markdown(
    'an error after more warnings than are kept',
    `${count(300, (index) => `## Phase: ${index}\n`)}## Phase: last\ndependsOn: [last]\n`,
  ),
  { target: 'input-file', name: 'many keys', input: `{${count(40_000, (index) => `"k${index}":1,`)}"k":1}` },
  {
    target: 'json-schema',
    name: 'many different items',
    input: `{"schema":{"uniqueItems":true},"value":[${count(30_000, (index) => `{"i":${index}},`)}0]}`,
  },
  {
    target: 'json-schema',
    name: 'many items that do not fit',
    input: `{"schema":{"items":{"$ref":"#/$defs/a"},"$defs":{"a":{"type":"string"}}},"value":[${count(100_000, () => '1,')}0]}`,
  },
  { target: 'expression', name: 'a long pattern', input: `"a".matches("${'a'.repeat(4000)}")` },
  {
    target: 'expression',
    name: 'lists in lists',
    input:
      'input.text.split("").map(x, input.list.map(y, input.text.split("").map(z, input.text + input.text)))',
  },
];

function markdown(name: string, phase: string): (typeof LONG_INPUTS)[number] {
  const head = phase.startsWith('##') && !phase.startsWith('###') ? '# T\n' : '# T\n## Phase: P\n';
  return { target: 'task-markdown', name, input: head + phase };
}

function count(times: number, part: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => part(index)).join('');
}
