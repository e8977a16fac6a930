import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, Refusal } from '#kernel';
import {
  acknowledgeReturn,
  correctReturn,
  handInReturn,
  listHops,
  readFigureRows,
  readMonth,
  readSheet,
  sealDueMonth,
  sealMonth,
  sheetCsv,
} from '#returns';
import { requireAllowed } from '#security';
import { callerOf } from './outcomes-setting.ts';
import { DATA_ADMIN, give, loanOf, openReturnsSetting, reportFor } from './returns-setting.ts';

const MONTH = '2026-09';
const setting = await openReturnsSetting({ after });
const { context, clock, ids } = setting;
const { database, policies } = context;
const read = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) => inTransaction(database, work);
const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;
const bankReporter = callerOf({
  id: 'acc_r',
  kind: 'institution',
  roles: ['reporter'],
  participantId: 'bank',
});
const platformReporter = callerOf({
  id: 'acc_p',
  kind: 'platform',
  roles: ['reporter'],
  participantId: 'platform',
});
const provider = context.catalogue.contracts.get('n01_registration')?.provider ?? assert.fail();
const deliverer = callerOf({ id: 'acc_d', kind: 'provider', roles: ['deliverer'], organisation: provider });

/** Eight borrowers of the bank, one of them through two channels, three of the other bank. */
const disclosures: string[] = [];
for (const [n, subject] of ids.slice(0, 11).entries()) {
  const platform = n === 0 ? { platform: 'platform' } : {};
  disclosures.push(await give(setting, { subject, institution: n < 8 ? 'bank' : 'other-bank', ...platform }));
}
const unlucky = await give(setting, { subject: ids[15] ?? assert.fail(), contracts: ['n08_penalty'] });
clock.set('2026-10-02T02:00:00Z');
const items = disclosures.map((id, n) => loanOf(id, `L-${n}`));
await reportFor(setting, 'bank', items.slice(0, 8));
await reportFor(setting, 'bank', items.slice(0, 1), 'platform');
await reportFor(setting, 'other-bank', items.slice(8));
await reportFor(setting, 'bank', [{ disclosureId: unlucky, used: false, unusedReason: 'data_stale' }]);

const figureOf = (
  figures: readonly { statistic: string; scope: string; key: string }[],
  statistic: string,
  scope = 'city',
  key = 'all',
) => figures.find((one) => one.statistic === statistic && one.scope === scope && one.key === key);

test('before the first working day nothing is due; on it the month is sealed once, whoever asks again', async () => {
  clock.set('2026-10-07T02:00:00Z');
  assert.equal(await sealDueMonth(context, { caller: DATA_ADMIN }), undefined);
  clock.set('2026-10-08T02:00:00Z');
  const sealed = await sealDueMonth(context, { caller: DATA_ADMIN });
  assert.equal(sealed?.month, MONTH);
  assert.ok(sealed.sealed.some(({ subject }) => subject === 'statistics'));
  assert.ok(sealed.sealed.some(({ subject }) => subject === `sheet:${provider}`));
  assert.equal(await sealDueMonth(context, { caller: DATA_ADMIN }), undefined);
  const again = await sealMonth(context, { caller: DATA_ADMIN, month: MONTH, kind: 'first', reason: '' });
  assert.deepEqual(again.sealed, []);
});

test('a month that has not ended is not sealed, and only the node seals', async () => {
  const asked = { month: '2026-10', kind: 'first', reason: '' } as const;
  await assert.rejects(
    sealMonth(context, { ...asked, caller: DATA_ADMIN }),
    refusedWith('returns.month_not_ended'),
  );
  const other = { ...asked, month: MONTH, caller: bankReporter };
  await assert.rejects(sealMonth(context, other), refusedWith('security.not_permitted'));
});

