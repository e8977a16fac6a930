import assert from 'node:assert/strict';
import { join } from 'node:path';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { raiseAlerts, recallAlerts } from '#monitoring';
import { systemCaller } from '#platform';
import { openMonitoring } from '../../src/entry/monitoring-context.ts';
import { loadRules } from '../../src/monitoring/rules/load-rules.ts';
import { type LeakCity, OWN } from './leak-city.ts';

export type LeakAlerts = { readonly alertId: string; readonly recallId: string };

/** Two alerts of the bank about the enterprise, directly and through its platform; the second is recalled. */
export async function prepareAlerts({ node }: LeakCity): Promise<LeakAlerts> {
  const context = openMonitoring(node);
  const { book, catalogue, clock } = context;
  const { rules } = loadRules([join(node.config.packageFolder, 'models')], book, catalogue);
  const rule = rules.get('penalty_recent') ?? assert.fail();
  return await inTransaction(node.database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, OWN.code);
    const at = clock.now();
    const found = { enterpriseId, ruleId: rule.id, ruleHash: rule.hash, level: 'yellow', value: 1 } as const;
    const signals = [1, 2].map((rowNo) => ({
      ...found,
      signalId: `sig_${rowNo}`,
      fact: `leak ${rowNo}`,
      occurredOn: '2026-01-05',
      knownAt: at,
      isLate: false,
      isDisputed: false,
      evidence: [{ contract: 'n08_penalty', deliveryNo: '1', rowNo, knownFrom: at }],
    }));
    const watch = {
      enterpriseId,
      institutionId: 'bank',
      branchId: 'bank',
      platformId: 'platform',
      watchId: 'wch_leak',
      since: '2026-01-01',
      loans: 1,
      balanceFen: 1n,
      consentId: null,
    };
    await raiseAlerts(tx, context, { signals, watches: [watch], rules: { rules, hash: '' }, at });
    const record = { deliveryNo: '1', rowNo: 2 };
    const caller = systemCaller('test');
    await recallAlerts(tx, context, {
      caller,
      enterpriseId,
      contract: 'n08_penalty',
      record,
      reason: 'corrected',
    });
    const [alert] = await tx.rows<{ id: string }>(
      `select alert_id as id from monitoring.alerts where fact = 'leak 1'`,
    );
    const [recall] = await tx.rows<{ id: string }>('select recall_id as id from monitoring.alert_recalls');
    return { alertId: alert?.id ?? assert.fail(), recallId: recall?.id ?? assert.fail() };
  });
}
