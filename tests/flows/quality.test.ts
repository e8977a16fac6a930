import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { beijingDate, inTransaction, Refusal, type Tx } from '#kernel';
import type { ListsContext } from '#lists';
import { systemCaller } from '#platform';
import { monthOf, previousPeriod, startOfBeijingDate } from '../../src/lists/quality/period.ts';
import { contestScore, decideContest } from '../../src/lists/quality/runs/contests.ts';
import { openScore } from '../../src/lists/quality/runs/open-score.ts';
import { readQuality } from '../../src/lists/quality/runs/read-quality.ts';
import { recomputeQuality } from '../../src/lists/quality/runs/recompute.ts';
import { type QualityRun, runQuality } from '../../src/lists/quality/runs/run-quality.ts';
import { readScores, type StoredScore } from '../../src/lists/quality/runs/snapshot.ts';
import { loadCalendar } from '../../src/lists/quality/working-days.ts';
import { openTestLists } from '../support/lists.ts';
import { CODES, csv, deliverFile, movableClock } from './quality-city.ts';

const now = new Date();
const month = monthOf(beijingDate(now));
const before = previousPeriod(month);
const clock = movableClock(startOfBeijingDate(before.from));
const context: ListsContext = { ...(await openTestLists({ after })), clock };
const caller = systemCaller('run_quality');
const calendar = loadCalendar(`${context.packageFolder}/models/calendars`);
const [A, B, C, D] = CODES;
const signed = { keys: context.keys, at: now };

const registration = (rows: readonly [string, ...string[]][]) =>
  csv(['成立日期', '住所', '登记状态', '企业类型代码', '法定代表人', '核准日期'], rows);
const PENALTY = ['行政处罚决定书文号', '处罚类别', '处罚决定日期'];

async function work<Result>(task: (tx: Tx) => Promise<Result>): Promise<Result> {
  return await inTransaction(context.database, task);
}

async function storedScore(
  run: QualityRun,
  key: Pick<StoredScore, 'scope' | 'subject' | 'dimension'>,
): Promise<StoredScore> {
  const scores = await work((tx) => readScores(tx, run.runNo));
  const found = scores.find(
    (s) => s.scope === key.scope && s.subject === key.subject && s.dimension === key.dimension,
  );
  assert.ok(found !== undefined, `${key.scope} ${key.dimension} ${key.subject}`);
  return found;
}

const refuses = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

let first: QualityRun;
let second: QualityRun;

test('a period in which nothing was checked has no figures and says so', async () => {
  await assert.rejects(
    runQuality(context, { period: month.id, caller }),
    refuses('quality.period_not_begun'),
  );
  await assert.rejects(runQuality(context, { period: before.id, caller }), refuses('quality.no_checks'));
  await assert.rejects(
    work((tx) => readQuality(tx, { period: before.id })),
    refuses('quality.period_without_run'),
  );
});

test('a month of sound registrations is whole, except for what other datasets owe', async () => {
  const rows = [A, B, C].map((code): [string, ...string[]] => [
    code,
    '2020-05-06',
    '海淀区',
    '存续',
    '有限公司',
    '张样例',
    before.from,
  ]);
  const receipt = await deliverFile(context, {
    contract: 'n01_registration',
    fileName: 'a.csv',
    content: registration(rows),
  });
  assert.equal(receipt.new, 3, JSON.stringify(receipt));
  first = await runQuality(context, { period: before.id, caller });
  assert.equal(
    (await storedScore(first, { scope: 'dataset', subject: 'n01_registration', dimension: 'accuracy' }))
      .value,
    1_000_000,
  );
  const coverage = await storedScore(first, {
    scope: 'dataset',
    subject: 'n03_shareholders',
    dimension: 'coverage',
  });
  assert.deepEqual([coverage.numerator, coverage.denominator], [0, 3]);
  assert.equal(first.isSynthetic, true);
});

