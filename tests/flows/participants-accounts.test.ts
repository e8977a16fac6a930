import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { toEnterpriseId } from '#kernel';
import { authenticate, describeCallers, listAccounts, makeAccount, type NewAccount } from '#platform';
import { openSetting, register } from './participants-setting.ts';

const setting = await openSetting({ after });
const { clock, keys, run, database } = setting;
const PASSWORD = 'correct horse battery staple';
await register(setting, { participantId: 'bank', kind: 'institution' });
await register(setting, { participantId: 'platform', kind: 'platform' });

let accounts = 0;

async function make(account: Pick<NewAccount, 'kind' | 'roles'> & Partial<NewAccount>) {
  accounts += 1;
  const shaped = {
    login: `person${accounts}`,
    password: PASSWORD,
    organisation: null,
    enterpriseId: null,
    label: { zh: '测试', en: 'Test' },
    isDemonstration: false,
    ...account,
  };
  return await run((tx) => makeAccount(tx, { by: 'system:test', clock, keys }, shaped));
}

it('no person holds two of the three administrations', async () => {
  const three = ['system_admin', 'security_admin', 'audit_admin'] as const;
  for (const one of three)
    for (const two of three.filter((role) => role !== one))
      await assert.rejects(make({ kind: 'operator', roles: [one, two] }), { code: 'account.roles_together' });
  await make({ kind: 'operator', roles: ['security_admin', 'admission_officer'] });
});

it('a role goes only to the kind of account it belongs to, and a machine’s to none', async () => {
  const enterpriseId = toEnterpriseId('7');
  for (const account of [
    { kind: 'reader', roles: ['data_admin'] },
    { kind: 'operator', roles: ['inquirer'] },
    { kind: 'operator', roles: ['legal_representative'] },
    { kind: 'institution', roles: ['machine'], participantId: 'bank' },
    { kind: 'institution', roles: ['system_admin'], participantId: 'bank' },
    { kind: 'enterprise', roles: ['inquirer'], enterpriseId },
  ] as const)
    await assert.rejects(make(account), { code: 'account.role_unfit' });
});

it('an account of an institution belongs to a registered one of its kind', async () => {
  for (const participantId of [null, 'nowhere', 'platform'])
    await assert.rejects(make({ kind: 'institution', roles: ['inquirer'], participantId }), {
      code: 'account.shape_wrong',
    });
  await assert.rejects(make({ kind: 'operator', roles: [], participantId: 'bank' }), {
    code: 'account.shape_wrong',
  });
  await make({ login: 'teller', kind: 'institution', roles: ['inquirer', 'clerk'], participantId: 'bank' });
  const caller = await authenticate(database, clock, { login: 'teller', password: PASSWORD });
  assert.deepEqual([caller.kind, caller.participantId], ['institution', 'bank']);
  const listed = (await run(listAccounts)).find(({ login }) => login === 'teller');
  assert.equal(listed?.participantId, 'bank');
});

it('an enterprise learns the organisation that looked, not the person or the program', async () => {
  const accountId = await make({ kind: 'institution', roles: ['inquirer'], participantId: 'bank' });
  await run((tx) =>
    tx.rows(
      `insert into platform.clients
         (client_id, participant_id, label, redirect_uris, grant_types, made_by, made_at)
       values ('bank-core', 'bank', 'x', '{}', '{}', 'test', now())`,
    ),
  );
  const described = await run((tx) =>
    describeCallers(tx, [accountId, 'client:bank-core', 'cli:root', 'gone']),
  );
  assert.equal(described.get(accountId)?.zh, '示范bank');
  assert.deepEqual(described.get('client:bank-core'), described.get(accountId));
  assert.equal(described.get('gone')?.en, 'An account that is gone');
});