test('figures count each loan once, divide by what the formulas say, and hide what few enterprises make up', async () => {
  const { figures } = await read((tx) => readMonth(tx, { month: MONTH, viewer: { sees: 'all' } }));
  const valueOf = (statistic: string, scope?: string, key?: string): unknown => {
    const found = figureOf(figures, statistic, scope, key);
    return found !== undefined && 'value' in found ? found.value : undefined;
  };
  assert.equal(valueOf('borrowers'), 11);
  assert.equal(valueOf('loans'), 11);
  assert.equal(valueOf('lent_fen'), 11 * 100_000_00);
  assert.equal(valueOf('balance_fen'), 11 * 100_000_00);
  assert.equal(valueOf('credit_share'), 1);
  assert.equal(valueOf('average_rate_bp'), 345);
  assert.equal(valueOf('coverage'), 0.55);
  assert.equal(valueOf('coverage', 'district', '朝阳区'), Math.round((11 / 12) * 1e6) / 1e6);
  assert.equal(valueOf('availability'), 1);
  assert.equal(valueOf('convenience'), 9);
  assert.equal(valueOf('borrowers', 'institution', 'bank'), 8);
  const published = await read((tx) => readMonth(tx, { month: MONTH, viewer: { sees: 'published' } }));
  for (const institution of ['bank', 'other-bank']) {
    const figure = published.figures.find(
      ({ statistic, key }) => statistic === 'borrowers' && key === institution,
    );
    assert.equal(figure?.value, null, 'the three of the other bank would follow from the eight of the bank');
  }
  const own = await read((tx) =>
    readMonth(tx, { month: MONTH, viewer: { sees: 'own', institution: 'bank' } }),
  );
  assert.equal(
    own.figures.find(({ statistic, key }) => statistic === 'borrowers' && key === 'bank')?.value,
    8,
  );
  assert.ok(!own.figures.some(({ key }) => key === 'other-bank'));
});

test('the rows behind a figure add up to it, and an institution sees its own alone', async () => {
  const { knownAt } = await read((tx) => readMonth(tx, { month: MONTH, viewer: { sees: 'all' } }));
  const page = { statistic: 'lent_fen', month: MONTH, knownAt, limit: 100 };
  const all = await read((tx) =>
    readFigureRows(tx, context, { grant: requireAllowed(policies, DATA_ADMIN, 'drill_returns'), page }),
  );
  assert.equal(
    all.reduce((sum, { numerator }) => sum + Number(numerator), 0),
    11 * 100_000_00,
  );
  const grant = requireAllowed(policies, bankReporter, 'drill_returns', { participant: 'bank' });
  const own = await read((tx) => readFigureRows(tx, context, { grant, page }));
  assert.deepEqual([...new Set(own.map(({ institution }) => institution))], ['bank']);
  assert.equal(own.length, 8);
  assert.throws(
    () => requireAllowed(policies, bankReporter, 'drill_returns', { participant: 'other-bank' }),
    refusedWith('policy.returns_of_others'),
  );
});

test('a department sees what its data achieved and what was complained of, without a name', async () => {
  const asked = { caller: deliverer, provider, month: MONTH };
  const { sheet } = await read((tx) => readSheet(tx, context, asked));
  const line = sheet.datasets.find(({ contract }) => contract === 'n01_registration');
  assert.deepEqual(
    [line?.reads, line?.institutions, line?.enterprises, line?.loans, line?.borrowers, line?.lentFen],
    [{ answer: 11 }, 2, 11, 11, 11, String(11 * 100_000_00)],
  );
  assert.deepEqual(sheet.alerts?.datasets, [], 'no alert was raised');
  const penalties = context.catalogue.contracts.get('n08_penalty')?.provider ?? assert.fail();
  const other = await read((tx) =>
    readSheet(tx, context, { ...asked, caller: DATA_ADMIN, provider: penalties }),
  );
  const penalty = other.sheet.datasets.find(({ contract }) => contract === 'n08_penalty');
  assert.deepEqual(penalty?.complaints, {});
  assert.match(sheetCsv(sheet), /^\uFEFF数据集,名称/);
  assert.ok(!sheetCsv(sheet).includes('代表'));
  if (penalties === provider) return;
  await assert.rejects(
    read((tx) => readSheet(tx, context, { ...asked, provider: penalties })),
    refusedWith('policy.sheet_of_another_department'),
  );
});

