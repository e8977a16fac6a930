import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  compileIndicators,
  computeOne,
  computePairs,
  computeValues,
  type IndicatorValue,
  keepDefinitions,
  readableIndicators,
  readKeptIndicator,
} from '#evaluation';
import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { Contract } from '#lists';
import {
  addDelivery,
  addEnterprise,
  addRecords,
  inSnapshot,
  openIndicators,
  ownPermit,
  populationPermit,
} from './indicators-setting.ts';

const setting = await openIndicators({ after });
const { book, catalogue, database } = setting;
const MADE_AT = new Date('2024-01-01T00:00:00Z');
const at = (day: string): Date => new Date(`${day}T10:00:00Z`);

function contract(id: string): Contract {
  const found = catalogue.contracts.get(id);
  assert.ok(found !== undefined);
  return found;
}

type About = { readonly enterprise: EnterpriseId; readonly day: string; readonly asOf?: string };

/** As the enterprise itself is answered, or, for `node`, as the node evaluates it. */
async function valueOf(
  tx: Tx,
  id: string,
  { enterprise, day, asOf }: About,
  by: 'self' | 'node' = 'self',
): Promise<IndicatorValue | undefined> {
  const compiled = compileIndicators(book, [id]);
  const purpose = by === 'self' ? 'self' : 'evaluation';
  const permit = ownPermit(tx, setting, { compiled, knownAt: at(day), subject: enterprise, purpose });
  return (await computeOne(tx, permit, compiled, asOf === undefined ? {} : { asOf })).values[0];
}

test('a source that was never delivered does not cover; one that has nothing of the enterprise is empty', async () => {
  const enterprise = await inTransaction(database, (tx) => addEnterprise(tx, { madeAt: MADE_AT }));
  await inTransaction(database, (tx) => addDelivery(tx, contract('n08_penalty'), at('2026-03-01')));
  await inSnapshot(setting, async (tx) => {
    const value = (day: string): Promise<IndicatorValue | undefined> =>
      valueOf(tx, 'penalty_count_24m', { enterprise, day });
    assert.deepEqual(await value('2026-02-01'), { value: null, status: 'not_covered' });
    assert.deepEqual(await value('2026-04-01'), { value: 0, status: 'empty' });
  });
});

test('a source covers only the kinds of enterprise that the definition names', async () => {
  const trader = await inTransaction(database, async (tx) => {
    await addDelivery(tx, contract('n01_registration'), at('2026-03-01'));
    return await addEnterprise(tx, { madeAt: MADE_AT, kind: 'sole_trader' });
  });
  await inSnapshot(setting, async (tx) => {
    const about = { enterprise: trader, day: '2026-04-01' };
    assert.equal((await valueOf(tx, 'registered_capital_fen', about))?.status, 'not_covered');
    assert.equal((await valueOf(tx, 'age_days', about))?.status, 'empty');
  });
});

test('a source without news for too long gives its value as stale', async () => {
  const enterprise = await inTransaction(database, async (tx) => {
    const id = await addEnterprise(tx, { madeAt: MADE_AT });
    const report = contract('n35_annual_report');
    const deliveryNo = await addDelivery(tx, report, at('2025-01-01'));
    const base = { enterpriseId: id, deliveryNo, rowNo: 1, knownFrom: at('2025-01-01') };
    await addRecords(tx, report, [{ ...base, values: { report_year: 2023, total_revenue: 7 } }]);
    return id;
  });
  await inSnapshot(setting, async (tx) => {
    const value = (day: string): Promise<IndicatorValue | undefined> =>
      valueOf(tx, 'report_revenue_latest_fen', { enterprise, day });
    assert.deepEqual(await value('2026-05-16'), { value: 7, status: 'ok' });
    assert.deepEqual(await value('2026-05-17'), { value: 7, status: 'stale' });
  });
});

test('a followed source covers the enterprises it is followed for, and never a population', async () => {
  const tax = contract('n14_tax_declaration');
  const [followed, other] = await inTransaction(database, async (tx) => {
    const ids = [
      await addEnterprise(tx, { madeAt: MADE_AT }),
      await addEnterprise(tx, { madeAt: MADE_AT }),
    ] as const;
    const base = { enterpriseId: ids[0], deliveryNo: '1', rowNo: 1, knownFrom: at('2026-03-01') };
    await addRecords(tx, tax, [
      { ...base, values: { tax_kind: 'vat', period_to: '2026-02-28', declaration_state: 'on_time' } },
    ]);
    return ids;
  });
  const compiled = compileIndicators(book, ['tax_overdue_12m']);
  await inSnapshot(setting, async (tx) => {
    const value = (enterprise: EnterpriseId, day: string): Promise<IndicatorValue | undefined> =>
      valueOf(tx, 'tax_overdue_12m', { enterprise, day });
    assert.deepEqual(await value(followed, '2026-03-05'), { value: 0, status: 'empty' });
    assert.deepEqual(await value(followed, '2026-09-05'), { value: 0, status: 'stale' });
    assert.deepEqual(await value(other, '2026-03-05'), { value: null, status: 'not_covered' });
    const reports = compileIndicators(book, ['report_years_5y']);
    const permit = populationPermit(tx, setting, { compiled: reports, knownAt: at('2026-03-05') });
    const run = computeValues(tx, permit, compiled);
    await assert.rejects(run.next(), { code: 'indicators.followed_needs_consent' });
  });
});

