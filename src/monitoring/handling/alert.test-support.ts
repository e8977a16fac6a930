import { toEnterpriseId } from '#kernel';
import type { LiveAlert } from '../alerts/alert-tables.ts';

/** An alert as it was raised, of 18 September 2026, with what a test says otherwise. */
export function alertOf(over: Partial<LiveAlert> = {}): LiveAlert {
  return {
    enterpriseId: toEnterpriseId(1),
    alertId: 'alr_1',
    institutionId: 'bank',
    branchId: 'bank',
    platformId: null,
    ruleId: 'rule',
    fact: 'f',
    versionNo: 1,
    caseId: 'cas_1',
    cause: 'raised',
    state: 'raised',
    level: 'red',
    signalId: 'sig_1',
    ruleHash: 'h',
    occurredOn: '2026-09-18',
    signalKnownAt: new Date('2026-09-19T00:00:00Z'),
    isLate: false,
    isDisputed: false,
    evidence: [],
    consentId: null,
    dueOn: '2026-09-21',
    isDueCertain: true,
    snoozedUntil: null,
    escalation: 0,
    judgement: null,
    action: null,
    protectedFen: null,
    saidBy: 'system',
    receiptId: 'rcp_1',
    disclosureId: 'dsc_1',
    ...over,
  };
}
