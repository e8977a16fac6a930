import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '#kernel';
import { evaluateScorecard } from './evaluate-scorecard.ts';
import { readScorecard } from './read-scorecard.ts';
import { reasonCodesOf } from './scorecard.ts';
import { DEPARTMENT_CARD, oneField, pmmlOf } from './scorecard.test-support.ts';

const scoreOf = (bytes: Uint8Array, values: Record<string, number | string | null>) =>
  evaluateScorecard(readScorecard(bytes), values).score;

test('the example of the standard scores and ranks as counted by hand', () => {
  const card = readScorecard(DEPARTMENT_CARD);
  const run = (department: string | null, age: number | null, income: number | null) => {
    const { score, reasons } = evaluateScorecard(card, { department, age, income });
    return [score, reasons.map(({ code, points }) => `${code} ${points}`).join()];
  };
  assert.deepEqual(run('engineering', 25, 500), [29, 'RC2 18,RC1 16,RC3 -16']);
  assert.deepEqual(run('marketing', 40, 1000), [63, 'RC1 0,RC2 0,RC3 -16']);
  assert.deepEqual(run('business', 18, 2500), [8, 'RC2 21,RC1 13,RC3 5']);
  assert.deepEqual(run('business', 29, 2501), [3, 'RC2 18,RC1 13,RC3 13']);
  assert.deepEqual(run(null, null, null), [-5, 'RC1 28,RC2 19,RC3 5']);
  assert.deepEqual(reasonCodesOf(card), ['RC1', 'RC2', 'RC3']);
});

test('an unknown department has no attribute and so no score; an age that is no whole number is missing', () => {
  const card = readScorecard(DEPARTMENT_CARD);
  assert.equal(evaluateScorecard(card, { department: 'law', age: 30, income: 1 }).score, undefined);
  assert.equal(evaluateScorecard(card, { department: 'marketing', age: 30.5, income: 1 }).score, 44);
  assert.equal(evaluateScorecard(card, { department: 'marketing', age: Number.NaN, income: 1 }).score, 44);
});

test('points above the baseline rank the other way round, and an attribute may have a code of its own', () => {
  const card = readScorecard(
    pmmlOf({
      attributes: 'reasonCodeAlgorithm="pointsAbove" baselineScore="4" initialScore="100.5"',
      dictionary:
        '<DataField name="a" dataType="float" optype="continuous"/><DataField name="b" dataType="string" optype="categorical"/>',
      schema: '<MiningField name="a"/><MiningField name="b"/>',
      characteristics: `
        <Characteristic reasonCode="A"><Attribute partialScore="10"><SimplePredicate field="a" operator="greaterOrEqual" value="2"/></Attribute>
          <Attribute partialScore="0" reasonCode="A0"><True/></Attribute></Characteristic>
        <Characteristic reasonCode="B" baselineScore="1"><Attribute partialScore="5"><SimpleSetPredicate field="b" booleanOperator="isIn"><Array n="2" type="string">"x \\" y" z</Array></SimpleSetPredicate></Attribute>
          <Attribute partialScore="2"><SimpleSetPredicate field="b" booleanOperator="isNotIn"><Array type="string">q</Array></SimpleSetPredicate></Attribute>
          <Attribute partialScore="-7"><True/></Attribute></Characteristic>`,
    }),
  );
  assert.deepEqual(evaluateScorecard(card, { a: 2, b: 'x " y' }), {
    score: 115.5,
    reasons: [
      { code: 'A', points: 6 },
      { code: 'B', points: 4 },
    ],
  });
  assert.deepEqual(evaluateScorecard(card, { a: 1.999, b: 'q' }).reasons, [
    { code: 'A0', points: -4 },
    { code: 'B', points: -8 },
  ]);
  assert.equal(evaluateScorecard(card, { a: null, b: null }).score, 93.5);
  assert.equal(evaluateScorecard(card, { a: 3, b: 'p' }).score, 112.5);
});

test('compound predicates follow the tables of three-valued logic', () => {
  const below = '<SimplePredicate field="x" operator="lessThan" value="5"/>';
  const known = '<SimplePredicate field="x" operator="isNotMissing"/>';
  const card = (operator: string, parts: string) =>
    oneField(
      `<Attribute partialScore="1"><CompoundPredicate booleanOperator="${operator}">${parts}</CompoundPredicate></Attribute>
       <Attribute partialScore="0"><True/></Attribute>`,
    );
  const table: [string, string, number | null, number][] = [
    ['and', `${below}<True/>`, 4, 1],
    ['and', `${below}<True/>`, 5, 0],
    ['and', `${below}<True/>`, null, 0],
    ['or', `${below}<True/>`, null, 1],
    ['or', `${below}<False/>`, null, 0],
    ['xor', `${below}<True/>`, 4, 0],
    ['xor', `${below}<True/>`, 5, 1],
    ['xor', `${below}<True/>`, null, 0],
    ['xor', `${below}<True/><True/>`, 4, 1],
    ['surrogate', `${below}<True/>`, null, 1],
    ['surrogate', `${below}<True/>`, 6, 0],
    ['surrogate', `${below}${below}`, null, 0],
    ['surrogate', `${below}${known}`, null, 0],
  ];
  for (const [operator, parts, x, wanted] of table)
    assert.equal(scoreOf(card(operator, parts), { x }), wanted, `${operator} ${parts} of ${x}`);
});

