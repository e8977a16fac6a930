import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction } from '#kernel';
import { listDeliveries, sweepInbox } from '#lists';
import { openTestLists } from '../support/lists.ts';

const context = await openTestLists({ after });
const inbox = mkdtempSync(join(tmpdir(), 'xinqiao-inbox-'));
after(() => rmSync(inbox, { recursive: true }));
const provider = context.catalogue.contracts.get('n08_penalty')?.provider ?? '';
const folder = join(inbox, provider, 'n08_penalty');
mkdirSync(folder, { recursive: true });
const HEAD = '统一社会信用代码,企业名称,行政处罚决定书文号,处罚类别,处罚决定日期\n';

test('a settled file is taken in once and kept; one still growing waits', async () => {
  put('september.csv', HEAD, 60);
  put('growing.csv', HEAD, 0);
  assert.equal(await sweepInbox(context, inbox), 1);
  assert.deepEqual(readdirSync(join(folder, 'taken')), ['september.csv']);
  assert.ok(readdirSync(folder).includes('growing.csv'));
  const deliveries = await inTransaction(context.database, (tx) => listDeliveries(tx, { limit: 10 }));
  assert.deepEqual(
    deliveries.map(({ file, state }) => [file, state]),
    [['september.csv', 'received']],
  );
});

test('the same bytes under another name are the same delivery', async () => {
  put('again.csv', HEAD, 60);
  await sweepInbox(context, inbox);
  const deliveries = await inTransaction(context.database, (tx) => listDeliveries(tx, { limit: 10 }));
  assert.equal(deliveries.length, 1);
});

test('a file whose mapping does not hold is set aside with a note in Chinese, never lost', async () => {
  put('mapping.yaml', 'contract: [nonsense\n', 60);
  put('october.csv', `${HEAD}\n`, 60);
  assert.equal(await sweepInbox(context, inbox), 0);
  rmSync(join(folder, 'mapping.yaml'));
  assert.ok(readdirSync(join(folder, 'refused')).includes('october.csv'));
  assert.match(readFileSync(join(folder, 'refused', 'october.csv.txt'), 'utf8'), /\p{Script=Han}/u);
});

test('a folder of no provider or no contract refuses its files and goes on with the others', async () => {
  mkdirSync(join(inbox, '没有的单位', 'n08_penalty'), { recursive: true });
  writeFileSync(join(inbox, '没有的单位', 'n08_penalty', 'x.csv'), HEAD);
  utimesSync(join(inbox, '没有的单位', 'n08_penalty', 'x.csv'), new Date(0), new Date(0));
  put('november.csv', `${HEAD}\n\n`, 60);
  assert.equal(await sweepInbox(context, inbox), 1);
});

function put(name: string, text: string, secondsOld: number): void {
  const path = join(folder, name);
  writeFileSync(path, text);
  const at = context.clock.now().getTime() / 1_000 - secondsOld;
  utimesSync(path, at, at);
}
