import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { computeOne, scoreEnterprise } from '#evaluation';
import { inTransaction, toEnterpriseId, type Tx } from '#kernel';
import { runEvaluation } from '../../src/evaluation/run/run-evaluation.ts';
import { describeFigures } from '../../src/evaluation/run/figures.ts';
import { toScoreRow } from '../../src/evaluation/run/score-row.ts';
import { valuesById } from '../../src/evaluation/run/values-by-id.ts';
import { openEvaluation, scheduled } from './evaluation-setting.ts';
import { fillCity } from './indicators-city.ts';
import { addDelivery, addRecords, inSnapshot, ownPermit } from './indicators-setting.ts';

const ENTERPRISES = 200;
const setting = await openEvaluation({ after });
const { context, database, model, indicators } = setting;
const ids = await fillCity(indicators, ENTERPRISES);
const [large, provisional, disputed, merged, heir] = [ids[3], ids[5], ids[7], ids[9], ids[11]];
const write = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => inTransaction(database, work);

await write(async (tx) => {
  await tx.rows(`update lists.enterprises set size_class = 'large' where enterprise_id = $1`, [large]);
  await tx.rows(`update lists.enterprises set standing = 'provisional' where enterprise_id = $1`, [
    provisional,
  ]);
  await tx.rows(
    `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, decided_by)
     values ($1, $2, '2026-09-10T00:00:00Z', 'test')`,
    [merged, heir],
  );
});

type Row = {
  enterprise_id: string;
  state: number;
  score: number | null;
  covered_marks: number;
  ceilings: number;
  grade: number | null;
  grade_by_score: number;
  shown_grade: number | null;
  noticed_until: string | null;
  undisputed_score: number | null;
  bins: number[];
  reasons: number[];
};

async function rowsOf(runId: string): Promise<Map<string, Row>> {
  const rows = await write((tx) =>
    tx.rows<Row>(
      `select s.*, s.noticed_until::text as noticed_until from evaluation.scores s join evaluation.runs using (run_no)
       where run_id = $1`,
      [runId],
    ),
  );
  return new Map(rows.map((row) => [row.enterprise_id, row]));
}

async function run(asked: Parameters<typeof scheduled>[1] = {}) {
  const finished = await runEvaluation(context, scheduled(setting, asked));
  assert.ok(finished !== undefined);
  return finished;
}

/** What the function says of one enterprise, against what the run was given as the baseline. */
async function scoreAlone(enterpriseId: string, runId: string) {
  return await inSnapshot(indicators, async (tx) => {
    const [known] = await tx.rows<{ known_at: Date; baseline: Record<string, number>; baseline_run: string }>(
      'select known_at, baseline, baseline_run from evaluation.runs where run_id = $1',
      [runId],
    );
    assert.ok(known !== undefined);
    const permit = ownPermit(tx, indicators, {
      compiled: model.compiled,
      knownAt: known.known_at,
      subject: toEnterpriseId(enterpriseId),
      purpose: 'evaluation',
    });
    const { values } = await computeOne(tx, permit, model.compiled);
    const scored = scoreEnterprise(model.system, valuesById(model, values), { grading: model.grading });
    const medians = new Map(Object.entries(known.baseline));
    return toScoreRow(model, scored, { run: known.baseline_run, medians });
  });
}

async function assertSame(row: Row, runId: string): Promise<void> {
  const own = await scoreAlone(row.enterprise_id, runId);
  assert.deepEqual(
    {
      score: row.score,
      coveredMarks: row.covered_marks,
      ceilings: row.ceilings,
      state: row.state,
      grade: row.grade,
      gradeByScore: row.grade_by_score,
      bins: row.bins,
      reasons: row.reasons,
    },
    own,
  );
}

const first = await run();

test('every enterprise of the register has one row: a grade, or why there is none', async () => {
  const rows = await rowsOf(first.runId);
  assert.equal(rows.size, ENTERPRISES - 1, 'the merged one is in its heir');
  assert.equal(rows.get(large ?? '')?.state, 2);
  assert.equal(rows.get(large ?? '')?.score, null);
  assert.equal(rows.get(provisional ?? '')?.state, 3);
  assert.equal(rows.has(merged ?? ''), false);
  assert.equal(first.enterprises, rows.size);
  const { states, grades, bySize } = describeFigures(model, first.figures);
  assert.equal(states.large, 1);
  assert.equal(states.not_registered, 1);
  assert.equal(
    Object.values(grades).reduce((sum, n) => sum + n, 0),
    rows.size,
  );
  assert.equal(
    bySize.reduce((sum, { enterprises }) => sum + enterprises, 0),
    rows.size,
  );
});

test('the run gives each enterprise what the function gives it alone, bit for bit', async () => {
  const rows = await rowsOf(first.runId);
  for (const row of rows.values()) if (row.state < 2) await assertSame(row, first.runId);
  assert.ok(
    [...rows.values()].some(({ reasons }) => reasons.length > 0),
    'somebody has reasons',
  );
});

