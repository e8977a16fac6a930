import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { verify } from '#information';
import { inTransaction, Refusal } from '#kernel';
import { bitsOf } from '#security';
import {
  answerTo,
  ask,
  givenConsent,
  openVerificationSetting,
  requestOf,
  TRUE_ASSETS_YUAN,
  TRUE_REVENUE_YUAN,
} from './verification-setting.ts';
import { endingOf } from './http-node.ts';

const setting = await openVerificationSetting(endingOf(after));
const { context, lists, periods } = setting;
const { database } = lists;
const [latest, earlier] = periods;
const consents = [await givenConsent(setting), await givenConsent(setting), await givenConsent(setting)];
const [first = '', second = '', third = ''] = consents;

test('a claimed value matches, differs or cannot be verified, and each answer is booked', async () => {
  const answer = await ask(context, first, [
    { field: 'total_assets', value: TRUE_ASSETS_YUAN },
    { field: 'net_profit', value: '99999' },
    { field: 'accounting_standard', value: '小企业会计准则' },
  ]);
  assert.deepEqual(
    answer.claims.map(({ answer: word }) => word),
    ['match', 'mismatch', 'cannot_verify'],
  );
  assert.equal(answer.outcome, 'ok');
  assert.deepEqual([answer.budget.bits, answer.budget.limitBits], [3 * bitsOf(3), 48]);
});

test('spellings come to one form before they are compared, and an amount may be off by its tolerance', async () => {
  const [year = '', month = '', day = ''] = latest.split('-');
  const chineseDay = `${year}年${Number(month)}月${Number(day)}日`;
  const fullWidth = latest.replaceAll(/[0-9-]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0));
  const record = { period_kind: '年度报表', period_end: chineseDay, statement_scope: '本部' };
  const { claims } = await ask(context, first, [
    { field: 'operating_revenue', value: '417.4万元', record },
    { field: 'is_audited', value: '否', record },
    { field: 'audit_firm', value: 'ABC会计师事务所', record: { ...record, period_end: fullWidth } },
    { field: 'period_end', value: latest.replaceAll('-', '/') },
  ]);
  assert.deepEqual(
    claims.map(({ answer }) => answer),
    ['match', 'match', 'match', 'match'],
  );
});

test('an amount outside the tolerance is a mismatch, and an earlier record is found by its key', async () => {
  const record = { period_kind: 'year', period_end: earlier, statement_scope: 'separate' };
  assert.equal(
    await answerTo(context, first, { field: 'total_assets', value: '62000000', record }),
    'mismatch',
  );
  assert.equal(
    await answerTo(context, first, { field: 'operating_revenue', value: '3010000', record }),
    'match',
  );
  const none = { ...record, period_end: '2001-12-31' };
  const absent = { field: 'total_assets', value: '1', record: none };
  assert.equal(await answerTo(context, first, absent), 'cannot_verify');
});

test('the band of the true value is one of the published ones, and costs what it tells', async () => {
  const { claims, budget } = await ask(context, second, [
    { field: 'operating_cash_net', value: '-1', answer: 'band' },
    { field: 'owners_equity', value: '1', answer: 'band' },
  ]);
  assert.deepEqual(
    claims.map(({ band }) => band?.name),
    ['below_0', '50m_100m'],
  );
  assert.equal(budget.bits, 2 * bitsOf(11));
});

test('the same claim again has the same answer and costs nothing, under whatever consent', async () => {
  const again = await ask(context, second, [{ field: 'total_assets', value: '7351.928461 万元' }]);
  assert.equal(again.claims[0]?.answer, 'match');
  assert.equal(again.budget.bits, 0);
});

test('another value for the same record and field is refused, by key as by latest, and so is another form', async () => {
  const record = { period_kind: 'year', period_end: latest, statement_scope: 'separate' };
  const refused = { code: 'verification.sliding_value' };
  const slide = (over: object) => ask(context, second, [{ field: 'total_assets', value: '1', ...over }]);
  await assert.rejects(slide({}), refused);
  await assert.rejects(slide({ record }), refused);
  await assert.rejects(slide({ value: TRUE_ASSETS_YUAN, answer: 'band' }), refused);
});

test('what may not be verified is refused before anything is read', async () => {
  const cases: [Parameters<typeof ask>[2], object, string][] = [
    [
      [{ field: 'representative_cert_no', value: '1234567' }],
      { contract: 'n08_penalty' },
      'field_not_verifiable',
    ],
    [[{ field: 'no_such', value: '1' }], {}, 'field_unknown'],
    [[{ field: 'total_assets', value: '很多' }], {}, 'value_unreadable'],
    [[{ field: 'total_assets', value: '-' }], {}, 'value_unreadable'],
    [[{ field: 'audit_firm', value: '甲', answer: 'band' }], {}, 'no_bands'],
    [[{ field: 'total_assets', value: '1', record: { period_end: latest } }], {}, 'record_key_incomplete'],
    [
      [
        { field: 'inventory_book', value: '1' },
        { field: 'inventory_book', value: '2' },
      ],
      {},
      'claim_twice',
    ],
  ];
  for (const [claims, over, code] of cases) {
    await assert.rejects(ask(context, third, claims, over), { code: `verification.${code}` });
  }
});

