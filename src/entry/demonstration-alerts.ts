import { type EnterpriseId, inTransaction, Refusal } from '#kernel';
import { readEnterprise } from '#lists';
import {
  ALERT_LIMITS,
  answerAlert,
  handleAlert,
  type HandlingStep,
  type LiveAlert,
  overseeAlerts,
  refreshAllWatches,
} from '#monitoring';
import { authenticate, type DemonstrationAccount, proveAdmission, systemCaller } from '#platform';
import type { Caller } from '#security';
import { type CasePasswords, representative } from './demonstration-case-people.ts';
import { openMonitoring } from './monitoring-context.ts';
import { runRules } from './monitoring.ts';
import type { Node } from './node.ts';

/** Whose alerts are handled: the bank whose people the start prints. */
const BANK = 'demo-bank';
const OPERATOR = '示范风控员';

/** Oldest alert first, each one's steps; whatever comes after them waits for whoever tries the demonstration. */
const HANDLED: readonly (readonly HandlingStep[])[] = [
  [
    { step: 'acknowledge' },
    { step: 'confirmed' },
    { step: 'resolve', action: 'collect', protectedFen: '20000000' },
  ],
  [{ step: 'acknowledge' }, { step: 'false_alarm' }, { step: 'resolve', action: 'none', protectedFen: null }],
  [{ step: 'acknowledge' }],
  [{ step: 'acknowledge' }, { step: 'start' }],
  [{ step: 'acknowledge' }, { step: 'useful_hint' }],
];
/** Of the one that the bank confirmed, its enterprise says something too. */
const ANSWER = '该事项已整改完毕，相关材料已提交主管部门（合成数据）。';

/** The rules in force over every watched enterprise, as the nightly run does; one that is under way does it instead. */
export async function runDemonstrationRules(node: Node): Promise<void> {
  await refreshAllWatches(node);
  try {
    await runRules(node, { caller: systemCaller('demonstration'), kind: 'sweep' });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'monitoring.run_under_way') throw error;
  }
}

/** All alerts of the demonstration bank, oldest first. */
export async function listBankAlerts(
  node: Node,
  accounts: readonly DemonstrationAccount[],
): Promise<LiveAlert[]> {
  const caller = await signIn(node, accounts, 'data');
  const page = { caller, institutionId: BANK, limit: ALERT_LIMITS.pageMax };
  const alerts = await inTransaction(node.database, (tx) => overseeAlerts(tx, node, page));
  return alerts.toReversed();
}

/** Brings the first alerts into several states, each in one transaction; one that has been looked at is left alone. */
export async function handleDemonstrationAlerts(
  node: Node,
  accounts: readonly DemonstrationAccount[],
  alerts: readonly LiveAlert[],
): Promise<void> {
  const context = openMonitoring(node);
  const caller = await signIn(node, accounts, 'bank-risk');
  for (const [at, steps] of HANDLED.entries()) {
    const alert = alerts[at];
    if (alert === undefined || (alert.state !== 'raised' && alert.state !== 'pushed')) continue;
    await inTransaction(node.database, async (tx) => {
      const admission = await proveAdmission(tx, node.clock, caller, { operator: OPERATOR });
      for (const step of steps)
        await handleAlert(tx, context, { caller, admission, alertId: alert.alertId, step });
    });
  }
}

/** By the legal representative of the enterprise that it is about. */
export async function answerDemonstrationAlert(
  node: Node,
  passwords: CasePasswords,
  { enterpriseId, alertId }: { readonly enterpriseId: EnterpriseId; readonly alertId: string },
): Promise<void> {
  const { name } = await inTransaction(node.database, (tx) => readEnterprise(tx, enterpriseId));
  const caller = await representative(node, passwords, { caseId: ANSWERING, enterpriseId, name });
  const asked = { caller, enterpriseId, alertId, answer: ANSWER };
  await inTransaction(node.database, (tx) => answerAlert(tx, openMonitoring(node), asked));
}

const ANSWERING = 'alert_answered';

async function signIn(
  { database, clock }: Node,
  accounts: readonly DemonstrationAccount[],
  login: string,
): Promise<Caller> {
  const password = accounts.find((account) => account.login === login)?.password ?? '';
  return await authenticate(database, clock, { login, password });
}
