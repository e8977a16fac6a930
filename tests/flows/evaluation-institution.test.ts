import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  answerScoreTo,
  bringModelIntoForce,
  type InstitutionScoreRequest,
  loadIndicators,
  readFiledModel,
  runEvaluation,
} from '#evaluation';
import { inTransaction, silentLogger } from '#kernel';
import { systemCaller } from '#platform';
import { BANK, CODE, OTHER_BANK } from './consent-setting.ts';
import { givenConsent, openVerificationSetting, revokeGiven } from './verification-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const setting = await openVerificationSetting({ after });
const { lists, clock } = setting;
const { database, keys, policies, catalogue } = lists;
const book = loadIndicators([join(ROOT, 'models')], catalogue);
const filed = readFiledModel([join(ROOT, 'models', 'index-systems')], book);
const context = { database, keys, policies, catalogue, clock, logger: silentLogger, book };
await inTransaction(database, async (tx) => {
  await bringModelIntoForce(tx, context, { caller: systemCaller('test'), filed });
  await tx.rows(`update lists.enterprises set standing = 'registered', size_class = 'micro'`);
});

const consentId = await givenConsent(setting, { contracts: [{ id: 'n08_penalty' }] });

const asked = (over: Partial<InstitutionScoreRequest> = {}): InstitutionScoreRequest => ({
  caller: BANK,
  code: CODE,
  consentId,
  purpose: 'loan_origination',
  application: 'LN-1',
  operator: '柜员 7',
  ...over,
});

type Answer = {
  disclosureId: string;
  institution: string;
  state: string;
  grade: { grade: string } | null;
  score: number;
  dimensions: { id: string; points: number }[];
  points: { indicator: string; points: number }[];
  receipt: { id: string };
};

async function ask(over: Partial<InstitutionScoreRequest> = {}): Promise<Answer> {
  return JSON.parse(await answerScoreTo(context, asked(over))) as Answer;
}

test('before the first run there is no score', async () => {
  await assert.rejects(ask(), { code: 'evaluation.no_score' });
});

test('an institution reads grade and dimensions under the consent, and points as far as its Permit goes', async () => {
  await runEvaluation(context, {
    caller: systemCaller('test'),
    kind: 'full',
    role: 'champion',
    model: filed.model,
  });
  const answer = await ask();
  assert.equal(answer.institution, 'bank');
  assert.equal(
    answer.dimensions.reduce((sum, { points }) => sum + points, 0),
    answer.score,
  );
  // All of it is public, which the Permit gives whole; then the points are the score.
  assert.equal(answer.points.length, filed.model.system.leaves.length);
  assert.equal(
    answer.points.reduce((sum, { points }) => sum + points, 0),
    answer.score,
  );
  const [row] = await inTransaction(database, (tx) =>
    tx.rows<{ kind: string; institution: string; consent_id: string; receipt_id: string }>(
      'select kind, institution, consent_id, receipt_id from security.disclosures where disclosure_id = $1',
      [answer.disclosureId],
    ),
  );
  const wanted = { kind: 'score', institution: 'bank', consent_id: consentId, receipt_id: answer.receipt.id };
  assert.deepEqual(row, wanted);
});

test('another bank, another purpose and a consent taken back are refused, each with a leaf', async () => {
  await assert.rejects(ask({ caller: OTHER_BANK }), { name: 'Refusal' });
  await assert.rejects(ask({ purpose: 'post_loan_management' }), { name: 'Refusal' });
  await revokeGiven(setting, consentId);
  await assert.rejects(ask(), { name: 'Refusal' });
  const rows = await inTransaction(database, (tx) =>
    tx.rows<{ body: string }>(
      `select b.body from security.leaf_bodies b join security.receipts r using (receipt_id) where r.kind = 'refusal'`,
    ),
  );
  assert.equal(rows.filter(({ body }) => body.includes('"operation":"score"')).length, 3);
});
