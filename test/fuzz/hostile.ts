import fc from 'fast-check';

/** Inputs that are nearly right: made of the parts that readers look for, and of what seeds say, changed. */

const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'then'],
  ...['name', 'phases', 'steps', 'agent', 'input', 'output', '$ref', '$artifact', 'a', '', '<<', '0', '-1'],
];

const WORDS = [
  ...NAMES,
  ...['.inf', '.nan', 'NaN', '1e999', '-0', '9007199254740993', '0x1F', 'true', 'null', '~', '2020-01-01'],
  ...[
    '\uFEFF',
    '\u0000',
    '\u202E',
    '\u2028',
    '\uD800',
    'é',
    '😀',
    'â†’',
    '\r',
    '\r\n',
    '\n',
    '\t',
    ' ',
    ' - ',
  ],
  ...[
    '```',
    '```yaml\n',
    '~~~',
    '---',
    '# T\n',
    '## Phase: A\n',
    '### Steps\n',
    '### Agents\n',
    '### Outputs\n',
  ],
  ...[
    '- ',
    '- agent: a - x\n',
    '- validation: input.a > 0\n',
    '- aggregate: merge\n',
    '- wait: s\n',
    'dependsOn: [A]\n',
  ],
  ...[
    '&a ',
    '*a',
    '!!map ',
    '!!binary ',
    '!x ',
    '|\n',
    '>\n',
    '? ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ',',
    '\\',
  ],
  ...['{{', '}}', '{%', '%}', '{{ input.a }}', '{% for i in (1..9) %}', '{% endfor %}', ' | ', 'now'],
  ...[
    'input',
    'phases',
    'results',
    'item',
    '.',
    '(',
    ')',
    '+',
    '==',
    ' in ',
    '.map(x, x)',
    '.matches("(a*)*")',
  ],
  ...['5 minutes', '1h30m', '-5m', '5 parsecs', 'nats://', 'tls://', '@', ':', '%', '%zz', '/', '-'],
];

const text = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join('')),
);

/** JSON whose keys mean something to JavaScript. As text, since an object in code cannot have all of them. */
const hostileJson: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    text.map((word) => JSON.stringify(word)),
    fc.constantFrom('null', 'true', '0', '-0', '1e308', '1e-308', '-1', '4294967296', '0.1', '{}', '[]'),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 5 })
      .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
    fc.tuple(fc.constantFrom('[', '{"a":'), fc.integer({ min: 1, max: 600 }), tie('value')).map(deepen),
  ),
})).value;

function deepen([open, depth, inner]: readonly [string, number, string]): string {
  return `${open.repeat(depth)}${inner}${(open === '[' ? ']' : '}').repeat(depth)}`;
}

const change: fc.Arbitrary<(input: string) => string> = fc.oneof(
  splice(text),
  splice(hostileJson),
  splice(fc.tuple(text, fc.integer({ min: 2, max: 400 })).map(([word, count]) => word.repeat(count))),
  fc
    .double({ min: 0, max: 1, noNaN: true })
    .map((place) => (input: string) => input.slice(0, at(input, place))),
  fc.constantFrom(...NAMES).chain((name) => fc.nat({ max: 200 }).map((skip) => renameWord(name, skip))),
  fc.constantFrom(
    (input: string) => input.replaceAll('\n', '\r\n'),
    (input: string) => `\uFEFF${input}`,
    (input: string) => input + input,
    (input: string) => Buffer.from(input, 'utf8').toString('latin1'),
    (input: string) => JSON.stringify(input),
    (input: string) => input.replaceAll('  ', '\t'),
  ),
);

function splice(inserted: fc.Arbitrary<string>): fc.Arbitrary<(input: string) => string> {
  return fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 12 }), inserted)
    .map(([place, removed, word]) => (input) => {
      const start = at(input, place);
      return input.slice(0, start) + word + input.slice(start + removed);
    });
}

function at(input: string, place: number): number {
  return Math.floor(place * input.length);
}

/** One word of the input becomes another, wherever it stands. */
function renameWord(name: string, skip: number): (input: string) => string {
  return (input) => {
    const words = input.match(/\w+/g) ?? [];
    const word = words[skip % Math.max(1, words.length)];
    return word === undefined ? name : input.replaceAll(word, name);
  };
}

/** What is made of seeds, of nothing but hostile parts, and of JSON. */
export function hostileInput(seeds: readonly string[]): fc.Arbitrary<string> {
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([seed, changes]) => changes.reduce((input, apply) => apply(input), seed));
  return fc.oneof(
    { arbitrary: mutated, weight: 6 },
    { arbitrary: hostileJson, weight: 1 },
    { arbitrary: fc.array(text, { maxLength: 60 }).map((parts) => parts.join('')), weight: 2 },
  );
}