test('a consent of another branch, or for fewer fields, verifies nothing beyond it', async () => {
  const ofBranch = await givenConsent(setting, { branch: 'bank-east' });
  const claim = { field: 'net_profit', value: '99999' };
  await assert.rejects(ask(context, ofBranch, [claim]), { code: 'policy.consent_missing' });
  const narrow = await givenConsent(setting, {
    contracts: [{ id: 'v02_financials', fields: ['total_assets'] }],
  });
  await assert.rejects(ask(context, narrow, [claim]), { code: 'verification.field_not_verifiable' });
});

test('a dataset that the node does not hold cannot be verified, which costs nothing', async () => {
  const answer = await ask(context, third, [{ field: 'declared_sales', value: '1' }], {
    contract: 'n14_tax_declaration',
  });
  assert.deepEqual([answer.outcome, answer.claims[0]?.answer], ['not_connected', 'cannot_verify']);
  assert.equal(answer.budget.bits, 0);
});

test('the same key has the same answer and counts once', async () => {
  const request = requestOf(third, [{ field: 'closing_cash', value: '5' }]);
  const [one, other] = [await verify(context, request), await verify(context, request)];
  assert.deepEqual([one.isRepeated, other.isRepeated], [false, true]);
  assert.equal(one.answer, other.answer);
});

test('the true value is in no answer, refusal, leaf, disclosure or claim', async () => {
  const texts: string[] = [];
  for (const claim of [
    { field: 'total_liabilities', value: '123' },
    { field: 'total_assets', value: '2' },
    { field: 'operating_revenue', value: '3', answer: 'band' as const },
  ]) {
    const outcome = await verify(context, requestOf(third, [claim])).catch((error: unknown) => error);
    texts.push(
      outcome instanceof Refusal ? JSON.stringify([outcome, outcome.message]) : JSON.stringify(outcome),
    );
  }
  await inTransaction(database, async (tx) => {
    for (const table of [
      'security.leaf_bodies',
      'security.disclosures',
      'security.disclosure_budget_entries',
      'information.claims',
      'information.claim_counts',
    ]) {
      const rows = await tx.rows<{ text: string }>(`select t::text as text from ${table} t`);
      assert.ok(rows.length > 0, table);
      texts.push(...rows.map(({ text }) => text));
    }
  });
  for (const yuan of [TRUE_ASSETS_YUAN, TRUE_REVENUE_YUAN]) {
    for (const form of [yuan, yuan.replace('.', '')])
      assert.ok(!texts.some((text) => text.includes(form)), `${form} stands in what left or was recorded`);
  }
});

test('the leaf names fields and cost, the disclosure is a verification, and the ledger is the sum of its entries', async () => {
  await inTransaction(database, async (tx) => {
    const [leaf] = await tx.rows<{ body: Record<string, unknown> }>(
      `select b.body::jsonb as body from security.receipts r join security.leaf_bodies b using (receipt_id)
       where r.kind = 'verification' order by r.receipt_id limit 1`,
    );
    assert.partialDeepStrictEqual(leaf?.body, {
      contracts: ['v02_financials'],
      fields: ['accounting_standard', 'net_profit', 'total_assets'],
      institution: 'bank',
      bits: 3 * bitsOf(3),
    });
    const [kinds] = await tx.rows<{ kinds: string[] }>(
      'select array_agg(distinct kind) as kinds from security.disclosures',
    );
    assert.deepEqual(kinds?.kinds, ['verification']);
    const [sums] = await tx.rows<{ same: boolean }>(
      `select (select sum(bits_booked) from security.disclosure_budget)
         = (select sum(bits) from security.disclosure_budget_entries) as same`,
    );
    assert.equal(sums?.same, true);
  });
});

test('a disputed record cannot be verified, and no answer tells it from one that is not there', async () => {
  const record = { period_kind: 'year', period_end: earlier, statement_scope: 'separate' };
  await dispute(earlier);
  const absent = { ...record, period_end: '2001-12-31' };
  const [disputed, missing] = [
    await ask(context, third, [{ field: 'closing_cash', value: '7', record }]),
    await ask(context, third, [{ field: 'closing_cash', value: '7', record: absent }]),
  ];
  const toldOf = ({ claims, outcome, isPartial, budget }: typeof disputed) => ({
    answers: claims.map(({ answer, band }) => [answer, band]),
    outcome,
    isPartial,
    bits: budget.bits,
  });
  assert.deepEqual(toldOf(disputed), toldOf(missing));
  assert.equal(disputed.claims[0]?.answer, 'cannot_verify');
});

/** As the objection of the enterprise does it: a mark beside the record, in force from now. */
async function dispute(periodEnd: string): Promise<void> {
  await inTransaction(database, (tx) =>
    tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       select enterprise_id, 'v02_financials', delivery_no, row_no, 'disputed', '测试', '2026-01-01', now()
       from lists.v02_financials_v1 where period_end = $1`,
      [periodEnd],
    ),
  );
}
