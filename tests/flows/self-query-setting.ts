import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { grantConsent, readConsentWords, requestConsent, requireRequest } from '#consent';
import { runQuery } from '#information';
import { type EnterpriseId, inTransaction } from '#kernel';
import { findAccountCaller, proveAdmission } from '#platform';
import { reportOutcomes, toReported } from '#outcomes';
import { makeExport, type SelfContext } from '#rights';
import { type Caller, logOrigin, startSequencer } from '#security';
import { bringEvaluationIntoForce } from '../../src/entry/evaluation.ts';
import { openConsent } from '../../src/entry/consent.ts';
import { openOutcomes } from '../../src/entry/http/routes/outcome-reporting.ts';
import { openSelf } from '../../src/entry/self.ts';
import { deliver } from '../support/lists.ts';
import { addPeople, BANK, CODE, OTHER_BANK } from './consent-setting.ts';
import { type Ending, openTestApp, openTestClock, signIn, type TestNodeOptions } from './http-node.ts';
import { loanItem } from './outcomes-setting.ts';

export const NAME = '北京甲科技有限公司';
export const PENALTIES = `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期
${CODE},${NAME},京市监罚〔2026〕1号,案,罚款,1000,2026-02-01,2027-02-01
${CODE},${NAME},京市监罚〔2026〕2号,案,罚款,2000,2026-03-01,2027-03-01
${CODE},${NAME},京市监罚〔2026〕3号,案,罚款,3000,2026-04-01,2027-04-01
`;
export const SUBSIDIES = `统一社会信用代码,企业名称,补贴拨付凭证号,补贴政策名称,补贴种类,补贴到账金额,补贴拨付日期
${CODE},${NAME},P-1,首贷贴息,贷款贴息,100000,2026-05-01
`;

/** A node with two enterprises, two banks, and what others laid down about the first enterprise. */
export async function openSelfSetting(t: Ending, options: TestNodeOptions = {}) {
  const { app, node } = await openTestApp(t, { clock: openTestClock(), ...options });
  await addPeople(node);
  await bringEvaluationIntoForce(node, node.evaluation);
  for (const [contract, content] of [
    ['n08_penalty', PENALTIES],
    ['b24_subsidy', SUBSIDIES],
  ] as const) {
    const receipt = await deliver(node.lists, { contract, content });
    assert.equal(receipt.quarantined, 0, JSON.stringify(receipt.defects));
  }
  const context = openSelf(node);
  const owner = await callerOfLogin(context, 'enterprise-a');
  const stranger = await callerOfLogin(context, 'enterprise-b');
  assert(owner.enterpriseId !== null);
  return { app, node, context, owner, stranger, enterpriseId: owner.enterpriseId };
}
export type SelfSetting = Awaited<ReturnType<typeof openSelfSetting>>;

export async function callerOfLogin({ database }: SelfContext, login: string): Promise<Caller> {
  return await inTransaction(database, async (tx) => {
    const [row] = await tx.rows<{ id: string }>(
      'select account_id as id from platform.accounts where login = $1',
      [login],
    );
    return (await findAccountCaller(tx, row?.id ?? '')) ?? assert.fail(`no account ${login}`);
  });
}

/** A consent that the enterprise gives to the bank. */
export async function giveConsent({ node, owner }: SelfSetting): Promise<string> {
  const consents = openConsent(node);
  const day = (days: number): string =>
    new Date(node.clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'b24_subsidy' }],
    fetch: 'periodic',
    frequency: { count: 3, unit: 'month' },
    dataFrom: day(-300),
    validTo: day(60),
    dataLife: { count: 6, unit: 'month' },
  });
  return await inTransaction(node.database, async (tx) => {
    const admission = await proveAdmission(tx, node.clock, BANK, { operator: 'op-1' });
    const { consentId } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    const { digest } = await readConsentWords(tx, consents, { caller: owner, consent: consentId });
    await grantConsent(tx, consents, { caller: owner, consent: consentId, digest });
    return consentId;
  });
}

/** The bank asks; returns the disclosure. */
export async function query({ node }: SelfSetting, consentId: string, caller = BANK): Promise<string> {
  const { answer } = await runQuery(node, {
    caller,
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    contracts: ['b24_subsidy', 'n08_penalty'],
    application: 'LN-1',
    operator: '客户经理 7',
    idempotencyKey: randomUUID(),
  });
  return (JSON.parse(answer) as { disclosureId: string }).disclosureId;
}

/** Another bank asks under a consent that is not its own, and is refused. */
export async function refuse(setting: SelfSetting, consentId: string): Promise<void> {
  await assert.rejects(query(setting, consentId, OTHER_BANK));
}

export async function mark(
  { node }: SelfSetting,
  decision: string,
  kind: 'disputed' | 'repaired' | 'withheld',
): Promise<void> {
  await inTransaction(node.database, (tx) =>
    tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       select enterprise_id, 'n08_penalty', delivery_no, row_no, $2, '测试', '2026-01-01'::timestamptz, now()
       from lists.n08_penalty_v1 where decision_no = $1`,
      [decision, kind],
    ),
  );
}

export async function reportUse({ node }: SelfSetting, disclosureId: string): Promise<void> {
  const { application, decision, used } = loanItem(disclosureId);
  await inTransaction(node.database, async (tx) => {
    const admission = await proveAdmission(tx, node.clock, BANK, { operator: 'op-1' });
    const items = toReported([{ disclosureId, used, application, decision } as never]);
    await reportOutcomes(tx, openOutcomes(node), { admission, caller: BANK, items });
  });
}

/** The log's writer, so that leaves reach the tree. */
export function startLog(t: Ending, { node }: SelfSetting) {
  const { database, keys, logger, config } = node;
  const sequencer = startSequencer({ database, keys, origin: logOrigin(config.publicUrl), logger });
  t.after(() => sequencer.stop());
  return sequencer;
}

/** What the worker does for an export that was asked for. */
export async function runExport(
  { context }: SelfSetting,
  enterpriseId: EnterpriseId,
  exportId: string,
): Promise<void> {
  await makeExport(context, { enterpriseId, exportId });
}

export async function headersOf({ app }: SelfSetting, login: string): Promise<Record<string, string>> {
  return { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
}
