import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  grantConsent,
  loadFairUse,
  readConsentWords,
  requestConsent,
  requireRequest,
  revokeConsent,
} from '#consent';
import { canonicalJson, inTransaction, Refusal } from '#kernel';
import {
  type AskSources,
  type QueryAnswer,
  type QueryContext,
  type QueryRequest,
  runQuery,
} from '#information';
import { proveAdmission } from '#platform';
import { decide, listAccesses, listRefusedAttempts, readDecision, readLogState } from '#security';
import { deliver, openTestLists } from '../support/lists.ts';
import {
  addEnterprise,
  addParticipants,
  BANK,
  callerOf,
  CODE,
  OTHER_BANK,
  PLATFORM,
} from './consent-setting.ts';
import { openTestClock } from './http-node.ts';
import { packagePersonGate } from '../support/person-gate.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NAME = '北京甲科技有限公司';
const SUBSIDIES = `统一社会信用代码,企业名称,补贴拨付凭证号,补贴政策名称,补贴种类,补贴到账金额,补贴拨付日期
${CODE},${NAME},P-1,首贷贴息,贷款贴息,100000,2020-05-01
${CODE},${NAME},P-2,首贷贴息,贷款贴息,250000,2026-08-01
`;
const PENALTIES = `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期
${CODE},${NAME},京市监罚〔2026〕1号,案,罚款,1000,2026-02-01,2027-02-01
`;

/** Lists with two deliveries, two banks, a platform, and one enterprise with its representative. */
async function openQuerySetting(t: TestContext, askSources?: AskSources) {
  const lists = { ...(await openTestLists(t)), clock: openTestClock() };
  const { database, keys, policies, clock, catalogue } = lists;
  const signatory = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    return await addEnterprise(tx, { code: CODE, name: NAME, accountId: 'acc_a' });
  });
  for (const [contract, content] of [
    ['b24_subsidy', SUBSIDIES],
    ['n08_penalty', PENALTIES],
  ] as const) {
    const receipt = await deliver(lists, { contract, content });
    assert.equal(receipt.quarantined, 0, JSON.stringify(receipt.defects));
  }
  const personGate = packagePersonGate(clock);
  const parts = { database, clock, keys, policies, lists, personGate };
  const context: QueryContext = { ...parts, ...(askSources && { askSources }) };
  const consents = {
    database,
    clock,
    keys,
    policies,
    catalogue,
    publicUrl: 'https://node.test',
    scansFolder: ROOT,
    fairUse: loadFairUse([join(ROOT, 'models', 'fair-use')]),
  };
  return { lists, context, consents, signatory };
}
type Setting = Awaited<ReturnType<typeof openQuerySetting>>;

/** A consent that the enterprise has given to the bank. */
async function givenConsent({ consents, signatory }: Setting, over: object = {}): Promise<string> {
  const { database, clock } = consents;
  const day = (days: number): string =>
    new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'b24_subsidy' }],
    fetch: 'periodic',
    frequency: { count: 3, unit: 'month' },
    dataFrom: day(-300),
    validTo: day(60),
    dataLife: { count: 6, unit: 'month' },
    ...over,
  });
  return await inTransaction(database, async (tx) => {
    const admission = await proveAdmission(tx, clock, BANK, { operator: 'op-1' });
    const { consentId } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    const { digest } = await readConsentWords(tx, consents, { caller: signatory, consent: consentId });
    await grantConsent(tx, consents, { caller: signatory, consent: consentId, digest });
    return consentId;
  });
}

function requestOf(consentId: string, over: Partial<QueryRequest> = {}): QueryRequest {
  return {
    caller: BANK,
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    contracts: ['b24_subsidy', 'n08_penalty'],
    application: 'LN-1',
    operator: '客户经理 7',
    idempotencyKey: randomUUID(),
    ...over,
  };
}

async function query(setting: Setting, request: QueryRequest): Promise<QueryAnswer> {
  return JSON.parse((await runQuery(setting.context, request)).answer) as QueryAnswer;
}

const refusedWith =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

