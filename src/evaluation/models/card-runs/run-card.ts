import { inTransaction, newId, type Tx } from '#kernel';
import { MerkleTree } from '#lists';
import { type Caller, decidePopulation, type PopulationPermit, recordLeaf } from '#security';
import { computeValues, type EnterpriseValues } from '../../indicators/compute/compute-values.ts';
import { applyCard } from '../../laboratory/model/apply-card.ts';
import { countScores } from '../../laboratory/model/score-bands.ts';
import type { RunContext } from '../../run/run-context.ts';
import { evaluationRefusal } from '../../run/evaluation-refusals.ts';
import type { ModelRole } from '../../run/run-tables.ts';
import { type ModelContext, requireModel } from '../model-store.ts';
import { MODEL_STATE_ZH, type ModelState } from '../model-tables.ts';
import type { CardModel } from '../cards/card-body.ts';
import { tableOf, toNumber } from '../cards/card-cases.ts';
import { openCardModel } from '../cards/card-store.ts';
import type { CardRunFigures } from './card-tables.ts';
import { cardsRefusal } from '../cards/cards-refusals.ts';
import { gradePlaceOf } from '../cards/grade-table.ts';

export type CardRun = {
  readonly runId: string;
  readonly beside: string;
  readonly asOf: string;
  readonly enterprises: number;
  readonly merkleRoot: string;
  readonly receiptId: string;
  readonly figures: CardRunFigures;
};

/**
 * 影子运行: scores by a card the same enterprises as the last finished full run, as of its day and with what was known at its
 * instant. One transaction with one leaf; nobody is given the scores. Throws `cards.no_full_run`, `cards.wrong_kind`, and
 * `evaluation.step_wrong` for a card that is not in shadow yet or retired.
 */
export async function runCard(
  context: RunContext & ModelContext,
  { caller, hash }: { readonly caller: Caller; readonly hash: string },
): Promise<CardRun> {
  return await inTransaction(context.database, async (tx) => {
    const { state } = await requireModel(tx, hash);
    const running = {
      model: await openCardModel(tx, context, hash),
      role: requireRunning(state),
      beside: await readBeside(tx),
      runId: newId('cdr', context.clock.now()),
      caller,
    };
    return await scoreAll(tx, context, running);
  });
}

type Beside = {
  readonly runNo: string;
  readonly runId: string;
  readonly asOf: string;
  readonly knownAt: Date;
};

type Running = {
  readonly model: CardModel;
  readonly role: ModelRole;
  readonly beside: Beside;
  readonly runId: string;
  readonly caller: Caller;
};

function requireRunning(state: ModelState): ModelRole {
  if (state === 'shadow' || state === 'challenger' || state === 'champion') return state;
  throw evaluationRefusal('evaluation.step_wrong', {
    state: `${MODEL_STATE_ZH[state]} ${state}`,
    step: '运行 run',
  });
}

async function readBeside(tx: Tx): Promise<Beside> {
  const [row] = await tx.rows<Beside>(
    `select run_no as "runNo", run_id as "runId", as_of::text as "asOf", known_at as "knownAt" from evaluation.runs
     where role = 'champion' and kind = 'full' and state = 'finished' order by run_no desc limit 1`,
  );
  if (row === undefined) throw cardsRefusal('cards.no_full_run');
  return row;
}

async function scoreAll(tx: Tx, context: RunContext & ModelContext, running: Running): Promise<CardRun> {
  const { model, beside, runId, caller } = running;
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'evaluation',
    population: { kind: 'all' },
    contracts: model.compiled.sources.map(({ contract }) => contract),
    asOf: { knownAt: beside.knownAt },
    runId,
  });
  const cardRunNo = await reserveNumber(tx);
  const tree = new MerkleTree();
  const sums = { scored: 0, covered: 0, scores: [] as number[], grades: model.grades.grades.map(() => 0) };
  for await (const slice of computeValues(tx, permit, model.compiled, { asOf: beside.asOf })) {
    const scored = scoreSlice(model, await keepThoseOf(tx, beside, slice));
    await insertScores(tx, cardRunNo, scored);
    for (const row of scored) {
      tree.add(Buffer.from(lineOf(row)));
      sums.scored += 1;
      sums.covered += row.known > 0 ? 1 : 0;
      sums.scores.push(row.score);
      sums.grades[row.grade] = (sums.grades[row.grade] ?? 0) + 1;
    }
  }
  const { scored, covered, grades, scores } = sums;
  const bands = countScores(Int32Array.from(scores), model.card.scores.edges);
  const figures = { scored, covered, grades, bands };
  return await finish(tx, context, { ...running, permit, cardRunNo, figures, merkleRoot: tree.root() });
}