test('the node evaluates public records alone; what else is readable is told by the Permit', async () => {
  const enterprise = await inTransaction(database, (tx) => addEnterprise(tx, { madeAt: MADE_AT }));
  await inSnapshot(setting, async (tx) => {
    const about = { enterprise, day: '2026-04-01' };
    await assert.rejects(valueOf(tx, 'tax_overdue_12m', about, 'node'), {
      code: 'policy.evaluation_of_public_records',
    });
    const ids = ['penalty_count_24m', 'tax_overdue_12m', 'invoice_red_ratio'];
    const compiled = compileIndicators(book, ids);
    const asked = { compiled, knownAt: at(about.day), subject: enterprise } as const;
    const permit = ownPermit(tx, setting, { ...asked, purpose: 'evaluation' });
    assert.deepEqual(readableIndicators(permit, book, ids), ['penalty_count_24m']);
    await assert.rejects(computeOne(tx, permit, compiled), { code: 'indicators.not_readable' });
    await assert.rejects(valueOf(tx, 'penalty_count_24m', { ...about, asOf: '2026-04-02' }, 'node'), {
      code: 'indicators.day_in_future',
    });
  });
});

test('a record under objection counts, or not, as asked', async () => {
  const penalty = contract('n08_penalty');
  const enterprise = await inTransaction(database, async (tx) => {
    const id = await addEnterprise(tx, { madeAt: MADE_AT });
    const deliveryNo = await addDelivery(tx, penalty, at('2026-03-02'));
    const record = (rowNo: number): Parameters<typeof addRecords>[2][number] => ({
      enterpriseId: id,
      deliveryNo,
      rowNo,
      knownFrom: at('2026-03-02'),
      values: { decision_no: `决${rowNo}`, decided_on: '2026-02-01' },
    });
    await addRecords(tx, penalty, [record(1), record(2)]);
    await tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       values ($1, 'n08_penalty', $2, 2, 'disputed', 'test', '2020-01-01', '2020-01-01')`,
      [id, deliveryNo],
    );
    return id;
  });
  const compiled = compileIndicators(book, ['penalty_count_24m']);
  await inSnapshot(setting, async (tx) => {
    const knownAt = at('2026-04-01');
    for (const withoutDisputed of [false, true]) {
      const wanted = withoutDisputed ? 1 : 2;
      const own = ownPermit(tx, setting, { compiled, knownAt, subject: enterprise, purpose: 'evaluation' });
      assert.equal((await computeOne(tx, own, compiled, { withoutDisputed })).values[0]?.value, wanted);
      const run = populationPermit(tx, setting, { compiled, knownAt });
      const found = [];
      for await (const slice of computeValues(tx, run, compiled, { withoutDisputed })) found.push(...slice);
      const one = found.find(({ enterpriseId }) => enterpriseId === enterprise);
      assert.equal(one?.values[0]?.value, wanted);
    }
  });
});

test('a pair of a day before the register knew the enterprise has no values', async () => {
  const enterpriseId = await inTransaction(database, (tx) => addEnterprise(tx, { madeAt: MADE_AT }));
  const compiled = compileIndicators(book, ['penalty_count_24m']);
  await inSnapshot(setting, async (tx) => {
    const permit = populationPermit(tx, setting, { compiled, knownAt: at('2026-04-01') });
    const pairs = ['2023-12-01', '2026-03-31'].map((asOf) => ({ enterpriseId, asOf }));
    const [before, later] = await computePairs(tx, permit, compiled, { pairs });
    assert.equal(before, undefined);
    assert.deepEqual(later?.values, [{ value: 0, status: 'empty' }]);
  });
});

test('a population of chosen enterprises is computed and no other', async () => {
  const [one, two] = await inTransaction(database, async (tx) => [
    await addEnterprise(tx, { madeAt: MADE_AT }),
    await addEnterprise(tx, { madeAt: MADE_AT }),
  ]);
  assert.ok(one !== undefined && two !== undefined);
  const compiled = compileIndicators(book, ['penalty_count_24m', 'commitment_kept_share']);
  await inSnapshot(setting, async (tx) => {
    const population = { kind: 'list', ids: [two] } as const;
    const permit = populationPermit(tx, setting, { compiled, knownAt: at('2026-04-01'), population });
    const found = [];
    for await (const slice of computeValues(tx, permit, compiled)) found.push(...slice);
    assert.deepEqual(
      found.map(({ enterpriseId }) => enterpriseId),
      [two],
    );
    const pairs = [{ enterpriseId: one, asOf: '2026-04-01' }];
    assert.deepEqual(await computePairs(tx, permit, compiled, { pairs }), [undefined]);
  });
});

test('definitions are kept by their hash, each once', async () => {
  const count = book.indicators.size + book.releases.size;
  const keep = (): Promise<number> =>
    inTransaction(database, (tx) => keepDefinitions(tx, book, at('2026-04-01')));
  assert.equal(await keep(), count);
  assert.equal(await keep(), 0);
  const one = book.indicators.get('penalty_count_24m');
  const kept = await inTransaction(database, (tx) => readKeptIndicator(tx, one?.hash ?? ''));
  assert.deepEqual(kept, one?.definition);
});