const TOTALS = {
  borrowers: '8',
  firstBorrowers: '8',
  loans: '8',
  lentFen: String(8 * 100_000_00),
  creditFen: String(8 * 100_000_00),
  balanceFen: String(8 * 100_000_00),
};

test('a return goes from institution to platform to node, each acknowledging, and a correction names what it corrects', async () => {
  const sent = { caller: bankReporter, month: MONTH, institution: 'bank', platform: 'platform' };
  const one = { ...TOTALS, borrowers: '1', firstBorrowers: '1', loans: '2' };
  await assert.rejects(
    read((tx) => handInReturn(tx, context, { ...sent, platform: 'other-bank', totals: one })),
    refusedWith('returns.platform_unknown'),
  );
  const { hopId } = await read((tx) => handInReturn(tx, context, { ...sent, totals: one }));
  await assert.rejects(
    read((tx) => handInReturn(tx, context, { ...sent, totals: one })),
    refusedWith('returns.already_handed_in'),
  );
  const forward = { caller: platformReporter, month: MONTH, institution: 'bank', platform: 'platform' };
  await assert.rejects(
    read((tx) => handInReturn(tx, context, forward)),
    refusedWith('returns.nothing_to_forward'),
  );
  const decision = 'acknowledge' as const;
  await assert.rejects(
    read((tx) => acknowledgeReturn(tx, context, { caller: bankReporter, hopId, decision })),
    refusedWith('policy.returns_of_others'),
  );
  await read((tx) => acknowledgeReturn(tx, context, { caller: platformReporter, hopId, decision }));
  const second = await read((tx) => handInReturn(tx, context, forward));
  await read((tx) => acknowledgeReturn(tx, context, { caller: DATA_ADMIN, hopId: second.hopId, decision }));
  const fixed = { ...sent, totals: { ...one, loans: '1' }, reason: '笔数录入有误' };
  const corrected = await read((tx) => correctReturn(tx, context, fixed));
  assert.equal(corrected.corrects, hopId);
  const hops = await read((tx) => listHops(tx, context, { caller: platformReporter, month: MONTH }));
  assert.deepEqual(hops.map(({ route, versionNo, state }) => [route, versionNo, state]).sort(), [
    ['institution_to_platform', 1, 'corrected'],
    ['institution_to_platform', 2, 'handed_in'],
    ['platform_to_node', 1, 'acknowledged'],
  ]);
  // The tenth is a Saturday on which people work.
  assert.deepEqual([...new Set(hops.map(({ dueOn }) => dueOn))].sort(), ['2026-10-10', '2026-10-14']);
});

test('a department acknowledges its sheet, and nobody else does', async () => {
  const hops = await read((tx) => listHops(tx, context, { caller: deliverer, month: MONTH }));
  const hopId = hops[0]?.hopId ?? assert.fail();
  assert.deepEqual([hops.length, hops[0]?.state], [1, 'handed_in']);
  const decision = 'acknowledge' as const;
  await assert.rejects(
    read((tx) => acknowledgeReturn(tx, context, { caller: DATA_ADMIN, hopId, decision })),
    refusedWith('returns.hop_unknown'),
  );
  await assert.rejects(
    read((tx) => acknowledgeReturn(tx, context, { caller: deliverer, hopId, decision: 'reject' })),
    refusedWith('returns.reason_missing'),
  );
  await read((tx) => acknowledgeReturn(tx, context, { caller: deliverer, hopId, decision }));
  await assert.rejects(
    read((tx) => acknowledgeReturn(tx, context, { caller: deliverer, hopId, decision })),
    refusedWith('returns.not_waiting'),
  );
});

