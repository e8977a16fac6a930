import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadIndicators } from '#evaluation';
import { beijingDate, type EnterpriseId, inTransaction, silentLogger, type Tx } from '#kernel';
import { type Contract, loadCatalogue, readKnownAt } from '#lists';
import {
  handleAlert,
  type HandlingStep,
  loadHandling,
  type MonitoringContext,
  raiseAlerts,
  readLiveWatches,
  refreshWatches,
} from '#monitoring';
import { loadReasons } from '#outcomes';
import { proveAdmission, systemCaller } from '#platform';
import { type Caller, decidePopulation } from '#security';
import { loadRules } from '../../src/monitoring/rules/load-rules.ts';
import type { Rule, RuleBook } from '../../src/monitoring/rules/rule.ts';
import { detectSignals } from '../../src/monitoring/signals/detect-signals.ts';
import { recordSignals } from '../../src/monitoring/signals/record-signals.ts';
import type { Signal } from '../../src/monitoring/signals/signal.ts';
import { callerOf, openSetting } from './consent-setting.ts';
import type { Ending, TestClock } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import { admissionOf, disclose, loanItem, report } from './outcomes-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODELS = join(ROOT, 'models');

const member = (id: string, role: string, participantId: string) =>
  callerOf({ id, kind: 'institution', roles: [role], participantId });
export const OFFICER = member('acc_officer', 'risk_officer', 'bank');
export const BANK_CLERK = member('acc_clerk', 'clerk', 'bank-east');
export const INQUIRER = member('acc_inquirer', 'inquirer', 'bank');
export const OTHER_OFFICER = member('acc_other_officer', 'risk_officer', 'other-bank');
export const DATA_ADMIN = callerOf({ id: 'acc_data', kind: 'operator', roles: ['data_admin'] });
export const SYSTEM = systemCaller('monitoring');

/** The rule of `penalty_recent.yaml`: yellow, and orange from the third penalty of a year on. */
export const RULE = 'penalty_recent';

export type AlertSetting = {
  readonly context: MonitoringContext;
  readonly clock: TestClock;
  readonly rules: RuleBook;
  readonly enterpriseId: EnterpriseId;
  readonly signatory: Caller;
  readonly stranger: Caller;
  readonly within: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
  readonly contract: (id: string) => Contract;
};

/** Two banks that have lent to one enterprise, on Tuesday 20 October 2026 unless told, and the rules of the package. */
export async function openAlertSetting(t: Ending, at = '2026-10-20T02:00:00Z'): Promise<AlertSetting> {
  const { context: base, database, clock, enterpriseId, signatory, stranger } = await openSetting(t);
  clock.advance(Date.parse(at) - clock.now().getTime());
  const { keys, policies } = base;
  const catalogue = loadCatalogue([join(ROOT, 'lists')]);
  const book = loadIndicators([MODELS], catalogue);
  const handling = loadHandling([MODELS]);
  const context: MonitoringContext = {
    database,
    policies,
    keys,
    clock,
    logger: silentLogger,
    catalogue,
    book,
    handling,
  };
  const contract = (id: string): Contract => catalogue.contracts.get(id) ?? assert.fail();
  const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
  const rules = loadRules([MODELS], book, catalogue);
  const setting = { context, clock, rules, enterpriseId, signatory, stranger, within, contract };
  for (const institution of ['bank', 'other-bank']) await lend(setting, institution);
  await within((tx) => refreshWatches(tx, { clock }, { enterpriseIds: [enterpriseId] }));
  return setting;
}

type LoanState = 'lent' | 'settled';

/** Says of the one loan of this bank that it was made, or that it is settled. */
export async function lend(
  { context, clock, enterpriseId: subject }: AlertSetting,
  institution: string,
  state: LoanState = 'lent',
): Promise<void> {
  clock.advance(1_000);
  const { database } = context;
  const item = loanItem(await disclose(context, { subject, institution }));
  const settled = { month: '2026-10', balanceFen: 0, settledOn: '2026-10-12' };
  const balance = { ...(item.balance ?? assert.fail()), ...(state === 'settled' ? settled : {}) };
  const admission = admissionOf({ institutionId: institution, branchId: institution });
  const caller = callerOf({
    id: `client:${institution}`,
    kind: 'institution',
    roles: ['machine'],
    participantId: institution,
  });
  const outcomes = { database, context: { ...context, reasons: loadReasons(ROOT) } };
  const { counts } = await report(outcomes, [{ ...item, balance }], { admission, caller });
  assert.equal(counts.refused, 0);
}

export type Penalty = {
  readonly no: string;
  readonly decidedOn?: string;
  readonly kind?: string;
  readonly status?: string;
};

