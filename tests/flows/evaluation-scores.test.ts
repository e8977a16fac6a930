import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  approveEvaluationModel,
  bringModelIntoForce,
  challengeEvaluationModel,
  explainOwnScore,
  findEvaluationModel,
  openChampion,
  proposeEvaluationModel,
  readPublishedScore,
  replayScore,
  runEvaluation,
  shadowEvaluationModel,
  validateEvaluationModel,
  writeModelCard,
} from '#evaluation';
import { inTransaction, proofMaker, toEnterpriseId, type Tx } from '#kernel';
import { commandLineCaller, systemCaller } from '#platform';
import type { CallerFacts } from '#security';
import { changedModel, openEvaluation, scheduled } from './evaluation-setting.ts';
import { fillCity } from './indicators-city.ts';

const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const setting = await openEvaluation({ after });
const { context, database, filed } = setting;
const ids = await fillCity(setting.indicators, 120);
const write = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => inTransaction(database, work);
const [proposer, second, third] = ['one', 'two', 'three'].map((name) =>
  commandLineCaller(name, 'data_admin'),
);
assert.ok(proposer !== undefined && second !== undefined && third !== undefined);

const CODE = '91110108MA0000000X';
const subject = toEnterpriseId(ids[4] ?? '');
await write(async (tx) => {
  await tx.rows(
    `insert into lists.enterprise_codes (enterprise_id, code, kind, checksum_ok, known_from)
     values ($1, $2, 'uscc', true, '2020-01-01')`,
    [subject, CODE],
  );
  await tx.rows(
    `insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from)
     values ($1, '测试有限公司', '测试有限公司', true, '2020-01-01')`,
    [subject],
  );
  await bringModelIntoForce(tx, context, { caller: systemCaller('test'), filed });
});
const first = await runEvaluation(context, scheduled(setting));
assert.ok(first !== undefined);

const self = proveCaller({
  id: 'acc_self',
  kind: 'enterprise',
  roles: ['legal_representative'],
  organisation: null,
  participantId: null,
  enterpriseId: subject,
});

test('the enterprise reads its score with points, reasons, records and changes, and the access is on record', async () => {
  const own = await explainOwnScore(context, { caller: self, code: CODE });
  const { scored, leaves } = own.explanation;
  assert.equal(
    leaves.reduce((sum, { points }) => sum + points, 0),
    scored.score,
  );
  assert.ok(leaves.some(({ evidence }) => evidence.length > 0));
  const [row] = await write((tx) =>
    tx.rows<{ kind: string; purpose: string }>(
      'select kind, purpose from security.disclosures where disclosure_id = $1',
      [own.disclosureId],
    ),
  );
  assert.deepEqual(row, { kind: 'score', purpose: 'self' });
});

test('another enterprise and a reader without a duty are refused', async () => {
  const other = proveCaller({ ...self, id: 'acc_other', enterpriseId: toEnterpriseId(ids[5] ?? '') });
  await assert.rejects(explainOwnScore(context, { caller: other, code: CODE }), {
    code: 'policy.own_record_only',
  });
  await assert.rejects(
    explainOwnScore(context, { caller: proveCaller({ ...self, kind: 'reader' }), code: CODE }),
    { code: 'policy.evaluation_by_its_holders' },
  );
});

test('what is shown to the enterprise first is not there for others', async () => {
  const lowest = setting.model.grading.grades.length - 1;
  const [low] = await write((tx) =>
    tx.rows<{ enterprise_id: string; until: string }>(
      `select enterprise_id, noticed_until::text as until from evaluation.scores where grade = $1 limit 1`,
      [lowest],
    ),
  );
  assert.ok(low !== undefined);
  const id = toEnterpriseId(low.enterprise_id);
  const read = (today: string) => write((tx) => readPublishedScore(tx, id, today));
  assert.equal(await read('2020-01-01'), undefined);
  assert.equal((await read(low.until))?.grade, lowest);
});

test('a kept score is computed again bit for bit, also after later facts', async () => {
  const score = `${first.runId}/${CODE}`;
  const replayed = await replayScore(context, { caller: proposer, score });
  assert.equal(replayed.isIdentical, true);
  await write((tx) =>
    tx.rows(
      `update lists.n01_registration_v1 set known_to = now(), registration_status = registration_status
       where enterprise_id = $1 and known_to = 'infinity'`,
      [subject],
    ),
  );
  assert.equal((await replayScore(context, { caller: proposer, score })).isIdentical, true);
  await assert.rejects(replayScore(context, { caller: proposer, score: `evr_none/${CODE}` }), {
    code: 'evaluation.score_unknown',
  });
});

test('a score whose indicators this node defines otherwise now is not computed again, and the refusal names its run', async () => {
  const { indicators } = context.book;
  const [{ definition } = assert.fail()] = setting.model.compiled.order;
  const indicator = indicators.get(definition.id) ?? assert.fail();
  const changed = new Map(indicators).set(definition.id, { ...indicator, hash: '0'.repeat(64) });
  const elsewhere = { ...context, book: { ...context.book, indicators: changed } };
  await assert.rejects(replayScore(elsewhere, { caller: proposer, score: `${first.runId}/${CODE}` }), {
    code: 'evaluation.not_replayable',
    params: { run: first.runId },
  });
});

test('a model goes draft, validated, shadow, challenger, champion, and two persons other than its proposer approve it', async () => {
  const changed = changedModel(setting);
  const { hash } = changed.model;
  const acting = (caller: typeof proposer) => ({ caller, hash });
  await write((tx) => proposeEvaluationModel(tx, context, { caller: proposer, filed: changed }));
  await assert.rejects(
    write((tx) => shadowEvaluationModel(tx, context, acting(proposer))),
    { code: 'evaluation.step_wrong' },
  );
  const gates = await write((tx) => validateEvaluationModel(tx, context, acting(proposer)));
  assert.ok(gates.every(({ isPassed }) => isPassed));
  await write((tx) => shadowEvaluationModel(tx, context, acting(proposer)));
  await assert.rejects(
    write((tx) => challengeEvaluationModel(tx, context, acting(proposer))),
    { code: 'evaluation.no_shadow_run' },
  );
  await runEvaluation(context, scheduled(setting, { model: changed.model, role: 'shadow' }));
  const judged = await write((tx) => challengeEvaluationModel(tx, context, acting(proposer)));
  assert.deepEqual(
    judged.filter(({ isPassed }) => !isPassed),
    [],
  );
  await assert.rejects(
    write((tx) => approveEvaluationModel(tx, context, acting(proposer))),
    { code: 'policy.models_two_persons' },
  );
  assert.equal(
    (await write((tx) => approveEvaluationModel(tx, context, acting(second)))).state,
    'challenger',
  );
  await assert.rejects(
    write((tx) => approveEvaluationModel(tx, context, acting(second))),
    { code: 'policy.models_two_persons' },
  );
  assert.equal((await write((tx) => approveEvaluationModel(tx, context, acting(third)))).state, 'champion');
  assert.equal((await write((tx) => openChampion(tx, context))).hash, hash);
  assert.equal((await write((tx) => findEvaluationModel(tx, filed.model.hash)))?.state, 'retired');
  const { card, markdown } = await write((tx) => writeModelCard(tx, context, hash));
  assert.deepEqual(card.approvedBy, [second.id, third.id]);
  assert.match(markdown, /grades_stable/);
});

test('the same files at a second start change nothing', async () => {
  const state = await write((tx) =>
    bringModelIntoForce(tx, context, { caller: systemCaller('test'), filed }),
  );
  assert.equal(state, 'retired');
});
