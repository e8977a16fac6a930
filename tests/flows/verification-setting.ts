import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type ConsentContext,
  grantConsent,
  loadFairUse,
  requestConsent,
  requireRequest,
  revokeConsent,
} from '#consent';
import {
  type ClaimRequest,
  loadVerificationRules,
  type VerificationAnswer,
  type VerificationContext,
  type VerificationRequest,
  verify,
} from '#information';
import { inTransaction, type Refusal } from '#kernel';
import type { ListsContext } from '#lists';
import { proveAdmission } from '#platform';
import { type Caller, loadBudgets } from '#security';
import type { Cleanup } from '../support/database.ts';
import { deliver, openTestLists } from '../support/lists.ts';
import { addEnterprise, addParticipants, BANK, CODE } from './consent-setting.ts';
import { openTestClock, type TestClock } from './http-node.ts';
import { packagePersonGate } from '../support/person-gate.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BUDGETS = join(ROOT, 'models', 'budgets');
export const NAME = '北京甲科技有限公司';

/** What the department delivered and no institution may see; odd enough to be searched for. */
export const TRUE_ASSETS_YUAN = '73519284.61';
export const TRUE_REVENUE_YUAN = '4173958.27';
export const SECRET_NUMBER = '110101199003078515';

export type VerificationSetting = {
  readonly lists: ListsContext;
  readonly clock: TestClock;
  readonly context: VerificationContext;
  readonly signatory: Caller;
  /** Period ends of the latest two statements, `YYYY-MM-DD`. */
  readonly periods: readonly [latest: string, earlier: string];
};

/** Noon of the tenth of the middle month of next quarter: no test straddles a day, a month or a quarter. */
function startQuarter(clock: TestClock): void {
  const now = clock.now();
  const month = Math.floor(now.getUTCMonth() / 3) * 3 + 4;
  clock.advance(Date.UTC(now.getUTCFullYear(), month, 10, 4) - now.getTime());
}

export function dayOf(clock: TestClock, days: number): string {
  return new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

export async function openVerificationSetting(t: Cleanup): Promise<VerificationSetting> {
  const clock = openTestClock();
  return await fillVerificationSetting({ ...(await openTestLists(t)), clock }, clock);
}

/** Fills lists that run on this clock: two banks, an enterprise, two statements and a penalty. */
export async function fillVerificationSetting(
  lists: ListsContext,
  clock: TestClock,
): Promise<VerificationSetting> {
  const periods = [dayOf(clock, -120), dayOf(clock, -210)] as const;
  startQuarter(clock);
  const { database, keys, policies } = lists;
  const signatory = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    return await addEnterprise(tx, { code: CODE, name: NAME, accountId: 'acc_a' });
  });
  await deliverFinancials(lists, periods);
  const definitions = { budgets: loadBudgets([BUDGETS]), rules: loadVerificationRules([BUDGETS]) };
  const personGate = packagePersonGate(clock);
  const context = { database, clock, keys, policies, lists, personGate, ...definitions };
  return { lists, clock, context, signatory, periods };
}

async function deliverFinancials(
  lists: ListsContext,
  [latest, earlier]: readonly [string, string],
): Promise<void> {
  const head =
    '统一社会信用代码,企业名称,报表类型,报告期,合并类型,是否审计,资产总额,总负债,净资产,营业总收入,净利润,经营现金流净额,会计师事务所,会计准则';
  const row = (period: string, assets: string, revenue: string, cash: string): string =>
    `${CODE},${NAME},年报,${period},单体,否,${assets},0,${assets},${revenue},100,${cash},ＡＢＣ会计师事务所,\n`;
  const receipt = await deliver(lists, {
    contract: 'v02_financials',
    content: `${head}\n${row(latest, TRUE_ASSETS_YUAN, TRUE_REVENUE_YUAN, '-52000')}${row(earlier, '61000000', '3000000', '')}`,
  });
  assert.equal(receipt.quarantined, 0, JSON.stringify(receipt.defects));
  const penalties = await deliver(lists, {
    contract: 'n08_penalty',
    content: `统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n${CODE},${NAME},京市监罚1号,案,罚款,1000,${latest},2099-02-01\n`,
  });
  assert.equal(penalties.quarantined, 0, JSON.stringify(penalties.defects));
}

function consentsOf({ lists, clock }: Pick<VerificationSetting, 'lists' | 'clock'>): ConsentContext {
  const { database, keys, policies, catalogue } = lists;
  const fairUse = loadFairUse([join(ROOT, 'models', 'fair-use')]);
  const places = { publicUrl: 'https://node.test', scansFolder: ROOT };
  return { database, clock, keys, policies, catalogue, fairUse, ...places };
}

/** The enterprise takes it back. */
export async function revokeGiven(
  { lists, clock, signatory }: VerificationSetting,
  consent: string,
): Promise<void> {
  const consents = consentsOf({ lists, clock });
  await inTransaction(lists.database, (tx) => revokeConsent(tx, consents, { caller: signatory, consent }));
}

/** A consent that the enterprise has given to the bank. */
export async function givenConsent(
  { lists, clock, signatory }: VerificationSetting,
  over: object = {},
): Promise<string> {
  const { database, catalogue } = lists;
  const consents = consentsOf({ lists, clock });
  const request = requireRequest({
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [
      {
        id: 'v02_financials',
        fields: catalogue.contracts.get('v02_financials')?.fields.map(({ name }) => name),
      },
      { id: 'n14_tax_declaration', fields: ['declared_sales'] },
    ],
    fetch: 'periodic',
    frequency: { count: 10, unit: 'month' },
    dataFrom: dayOf(clock, -500),
    validTo: dayOf(clock, 50),
    dataLife: { count: 6, unit: 'month' },
    ...over,
  });
  return await inTransaction(database, async (tx) => {
    const admission = await proveAdmission(tx, clock, BANK, { operator: 'op-1' });
    const { consentId, digest } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    await grantConsent(tx, consents, { caller: signatory, consent: consentId, digest });
    return consentId;
  });
}

export type Over = Partial<VerificationRequest>;

export function requestOf(consentId: string, claims: readonly ClaimRequest[], over: Over = {}) {
  return {
    caller: BANK,
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    contract: 'v02_financials',
    claims,
    application: 'LN-1',
    operator: '柜员 7',
    idempotencyKey: randomUUID(),
    ...over,
  } satisfies VerificationRequest;
}

export async function ask(
  context: VerificationContext,
  consentId: string,
  claims: readonly ClaimRequest[],
  over: Over = {},
): Promise<VerificationAnswer> {
  const { answer } = await verify(context, requestOf(consentId, claims, over));
  return JSON.parse(answer) as VerificationAnswer;
}

/** The one answer to one claim; a band by its name. */
export async function answerTo(
  context: VerificationContext,
  consentId: string,
  claim: ClaimRequest,
): Promise<string | undefined> {
  const { claims } = await ask(context, consentId, [claim]);
  return claims[0]?.band?.name ?? claims[0]?.answer;
}

/** `ok`, or the code of the refusal, of each. */
export async function codesOf(asks: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(asks);
  return settled.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as Refusal).code));
}
