import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  approveEvaluationModel,
  challengeEvaluationModel,
  compileIndicators,
  discriminationOf,
  findCardPlan,
  findEvaluationModel,
  fitCardModel,
  judgeCard,
  listEvaluationModels,
  openChampion,
  proposeCard,
  proposeEvaluationModel,
  bringModelIntoForce,
  replayCardScore,
  runCard,
  runEvaluation,
  shadowEvaluationModel,
  studyCard,
  validateEvaluationModel,
  writeCardModelCard,
  writeCardPage,
} from '#evaluation';
import { inTransaction, Refusal, type Tx } from '#kernel';
import { makeCardModel } from '../../src/evaluation/models/cards/card-body.ts';
import { type CardCases, readCardCases } from '../../src/evaluation/models/cards/card-cases.ts';
import { openEvaluation, scheduled } from './evaluation-setting.ts';
import { addDelivery, addRecords, inSnapshot, populationPermit } from './indicators-setting.ts';
import { fillLendingCity, loansOfCity } from './laboratory-city.ts';
import { callerOf } from './outcomes-setting.ts';

const ENTERPRISES = 2400;
const setting = await openEvaluation({ after });
const { context, indicators, database } = setting;
const plan = findCardPlan(['models'], 'city-loans');
const compiled = compileIndicators(context.book, [...plan.indicators]);
const contracts = new Set(compiled.sources.map(({ contract }) => contract.id));
const lending = await fillLendingCity(
  { ...indicators, keys: context.keys },
  { enterprises: ENTERPRISES, contracts },
);

const person = (id: string, ...roles: string[]) => callerOf({ id, kind: 'operator', roles });
const proposer = person('acc_proposer', 'data_admin');
const approvers = [person('acc_first', 'data_admin'), person('acc_second', 'data_admin')];
const write = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => inTransaction(database, work);
const model = await fitCardModel(context, { caller: proposer, plan });
const knownAt = new Date(model.study.knownAt);

async function refused(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => error instanceof Refusal && error.code === code);
}

test('what the generator says of its own loans is what the plan states', () => {
  const loans = loansOfCity(indicators, 15_000).flat();
  const bad = Uint8Array.from(loans, ({ badMonth }) => Number(badMonth !== undefined));
  const visible = Float64Array.from(loans, ({ visibleLogOdds }) => visibleLogOdds);
  const chances = Float64Array.from(loans, ({ chance }) => chance);
  const [best, ceiling] = [discriminationOf(visible, { bad }).auc, discriminationOf(chances, { bad }).auc];
  assert.ok(plan.expectedAuc !== undefined);
  assert.ok(Math.abs(best - 0.744) < 0.015, `records tell ${best}`);
  assert.ok(Math.abs(ceiling - 0.794) < 0.015, `chances tell ${ceiling}`);
  assert.ok(plan.expectedAuc.from < best && best < plan.expectedAuc.to);
});

test('a card on the node’s indicators meets the stated range on later loans of other enterprises', () => {
  const { fit, holdout, months, leftOut } = model.study;
  const { auc, calibration } = holdout.figures;
  assert.ok(plan.expectedAuc !== undefined);
  assert.ok(auc >= plan.expectedAuc.from && auc <= plan.expectedAuc.to, `AUC ${auc}`);
  assert.ok(fit.to < holdout.from);
  assert.equal(leftOut.open, 0);
  const loans = lending.reduce((sum, own) => sum + own.loans.length, 0);
  assert.equal(fit.goods + fit.bads + holdout.goods + holdout.bads + leftOut.sameEnterprise, loans);
  assert.ok(months.length >= 6 && months.some(({ isHeldOut }) => isHeldOut));
  assert.ok(Math.abs(calibration.expectedRate - calibration.observedRate) < 0.1);
  const gates = judgeCard(model);
  assert.deepEqual(
    gates.filter(({ isPassed }) => !isPassed),
    [],
  );
  console.log(
    `AUC held out ${auc.toFixed(4)} ± ${holdout.aucError.toFixed(4)} (${holdout.goods}/${holdout.bads}), fitted ${fit.auc.toFixed(4)} (${fit.goods}/${fit.bads})`,
  );
});

test('what becomes known after the decisions enters no value, and changes no hash of a card fitted before', async () => {
  const source = compiled.sources.find(({ contract }) => contract.id === 'n08_penalty');
  assert.ok(source !== undefined);
  await write(async (tx) => {
    const deliveryNo = await addDelivery(tx, source.contract, new Date(knownAt.getTime() + 1));
    const records = lending.slice(0, 50).map(({ enterpriseId }, at) => ({
      enterpriseId,
      deliveryNo,
      rowNo: at,
      knownFrom: new Date(knownAt.getTime() + 1),
      values: { decision_no: `late ${at}`, decided_on: '2024-01-15', penalty_kind: 'fine' },
    }));
    await addRecords(tx, source.contract, records);
  });
  const again = await fitCardModel(context, { caller: proposer, plan, knownAt });
  assert.equal(again.hash, model.hash);
  const since = new Date(knownAt.getTime() + 2);
  const later = await fitCardModel(context, { caller: proposer, plan, knownAt: since });
  assert.equal(later.study.root, model.study.root);
  assert.equal(later.card.hash, model.card.hash);
  await refused(
    fitCardModel(context, { caller: proposer, plan, knownAt: new Date(Date.now() + 60_000) }),
    'cards.time_wrong',
  );
});