test('a bank reads what the consent covers, in its range, and the enterprise sees who looked', async (t) => {
  const setting = await openQuerySetting(t);
  const consentId = await givenConsent(setting);
  const answer = await query(setting, requestOf(consentId));
  const [subsidy, penalty] = answer.datasets;
  assert.equal(subsidy?.outcome, 'ok');
  assert.deepEqual(
    subsidy?.records.map(({ values }) => values.payment_voucher_no),
    ['P-2'],
    'the first is older than the consent allows',
  );
  assert.equal(penalty?.outcome, 'ok', 'what is public needs no place in the consent');
  assert.equal(answer.isPartial, false);
  const { enterpriseId } = setting.signatory;
  assert(enterpriseId !== null);
  await inTransaction(setting.context.database, async (tx) => {
    const asOf = { knownAt: setting.context.clock.now() };
    const asked = { caller: setting.signatory, subject: enterpriseId, contracts: [], asOf };
    const permit = decide(tx, setting.context.policies, { ...asked, purpose: 'self' });
    const [access] = await listAccesses(tx, permit);
    assert.equal(access?.id, answer.disclosureId);
    assert.equal(access.consentId, consentId);
    assert.equal(access.institution, 'bank');
    assert.equal(access.operator, '客户经理 7');
    assert.equal(access.application, 'LN-1');
    const decided = await readDecision(tx, answer.disclosureId);
    assert.equal(decided.facts.reader.financing?.consent, 'active');
  });
});

test('the digest on record is over what was sent, salted, and nothing of it stands in the log', async (t) => {
  const setting = await openQuerySetting(t);
  const answer = await query(setting, requestOf(await givenConsent(setting)));
  const { receipt, ...content } = answer;
  const rows = await inTransaction(setting.context.database, (tx) =>
    tx.rows<{ content_digest: string; body: string }>(
      `select d.content_digest, b.body from security.disclosures d join security.leaf_bodies b using (receipt_id)
       where d.disclosure_id = $1`,
      [answer.disclosureId],
    ),
  );
  const digest = setting.context.keys.get('receipt') && (await sha256(canonicalJson(content)));
  assert.equal(rows[0]?.content_digest, `sha256:${digest}`);
  assert.match(receipt.id, /^rcp_/);
  assert.doesNotMatch(rows[0]?.body ?? '', /P-2|首贷贴息|250000/);
});

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}

test('a revoked consent ends at the next call, and the refused attempt is shown to the enterprise', async (t) => {
  const setting = await openQuerySetting(t);
  const consentId = await givenConsent(setting);
  await query(setting, requestOf(consentId));
  const { signatory, consents, context } = setting;
  await inTransaction(context.database, (tx) =>
    revokeConsent(tx, consents, { caller: signatory, consent: consentId }),
  );
  await assert.rejects(query(setting, requestOf(consentId)), refusedWith('policy.consent_revoked'));
  assert(signatory.enterpriseId !== null);
  const subject = signatory.enterpriseId;
  const refused = await inTransaction(context.database, (tx) => {
    const asOf = { knownAt: context.clock.now() };
    const asked = { caller: signatory, subject, contracts: [], asOf };
    return listRefusedAttempts(tx, decide(tx, context.policies, { ...asked, purpose: 'self' }), {
      limit: 10,
    });
  });
  assert.deepEqual(
    refused.map(({ code, institution, operation }) => [code, institution, operation]),
    [['policy.consent_revoked', 'bank', 'query']],
  );
});

test('the same key gives the same answer and counts once; of twenty at once one is counted', async (t) => {
  const setting = await openQuerySetting(t);
  const consentId = await givenConsent(setting, { fetch: 'once', frequency: undefined });
  const request = requestOf(consentId);
  const answers = await Promise.all(Array.from({ length: 20 }, () => runQuery(setting.context, request)));
  assert.equal(new Set(answers.map(({ answer }) => answer)).size, 1);
  assert.equal(answers.filter(({ isRepeated }) => !isRepeated).length, 1);
  await assert.rejects(query(setting, requestOf(consentId)), refusedWith('policy.consent_exhausted'));
  const other = { ...request, application: 'LN-2' };
  await assert.rejects(query(setting, other), refusedWith('idempotency.other_request'));
});

