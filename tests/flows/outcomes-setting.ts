import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  type Database,
  type EnterpriseId,
  inTransaction,
  type KeyStore,
  openKeyStore,
  proofMaker,
} from '#kernel';
import {
  type BatchResult,
  loadReasons,
  type OutcomeItem,
  type OutcomesContext,
  reportOutcomes,
  toReported,
} from '#outcomes';
import {
  type Admission,
  type AdmissionFacts,
  type Caller,
  type CallerFacts,
  decide,
  loadPolicies,
  type PolicySet,
  recordDisclosure,
  recordLeaf,
} from '#security';
import { type Cleanup, cloneDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const proveAdmission = proofMaker<'Admission', AdmissionFacts>('Admission');

const CONTRACT = {
  id: 'n02_tax',
  list: 'national',
  fields: [{ name: 'grade', disclosure: 'public', grade: 'general' }],
} as const;

export function callerOf(facts: Partial<CallerFacts>): Caller {
  return proveCaller({
    id: 'acc_1',
    kind: 'reader',
    roles: [],
    organisation: null,
    participantId: null,
    enterpriseId: null,
    ...facts,
  });
}

export function admissionOf(facts: Partial<AdmissionFacts> = {}): Admission {
  return proveAdmission({
    institutionId: 'bank-a',
    institutionType: 'bank',
    institutionState: 'admitted',
    branchId: 'bank-a',
    operator: 'op-1',
    platformId: null,
    platformState: 'none',
    hasAgreement: true,
    ...facts,
  });
}

export const REPORTER = callerOf({
  id: 'client:bank-a',
  kind: 'institution',
  roles: ['machine'],
  participantId: 'bank-a',
});

export type Setting = { readonly database: Database; readonly context: OutcomesContext };

export async function openSetting(t: Cleanup, clock: Clock): Promise<Setting> {
  const database = await cloneDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-outcomes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const keys = openKeyStore(folder);
  const policies = loadPolicies([join(ROOT, 'policies')]);
  return { database, context: { clock, keys, policies, reasons: loadReasons(ROOT) } };
}

export type Passed = {
  readonly subject: EnterpriseId;
  readonly institution?: string;
  readonly platform?: string;
};

type Discloser = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
};

/** Something that this node gave an institution, recorded as every disclosure is; returns its id. */
export async function disclose(
  { database, policies, keys, clock }: Discloser,
  { subject, institution = 'bank-a', platform }: Passed,
): Promise<string> {
  return await inTransaction(database, async (tx) => {
    const at = clock.now();
    const permit = decide(tx, policies, {
      caller: callerOf({}),
      purpose: 'public_report',
      subject,
      contracts: [CONTRACT],
      asOf: { knownAt: at },
    });
    const receipt = await recordLeaf(tx, keys, { kind: 'report', at, body: { test: true }, subject });
    return await recordDisclosure(tx, {
      permit,
      kind: 'report',
      contracts: ['n02_tax'],
      contentDigest: 'sha256:00',
      receiptId: receipt.id,
      institution,
      ...(platform === undefined ? {} : { platform }),
      at,
    });
  });
}

/** An item in which everything holds. */
export function loanItem(disclosureId: string, over: Partial<OutcomeItem> = {}): OutcomeItem {
  return {
    disclosureId,
    used: true,
    application: { id: 'A-1', appliedOn: '2026-09-01', product: '流动资金贷款', requestedFen: 500_000_00 },
    decision: { result: 'approved', reasons: [], decidedOn: '2026-09-10' },
    loan: {
      id: '沪银贷字第001号',
      amountFen: 400_000_00,
      annualRateBp: 345,
      termMonths: 12,
      guarantee: 'none',
      isFirstLoan: true,
      isCreditLoan: true,
      disbursedOn: '2026-09-15',
    },
    balance: {
      loanId: '沪银贷字第001号',
      month: '2026-09',
      balanceFen: 400_000_00,
      overdue: 'none',
      isBad: false,
    },
    ...over,
  };
}

export async function report(
  { database, context }: Setting,
  items: readonly OutcomeItem[],
  through: { admission?: Admission; caller?: Caller } = {},
): Promise<BatchResult> {
  const { admission = admissionOf(), caller = REPORTER } = through;
  return await inTransaction(database, (tx) =>
    reportOutcomes(tx, context, { admission, caller, items: toReported(items) }),
  );
}
