import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Database,
  type EnterpriseId,
  inTransaction,
  openKeyStore,
  proofMaker,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import {
  type ConsentContext,
  type ConsentRecord,
  type ConsentRequest,
  listConsents,
  loadFairUse,
  requestConsent,
  requireRequest,
} from '#consent';
import { loadCatalogue } from '#lists';
import { proveAdmission } from '#platform';
import { type Admission, type Caller, type CallerFacts, decide, loadPolicies } from '#security';
import { type Cleanup, cloneDatabase } from '../support/database.ts';
import type { Node } from '../../src/entry/node.ts';
import { addPerson, openTestClock, type TestClock } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');

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

/** A machine of the bank, its counter people, a machine of a platform, and the signatories of two enterprises. */
export const BANK = callerOf({
  id: 'client:bank',
  kind: 'institution',
  roles: ['machine'],
  participantId: 'bank',
});
export const OTHER_BANK = callerOf({
  id: 'client:other-bank',
  kind: 'institution',
  roles: ['machine'],
  participantId: 'other-bank',
});
export const PLATFORM = callerOf({
  id: 'client:platform',
  kind: 'platform',
  roles: ['machine'],
  participantId: 'platform',
});
export const CLERK = callerOf({
  id: 'acc_clerk',
  kind: 'institution',
  roles: ['clerk'],
  participantId: 'bank-east',
});
export const COMPLIANCE = callerOf({
  id: 'acc_compliance',
  kind: 'institution',
  roles: ['compliance'],
  participantId: 'bank',
});
export const CODE = '91110108MA01ABCD3N';
export const OTHER_CODE = '91110108MA01EFGH5K';

export type Setting = {
  readonly database: Database;
  readonly context: ConsentContext;
  readonly clock: TestClock;
  readonly enterpriseId: EnterpriseId;
  /** Legal representative of the enterprise `CODE`, and of `OTHER_CODE`. */
  readonly signatory: Caller;
  readonly stranger: Caller;
};

export async function openSetting(t: Cleanup): Promise<Setting> {
  const database = await cloneDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-consent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = openTestClock();
  const context: ConsentContext = {
    database,
    clock,
    keys: openKeyStore(join(folder, 'keys')),
    policies: loadPolicies([join(ROOT, 'policies')]),
    catalogue: loadCatalogue([join(ROOT, 'lists')]),
    fairUse: loadFairUse([join(ROOT, 'models', 'fair-use')]),
    publicUrl: 'https://node.test',
    scansFolder: join(folder, 'scans'),
  };
  const people = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    return {
      signatory: await addEnterprise(tx, { code: CODE, name: '北京甲科技有限公司', accountId: 'acc_a' }),
      stranger: await addEnterprise(tx, { code: OTHER_CODE, name: '北京乙商贸有限公司', accountId: 'acc_b' }),
    };
  });
  const enterpriseId = people.signatory.enterpriseId ?? toEnterpriseId(0);
  return { database, context, clock, enterpriseId, ...people };
}

/** Two banks, one with an office and its own sub-office, and a platform with which the first has signed. */
export async function addParticipants(tx: Tx): Promise<void> {
  const rows = [
    ['bank', 'institution', 'bank', null, ['bank'], '京华银行'],
    ['bank-east', 'institution', 'bank', 'bank', ['bank', 'bank-east'], '京华银行朝阳支行'],
    ['other-bank', 'institution', 'bank', null, ['other-bank'], '燕山银行'],
    ['platform', 'platform', null, null, ['platform'], '京信融'],
    ['other-platform', 'platform', null, null, ['other-platform'], '首贷中心'],
  ];
  for (const [id, kind, type, parent, lineage, name] of rows) {
    await tx.rows(
      `insert into platform.participants
         (participant_id, kind, institution_type, parent_id, lineage, name_zh, name_en, made_by, made_at)
       values ($1, $2, $3, $4, $5, $6, $1, 'test', now())`,
      [id, kind, type, parent, lineage, name],
    );
  }
  for (const id of ['bank', 'other-bank', 'platform', 'other-platform']) {
    await tx.rows(
      `insert into platform.admissions
         (participant_id, valid_from, known_from, state, reason, proposed_by, approved_by, receipt_id)
       values ($1, '2020-01-01', '2020-01-01', 'admitted', 'test', 'test', 'test2', 'rcp_test')`,
      [id],
    );
  }
  await tx.rows(
    `insert into platform.agreements
       (platform_id, institution_id, signed_at, document_digest, made_by, receipt_id)
     values ('platform', 'bank', '2020-01-01', repeat('0', 64), 'test', 'rcp_test')`,
  );
}