/** One delivery of penalties; rows of the same number replace the ones before, as publishing does. */
export async function deliverPenalties(
  { within, clock, contract, enterpriseId }: AlertSetting,
  penalties: readonly Penalty[],
): Promise<string> {
  clock.advance(1_000);
  const knownFrom = clock.now();
  const n08 = contract('n08_penalty');
  return await within(async (tx) => {
    const deliveryNo = await addDelivery(tx, n08, knownFrom);
    await endPenalties(tx, n08, { enterpriseId, numbers: penalties.map(({ no }) => no), at: knownFrom });
    const records = penalties.map(({ no, decidedOn, kind, status }, rowNo) => ({
      enterpriseId,
      deliveryNo,
      rowNo,
      knownFrom,
      values: {
        decision_no: no,
        penalty_kind: kind ?? 'fine',
        decided_on: decidedOn ?? '2026-10-12',
        penalty_status: status ?? 'in_force',
      },
    }));
    await addRecords(tx, n08, records);
    return deliveryNo;
  });
}

/** Ends the versions that stand, as a newer version or a withdrawal does. */
export async function endPenalties(
  tx: Tx,
  { id, major }: Contract,
  about: { readonly enterpriseId: EnterpriseId; readonly numbers: readonly string[]; readonly at: Date },
): Promise<void> {
  await tx.rows(
    `update lists.${id}_v${major} set known_to = $3
     where enterprise_id = $1 and decision_no = any($2) and known_to = 'infinity'`,
    [about.enterpriseId, about.numbers, about.at],
  );
}

/** Signals of the rule over what stands, or stood then, recorded; in the order of a run: detect, record. */
export async function findNew(
  tx: Tx,
  setting: AlertSetting,
  ruleId = RULE,
  knownAt?: Date,
): Promise<Signal[]> {
  const { context, rules, enterpriseId } = setting;
  const rule: Rule = rules.rules.get(ruleId) ?? assert.fail();
  const at = context.clock.now();
  const permit = decidePopulation(tx, context.policies, {
    caller: SYSTEM,
    purpose: 'monitoring',
    population: { kind: 'list', ids: [enterpriseId] },
    contracts: rule.contracts.map((id) => setting.contract(id)),
    asOf: { knownAt: knownAt ?? (await readKnownAt(tx, rule.contracts)) },
    runId: 'mon_test',
  });
  const asked = { rules: [rule], enterpriseIds: [enterpriseId], asOf: beijingDate(at), since: null };
  const found = await detectSignals(tx, permit, asked);
  return await recordSignals(tx, { found, role: 'active', runId: 'mon_test', at });
}

/** What a run does with one enterprise, in one transaction. */
export async function look(setting: AlertSetting) {
  return await setting.within((tx) => lookIn(tx, setting));
}

export async function lookIn(tx: Tx, setting: AlertSetting) {
  const { context, enterpriseId, rules, clock } = setting;
  const signals = await findNew(tx, setting);
  const watches = await readLiveWatches(tx, [enterpriseId], clock);
  return await raiseAlerts(tx, context, { signals, watches, rules, at: clock.now() });
}

/** A person of an institution takes a step. */
export async function handle(setting: AlertSetting, caller: Caller, alertId: string, step: HandlingStep) {
  const { context, clock, within } = setting;
  clock.advance(1_000);
  return await within(async (tx) => {
    const admission = await proveAdmission(tx, clock, caller, { operator: '贷后 7' });
    return await handleAlert(tx, context, { caller, admission, alertId, step });
  });
}

export type AlertRow = {
  readonly alertId: string;
  readonly institution: string;
  readonly state: string;
  readonly level: string;
  readonly versionNo: number;
  readonly caseId: string;
  readonly dueOn: string | null;
  readonly escalation: number;
};

/** How the alerts of the enterprise stand, oldest first, those of one instant by institution. */
export async function standing({ within, enterpriseId }: AlertSetting): Promise<AlertRow[]> {
  return await within((tx) =>
    tx.rows<AlertRow>(
      `select v.alert_id as "alertId", v.institution_id as institution, v.state, v.level, v.version_no as "versionNo",
         v.case_id as "caseId", v.due_on::text as "dueOn", v.escalation
       from monitoring.alert_versions v join monitoring.alerts a using (enterprise_id, alert_id)
       where v.enterprise_id = $1 and v.known_to = 'infinity' order by a.raised_at, v.institution_id, v.alert_id`,
      [enterpriseId],
    ),
  );
}

/** Types of the queued messages to an institution, oldest first. */
export async function messagesTo({ within }: AlertSetting, institution: string): Promise<string[]> {
  const rows = await within((tx) =>
    tx.rows<{ type: string }>(
      `select type from monitoring.messages where institution_id = $1 order by queued_no`,
      [institution],
    ),
  );
  return rows.map(({ type }) => type.replace('cn.xinqiao.', ''));
}
