import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FINANCING_PURPOSES } from '#security';
import type { Terms } from './ask/shape-terms.ts';
import { CONSENT_LIMITS } from './consent-limits.ts';
import type { Scope } from './tables.ts';
import { writeWords } from './words.ts';

const terms: Terms = {
  institutionId: 'bank-a',
  institutionType: 'bank',
  branchId: 'bank-a-1',
  platforms: ['platform-x'],
  purpose: 'loan_origination',
  product: null,
  scope: { n14_tax_declaration: { fields: ['tax_kind', 'period_from'], verifyOnly: ['taxable_amount'] } },
  fetch: 'periodic',
  frequency: { count: 3, unit: 'month' },
  dataFrom: '2024-01-01',
  dataTo: null,
  validTo: '2026-06-30',
  dataLife: { count: 12, unit: 'month' },
};
const facts = {
  enterprise: { code: '91110000000000000X', name: '北京信桥科技有限公司' },
  institution: { zh: '京华银行', en: 'Jinghua Bank' },
  branch: { zh: '中关村支行', en: 'Zhongguancun branch' },
  platforms: [{ zh: '京信融', en: 'Jingxinrong' }],
  terms,
  contracts: new Map([['n14_tax_declaration', { id: 'n14_tax_declaration', name: '纳税申报与入库信息' }]]),
};

const lengthOf = (text: string) => [...text].length;

describe('the words of a consent', () => {
  it('say who, what for, which data, how often and how long, and what happens either way', () => {
    assert.deepEqual(
      writeWords(facts).lines.map(({ zh }) => zh),
      [
        '京华银行（中关村支行）请您授权查询，可经京信融办理。',
        '只用于贷前审批，不得挪作他用，不得转给任何人。',
        '“纳税申报与入库信息”：可看2个字段，1个字段只核对真伪、不给看。',
        '每月最多查3次，到2026-06-30为止；只查2024-01-01以来的数据；机构最多保存12个月。',
        '不同意：什么都不会提供，对方可以改为请您交书面材料；已公开的信息照常公开。',
        '同意以后：随时可以在“我的授权”里点两下撤销，从下一次查询起就不再提供。',
      ],
    );
  });

  it('are six lines of at most sixty characters, however long the names and however many the datasets', () => {
    const long = (length: number) => '很长的名称'.repeat(length).slice(0, length);
    for (const purpose of FINANCING_PURPOSES) {
      for (const many of [1, 2, 7, 60]) {
        const ids = Array.from({ length: many }, (_, at) => `n${String(at).padStart(2, '0')}_dataset_${at}`);
        const scope: Scope = Object.fromEntries(
          ids.map((id, at) => [id, { fields: at % 2 === 0 ? ['a'] : [], verifyOnly: ['b', 'c'] }]),
        );
        const platforms = Array.from({ length: many }, (_, at) => ({
          zh: long(at + 2),
          en: `Platform ${at}`,
        }));
        const words = writeWords({
          ...facts,
          institution: { zh: long(many * 3), en: 'Bank' },
          platforms,
          contracts: new Map(ids.map((id, at) => [id, { id, name: long(at + 2) }])),
          terms: {
            ...terms,
            purpose,
            scope,
            product: 'product_with_the_longest_name_that_fits',
            dataTo: '2025-01-01',
          },
        });
        assert.ok(words.lines.length <= CONSENT_LIMITS.wordLinesMax);
        for (const { zh, en } of words.lines) {
          assert.ok(lengthOf(zh) <= CONSENT_LIMITS.wordCharactersMax, zh);
          assert.match(en, /\.$/);
        }
      }
    }
  });

  it('say plainly when nothing is shown at all', () => {
    const scope = { n14_tax_declaration: { fields: [], verifyOnly: ['taxable_amount'] } };
    const { lines } = writeWords({ ...facts, terms: { ...terms, scope } });
    assert.equal(lines[2]?.zh, '“纳税申报与入库信息”：1个字段只核对真伪、不给看。');
  });

  it('say of a consent for evaluation that unseen fields are scored as well, of one for post-loan management that they enter alerts, and of no other', () => {
    const whichFor = (purpose: Terms['purpose']) =>
      writeWords({ ...facts, terms: { ...terms, purpose } }).lines[2];
    assert.deepEqual(whichFor('credit_evaluation'), {
      zh: '“纳税申报与入库信息”：可看2个字段，1个字段只核对或计入模型评分，不展示。',
      en: 'tax declaration: 2 fields shown, 1 fields verified or scored only, never shown.',
    });
    assert.deepEqual(whichFor('post_loan_management'), {
      zh: '“纳税申报与入库信息”：可看2个字段，1个字段只核对或计入预警等级，不展示。',
      en: 'tax declaration: 2 fields shown, 1 fields verified or counted into the level of alerts only, never shown.',
    });
    const used = new Set<string>(['credit_evaluation', 'post_loan_management']);
    for (const purpose of FINANCING_PURPOSES.filter((one) => !used.has(one)))
      assert.match(whichFor(purpose)?.zh ?? '', /1个字段只核对真伪、不给看。$/);
  });

  it('say once of a consent for one use, and name no platform where there is none', () => {
    const once = { ...terms, fetch: 'once', frequency: null, platforms: [], branchId: null } as const;
    const { lines } = writeWords({ ...facts, branch: null, platforms: [], terms: once });
    assert.equal(lines[0]?.zh, '京华银行请您授权查询。');
    assert.match(lines[3]?.zh ?? '', /^查一次，到2026-06-30为止/);
  });

  it('have a digest that the same facts give again and any other fact changes', () => {
    const { digest } = writeWords(facts);
    assert.equal(writeWords(structuredClone(facts)).digest, digest);
    const others = [
      { ...facts, enterprise: { ...facts.enterprise, code: '91110000000000001X' } },
      { ...facts, institution: { zh: '京华银行股份', en: 'Jinghua Bank' } },
      { ...facts, terms: { ...terms, validTo: '2026-07-01' } },
      {
        ...facts,
        terms: {
          ...terms,
          scope: { n14_tax_declaration: { fields: ['tax_kind', 'paid_on'], verifyOnly: ['taxable_amount'] } },
        },
      },
      { ...facts, terms: { ...terms, institutionId: 'bank-b' } },
    ];
    for (const other of others) assert.notEqual(writeWords(other).digest, digest);
  });
});