test('a repeated answer is not given once the consent has been revoked', async (t) => {
  const setting = await openQuerySetting(t);
  const consentId = await givenConsent(setting);
  const request = requestOf(consentId);
  await query(setting, request);
  const { signatory, consents, context } = setting;
  await inTransaction(context.database, (tx) =>
    revokeConsent(tx, consents, { caller: signatory, consent: consentId }),
  );
  await assert.rejects(query(setting, request), refusedWith('policy.consent_revoked'));
});

test('refusals say nothing of what there is: another bank, another id, another case are the same', async (t) => {
  const setting = await openQuerySetting(t);
  const consentId = await givenConsent(setting);
  const attempts: QueryRequest[] = [
    requestOf(consentId, { caller: OTHER_BANK }),
    requestOf(consentId.toUpperCase()),
    requestOf(`cns_${'0'.repeat(26)}`),
    requestOf(consentId.replace('cns', 'ｃns')),
  ];
  for (const attempt of attempts)
    await assert.rejects(query(setting, attempt), refusedWith('policy.consent_missing'));
  await assert.rejects(
    query(setting, requestOf(consentId, { purpose: 'post_loan_management' })),
    refusedWith('policy.consent_for_other_purpose'),
  );
  await assert.rejects(
    query(setting, requestOf(consentId, { caller: PLATFORM, institutionId: 'bank' })),
    refusedWith('policy.consent_not_through_platform'),
  );
  await assert.rejects(
    query(setting, requestOf(consentId, { contracts: ['n99_nothing'] })),
    refusedWith('query.contract_unknown'),
  );
  await assert.rejects(
    query(setting, requestOf(consentId, { caller: callerOf({ kind: 'reader' }) })),
    refusedWith('admission.not_a_participant'),
  );
});

test('a department is asked with no connection held, and a consent revoked meanwhile stops the answer', async (t) => {
  let meanwhile: () => Promise<void> = () => Promise.resolve();
  const asked: string[][] = [];
  const setting = await openQuerySetting(t, async (order, { contracts }) => {
    asked.push(contracts.map(({ id }) => `${id} ${order.fields(id).length > 0}`));
    await meanwhile();
    const [contract] = contracts;
    assert(contract !== undefined);
    const values = [{ tax_type: 'vat', hidden: 'x' }];
    return [{ contract, outcome: 'ok', values, sourceAt: new Date('2026-11-01T00:00:00Z') }];
  });
  const contracts = [{ id: 'b24_subsidy' }, { id: 'n14_tax_declaration' }];
  const consentId = await givenConsent(setting, { contracts });
  const request = requestOf(consentId, { contracts: ['b24_subsidy', 'n14_tax_declaration'] });
  const answer = await query(setting, request);
  assert.deepEqual(asked, [['n14_tax_declaration true']]);
  assert.deepEqual(
    answer.datasets.map(({ contract, outcome }) => [contract, outcome]),
    [
      ['b24_subsidy', 'ok'],
      ['n14_tax_declaration', 'ok'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(answer), /hidden/, 'only fields of the Permit leave');
  const { signatory, consents, context } = setting;
  meanwhile = async () => {
    await inTransaction(context.database, (tx) =>
      revokeConsent(tx, consents, { caller: signatory, consent: consentId }),
    );
  };
  await assert.rejects(
    query(setting, { ...request, idempotencyKey: randomUUID() }),
    refusedWith('policy.consent_revoked'),
  );
  const kinds = await inTransaction(context.database, (tx) =>
    tx.rows<{ kind: string }>(
      `select kind from security.receipts where kind in ('intent', 'answer', 'refusal') order by receipt_id`,
    ),
  );
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ['intent', 'answer', 'intent', 'refusal'],
  );
  assert((await readLogState(context.database)).waiting > 0);
});