test('what comes in later makes a corrected version that names the old one, which still reads as it was', async () => {
  const late = await give(setting, { subject: ids[18] ?? assert.fail() });
  clock.set('2026-10-21T02:00:00Z');
  await reportFor(setting, 'bank', [loanOf(late, 'L-late')]);
  const revised = await sealDueMonth(context, { caller: DATA_ADMIN });
  assert.ok(revised?.sealed.some(({ subject, versionNo }) => subject === 'statistics' && versionNo === 2));
  const viewer = { sees: 'all' } as const;
  const [first, second] = [
    await read((tx) => readMonth(tx, { month: MONTH, version: 1, viewer })),
    await read((tx) => readMonth(tx, { month: MONTH, viewer })),
  ];
  assert.equal(second.correctsHash, first.contentHash);
  assert.equal(first.figures.find(({ statistic }) => statistic === 'borrowers')?.value, 11);
  assert.equal(second.figures.find(({ statistic }) => statistic === 'borrowers')?.value, 12);
  assert.equal(await sealDueMonth(context, { caller: DATA_ADMIN }), undefined);
});

test('complaints about data come back to the department in the month in which they were made', async () => {
  clock.set('2026-11-03T02:00:00Z');
  await Promise.all([
    sealDueMonth(context, { caller: DATA_ADMIN }),
    sealDueMonth(context, { caller: DATA_ADMIN }),
  ]);
  const penalties = context.catalogue.contracts.get('n08_penalty')?.provider ?? assert.fail();
  const asked = { caller: DATA_ADMIN, provider: penalties, month: '2026-10' };
  const { sheet } = await read((tx) => readSheet(tx, context, asked));
  const penalty = sheet.datasets.find(({ contract }) => contract === 'n08_penalty');
  assert.deepEqual(penalty?.complaints, { data_stale: 1 });
});

test('two workers at once seal one version of each, and a run that was cut does what is missing at its own instant', async () => {
  const { rows } = await database.pool.query<{ n: number; instants: number }>(
    `select max(version_no)::integer as n, count(distinct known_at)::integer as instants from returns.month_versions
     where month = '2026-10-01'`,
  );
  assert.deepEqual(rows, [{ n: 1, instants: 1 }]);
  const subject = `sheet:${provider}`;
  await database.pool.query(
    `delete from returns.month_versions where month = '2026-10-01' and subject = $1`,
    [subject],
  );
  await database.pool.query(`delete from returns.hops where month = '2026-10-01' and about = $1`, [provider]);
  await database.pool.query(`update returns.month_runs set done_at = null where month = '2026-10-01'`);
  clock.set('2026-11-04T02:00:00Z');
  const resumed = await sealDueMonth(context, { caller: DATA_ADMIN });
  assert.deepEqual(resumed?.sealed, [{ subject, versionNo: 1 }]);
  const again = await database.pool.query<{ instants: number }>(
    `select count(distinct known_at)::integer as instants from returns.month_versions where month = '2026-10-01'`,
  );
  assert.deepEqual(again.rows, [{ instants: 1 }]);
});

test('totals are set against what was reported loan by loan, channel by channel, and differences are listed', async () => {
  const { reconciliation } = await read((tx) => readMonth(tx, { month: MONTH, viewer: { sees: 'all' } }));
  const direct = reconciliation.find((one) => one.institution === 'bank' && one.channel === 'direct');
  assert.equal(direct?.said, null);
  assert.equal(direct.counted.loans, '9');
  const viaPlatform = reconciliation.find((one) => one.institution === 'bank' && one.channel === 'platform');
  assert.deepEqual([viaPlatform?.counted.loans, viaPlatform?.countedElsewhere], ['1', 1]);
  assert.deepEqual(
    viaPlatform?.differences.map(({ figure, said, counted }) => [figure, said, counted]),
    [
      ['lentFen', TOTALS.lentFen, '10000000'],
      ['creditFen', TOTALS.creditFen, '10000000'],
      ['balanceFen', TOTALS.balanceFen, '10000000'],
    ],
  );
});
