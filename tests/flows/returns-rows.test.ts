import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { type FigureRow, readFigureRows, readMonth, type RowsScope, sealMonth } from '#returns';
import { type Grant, requireAllowed } from '#security';
import { callerOf } from './outcomes-setting.ts';
import { DATA_ADMIN, give, loanOf, openReturnsSetting, reportFor } from './returns-setting.ts';

const MONTH = '2026-09';
const setting = await openReturnsSetting({ after });
const { context, clock, ids } = setting;
const read = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) =>
  inTransaction(context.database, work);

/** Seven borrowers in Chaoyang and five in Haidian; the first borrows twice from one bank and once from the other. */
const disclosures: string[] = [];
for (const subject of [...ids.slice(0, 7), ...ids.slice(12, 17)])
  disclosures.push(await give(setting, { subject }));
const [first = assert.fail()] = ids;
const second = await give(setting, { subject: first });
const elsewhere = await give(setting, { subject: first, institution: 'other-bank' });
const byPlatform = await give(setting, { subject: first, platform: 'platform' });
clock.set('2026-10-05T02:00:00Z');
await reportFor(
  setting,
  'bank',
  disclosures.map((id, n) => loanOf(id, `L-${n}`, 1_000_00 * (n + 1))),
);
await reportFor(setting, 'bank', [loanOf(second, 'L-twice', 77_00)]);
await reportFor(setting, 'bank', [loanOf(byPlatform, 'L-0', 1_000_00)], 'platform');
await reportFor(setting, 'other-bank', [loanOf(elsewhere, 'L-0', 500_00)]);
clock.set('2026-10-09T02:00:00Z');
await sealMonth(context, { caller: DATA_ADMIN, month: MONTH, kind: 'first', reason: '' });
const month = await read((tx) => readMonth(tx, { month: MONTH, viewer: { sees: 'all' } }));
const duty = requireAllowed(context.policies, DATA_ADMIN, 'drill_returns');

/** Every page of three rows. */
async function rowsOf(statistic: string, scope: RowsScope, grant: Grant = duty): Promise<FigureRow[]> {
  const rows: FigureRow[] = [];
  const asked = { statistic, month: MONTH, knownAt: month.knownAt, scope, limit: 3 };
  for (;;) {
    const page = { ...asked, after: rows.at(-1) };
    const next = await read((tx) => readFigureRows(tx, context, { grant, page }));
    rows.push(...next);
    if (next.length < 3) return rows;
  }
}

const SCOPES = {
  city: () => ({}),
  district: (district: string) => ({ district }),
  institution_type: (institutionType: string) => ({ institutionType }),
  institution: (institution: string) => ({ institution }),
} as const;

const sum = (rows: readonly FigureRow[], part: 'numerator' | 'denominator') =>
  rows.reduce((total, row) => total + Number(row[part] ?? 0), 0);

test('every figure of every scope is the sum of its rows, page by page', async () => {
  const seen = new Set<string>();
  for (const { statistic, scope, key, numerator, denominator } of month.figures) {
    const rows = await rowsOf(statistic, SCOPES[scope](key));
    const where = `${statistic} ${scope} ${key}`;
    assert.equal(sum(rows, 'numerator'), Number(numerator), where);
    // The register's own number is no sum of rows.
    if (denominator !== null && statistic !== 'coverage')
      assert.equal(sum(rows, 'denominator'), Number(denominator), where);
    seen.add(scope);
  }
  assert.deepEqual([...seen].sort(), Object.keys(SCOPES).sort());
  assert.equal(month.figures.find((one) => one.statistic === 'borrowers')?.value, 12);
  assert.equal((await rowsOf('borrowers', {})).length, 14, 'three loans of the first enterprise');
});

test('the totals of each channel are the sum of its rows, those for which another channel stands included', async () => {
  const statistics = { borrowers: 'borrowers', firstBorrowers: 'first_borrowers', loans: 'loans' } as const;
  const amounts = { lentFen: 'lent_fen', balanceFen: 'balance_fen', creditFen: 'credit_share' } as const;
  assert.deepEqual(
    month.reconciliation.map(({ institution, channel }) => [institution, channel]),
    [
      ['bank', 'direct'],
      ['bank', 'platform'],
      ['other-bank', 'direct'],
    ],
  );
  for (const { institution, channel, counted } of month.reconciliation) {
    for (const [total, statistic] of Object.entries({ ...statistics, ...amounts })) {
      const rows = await rowsOf(statistic, { institution, channel });
      const said = Number(Object.entries(counted).find(([name]) => name === total)?.[1]);
      assert.equal(sum(rows, 'numerator'), said, `${institution} ${channel} ${total}`);
    }
  }
});

test('an institution drills to rows of its own alone, in whatever scope', async () => {
  const reporter = callerOf({
    id: 'acc_r',
    kind: 'institution',
    roles: ['reporter'],
    participantId: 'other-bank',
  });
  const grant = requireAllowed(context.policies, reporter, 'drill_returns', { participant: 'other-bank' });
  for (const scope of [{}, { district: '朝阳区' }, { institutionType: 'bank' }, { institution: 'bank' }]) {
    const rows = await rowsOf('loans', scope, grant);
    assert.ok(rows.every(({ institution }) => institution === 'other-bank'));
  }
  assert.equal((await rowsOf('loans', { district: '海淀区' }, grant)).length, 0);
});
