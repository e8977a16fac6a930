import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { inTransaction, openFieldCipher } from '#kernel';
import { authenticate, disableDemonstrationAccounts, makeDemonstrationAccounts } from '#platform';
import { endingOf, openTestNode } from './http-node.ts';

const node = await openTestNode(endingOf(after));
const act = { by: 'system:demonstration', clock: node.clock, keys: node.keys };
const file = join(node.config.dataFolder, 'demonstration-accounts.json');

async function start() {
  return await inTransaction(node.database, (tx) =>
    makeDemonstrationAccounts(tx, act, {
      dataFolder: node.config.dataFolder,
      packageFolder: node.config.packageFolder,
      policies: node.policies,
      cipher: openFieldCipher(node.config.keysFolder, node.config.suite),
      providers: { market: '市场监管总局', tax: '税务总局' },
      enterprise: undefined,
    }),
  );
}

const first = await start();

it('each demonstration account has a password of its own, and signs in with it', async () => {
  assert.equal(new Set(first.map(({ password }) => password)).size, first.length);
  for (const { login, password } of first) {
    assert.match(password, /^([2-9a-z]{4}-){3}[2-9a-z]{4}$/);
    const caller = await authenticate(node.database, node.clock, { login, password });
    assert.match(caller.id, /^acc_/);
  }
});

it('the file with the passwords is for the node’s own user alone', () => {
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(Object.keys(JSON.parse(readFileSync(file, 'utf8'))).length, first.length);
});

it('a second start prints the same accounts', async () => {
  assert.deepEqual(await start(), first);
});

it('a start that lost the file gives new passwords, and the old ones end', async () => {
  rmSync(file);
  const again = await start();
  const [{ login, password } = { login: '', password: '' }] = again;
  assert.notEqual(password, first[0]?.password);
  await authenticate(node.database, node.clock, { login, password });
  const old = { login, password: first[0]?.password ?? '' };
  await assert.rejects(authenticate(node.database, node.clock, old), { code: 'account.sign_in_refused' });
});

it('a city’s node lets none of them in', async () => {
  const accounts = await start();
  assert.equal(
    await inTransaction(node.database, (tx) => disableDemonstrationAccounts(tx, act)),
    accounts.length,
  );
  const [account = { login: '', password: '' }] = accounts;
  await assert.rejects(authenticate(node.database, node.clock, account), { code: 'account.sign_in_refused' });
});