async function reserveNumber(tx: Tx): Promise<string> {
  const [row] = await tx.rows<{ n: string }>(
    `select nextval(pg_get_serial_sequence('evaluation.card_runs', 'card_run_no'))::text as n`,
  );
  return row?.n ?? '';
}

/** Those whom the full run evaluated: the card scores exactly them. */
async function keepThoseOf(
  tx: Tx,
  { runNo }: Beside,
  slice: readonly EnterpriseValues[],
): Promise<EnterpriseValues[]> {
  const ids = slice.map(({ enterpriseId }) => enterpriseId);
  const rows = await tx.rows<{ enterprise_id: string }>(
    `select enterprise_id from evaluation.scores
     where run_no = $1 and enterprise_id = any($2::bigint[]) and state < 2`,
    [runNo, ids],
  );
  const evaluated = new Set<string>(rows.map(({ enterprise_id }) => enterprise_id));
  return slice.filter(({ enterpriseId }) => evaluated.has(enterpriseId));
}

/** What a card says of one enterprise: whatever a replay has to give again, bit for bit. */
export type CardScore = {
  readonly enterpriseId: string;
  readonly score: number;
  readonly chance: number;
  readonly grade: number;
  readonly known: number;
  readonly bins: readonly number[];
};

/** The same function for a run and for one enterprise alone. */
export function scoreSlice(
  { card, grades, compiled }: CardModel,
  slice: readonly EnterpriseValues[],
): CardScore[] {
  const rows = slice.map(({ values }) =>
    card.binnings.map(({ variable }) => {
      const value = values[compiled.ids.indexOf(variable)];
      return value === undefined ? Number.NaN : toNumber(value);
    }),
  );
  const names = card.binnings.map(({ variable }) => variable);
  const { scores, chances, places } = applyCard(card, tableOf(names, rows));
  return slice.map(({ enterpriseId }, at) => {
    const score = scores[at] ?? 0;
    return {
      enterpriseId,
      score,
      chance: chances[at] ?? 0,
      grade: gradePlaceOf(grades, score),
      known: (rows[at] ?? []).filter((value) => !Number.isNaN(value)).length,
      bins: places.map((bins) => bins[at] ?? 0),
    };
  });
}

function lineOf({ enterpriseId, score, chance, grade, known, bins }: CardScore): string {
  return [enterpriseId, score, chance, grade, known, ...bins].join('\t');
}

async function insertScores(tx: Tx, cardRunNo: string, scored: readonly CardScore[]): Promise<void> {
  const rows = scored.map(({ enterpriseId, score, chance, grade, known, bins }) => ({
    enterprise_id: enterpriseId,
    card_run_no: cardRunNo,
    score,
    chance,
    grade,
    known_values: known,
    bins,
  }));
  await tx.rows(
    `insert into evaluation.card_scores (enterprise_id, card_run_no, score, chance, grade, known_values, bins)
     select enterprise_id, card_run_no, score, chance, grade, known_values, bins
     from json_to_recordset($1::json) as s (enterprise_id bigint, card_run_no bigint, score integer,
       chance double precision, grade smallint, known_values smallint, bins smallint[])`,
    [JSON.stringify(rows)],
  );
}

type Finishing = Running & {
  readonly permit: PopulationPermit;
  readonly cardRunNo: string;
  readonly figures: CardRunFigures;
  readonly merkleRoot: string;
};

async function finish(tx: Tx, { clock, keys }: RunContext & ModelContext, run: Finishing): Promise<CardRun> {
  const { runId, model, role, beside, permit, caller, figures, merkleRoot } = run;
  const at = clock.now();
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'evaluation_run',
    at,
    body: {
      run: runId,
      what: 'card_score',
      role,
      purpose: 'evaluation',
      caller: caller.id,
      population: 'those of the full run',
      beside: beside.runId,
      contracts: model.compiled.sources.map(({ contract }) => contract.id),
      model: model.hash,
      card: model.card.hash,
      grades: model.grades.hash,
      indicators: model.compiled.hash,
      policyHash: permit.policyHash,
      asOf: beside.asOf,
      knownAt: beside.knownAt.toISOString(),
      enterprises: figures.scored,
      merkleRoot,
    },
  });
  await tx.rows(
    `insert into evaluation.card_runs (card_run_no, run_id, model_hash, role, beside_run_no, as_of, known_at, policy_hash,
       enterprises, figures, merkle_root, run_by, run_at, receipt_id)
     overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      run.cardRunNo,
      runId,
      model.hash,
      role,
      beside.runNo,
      beside.asOf,
      beside.knownAt,
      permit.policyHash,
      figures.scored,
      JSON.stringify(figures),
      Buffer.from(merkleRoot, 'hex'),
      caller.id,
      at,
      receiptId,
    ],
  );
  const { asOf } = beside;
  return { runId, beside: beside.runId, asOf, enterprises: figures.scored, merkleRoot, receiptId, figures };
}
