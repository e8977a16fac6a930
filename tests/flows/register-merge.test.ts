import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { grantConsent, readConsentWords, revokeConsent } from '#consent';
import { inTransaction, toEnterpriseId, type Tx } from '#kernel';
import { findEnterprise, listMerges, mergeEnterprises, unmergeEnterprise } from '#lists';
import { commandLineCaller } from '#platform';
import { listOutcomesOf } from '#outcomes';
import { decide } from '#security';
import { ask, CODE, listOwn, openSetting, OTHER_CODE } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { disclose, loanItem, report } from './outcomes-setting.ts';
import { loadReasons } from '#outcomes';
import { join } from 'node:path';

const setting = await openSetting(endingOf(after));
const { database, context, clock, signatory, stranger } = setting;
const run = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
const [anna, bo] = [commandLineCaller('anna', 'data_admin'), commandLineCaller('bo', 'data_admin')];
const pair = { alias: OTHER_CODE, into: CODE };
const merge = (caller: typeof anna, over: Partial<typeof pair> = {}) =>
  run((tx) => mergeEnterprises(tx, context, { ...pair, ...over, caller }));
const unmerge = (caller: typeof anna, alias = OTHER_CODE) =>
  run((tx) => unmergeEnterprise(tx, context, { alias, caller }));
const subjectOf = async (code: string) => (await run((tx) => findEnterprise(tx, code))).enterpriseId;

/** Asked of and given by the enterprise that is to be merged, and a loan reported of it. */
const asked = await ask(setting, { enterprise: OTHER_CODE });
await run((tx) =>
  grantConsent(tx, context, { caller: stranger, consent: asked.consentId, digest: asked.digest }),
);
const subject = stranger.enterpriseId ?? toEnterpriseId(0);
const outcomes = { ...context, reasons: loadReasons(join(import.meta.dirname, '..', '..')) };
const disclosed = await disclose({ ...context, database, clock }, { subject });
await report({ database, context: outcomes }, [loanItem(disclosed)]);

const ownConsents = async () => (await listOwn(setting, signatory)).map(({ consentId }) => consentId);
const ownLoans = async () =>
  await run(async (tx) => {
    const permit = decide(tx, context.policies, {
      caller: signatory,
      purpose: 'self',
      subject: setting.enterpriseId,
      contracts: [],
      asOf: { knownAt: new Date(clock.now().getTime() + 1_000) },
    });
    return (await listOutcomesOf(tx, permit)).filter(({ kind }) => kind === 'loan').length;
  });
const revoke = () => run((tx) => revokeConsent(tx, context, { caller: signatory, consent: asked.consentId }));

test('one person proposes, which changes nothing; another one merges, with a leaf for each step', async () => {
  await assert.rejects(merge(commandLineCaller('eve', 'audit_admin')), { code: 'policy.audit_watches_only' });
  await assert.rejects(merge(signatory), { code: 'security.not_permitted' });
  assert.equal(await merge(anna), 'proposed');
  assert.equal(await subjectOf(OTHER_CODE), stranger.enterpriseId);
  assert.deepEqual([await ownConsents(), await ownLoans()], [[], 0]);
  await assert.rejects(revoke(), { code: 'consent.unknown' });
  await assert.rejects(merge(anna), { code: 'policy.two_persons' });
  assert.deepEqual(await run((tx) => listMerges(tx)), [
    { alias: OTHER_CODE, into: CODE, state: 'merge_proposed', by: 'cli:anna' },
  ]);
  assert.equal(await merge(bo), 'merged');
  assert.equal(await subjectOf(OTHER_CODE), setting.enterpriseId);
  const leaves = await run((tx) =>
    tx.rows<{ act: string; by: string; proposed: string | null }>(
      `select body::jsonb ->> 'act' as act, body::jsonb ->> 'by' as by, body::jsonb ->> 'proposedBy' as proposed
       from security.leaf_bodies where body::jsonb ? 'alias' order by receipt_id`,
    ),
  );
  assert.deepEqual(leaves, [
    { act: 'merge_proposed', by: 'cli:anna', proposed: null },
    { act: 'enterprises_merged', by: 'cli:bo', proposed: 'cli:anna' },
  ]);
});

test('what was agreed to and reported of the merged one is found under the one that stays, and is its to take back', async () => {
  assert.deepEqual([await ownConsents(), await ownLoans()], [[asked.consentId], 1]);
  const read = await run((tx) =>
    readConsentWords(tx, context, { caller: signatory, consent: asked.consentId }),
  );
  assert.equal(read.enterpriseId, stranger.enterpriseId, 'nothing moved');
  assert.equal((await revoke()).state, 'revoked');
});

test('nobody is merged twice, into itself or along a chain', async () => {
  await assert.rejects(merge(anna), { code: 'register.merge_chain' });
  await assert.rejects(merge(anna, { alias: CODE, into: OTHER_CODE }), { code: 'register.merge_chain' });
  await assert.rejects(merge(anna, { into: OTHER_CODE }), { code: 'register.merge_same' });
  await assert.rejects(merge(anna, { into: '91110108MA0000000X' }), { code: 'register.merge_unknown' });
});

test('a merge is undone by two persons, and everything is as it was', async () => {
  await assert.rejects(unmerge(anna, CODE), { code: 'register.not_merged' });
  assert.equal(await unmerge(bo), 'proposed');
  await assert.rejects(unmerge(bo), { code: 'policy.two_persons' });
  assert.equal(await subjectOf(OTHER_CODE), setting.enterpriseId);
  assert.equal(await unmerge(anna), 'unmerged');
  assert.equal(await subjectOf(OTHER_CODE), stranger.enterpriseId);
  assert.deepEqual([await ownConsents(), await ownLoans()], [[], 0]);
  assert.deepEqual(await run((tx) => listMerges(tx)), []);
  assert.equal(await merge(anna), 'proposed', 'and may be merged again');
  assert.equal(await merge(bo), 'merged');
});
