import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findConsent, grantConsent, readStandingConsents, revokeConsent } from '#consent';
import { type EnterpriseId, inTransaction, toEnterpriseId, type Tx } from '#kernel';
import {
  listWatches,
  measureCoverage,
  readLiveWatches,
  readWatchedAmong,
  readWatchedIds,
  refreshAllWatches,
  refreshWatches,
} from '#monitoring';
import {
  acceptConflict,
  listConflicts,
  loadReasons,
  lockLiveLoans,
  type OutcomeItem,
  readBorrowersOfBatch,
  readLiveLoans,
  reportOutcomes,
  toReported,
} from '#outcomes';
import { addEnterprise, ask, callerOf, openSetting } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  lent,
  monthOf,
  readVersions,
  reporterOf,
  SETTLED,
  untilSomebodyWaits,
} from './monitoring-watch-setting.ts';
import { disclose, report as reportAny } from './outcomes-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const setting = await openSetting(endingOf(after));
const { database, clock, context, signatory, enterpriseId } = setting;
clock.advance(Date.parse('2026-10-20T02:00:00Z') - clock.now().getTime());
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
const outcomes = { database, context: { ...context, reasons: loadReasons(ROOT) } };

type Lending = { institution?: string; platform?: string };

const disclosed = (subject: EnterpriseId, { institution = 'bank', platform }: Lending = {}) =>
  disclose({ ...context }, { subject, institution, ...(platform === undefined ? {} : { platform }) });

/** Each report a second later: an institution's month follows on the one before. */
async function report(items: OutcomeItem[], { institution = 'bank', platform }: Lending = {}) {
  clock.advance(1_000);
  const result = await reportAny(outcomes, items, reporterOf(institution, platform));
  assert.equal(result.counts.refused, 0, JSON.stringify(result.results));
  return result;
}

let codes = 0;
/** An enterprise nobody has lent to yet. */
async function newEnterprise(): Promise<EnterpriseId> {
  codes += 1;
  const code = `9111010${codes}MA01QRST0K`.slice(0, 18);
  const { enterpriseId: id } = await within((tx) =>
    addEnterprise(tx, { code, name: `北京第${codes}有限公司`, accountId: `acc_new_${codes}` }),
  );
  return id ?? assert.fail();
}

const refresh = (...enterpriseIds: EnterpriseId[]) =>
  within((tx) => refreshWatches(tx, { clock }, { enterpriseIds }));
const live = (...ids: EnterpriseId[]) => within((tx) => readLiveWatches(tx, ids, clock));

test('a loan is watched from its disbursement, each change is a version, and settlement ends it', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  await report([lent(paper)]);
  assert.deepEqual(await live(id), [], 'nothing is watched before the list says so');
  assert.deepEqual(await refresh(id), { opened: 1, changed: 0, ended: 0 });
  assert.deepEqual(await refresh(id), { opened: 0, changed: 0, ended: 0 });
  const [watch] = await live(id);
  assert.deepEqual(
    [watch?.institutionId, watch?.branchId, watch?.platformId, watch?.since, watch?.loans, watch?.balanceFen],
    ['bank', 'bank', null, '2026-09-15', 1, 400_000_00n],
  );
  await report([lent(paper, 'L-1', monthOf())]);
  assert.deepEqual(await refresh(id), { opened: 0, changed: 1, ended: 0 });
  await report([lent(paper, 'L-1', SETTLED)]);
  assert.deepEqual(await live(id), [], 'strict before the list has followed');
  assert.deepEqual(await refresh(id), { opened: 0, changed: 0, ended: 1 });
  assert.deepEqual(await readVersions(database, id), [
    [1, 400_000_00, null, false, null],
    [1, 300_000_00, 'settled', false, '2026-10-12'],
  ]);
});

