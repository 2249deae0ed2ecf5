import { describe, expect, test } from 'vitest';
import { isTemplate, renderTemplate, renderValue, templateRoots } from '../../src/task/template.ts';

const scope = {
  input: {
    amount: 100,
    ticker: 'BTC',
    evil: '{{ input.amount }}',
    day: '2020-01-02',
    o: { a: [1, { b: 2 }] },
    none: null,
  },
  outputs: { 'A b': { x: 1 } },
  item: { agent: 'trend' },
};

test.each([
  ['no template', 'no template'],
  ['Study {{ ticker }}, {{ input.amount }}', 'Study BTC, 100'],
  ['{{ input.evil }}', '{{ input.amount }}'],
  ['{{ input.o }}', '{"a":[1,{"b":2}]}'],
  ['{{ input.o.a }}', '[1,{"b":2}]'],
  ['{{ input.o.a | join: "; " }}', '1; {"b":2}'],
  ['{{ "o: " | append: input.o }}', 'o: {"a":[1,{"b":2}]}'],
  ['{{ input.none }}', ''],
  ['{{ outputs["A b"].x }}', '1'],
  ['{{ item.agent }}', 'trend'],
  ['{{ input.zz | default: "nothing" }}', 'nothing'],
  ['{% if input.zz %}a{% else %}b{% endif %}', 'b'],
  ['{% for i in input.o.a %}{{ forloop.index }}{% endfor %}', '12'],
  ['{{ input.day | date: "%d.%m.%Y %H:%M" }}', '02.01.2020 00:00'],
])('%s is rendered %j', (text, rendered) => {
  expect(renderTemplate(text, scope)).toBe(rendered);
});

describe('strict', () => {
  test.each([
    ['{{ nothing }}', 'TEMPLATE_FAILED'],
    ['{{ input.nothing }}', 'TEMPLATE_FAILED'],
    ['{{ constructor }}', 'TEMPLATE_FAILED'],
    ['{{ input.constructor }}', 'TEMPLATE_FAILED'],
    ['{{ input.__proto__ }}', 'TEMPLATE_FAILED'],
    ['{{ "now" | date: "%Y" }}', 'TEMPLATE_FAILED'],
    ['{% for i in (1..100000000) %}x{% endfor %}', 'TEMPLATE_FAILED'],
    ['{{ ticker | sample }}', 'TEMPLATE_SYNTAX'],
    ['{{ ticker | raw }}', 'TEMPLATE_SYNTAX'],
    ['{{ ticker | nofilter }}', 'TEMPLATE_SYNTAX'],
    ['{{ ticker', 'TEMPLATE_SYNTAX'],
    ['{% if %}', 'TEMPLATE_SYNTAX'],
    ['{% include "package.json" %}', 'TEMPLATE_SYNTAX'],
    ['{% render "package.json" %}', 'TEMPLATE_SYNTAX'],
    ['{% layout "package.json" %}', 'TEMPLATE_SYNTAX'],
    [`{{ ticker }}${'x'.repeat(65_536)}`, 'TEMPLATE_SYNTAX'],
  ])('%.40s is refused: %s', (text, code) => {
    expect(() => renderTemplate(text, scope)).toThrow(expect.objectContaining({ code }));
  });
});

test('strings inside a value are rendered; one output alone keeps its type', () => {
  const value = {
    a: '{{ amount }}',
    b: ['{{ input.o }}', 'n: {{ amount }}'],
    c: 3,
    d: null,
    '{{ key }}': true,
  };
  expect(renderValue(value, scope)).toEqual({
    a: 100,
    b: [scope.input.o, 'n: 100'],
    c: 3,
    d: null,
    '{{ key }}': true,
  });
});

test('a value with a name that nothing has is refused', () => {
  expect(() => renderValue({ a: ['{{ nothing }}'] }, scope)).toThrow(
    expect.objectContaining({ code: 'TEMPLATE_FAILED' }),
  );
  expect(() => renderValue('{{ a }} {{ b }}', scope)).toThrow(
    expect.objectContaining({ code: 'TEMPLATE_FAILED' }),
  );
});

test('a template says which names it needs', () => {
  expect(
    templateRoots('{% assign x = input.a %}{{ x }}{{ ticker }}{% for r in results %}{{ r }}{% endfor %}'),
  ).toEqual(['input', 'ticker', 'results']);
  expect(templateRoots('plain')).toEqual([]);
  expect([isTemplate('a'), isTemplate('{{ a }}'), isTemplate('{% a %}')]).toEqual([false, true, true]);
});
