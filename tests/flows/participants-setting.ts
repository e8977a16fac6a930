import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  type Database,
  type EnterpriseId,
  type FieldCipher,
  inTransaction,
  type KeyStore,
  openFieldCipher,
  openKeyStore,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import {
  type Acting,
  approveAdmission,
  commandLineCaller,
  makeAccount,
  type NewParticipant,
  proposeAdmission,
  registerParticipant,
  type Role,
} from '#platform';
import { type Caller, loadPolicies, type PolicySet } from '#security';
import { accountCaller } from '../../src/platform/callers.ts';
import { type Cleanup, cloneDatabase } from '../support/database.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A clock that a test sets. */
export type SetClock = Clock & { set(at: string): void };

export type Setting = {
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly cipher: FieldCipher;
  readonly clock: SetClock;
  readonly first: Acting;
  readonly second: Acting;
  /** One act in one transaction. */
  readonly run: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>;
};

/** A database with two admission officers and a clock that stands still. */
export async function openSetting(t: Cleanup): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-participants-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const database = await cloneDatabase(t);
  const policies = loadPolicies([join(ROOT, 'policies')]);
  const keys = openKeyStore(join(folder, 'keys'));
  const clock = openSetClock('2026-01-10T10:00:00+08:00');
  const parts = { policies, clock, keys };
  return {
    database,
    policies,
    keys,
    cipher: openFieldCipher(join(folder, 'keys'), 'intl-1'),
    clock,
    first: { ...parts, caller: commandLineCaller('first', 'admission_officer') },
    second: { ...parts, caller: commandLineCaller('second', 'admission_officer') },
    run: (work) => inTransaction(database, work),
  };
}

function openSetClock(start: string): SetClock {
  let at = new Date(start);
  return { now: () => new Date(at), set: (next) => void (at = new Date(next)) };
}

type Registered = Pick<NewParticipant, 'kind'> & Partial<NewParticipant> & { participantId: string };

export async function register(setting: Setting, participant: Registered): Promise<void> {
  const { participantId, kind } = participant;
  const institutionType = kind === 'institution' ? 'bank' : null;
  const name = { zh: `示范${participantId}`, en: participantId };
  const facts = { institutionType, parentId: null, name, code: null, ...participant } as const;
  await setting.run((tx) => registerParticipant(tx, setting.first, facts));
}

type Days = { readonly from: string; readonly to?: string };

/** Proposed by one and approved by the other. */
export async function admit(
  setting: Setting,
  participantId: string,
  state: 'trial' | 'admitted' | 'suspended' | 'withdrawn',
  { from, to }: Days,
): Promise<void> {
  const proposalId = await setting.run((tx) =>
    proposeAdmission(tx, setting.first, {
      participantId,
      state,
      validFrom: new Date(from),
      validTo: to === undefined ? null : new Date(to),
      reason: '测试',
      materialsDigest: null,
    }),
  );
  await setting.run((tx) => approveAdmission(tx, setting.second, proposalId));
}

export const ENTERPRISE: EnterpriseId = toEnterpriseId('41');

/** A person of an enterprise, signed in. */
export async function addEnterprisePerson(
  setting: Setting,
  { login, role, enterpriseId = ENTERPRISE }: { login: string; role: Role; enterpriseId?: EnterpriseId },
): Promise<Caller> {
  const { clock, keys } = setting;
  const accountId = await setting.run((tx) =>
    makeAccount(
      tx,
      { by: 'system:test', clock, keys },
      {
        login,
        password: 'correct horse battery staple',
        kind: 'enterprise',
        roles: [role],
        organisation: null,
        enterpriseId,
        label: { zh: '测试', en: 'Test' },
        isDemonstration: false,
      },
    ),
  );
  return accountCaller({
    account_id: accountId,
    kind: 'enterprise',
    roles: [role],
    organisation: null,
    participant_id: null,
    enterprise_id: enterpriseId,
  });
}

/** A person of an institution or platform. */
export function participantCaller(kind: 'institution' | 'platform', participantId: string): Caller {
  return accountCaller({
    account_id: `acc_${participantId}`,
    kind,
    roles: ['inquirer'],
    organisation: null,
    participant_id: participantId,
    enterprise_id: null,
  });
}

export type LoggedLeaf = {
  readonly kind: string;
  readonly subject: string | null;
  readonly body: Record<string, unknown>;
};

/** What the log's leaves commit to, oldest first. */
export async function readLeaves(setting: Setting): Promise<LoggedLeaf[]> {
  const rows = await setting.run((tx) =>
    tx.rows<{ kind: string; subject_id: string | null; body: string }>(
      `select r.kind, b.subject_id, b.body from security.receipts r
       join security.leaf_bodies b using (receipt_id) order by r.receipt_id`,
    ),
  );
  return rows.map(({ kind, subject_id, body }) => ({ kind, subject: subject_id, body: JSON.parse(body) }));
}