test('a card with a field that knows the outcome fails as a leak and stays a draft', async () => {
  const leaking = await leak();
  const study = studyCard(leaking, plan, knownAt);
  assert.ok(study.study.holdout.figures.auc > 0.95, `AUC ${study.study.holdout.figures.auc}`);
  const leaked = makeCardModel(context.book, plan, study);
  await write((tx) => proposeCard(tx, context, { caller: proposer, model: leaked }));
  const acting = { caller: proposer, hash: leaked.hash };
  const gates = await write((tx) => validateEvaluationModel(tx, context, acting));
  const closed = gates.flatMap(({ id, isPassed }) => (isPassed ? [] : [id]));
  assert.ok(closed.includes('auc') && closed.includes('auc_expected'), closed.join());
  assert.equal((await write((tx) => findEvaluationModel(tx, leaked.hash)))?.state, 'draft');
  await refused(
    write((tx) => shadowEvaluationModel(tx, context, acting)),
    'evaluation.step_wrong',
  );
});

/** The loans with one indicator overwritten by what came of them, wrong in one of forty: a source that fills in afterwards. */
async function leak(): Promise<CardCases> {
  const cases = await inSnapshot(indicators, (tx) =>
    readCardCases(tx, populationPermit(tx, indicators, { compiled, knownAt }), compiled, {
      from: '2000-01-01',
      to: '2026-10-31',
      horizonMonths: plan.horizonMonths,
    }),
  );
  const name = 'registered_capital_fen';
  const values = Float64Array.from(cases.bad, (bad, at) => (at % 40 === 0 ? 1 - bad : bad));
  const columns = new Map(cases.table.columns).set(name, { kind: 'numeric', name, values });
  return { ...cases, table: { ...cases.table, columns } };
}

test('a card goes through the life of every model, beside the index system and not in its place', async () => {
  const { hash } = model;
  const acting = { caller: proposer, hash };
  await write((tx) => bringModelIntoForce(tx, context, { caller: proposer, filed: setting.filed }));
  assert.equal(await write((tx) => proposeCard(tx, context, { caller: proposer, model })), 'draft');
  const gates = await write((tx) => validateEvaluationModel(tx, context, acting));
  assert.ok(gates.every(({ isPassed }) => isPassed));
  await refused(runCard(context, acting), 'evaluation.step_wrong');
  await write((tx) => shadowEvaluationModel(tx, context, acting));
  await refused(runCard(context, acting), 'cards.no_full_run');
  await refused(
    write((tx) => challengeEvaluationModel(tx, context, acting)),
    'evaluation.no_shadow_run',
  );
  const full = await runEvaluation(context, scheduled(setting, { sliceSize: 1_000 }));
  const run = await runCard(context, acting);
  assert.equal(run.beside, full?.runId);
  await assertSameEnterprises(run.runId);
  const shadowGates = await write((tx) => challengeEvaluationModel(tx, context, acting));
  assert.ok(
    shadowGates.every(({ isPassed }) => isPassed),
    JSON.stringify(shadowGates),
  );
  for (const caller of approvers) await write((tx) => approveEvaluationModel(tx, context, { caller, hash }));
  const states = new Map((await write(listEvaluationModels)).map((one) => [one.hash, one.state]));
  assert.equal(states.get(hash), 'champion');
  assert.equal((await write((tx) => openChampion(tx, context))).hash, setting.model.hash);
  await assertReplay(run.runId);
});

async function assertSameEnterprises(runId: string): Promise<void> {
  const [row] = await write((tx) =>
    tx.rows<{ differing: string; scored: string }>(
      `select count(*) filter (where c.enterprise_id is null or s.enterprise_id is null) as differing, count(*) as scored
       from (select enterprise_id from evaluation.card_scores join evaluation.card_runs using (card_run_no) where run_id = $1) c
       full join (select enterprise_id from evaluation.scores where state < 2) s using (enterprise_id)`,
      [runId],
    ),
  );
  assert.equal(Number(row?.differing), 0);
  assert.ok(Number(row?.scored) > ENTERPRISES / 2);
}

async function assertReplay(runId: string): Promise<void> {
  const codes = lending.slice(0, 20).map(({ enterpriseId }) => enterpriseId);
  for (const [at, enterpriseId] of codes.entries()) {
    const code = `91110105XQTEST${String(at).padStart(4, '0')}`;
    await write((tx) =>
      tx.rows(
        `insert into lists.enterprise_codes (enterprise_id, kind, code, checksum_ok, known_from)
         values ($1, 'other', $2, true, '2020-01-01')`,
        [enterpriseId, code],
      ),
    );
    const replay = await replayCardScore(context, { caller: proposer, score: `${runId}/${code}` });
    assert.ok(replay.isIdentical, replay.differing.join());
  }
}

test('the model card draws calibration by tenths and stability by month', async () => {
  const card = await write((tx) => writeCardModelCard(tx, context, model.hash));
  assert.equal(card.approvedBy.length, 2);
  assert.ok(card.gates.length >= 7 && card.lastRun !== null);
  const page = writeCardPage(card);
  assert.equal(page.match(/<svg /g)?.length, 2);
  assert.equal(page.match(/<circle /g)?.length, card.study.holdout.figures.calibration.table.length);
  for (const { month } of card.study.months) assert.ok(page.includes(month) || card.study.months.length > 12);
  assert.ok(!page.includes('<script') && page.includes(card.artefacts.card));
});

test('an index system is refused where a card is meant', async () => {
  const { hash } = setting.model;
  await write((tx) => proposeEvaluationModel(tx, context, { caller: proposer, filed: setting.filed }));
  await refused(
    write((tx) => writeCardModelCard(tx, context, hash)),
    'cards.wrong_kind',
  );
});