test('a fall below the notice grade is shown to the enterprise first', async () => {
  const rows = [...(await rowsOf(first.runId)).values()];
  const low = rows.filter(({ grade }) => grade === model.grading.grades.length - 1);
  assert.ok(low.length > 0, 'the city has such enterprises');
  for (const { shown_grade, noticed_until } of low) {
    assert.equal(shown_grade, null, 'others read nothing yet');
    assert.ok(noticed_until !== null);
  }
  const again = await run();
  const later = await rowsOf(again.runId);
  for (const row of low)
    assert.equal(later.get(row.enterprise_id)?.noticed_until, row.noticed_until, 'the notice runs on');
  const { migration } = describeFigures(model, again.figures);
  assert.ok(
    migration.every(({ from, to }) => from === to),
    'nothing moved',
  );
});

test('with an objection open the score is given with and without the disputed records', async () => {
  const contract = model.compiled.sources.find(({ contract: { id } }) => id === 'n08_penalty')?.contract;
  assert.ok(contract !== undefined);
  await write(async (tx) => {
    const knownFrom = new Date('2026-10-20T00:00:00Z');
    const deliveryNo = await addDelivery(tx, contract, knownFrom);
    const record = { enterpriseId: disputed ?? '', deliveryNo, rowNo: 1, knownFrom };
    const values = { decision_no: '测1', decided_on: '2026-10-10', penalty_kind: 'closure' };
    await addRecords(tx, contract, [{ ...record, values }]);
    await tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       values ($1, $2, $3, 1, 'disputed', 'test', '2020-01-01', now())`,
      [disputed, contract.id, deliveryNo],
    );
  });
  const finished = await run();
  const row = (await rowsOf(finished.runId)).get(disputed ?? '');
  assert.ok(row?.undisputed_score != null && row.score !== null);
  assert.ok(row.undisputed_score > row.score);
  await assertSame(row, finished.runId);
});

test('a run that was cut is taken up where it stood and gives the same root', async () => {
  let slices = 0;
  await assert.rejects(
    run({
      sessions: 1,
      onProgress: () => {
        slices += 1;
        if (slices > 3) throw new Error('cut');
      },
    }),
    /cut/,
  );
  const [open] = await write((tx) =>
    tx.rows<{ run_id: string; done: number }>(
      `select run_id, count(digest)::integer as done from evaluation.runs join evaluation.run_slices using (run_no)
       where state = 'running' group by 1`,
    ),
  );
  assert.ok(open !== undefined && open.done === 3);
  const resumed = await run();
  assert.equal(resumed.runId, open.run_id);
  const whole = await run();
  assert.equal(resumed.merkleRoot, whole.merkleRoot);
});

/** Runs the evaluation in a process of its own; killed after so many lines when `kill` says so. */
async function runApart(kill: number): Promise<string[]> {
  const script = join(import.meta.dirname, '..', 'support', 'evaluation-process.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, database.url, setting.folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === kill) child.kill('SIGKILL');
  }
  return lines;
}

test('a process killed in the middle of a run leaves whole slices, and the next one goes on from them', async () => {
  await runApart(6);
  const [left] = await write((tx) =>
    tx.rows<{ run_no: string; run_id: string; done: number; counted: number; written: number }>(
      `select r.run_no, r.run_id, count(digest)::integer as done, coalesce(sum(s.enterprises), 0)::integer as counted,
         (select count(*)::integer from evaluation.scores o where o.run_no = r.run_no) as written
       from evaluation.runs r join evaluation.run_slices s using (run_no) where r.state = 'running' group by 1, 2`,
    ),
  );
  assert.ok(left !== undefined && left.done > 0);
  assert.equal(left.written, left.counted, 'a slice has all its scores or none');
  const lines = await runApart(-1);
  assert.equal(lines.at(-1), `finished ${left.run_id}`);
  assert.equal((await rowsOf(left.run_id)).size, ENTERPRISES - 1);
});

test('an incremental run scores who was touched and nobody else, as a full one would', async () => {
  const touched = [ids[20], ids[40], ids[60]].map((id) => id ?? '');
  const contract = model.compiled.sources.find(({ contract: { id } }) => id === 'n08_penalty')?.contract;
  assert.ok(contract !== undefined);
  await write(async (tx) => {
    const knownFrom = new Date();
    const deliveryNo = await addDelivery(tx, contract, knownFrom);
    const records = touched.map((enterpriseId, rowNo) => ({
      enterpriseId,
      deliveryNo,
      rowNo,
      knownFrom,
      values: { decision_no: `测${rowNo}`, decided_on: '2026-10-10', penalty_kind: 'closure' },
    }));
    await addRecords(tx, contract, records);
  });
  const incremental = await run({ kind: 'incremental' });
  assert.equal(incremental.kind, 'incremental');
  const rows = await rowsOf(incremental.runId);
  assert.deepEqual([...rows.keys()].sort(), touched.toSorted());
  for (const row of rows.values()) await assertSame(row, incremental.runId);
  assert.equal(await runEvaluation(context, scheduled(setting, { kind: 'incremental' })), undefined);
});

test('two runs at once: the second is refused', async () => {
  const both = await Promise.allSettled([run({ sessions: 1 }), run({ sessions: 1 })]);
  const refused = both.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 1);
  assert.equal((refused[0] as PromiseRejectedResult).reason.code, 'evaluation.run_under_way');
});