test('missing, invalid and outlying values are treated as the mining schema says', () => {
  const attributes = `<Attribute partialScore="-1"><SimplePredicate field="x" operator="isMissing"/></Attribute>
    <Attribute partialScore="1"><SimplePredicate field="x" operator="lessThan" value="10"/></Attribute>
    <Attribute partialScore="2"><True/></Attribute>`;
  const dictionary = `<DataField name="x" dataType="double" optype="continuous">
    <Interval closure="closedOpen" leftMargin="0" rightMargin="100"/><Value value="-9" property="missing"/></DataField>`;
  const card = (treatment: string) =>
    oneField(attributes, { dictionary, schema: `<MiningField name="x" ${treatment}/>` });
  const table: [string, number | string | null, number | undefined][] = [
    ['', 0, 1],
    ['', -9, -1],
    ['', 100, undefined],
    ['', 99.999, 2],
    ['', 'abc', undefined],
    ['', ' 12 ', 2],
    ['invalidValueTreatment="asMissing"', 100, -1],
    ['invalidValueTreatment="asIs"', 100, 2],
    ['invalidValueTreatment="asValue" invalidValueReplacement="3"', 100, 1],
    ['missingValueReplacement="50"', null, 2],
    ['missingValueReplacement="50" missingValueTreatment="asMean"', -9, 2],
    ['missingValueTreatment="returnInvalid"', null, undefined],
    ['outliers="asMissingValues" lowValue="5" highValue="20"', 21, -1],
    ['outliers="asExtremeValues" lowValue="5" highValue="9"', 21, 1],
    ['outliers="asExtremeValues" lowValue="12" highValue="20"', 1, 2],
  ];
  for (const [treatment, x, wanted] of table)
    assert.equal(scoreOf(card(treatment), { x }), wanted, `${treatment} of ${x}`);
  assert.equal(scoreOf(card(''), {}), -1, 'a field that is not given is missing');
});

test('what the reader does not run is refused by name, place and line', () => {
  const always = '<Attribute partialScore="1"><True/></Attribute>';
  const whole = oneField(always).toString();
  const cases: [string, string, RegExp][] = [
    [
      whole.replace('<True/>', '<ComplexPartialScore/><True/>'),
      'hosted.pmml_element',
      /<ComplexPartialScore> in .*\/Attribute/,
    ],
    [
      whole.replace('<Characteristics>', '<LocalTransformations/><Characteristics>'),
      'hosted.pmml_element',
      /<LocalTransformations> in \/PMML\/Scorecard/,
    ],
    [
      whole.replace('<Header', '<Extension/><Header'),
      'hosted.pmml_element',
      /Line 3 .*<Extension> in \/PMML/,
    ],
    [whole.replace('partialScore="1"', 'partialScore="1" weight="2"'), 'hosted.pmml_element', /@weight/],
    [whole.replaceAll('Scorecard', 'TreeModel'), 'hosted.pmml_element', /<TreeModel>/],
    [whole.replace('<PMML', '<!DOCTYPE PMML [<!ENTITY a "b">]><PMML'), 'hosted.pmml_broken', /DOCTYPE/],
    [whole.replace('"RX"', '"&a;"'), 'hosted.pmml_broken', /entity/],
    [whole.replace('</PMML>', ''), 'hosted.pmml_broken', /unclosed tag/],
    [whole.replace('UTF-8', 'GBK'), 'hosted.pmml_broken', /UTF-8/],
    [whole.replace(always, '<Attribute partialScore="1">'.repeat(30)), 'hosted.pmml_broken', /too deep/],
    [whole.replaceAll('4.4', '3.2'), 'hosted.pmml_wrong', /PMML 4/],
    [whole.replace('partialScore="1"', 'partialScore="1e999"'), 'hosted.pmml_wrong', /no number/],
    [whole.replace('baselineScore="0"', ''), 'hosted.pmml_wrong', /baselineScore/],
    [whole.replace('reasonCode="RX"', ''), 'hosted.pmml_wrong', /reasonCode/],
    [
      whole.replace('<True/>', '<SimplePredicate field="y" operator="isMissing"/>'),
      'hosted.pmml_wrong',
      /no active field/,
    ],
    [
      whole.replace('functionName="regression"', 'functionName="classification"'),
      'hosted.pmml_wrong',
      /functionName/,
    ],
    [
      whole.replace('dataType="double"', 'dataType="date"'),
      'hosted.pmml_wrong',
      /type that scores do not use/,
    ],
  ];
  for (const [text, code, sentence] of cases) {
    assert.throws(
      () => readScorecard(Buffer.from(text)),
      (error) => {
        assert(error instanceof Refusal, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, sentence);
        return true;
      },
    );
  }
  assert.throws(() => readScorecard(Buffer.alloc(2 * 1024 ** 2, 32)), { code: 'hosted.too_large' });
});
