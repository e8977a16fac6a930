import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { VerificationContext } from '#information';
import { inTransaction, toEnterpriseId } from '#kernel';
import {
  bitsOf,
  bookBits,
  dayAfterQuarter,
  decide,
  listRefusedAttempts,
  quarterOf,
  readBookedBits,
} from '#security';
import { ask, codesOf, dayOf, givenConsent, openVerificationSetting } from './verification-setting.ts';

const FIELDS = [
  'total_assets',
  'total_liabilities',
  'owners_equity',
  'operating_revenue',
  'net_profit',
  'operating_cash_net',
  'audit_firm',
  'inventory_book',
  'monetary_funds',
  'closing_cash',
];

function withBits(context: VerificationContext, bank: number): VerificationContext {
  const bitsPerQuarterMax = { ...context.budgets.bitsPerQuarterMax, bank };
  return { ...context, budgets: { ...context.budgets, bitsPerQuarterMax } };
}

function withDayLimits(
  context: VerificationContext,
  over: Partial<VerificationContext['rules']['claimsPerDayMax']>,
): VerificationContext {
  const { rules } = context;
  return { ...context, rules: { ...rules, claimsPerDayMax: { ...rules.claimsPerDayMax, ...over } } };
}

const claimOf = (field: string) => ({ field, value: field === 'audit_firm' ? '甲所' : '1' });

test('twenty claims at once never overdraw the budget, and what is refused is the enterprise’s to see', async (t: TestContext) => {
  const setting = await openVerificationSetting(t);
  const { clock, lists, signatory } = setting;
  const context = withBits(setting.context, 8);
  const consents = [await givenConsent(setting), await givenConsent(setting)];
  const record = {
    period_kind: 'year',
    period_end: setting.periods[1],
    statement_scope: 'separate',
  };
  const asks = consents.flatMap((consent, n) =>
    FIELDS.map((field) => ask(context, consent, [{ ...claimOf(field), ...(n === 0 ? {} : { record }) }])),
  );
  const codes = await codesOf(asks);
  assert.equal(codes.filter((code) => code === 'ok').length, 5, codes.join());
  assert.equal(codes.filter((code) => code === 'budget.exhausted').length, 15, codes.join());
  await inTransaction(lists.database, async (tx) => {
    const enterpriseId = signatory.enterpriseId ?? toEnterpriseId(0);
    const account = {
      enterpriseId,
      institution: 'bank',
      contractId: 'v02_financials',
      quarter: quarterOf(clock.now()),
    };
    assert.equal(await readBookedBits(tx, account), 5 * bitsOf(3));
    const [claims] = await tx.rows<{ n: number }>('select count(*)::integer as n from information.claims');
    assert.equal(claims?.n, 5, 'what was refused took no claim');
    const permit = decide(tx, lists.policies, {
      caller: signatory,
      purpose: 'self',
      subject: enterpriseId,
      contracts: [],
      asOf: { knownAt: clock.now() },
    });
    const attempts = await listRefusedAttempts(tx, permit, { limit: 50 });
    assert.equal(attempts.length, 15);
    assert.partialDeepStrictEqual(attempts[0], { code: 'budget.exhausted', institution: 'bank' });
  });
});

test('an exhausted budget names limit and next quarter, leaves repeats open, and is new in the next quarter', async (t: TestContext) => {
  const setting = await openVerificationSetting(t);
  const { clock } = setting;
  const context = withBits(setting.context, 3);
  const consent = await givenConsent(setting, { validTo: dayOf(clock, 89) });
  await ask(context, consent, [claimOf('net_profit')]);
  await assert.rejects(ask(context, consent, [claimOf('total_assets')]), {
    code: 'budget.exhausted',
    params: {
      contract: 'v02_financials',
      quarter: quarterOf(clock.now()),
      limit: 3,
      bits: bitsOf(3),
      next: dayAfterQuarter(quarterOf(clock.now())),
    },
  });
  const repeated = await ask(context, consent, [claimOf('net_profit')]);
  assert.equal(repeated.budget.bits, 0);
  clock.advance(60 * 86_400_000);
  const next = await ask(context, consent, [{ field: 'net_profit', value: '100' }]);
  assert.equal(next.claims[0]?.answer, 'match');
  assert.notEqual(next.budget.quarter, repeated.budget.quarter);
});

test('claims of a day are limited by field, by enterprise and by institution, and go on the next day', async (t: TestContext) => {
  const setting = await openVerificationSetting(t);
  const consents = [await givenConsent(setting), await givenConsent(setting)];
  const [consent = '', other = ''] = consents;
  const record = { period_kind: 'year', period_end: setting.periods[1], statement_scope: 'separate' };
  const byField = withDayLimits(setting.context, { field: 1 });
  await ask(byField, consent, [claimOf('net_profit')]);
  const again = { ...claimOf('net_profit'), record };
  await assert.rejects(ask(byField, consent, [again]), {
    code: 'verification.too_many',
    params: {
      limit: 1,
      scopeZh: '同一企业同一字段',
      scopeEn: 'about one field of one enterprise',
      next: dayOf(setting.clock, 1),
    },
  });
  const byEnterprise = withDayLimits(setting.context, { enterprise: 2 });
  const two = [claimOf('total_assets'), claimOf('audit_firm')];
  await assert.rejects(ask(byEnterprise, consent, two), { code: 'verification.too_many' });
  const byInstitution = withDayLimits(setting.context, { institution: 2 });
  const codes = await codesOf(FIELDS.slice(5).map((field) => ask(byInstitution, other, [claimOf(field)])));
  assert.equal(codes.filter((code) => code === 'ok').length, 1, codes.join());
  setting.clock.advance(86_400_000);
  assert.equal((await ask(byField, consent, [again])).claims.length, 1);
});

test('of one claim made with several values at once one is answered and the others slide', async (t: TestContext) => {
  const setting = await openVerificationSetting(t);
  const consent = await givenConsent(setting);
  const values = ['1', '2', '3', '4', '5', '6'];
  const codes = await codesOf(
    values.map((value) => ask(setting.context, consent, [{ field: 'total_assets', value }])),
  );
  assert.deepEqual(codes.toSorted(), [
    'ok',
    ...Array.from({ length: 5 }, () => 'verification.sliding_value'),
  ]);
});

test('a booking beyond the limit books nothing, and accounts are kept apart', async (t: TestContext) => {
  const { lists, clock } = await openVerificationSetting(t);
  const account = {
    enterpriseId: toEnterpriseId(7),
    institution: 'bank',
    contractId: 'v02_financials',
    quarter: '2026Q2',
  };
  const book = (disclosureId: string, over: object) =>
    inTransaction(lists.database, (tx) =>
      bookBits(tx, {
        ...account,
        kind: 'score',
        at: clock.now(),
        disclosureId,
        bits: 2.5,
        limitBits: 5,
        ...over,
      }),
    );
  assert.equal(await book('dsc_1', {}), 2.5);
  await assert.rejects(book('dsc_2', { bits: 2.500001 }), {
    code: 'budget.exhausted',
    params: { contract: 'v02_financials', quarter: '2026Q2', limit: 5, bits: 2.500001, next: '2026-07-01' },
  });
  assert.equal(await book('dsc_3', {}), 5);
  assert.equal(await book('dsc_4', { institution: 'other-bank' }), 2.5);
  assert.equal(await book('dsc_5', { quarter: '2026Q3', bits: 5 }), 5);
  await assert.rejects(book('dsc_6', { quarter: '2026Q4', bits: 6 }), { code: 'budget.exhausted' });
});
