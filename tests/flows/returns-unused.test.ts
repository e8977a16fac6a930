import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, Refusal } from '#kernel';
import { listUnused, listUnusedOf, readUnusedRatios, readUnusedSince, sweepUnused } from '#returns';
import { decide, requireAllowed } from '#security';
import { callerOf } from './outcomes-setting.ts';
import { DATA_ADMIN, give, loanOf, openReturnsSetting, reportFor } from './returns-setting.ts';

const MONTH = '2026-09';
const setting = await openReturnsSetting({ after });
const { context, clock, ids } = setting;
const { database, policies, rules } = context;
const read = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) => inTransaction(database, work);
const compliance = callerOf({
  id: 'acc_c',
  kind: 'institution',
  roles: ['compliance'],
  participantId: 'bank',
});
const ratios = () =>
  read((tx) => readUnusedRatios(tx, rules.statistics.suppression, { month: MONTH, knownAt: clock.now() }));

const given: string[] = [];
for (const subject of ids.slice(0, 6)) given.push(await give(setting, { subject }));
const forApplication = await give(setting, { subject: ids[1] ?? assert.fail(), application: 'A-L-1' });
await give(setting, { subject: ids[9] ?? assert.fail(), institution: 'other-bank' });

test('before its time no query is unused', async () => {
  clock.set('2026-09-20T02:00:00Z');
  const swept = await sweepUnused(context, { caller: DATA_ADMIN });
  assert.deepEqual(swept, { found: 0, ended: 0, months: 0 });
});

test('after its time a query with no use, application or loan is found, once, and the ratio is published', async () => {
  clock.set('2026-10-05T02:00:00Z');
  await reportFor(setting, 'bank', [
    loanOf(given[1] ?? assert.fail(), 'L-1'),
    { disclosureId: given[2] ?? assert.fail(), used: true },
    { disclosureId: given[3] ?? assert.fail(), used: false, unusedReason: 'data_wrong' },
  ]);
  const swept = await sweepUnused(context, { caller: DATA_ADMIN });
  assert.deepEqual(swept, { found: 5, ended: 0, months: 2 });
  assert.deepEqual(await sweepUnused(context, { caller: DATA_ADMIN }), { found: 0, ended: 0, months: 0 });
  assert.deepEqual(await ratios(), [
    { institution: 'bank', month: MONTH, queries: 7, unused: 4, ratio: Math.round((4 / 7) * 1e6) / 1e6 },
    { institution: 'other-bank', month: MONTH, queries: null, unused: null, ratio: null },
  ]);
});

test('the compliance officer sees its institution’s, the enterprise its own, and nobody another’s', async () => {
  const grant = requireAllowed(policies, compliance, 'read_unused', { participant: 'bank' });
  const listed = await read((tx) => listUnused(tx, grant, { month: MONTH, limit: 100 }));
  assert.deepEqual(
    listed.map(({ disclosureId, unusedReason }) => [given.indexOf(disclosureId), unusedReason]),
    [
      [0, null],
      [3, 'data_wrong'],
      [4, null],
      [5, null],
    ],
  );
  assert.ok(
    !listed.some(({ disclosureId }) => disclosureId === forApplication),
    'it was for the application',
  );
  assert.throws(
    () => requireAllowed(policies, compliance, 'read_unused', { participant: 'other-bank' }),
    (error: unknown) => error instanceof Refusal && error.code === 'policy.returns_of_others',
  );
  const subject = ids[0] ?? assert.fail();
  const caller = callerOf({
    id: 'acc_e',
    kind: 'enterprise',
    roles: ['legal_representative'],
    enterpriseId: subject,
  });
  const own = await read(async (tx) => {
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts: [], asOf });
    const found = await listUnusedOf(tx, permit);
    const since = await readUnusedSince(tx, permit, [given[0] ?? '', given[1] ?? '']);
    assert.deepEqual([...since], [[given[0], found[0]?.since]]);
    return found;
  });
  assert.deepEqual(
    own.map(({ disclosureId }) => disclosureId),
    [given[0]],
  );
});

test('a late report ends the finding, and what was known before still reads so', async () => {
  const before = clock.now();
  clock.set('2026-10-20T02:00:00Z');
  await reportFor(setting, 'bank', [loanOf(given[0] ?? assert.fail(), 'L-0')]);
  assert.deepEqual(await sweepUnused(context, { caller: DATA_ADMIN }), { found: 0, ended: 1, months: 1 });
  assert.equal((await ratios())[0]?.unused, 3);
  const then = await read((tx) =>
    readUnusedRatios(tx, rules.statistics.suppression, { month: MONTH, knownAt: before }),
  );
  assert.equal(then[0]?.unused, 4);
});