test('a row that fails counts once, and a record is judged by another dataset', async () => {
  clock.at = now;
  const good = Array.from({ length: 18 }, (_, at): [string, ...string[]] => [
    A,
    `京${at}`,
    '罚款',
    '2024-03-01',
  ]);
  const content = csv(PENALTY, [
    ...good,
    [B, '京90', '罚款', '2019-01-01'],
    [C, '京91', '从没有过的处罚', '2024-02-30'],
  ]);
  const receipt = await deliverFile(context, { contract: 'n08_penalty', fileName: 'p.csv', content });
  assert.deepEqual([receipt.new, receipt.quarantined], [19, 1], JSON.stringify(receipt));
  second = await runQuality(context, { period: month.id, caller });
  const accuracy = await storedScore(second, {
    scope: 'dataset',
    subject: 'n08_penalty',
    dimension: 'accuracy',
  });
  assert.deepEqual([accuracy.numerator, accuracy.denominator], [19, 20]);
  const found = second.rules.find(({ rule }) => rule === 'penalty_after_founding');
  assert.deepEqual([found?.checked, found?.failed], [19, 1]);
});

test('each score opens to rule, count and row ids', async () => {
  const accuracy = await storedScore(second, {
    scope: 'dataset',
    subject: 'n08_penalty',
    dimension: 'accuracy',
  });
  const opened = await work((tx) => openScore(tx, accuracy.scoreNo));
  const [delivery] = opened.deliveries;
  const failing = opened.rules.filter(({ failed }) => failed > 0);
  assert.deepEqual(
    failing.map(({ rule }) => rule).sort((a, b) => (a < b ? -1 : 1)),
    ['format.decided_on', 'format.penalty_kind'],
  );
  for (const { rows } of failing) assert.deepEqual(rows, [`${delivery}:20`]);
  const consistency = await storedScore(second, {
    scope: 'dataset',
    subject: 'n08_penalty',
    dimension: 'consistency',
  });
  const [rule] = (await work((tx) => openScore(tx, consistency.scoreNo))).rules;
  assert.deepEqual([rule?.rule, rule?.failed, rule?.rows], ['penalty_after_founding', 1, [`${delivery}:19`]]);
  await assert.rejects(
    work((tx) => openScore(tx, '999999')),
    refuses('quality.score_unknown'),
  );
});

test('the report ranks providers, shows the trend and samples the worst defects', async () => {
  const report = await work((tx) => readQuality(tx, { period: month.id }));
  assert.ok(report.providers.length >= 2);
  assert.deepEqual(
    report.providers.map(({ rank }) => rank),
    report.providers.map(({ rank }) => rank).toSorted((a, b) => Number(a) - Number(b)),
  );
  const provider = report.providers.find(({ subject }) => subject === '市场监管总局');
  const previous = await storedScore(first, {
    scope: 'provider',
    subject: '市场监管总局',
    dimension: 'overall',
  });
  assert.equal(provider?.trendPpm, (provider?.scores.overall?.value ?? 0) - previous.value);
  const worst = report.topDefects.find(({ rule }) => rule.startsWith('format.'));
  assert.equal(worst?.sampleRows.length, 1);
});

test('a run is recomputed from the stored evidence with the identical result', async () => {
  for (const run of [first, second]) {
    const again = await recomputeQuality(context, run.runId);
    assert.equal(again.isIdentical, true, JSON.stringify(again.differences));
    assert.equal(again.hash, run.resultHash);
    assert.deepEqual([again.differences, again.evidenceChanges, again.corrected], [[], [], []]);
    assert.equal(again.formulasChanged, false);
  }
  await assert.rejects(recomputeQuality(context, 'qrn_none'), refuses('quality.run_unknown'));
});

test('evidence that has changed is named, number by number', async () => {
  const keep = await work((tx) =>
    tx.rows<{ delivery_no: string; row_no: number }>(
      'update lists.defects set row_no = row_no - 1 where row_no = 20 and code = $1 returning *',
      ['code_unknown'],
    ),
  );
  assert.equal(keep.length, 1);
  const again = await recomputeQuality(context, second.runId);
  assert.equal(again.isIdentical, false);
  assert.deepEqual(
    again.evidenceChanges.map(({ fact, frozen, now: current }) => [fact, frozen, current]),
    [['failingRows', '1', '2']],
  );
  const accuracy = again.differences.find(
    ({ scope, dimension }) => scope === 'dataset' && dimension === 'accuracy',
  );
  assert.deepEqual([accuracy?.subject, accuracy?.frozen, accuracy?.now], ['n08_penalty', 950_000, 900_000]);
  await work((tx) =>
    tx.rows('update lists.defects set row_no = 20 where row_no = 19 and code = $1', ['code_unknown']),
  );
  assert.equal((await recomputeQuality(context, second.runId)).isIdentical, true);
});