test('a loan stays ended when later months say nothing of it, and lives again when that month is corrected', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  const settled = monthOf({ balanceFen: 0, settledOn: '2026-09-28' });
  await report([lent(paper, 'L-1', settled)]);
  await report([lent(paper, 'L-1', monthOf({ month: '2026-10', balanceFen: 0 }))]);
  assert.deepEqual(await within((tx) => readLiveLoans(tx, [id])), []);
  await report([{ ...lent(paper, 'L-1', monthOf({ balanceFen: 5_00 })), isCorrection: true }]);
  assert.equal((await within((tx) => readLiveLoans(tx, [id]))).length, 1);
});

test('bad with something left is watched, bad with nothing left is written off', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  await report([lent(paper, 'L-1', monthOf({ overdue: 'd90_plus', isBad: true }))]);
  await refresh(id);
  assert.equal((await live(id)).length, 1);
  await report([lent(paper, 'L-1', monthOf({ month: '2026-10', balanceFen: 0, isBad: true }))]);
  await refresh(id);
  assert.deepEqual((await readVersions(database, id)).at(-1)?.slice(2), ['written_off', false, '2026-10-31']);
});

test('settlement at one institution leaves the other, and its platform, as they are', async () => {
  const id = await newEnterprise();
  const [own, brought] = [
    await disclosed(id, { institution: 'other-bank' }),
    await disclosed(id, { platform: 'platform' }),
  ];
  await report([lent(own)], { institution: 'other-bank' });
  await report([lent(brought)], { platform: 'platform' });
  await refresh(id);
  assert.deepEqual(
    (await live(id)).map(({ institutionId, platformId }) => [institutionId, platformId]),
    [
      ['bank', 'platform'],
      ['other-bank', null],
    ],
  );
  await report([lent(own, 'L-1', SETTLED)], { institution: 'other-bank' });
  assert.deepEqual(
    (await live(id)).map(({ institutionId }) => institutionId),
    ['bank'],
  );
});

test('a settlement being written is waited for and seen; one that comes later waits', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  await report([lent(paper)]);
  await refresh(id);
  const writer = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  clock.advance(1_000);
  const settling = within(async (tx) => {
    await reportOutcomes(tx, outcomes.context, {
      ...reporterOf('bank'),
      items: toReported([
        lent(paper, 'L-1', monthOf({ month: '2026-10', balanceFen: 0, settledOn: '2026-10-12' })),
      ]),
    });
    written.resolve();
    await writer.promise;
  });
  await written.promise;
  const looking = live(id);
  await untilSomebodyWaits(database);
  writer.resolve();
  await settling;
  assert.deepEqual(await looking, []);
});

test('who relies on a live loan makes a settlement wait until it is done', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  await report([lent(paper)]);
  await refresh(id);
  const order: string[] = [];
  let settling: Promise<unknown> = Promise.resolve();
  await within(async (tx) => {
    assert.equal((await readLiveWatches(tx, [id], clock)).length, 1);
    settling = report([lent(paper, 'L-1', SETTLED)]).then(() => order.push('settled'));
    await untilSomebodyWaits(database);
    order.push('told');
  });
  await settling;
  assert.deepEqual(order, ['told', 'settled']);
});

