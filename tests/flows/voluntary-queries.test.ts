import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { grantConsent, loadFairUse, readConsentWords, requestConsent, requireRequest } from '#consent';
import { type QueryAnswer, runQuery } from '#information';
import { inTransaction } from '#kernel';
import { proveAdmission } from '#platform';
import type { Attached, Filed } from '#rights';
import { BANK } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { CERTIFICATE, CODE, openVoluntarySetting, png, takePart } from './voluntary-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ITEM = 'v09_qualifications';
const setting = await openVoluntarySetting(endingOf(after));
const { node, boss, call, upload } = setting;
const { database, clock, keys, policies, lists } = node;
await takePart(setting);

async function giveConsent(): Promise<string> {
  const fairUse = loadFairUse([join(ROOT, 'models', 'fair-use')]);
  const parts = { database, clock, keys, policies, catalogue: lists.catalogue, fairUse };
  const context = { ...parts, publicUrl: 'https://node.test', scansFolder: ROOT };
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: ITEM }],
    fetch: 'periodic',
    frequency: { count: 3, unit: 'month' },
    dataFrom: dayIn(-300),
    validTo: dayIn(60),
    dataLife: { count: 6, unit: 'month' },
  });
  return await inTransaction(database, async (tx) => {
    const admission = await proveAdmission(tx, clock, BANK, { operator: 'op-1' });
    const { consentId } = await requestConsent(tx, context, { admission, caller: BANK, request });
    const { digest } = await readConsentWords(tx, context, { caller: boss, consent: consentId });
    await grantConsent(tx, context, { caller: boss, consent: consentId, digest });
    return consentId;
  });
}

function dayIn(days: number): string {
  return new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

test('an institution is told with each filed record how well it is proved, and with no other', async () => {
  const consentId = await giveConsent();
  const values = { ...CERTIFICATE, certified_on: dayIn(-30) };
  const { body: filed } = await call<Filed>('POST', '/items', { contract: ITEM, values });
  const query = async () => {
    const { answer } = await runQuery(node, {
      caller: BANK,
      enterprise: CODE,
      consentId,
      purpose: 'loan_origination',
      contracts: [ITEM, 'n01_registration'],
      application: 'LN-1',
      operator: 'op-1',
      idempotencyKey: randomUUID(),
    });
    const { datasets } = JSON.parse(answer) as QueryAnswer;
    return datasets.map(({ records }) => records.map((record) => record.evidenceLevel));
  };
  assert.deepEqual(await query(), [['L0'], [undefined]]);
  const { body } = await upload<Attached>(filed.itemId, '证书.png', png());
  assert.equal(body.level, 'L1');
  assert.deepEqual(await query(), [['L1'], [undefined]]);
});
