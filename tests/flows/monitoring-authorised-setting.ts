import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ConsentContext,
  grantConsent,
  loadFairUse,
  requestConsent,
  requireRequest,
  revokeConsent,
} from '#consent';
import { inTransaction, type Tx } from '#kernel';
import { loadRules, type Rule, type RuleBook } from '#monitoring';
import { proveAdmission } from '#platform';
import { BANK, dayFrom, OTHER_BANK, requestOf } from './consent-setting.ts';
import type { Ending } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import { type AlertSetting, openAlertSetting } from './monitoring-alerts-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A city's rules on what an enterprise authorises: one on a dataset that the node holds, one on a followed source. */
const GRADE = `
id: city_grade_poor
version: '1.0.0'
name: { zh: 公共信用综合评价为差, en: 'public credit grade poor' }
level: orange
kind: event
scope: authorised
reach: replicated
source: { contract: n31_public_credit_grade, version: '1.0.0' }
filter: { field: public_credit_grade, in: [poor] }
coolDownDays: 0
precisionFloor: 0.3
basis: [proposal]
action: { zh: 了解原因, en: 'Ask why' }
start: active
cases:
  fires: { records: [{ graded_on: 2026-09-01, public_credit_grade: poor }] }
  rests: { records: [{ graded_on: 2026-09-01, public_credit_grade: good }] }
`;
const followedRule = (id: string, contract: string, field: string, record: string): string => `
id: ${id}
version: '1.0.0'
name: { zh: 每月记录, en: 'a month' }
level: blue
kind: event
scope: authorised
reach: followed
source: { contract: ${contract}, version: '1.0.0' }
filter: { field: ${field}, isNull: false }
coolDownDays: 0
precisionFloor: 0.3
basis: [proposal]
action: { zh: 了解原因, en: 'Ask why' }
start: active
cases:
  fires: { records: [${record}] }
  rests: { records: [] }
`;
const FUND = followedRule(
  'city_fund_month',
  'b08_housing_fund',
  'fund_account_state',
  '{ fund_unit_no: G1, fund_month: 2026-09-01, fund_account_state: normal, depositing_headcount: 10, arrears_months: 0 }',
);
const INSURANCE = followedRule(
  'city_insurance_month',
  'n17_social_insurance',
  'contribution_state',
  '{ insurance_kind: all, contribution_month: 2026-09-01, contribution_state: paid, insured_count: 20 }',
);
export const GRADE_RULE = 'city_grade_poor';
export const FUND_RULE = 'city_fund_month';
export const INSURANCE_RULE = 'city_insurance_month';
const LENDERS = { bank: BANK, 'other-bank': OTHER_BANK } as const;
export type Lender = keyof typeof LENDERS;

export type AuthorisedSetting = AlertSetting & {
  readonly consents: ConsentContext;
  readonly cityRules: RuleBook;
};

/** Two banks that have lent to one enterprise, as of now: what the node knows it knows by the database's own time. */
export async function openAuthorised(t: Ending): Promise<AuthorisedSetting> {
  const setting = await openAlertSetting(t);
  const { clock, context } = setting;
  clock.advance(Date.now() - clock.now().getTime());
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-city-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'alerts'));
  writeFileSync(join(folder, 'alerts', `${GRADE_RULE}.yaml`), GRADE);
  writeFileSync(join(folder, 'alerts', `${FUND_RULE}.yaml`), FUND);
  writeFileSync(join(folder, 'alerts', `${INSURANCE_RULE}.yaml`), INSURANCE);
  const cityRules = loadRules([join(ROOT, 'models'), folder], context.book, context.catalogue);
  const { database, keys, policies, catalogue } = context;
  const fairUse = loadFairUse([join(ROOT, 'models', 'fair-use')]);
  const places = { publicUrl: 'https://node.test', scansFolder: ROOT };
  const consents = { database, clock, keys, policies, catalogue, fairUse, ...places };
  return { ...setting, consents, cityRules };
}

export function ruleOf({ cityRules }: AuthorisedSetting, id: string): Rule {
  return cityRules.rules.get(id) ?? assert.fail(id);
}

export type Terms = {
  readonly contracts: readonly string[];
  readonly fromDays: number;
  readonly over?: object;
};

/** A consent for post-loan management that the enterprise gives this bank; every field that may be shown. */
export async function consentTo(
  setting: AuthorisedSetting,
  lender: Lender,
  { contracts, fromDays, over = {} }: Terms,
): Promise<string> {
  const { context, clock, consents, signatory, within } = setting;
  const open = (id: string): string[] => {
    const { fields } = setting.contract(id);
    return fields.filter(({ disclosure }) => disclosure !== 'secret').map(({ name }) => name);
  };
  const request = requireRequest(
    requestOf(clock, {
      purpose: 'post_loan_management',
      contracts: contracts.map((id) => ({ id, fields: open(id) })),
      frequency: { count: 1, unit: 'month' },
      dataFrom: dayFrom(clock, fromDays),
      validTo: dayFrom(clock, 100),
      ...over,
    }),
  );
  clock.advance(1_000);
  const caller = LENDERS[lender];
  return await within(async (tx) => {
    const admission = await proveAdmission(tx, context.clock, caller, { operator: 'op-1' });
    const { consentId, digest } = await requestConsent(tx, consents, { admission, caller, request });
    await grantConsent(tx, consents, { caller: signatory, consent: consentId, digest });
    return consentId;
  });
}

export async function revoke(tx: Tx, setting: AuthorisedSetting, consent: string): Promise<void> {
  await revokeConsent(tx, setting.consents, { caller: setting.signatory, consent });
}

/** One delivery of public credit grades, by the days on which they were given. */
export async function deliverGrades(setting: AuthorisedSetting, days: readonly number[]): Promise<void> {
  const { clock, context, contract, enterpriseId } = setting;
  clock.advance(Date.now() - clock.now().getTime());
  const knownFrom = clock.now();
  await inTransaction(context.database, async (tx) => {
    const n31 = contract('n31_public_credit_grade');
    const deliveryNo = await addDelivery(tx, n31, knownFrom);
    const records = days.map((day, rowNo) => ({
      enterpriseId,
      deliveryNo,
      rowNo,
      knownFrom,
      values: { graded_on: dayFrom(clock, day), public_credit_grade: 'poor' },
    }));
    await addRecords(tx, n31, records);
  });
  await wait(50);
}

/** Institution, rule and consent of each alert that stands. */
export async function toldOf({ within, enterpriseId }: AuthorisedSetting): Promise<string[]> {
  const rows = await within((tx) =>
    tx.rows<{ told: string }>(
      `select concat_ws(' ', v.institution_id, a.rule_id, v.occurred_on, v.consent_id) as told
       from monitoring.alert_versions v join monitoring.alerts a using (enterprise_id, alert_id)
       where v.enterprise_id = $1 and v.known_to = 'infinity' order by 1`,
      [enterpriseId],
    ),
  );
  return rows.map(({ told }) => told);
}