test('a loan that is reported anew while it is waited for is locked as it then stands', async () => {
  const id = await newEnterprise();
  const paper = await disclosed(id);
  await report([lent(paper)]);
  const { loan, ...rest } = lent(paper);
  const repriced = { ...rest, loan: { ...(loan ?? assert.fail()), annualRateBp: 400 } };
  const mayCommit = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  clock.advance(1_000);
  const writing = within(async (tx) => {
    await reportOutcomes(tx, outcomes.context, { ...reporterOf('bank'), items: toReported([repriced]) });
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  const looking = within(async (tx) => {
    const loans = await lockLiveLoans(tx, [id]);
    const { rows } = await database.pool.query(
      `select from outcomes.loans where enterprise_id = $1 and known_to = 'infinity' for update skip locked`,
      [id],
    );
    return [loans.length, rows.length];
  });
  await untilSomebodyWaits(database);
  mayCommit.resolve();
  await writing;
  const held = await looking;
  assert.deepEqual(held, [1, 0]);
});

test('where channels differ the report that stands decides, and a person’s decision is waited for too', async () => {
  const id = await newEnterprise();
  const [own, brought] = [await disclosed(id), await disclosed(id, { platform: 'platform' })];
  await report([lent(own, 'L-1', monthOf())]);
  const settled = monthOf({ balanceFen: 0, settledOn: '2026-09-20' });
  const { counts } = await report([lent(brought, 'L-1', settled)], { platform: 'platform' });
  assert.equal(counts.conflicting, 1);
  const isLive = async () => (await within((tx) => readLiveLoans(tx, [id]))).length === 1;
  assert.equal(await isLive(), true);
  const [conflict] = await within((tx) => listConflicts(tx));
  const caller = callerOf({ kind: 'operator', roles: ['data_admin'] });
  let accepting: Promise<EnterpriseId> | undefined;
  await within(async (tx) => {
    await lockLiveLoans(tx, [id]);
    accepting = within((other) =>
      acceptConflict(other, outcomes.context, {
        conflictId: conflict?.conflictId ?? '',
        channel: 'platform',
        caller,
      }),
    );
    await untilSomebodyWaits(database);
  });
  assert.equal(await accepting, id);
  assert.equal(await isLive(), false);
});

test('two refreshes at once open one watch', async () => {
  const id = await newEnterprise();
  await refreshAllWatches({ clock, database });
  await report([lent(await disclosed(id))]);
  const counts = await Promise.all([refresh(id), refresh(id), refreshAllWatches({ clock, database })]);
  assert.equal(
    counts.reduce((sum, { opened }) => sum + opened, 0),
    1,
  );
  assert.equal((await readVersions(database, id)).length, 1);
});

test('consent for post-loan management counts while it is in force, for its institution and route', async () => {
  const paper = await disclosed(enterpriseId);
  await report([lent(paper)]);
  await refresh(enterpriseId);
  assert.equal((await live(enterpriseId))[0]?.consentId, null);
  const { consentId } = await ask(setting, {
    purpose: 'post_loan_management',
    frequency: { count: 1, unit: 'month' },
  });
  assert.equal((await live(enterpriseId))[0]?.consentId, null, 'asked for is not given');
  const { digest } = (await within((tx) => findConsent(tx, clock, consentId))) ?? assert.fail();
  await within((tx) => grantConsent(tx, context, { caller: signatory, consent: consentId, digest }));
  assert.equal((await live(enterpriseId))[0]?.consentId, consentId);
  const { watches } = await within((tx) =>
    listWatches(tx, clock, { of: { institutionId: 'bank' }, page: {} }),
  );
  const line = watches.find(({ consent }) => consent !== null);
  assert.deepEqual([line?.code, line?.since, line?.loans], ['91110108MA01ABCD3N', '2026-09-15', 1]);
  assert.ok((line?.consent?.validTo ?? clock.now()) > clock.now());

  const later = new Date(clock.now().getTime() + 400 * 86_400_000);
  const standing = (at: Date, purpose: 'post_loan_management' | 'loan_origination') =>
    within((tx) => readStandingConsents(tx, { enterpriseIds: [enterpriseId], purpose, at }));
  assert.equal((await standing(clock.now(), 'post_loan_management')).length, 1);
  assert.deepEqual(
    await standing(later, 'post_loan_management'),
    [],
    'time has ended it though nobody wrote that down',
  );
  assert.deepEqual(await standing(clock.now(), 'loan_origination'), []);

  const order: string[] = [];
  let revoking: Promise<unknown> = Promise.resolve();
  await within(async (tx) => {
    await readLiveWatches(tx, [enterpriseId], clock);
    revoking = within((own) => revokeConsent(own, context, { caller: signatory, consent: consentId })).then(
      () => order.push('revoked'),
    );
    await untilSomebodyWaits(database);
    order.push('told');
  });
  await revoking;
  assert.deepEqual(order, ['told', 'revoked']);
  assert.equal((await live(enterpriseId))[0]?.consentId, null);
});

test('loans of a merged enterprise are watched under the one that goes on, and come back when it is undone', async () => {
  const [old, kept] = [await newEnterprise(), await newEnterprise()];
  await report([lent(await disclosed(old))]);
  await refresh(old);
  const merge = (sql: string) => database.pool.query(sql, [old, kept]);
  await merge(
    `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, decided_by) values ($1, $2, now(), 'test')`,
  );
  assert.deepEqual(
    (await live(kept)).map(({ enterpriseId: id }) => id),
    [kept],
    'before the list has followed',
  );
  assert.deepEqual(await refresh(old), { opened: 1, changed: 0, ended: 1 });
  assert.deepEqual((await readVersions(database, old)).at(-1)?.slice(2, 4), ['moved', false]);
  assert.deepEqual(
    (await live(old)).map(({ enterpriseId: id }) => id),
    [kept],
  );
  assert.deepEqual(await within((tx) => readWatchedAmong(tx, [old])), [kept]);
  await merge(
    `update lists.enterprise_aliases set known_to = now() + interval '1 second' where alias_id = $1 and enterprise_id = $2`,
  );
  const counts = await refreshAllWatches({ clock, database });
  assert.deepEqual([counts.opened, counts.ended], [1, 1]);
  assert.deepEqual(
    (await live(old, kept)).map(({ enterpriseId: id }) => id),
    [old],
  );
});

test('coverage counts live loans and watched ones of each institution and platform', async () => {
  const id = await newEnterprise();
  const of = { institutionId: 'other-bank' };
  const coverage = () => within((tx) => measureCoverage(tx, of));
  const [before] = await coverage();
  const paper = await disclosed(id, { institution: 'other-bank' });
  const { batchId } = await report([lent(paper), lent(paper, 'L-2')], { institution: 'other-bank' });
  const [reported] = await coverage();
  assert.equal((reported?.liveLoans ?? 0) - (before?.liveLoans ?? 0), 2);
  assert.equal(reported?.watchedLoans, before?.watchedLoans ?? 0);
  await refresh(
    ...(await within((tx) => readBorrowersOfBatch(tx, { batchId, institutionId: 'other-bank' }))),
  );
  const [watched] = await coverage();
  assert.equal(watched?.watchedLoans, watched?.liveLoans);
  const through = await within((tx) =>
    measureCoverage(tx, { institutionId: 'bank', platformId: 'platform' }),
  );
  assert.deepEqual(through, [{ institutionId: 'bank', liveLoans: 1, watchedLoans: 1 }]);
});

test('watched enterprises come in order, page by page, and lists too', async () => {
  const ids: EnterpriseId[] = [];
  for (let after: EnterpriseId | null = null; ; ) {
    const page: EnterpriseId[] = await within((tx) => readWatchedIds(tx, { after, limit: 2 }));
    ids.push(...page);
    after = page.at(-1) ?? null;
    if (after === null) break;
  }
  assert.ok(ids.length > 3);
  assert.deepEqual(
    ids,
    [...new Set(ids)]
      .map(BigInt)
      .sort((a, b) => (a < b ? -1 : 1))
      .map(toEnterpriseId),
  );
  const lines: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = { after, limit: 2 };
    const { watches, next } = await within((tx) =>
      listWatches(tx, clock, { of: { institutionId: 'bank' }, page }),
    );
    lines.push(...watches.map(({ watchId }) => watchId));
    if (next === null) break;
    after = next;
  }
  assert.equal(lines.length, new Set(lines).size);
  const all = await within((tx) => listWatches(tx, clock, { of: { institutionId: 'bank' }, page: {} }));
  assert.deepEqual(
    lines,
    all.watches.map(({ watchId }) => watchId),
  );
  const office = { institutionId: 'bank', branchId: 'bank-east' };
  assert.deepEqual((await within((tx) => listWatches(tx, clock, { of: office, page: {} }))).watches, []);
});