/** An enterprise of the register with a legal representative under mandate. */
export async function addEnterprise(
  tx: Tx,
  { code, name, accountId }: { code: string; name: string; accountId: string },
): Promise<Caller> {
  const [row] = await tx.rows<{ id: string }>(
    `insert into lists.enterprises (standing, made_at) values ('registered', now()) returning enterprise_id as id`,
  );
  const enterpriseId = toEnterpriseId(row?.id ?? '');
  await tx.rows(
    `insert into lists.enterprise_codes (enterprise_id, code, kind, checksum_ok, known_from)
     values ($1, $2, 'uscc', true, '2020-01-01')`,
    [enterpriseId, code],
  );
  await tx.rows(
    `insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from)
     values ($1, $2, $2, true, '2020-01-01')`,
    [enterpriseId, name],
  );
  await addMandate(tx, { enterpriseId, accountId, capacity: 'legal_representative', scope: [] });
  return callerOf({ id: accountId, kind: 'enterprise', roles: ['legal_representative'], enterpriseId });
}

export async function addMandate(
  tx: Tx,
  mandate: { enterpriseId: EnterpriseId; accountId: string; capacity: string; scope: string[] },
): Promise<void> {
  await tx.rows(
    `insert into platform.mandates
       (enterprise_id, mandate_id, known_from, account_id, capacity, scope, valid_from, standing, via, granted_by,
        changed_by, receipt_id)
     values ($1, $2, '2020-01-01', $3, $4, $5, '2020-01-01', 'granted', 'online', 'test', 'test', 'rcp_test')`,
    [mandate.enterpriseId, `mdt_${mandate.accountId}`, mandate.accountId, mandate.capacity, mandate.scope],
  );
}

/** A request in which everything holds; ends two months from now. */
export function requestOf(clock: TestClock, over: Partial<ConsentRequest> = {}): ConsentRequest {
  return {
    enterprise: CODE,
    purpose: 'loan_origination',
    contracts: [{ id: 'n01_registration' }, { id: 'n14_tax_declaration' }],
    fetch: 'periodic',
    frequency: { count: 3, unit: 'month' },
    dataFrom: dayFrom(clock, -300),
    validTo: dayFrom(clock, 60),
    dataLife: { count: 6, unit: 'month' },
    ...over,
  };
}

export function dayFrom(clock: TestClock, days: number): string {
  return new Date(clock.now().getTime() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
}

export async function admit(
  { database, clock }: Setting,
  caller: Caller,
  use: { institutionId?: string; branchId?: string } = {},
): Promise<Admission> {
  return await inTransaction(database, (tx) =>
    proveAdmission(tx, clock, caller, { operator: 'op-1', ...use }),
  );
}

/** Asks as the bank's machine does. */
export async function ask(setting: Setting, over: Partial<ConsentRequest> = {}, caller: Caller = BANK) {
  const use = caller.kind === 'platform' ? { institutionId: 'bank' } : {};
  const admission = await admit(setting, caller, use);
  const request = requireRequest({ ...requestOf(setting.clock, over) });
  return await inTransaction(setting.database, (tx) =>
    requestConsent(tx, setting.context, { admission, caller, request }),
  );
}

/** The consents of an enterprise, as it sees them itself. */
export async function listOwn(
  { database, context, clock }: Setting,
  caller: Caller,
): Promise<ConsentRecord[]> {
  return await inTransaction(database, (tx) => {
    const subject = caller.enterpriseId ?? toEnterpriseId(0);
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, context.policies, { caller, purpose: 'self', subject, contracts: [], asOf });
    return listConsents(tx, clock, { permit });
  });
}

/** On a whole node: the participants, two enterprises with accounts of their representatives, and people of two banks. */
export async function addPeople(node: Node): Promise<void> {
  await inTransaction(node.database, addParticipants);
  await addSignatory(node, { login: 'enterprise-a', code: CODE, name: '北京甲科技有限公司' });
  await addSignatory(node, { login: 'enterprise-b', code: OTHER_CODE, name: '北京乙商贸有限公司' });
  await addMember(node, { login: 'inquirer', participant: 'bank', role: 'inquirer' });
  await addMember(node, { login: 'other-inquirer', participant: 'other-bank', role: 'inquirer' });
  await addMember(node, { login: 'clerk', participant: 'bank', role: 'clerk' });
  await addMember(node, { login: 'compliance', participant: 'bank', role: 'compliance' });
}

async function addSignatory(
  node: Node,
  { login, code, name }: { login: string; code: string; name: string },
): Promise<void> {
  const { enterpriseId } = await inTransaction(node.database, (tx) =>
    addEnterprise(tx, { code, name, accountId: `acc_${login}` }),
  );
  const accountId = await addPerson(node, { login, kind: 'enterprise', enterpriseId });
  const mandate = { accountId, capacity: 'legal_representative', scope: [] };
  if (enterpriseId === null) throw new TypeError('an enterprise of the register has an id');
  await inTransaction(node.database, (tx) => addMandate(tx, { enterpriseId, ...mandate }));
}

export async function addMember(
  node: Node,
  { login, participant, role }: { login: string; participant: string; role: string },
): Promise<void> {
  await addPerson(node, { login, kind: 'reader' });
  await inTransaction(node.database, (tx) =>
    tx.rows(
      `update platform.accounts set kind = 'institution', participant_id = $2, roles = array[$3] where login = $1`,
      [login, participant, role],
    ),
  );
}