test('a provider contests one number; another person decides; the frozen number stays', async () => {
  const score = await storedScore(second, {
    scope: 'dataset',
    subject: 'n08_penalty',
    dimension: 'accuracy',
  });
  const provider = score.provider ?? '';
  const request = {
    scoreNo: score.scoreNo,
    provider,
    ground: '处罚类别代码表漏列了一项',
    evidence: ['format.penalty_kind'],
    by: 'p1',
  };
  const terms = { calendar, at: clock.now() };
  await assert.rejects(
    work((tx) => contestScore(tx, { ...request, provider: '别的单位' }, terms)),
    refuses('quality.contest_not_yours'),
  );
  const contest = await work((tx) => contestScore(tx, request, terms));
  await assert.rejects(
    work((tx) => contestScore(tx, request, terms)),
    refuses('quality.contest_open'),
  );
  const decision = {
    contestNo: contest.contestNo,
    decision: '代码表已补',
    outcome: { state: 'upheld', correctedNumerator: 20 },
  } as const;
  await assert.rejects(
    work((tx) => decideContest(tx, { ...decision, by: 'p1' }, signed)),
    refuses('quality.contest_same_person'),
  );
  const impossible = { ...decision, outcome: { state: 'upheld', correctedNumerator: 21 }, by: 'op' } as const;
  await assert.rejects(
    work((tx) => decideContest(tx, impossible, signed)),
    refuses('quality.contest_correction_wrong'),
  );
  await work((tx) => decideContest(tx, { ...decision, by: 'op' }, signed));
  await assert.rejects(
    work((tx) => decideContest(tx, { ...decision, by: 'op' }, signed)),
    refuses('quality.contest_decided'),
  );
  const again = await recomputeQuality(context, second.runId);
  assert.equal(again.isIdentical, true);
  const corrected = again.corrected.find(
    ({ scope, dimension }) => scope === 'dataset' && dimension === 'accuracy',
  );
  assert.deepEqual(
    [corrected?.subject, corrected?.frozen, corrected?.now],
    ['n08_penalty', 950_000, 1_000_000],
  );
  assert.equal((await storedScore(second, score)).value, 950_000);
});

test('the next run of the period carries the decision and is itself reproducible', async () => {
  const third = await runQuality(context, { period: month.id, caller });
  assert.equal(
    (await storedScore(third, { scope: 'dataset', subject: 'n08_penalty', dimension: 'accuracy' })).value,
    1_000_000,
  );
  assert.equal(third.contests.length, 1);
  assert.equal((await recomputeQuality(context, third.runId)).isIdentical, true);
});

test('a number is contested in time, and what follows from others not at all', async () => {
  const completeness = await storedScore(second, {
    scope: 'dataset',
    subject: 'n08_penalty',
    dimension: 'completeness',
  });
  const total = await storedScore(second, { scope: 'dataset', subject: 'n08_penalty', dimension: 'overall' });
  const request = { provider: total.provider ?? '', ground: '应当更高', evidence: [], by: 'p1' };
  const late = { calendar, at: new Date(now.getTime() + 60 * 86_400_000) };
  await assert.rejects(
    work((tx) => contestScore(tx, { ...request, scoreNo: completeness.scoreNo }, late)),
    refuses('quality.contest_too_late'),
  );
  await assert.rejects(
    work((tx) => contestScore(tx, { ...request, scoreNo: total.scoreNo }, { calendar, at: now })),
    refuses('quality.contest_not_a_share'),
  );
});

test('a delivery of bad rows only counts as returned, and lowers no timeliness', async () => {
  const rows = Array.from({ length: 5 }, (_, at): [string, ...string[]] => [
    D,
    `坏${at}`,
    '罚款',
    '没有日期',
  ]);
  const receipt = await deliverFile(context, {
    contract: 'n08_penalty',
    fileName: 'bad.csv',
    content: csv(PENALTY, rows),
  });
  assert.equal(receipt.state, 'returned');
  const run = await runQuality(context, { period: month.id, caller });
  const returned = await storedScore(run, {
    scope: 'delivery',
    subject: receipt.delivery,
    dimension: 'accuracy',
  });
  assert.equal(returned.value, 0);
  const scores = await work((tx) => readScores(tx, run.runNo));
  assert.equal(
    scores.some(({ subject, dimension }) => subject === receipt.delivery && dimension === 'timeliness'),
    false,
  );
});
