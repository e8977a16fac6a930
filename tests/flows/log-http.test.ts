import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { auditLog, urlSource } from '#security';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { endingOf, openTestApp } from './http-node.ts';
import { growLog } from './log-public.ts';

const ending = endingOf(after);
let app: App;
let node: Node;

before(async () => {
  ({ app, node } = await openTestApp(ending));
});

async function get(
  path: string,
): Promise<{ status: number; body: Buffer; headers: Record<string, unknown> }> {
  const answer = await app.inject({ method: 'GET', url: `/api/v1/log/${path}` });
  return { status: answer.statusCode, body: answer.rawPayload, headers: answer.headers };
}

test('an empty log has keys and nothing else', async () => {
  const keys = await get('keys');
  assert.equal(keys.status, 200);
  assert.match(
    keys.body.toString(),
    /^127\.0\.0\.1:8080\/api\/v1\/log\+[0-9a-f]{8}\+A\S+\n127\.0\.0\.1:8080\/api\/v1\/log\+[0-9a-f]{8}\+\/3\S+\n$/,
  );
  for (const path of [
    'checkpoint',
    'tile/0/000',
    'tile/0/000.p/1',
    'tile/entries/000.p/1',
    'checkpoints/000.p/1',
  ]) {
    assert.equal((await get(path)).status, 404, path);
  }
});

test('checkpoint, tiles and entry bundles are served to anyone as C2SP tlog-tiles says', async () => {
  await growLog(node.database, node.keys, 300);
  await growLog(node.database, node.keys, 40);
  const checkpoint = await get('checkpoint');
  assert.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(checkpoint.headers['cache-control'], 'public, max-age=1');
  assert.equal(checkpoint.headers['set-cookie'], undefined);
  assert.match(
    checkpoint.body.toString(),
    /^node\.example\/api\/v1\/log\n340\n[A-Za-z0-9+/]{43}=\n\n(— node\.example\/api\/v1\/log \S+\n){2}$/,
  );

  const full = await get('tile/0/000');
  assert.equal(full.headers['content-type'], 'application/octet-stream');
  assert.equal(full.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(full.body.length, 8_192);
  const bundle = await get('tile/entries/000');
  let at = 0;
  for (let entry = 0; entry < 256; entry += 1) {
    const length = bundle.body.readUInt16BE(at);
    const leaf = bundle.body.subarray(at + 2, at + 2 + length);
    const hash = createHash('sha256').update(Buffer.of(0)).update(leaf).digest();
    assert.deepEqual(hash, full.body.subarray(entry * 32, (entry + 1) * 32), `entry ${entry}`);
    assert.deepEqual(Object.keys(JSON.parse(leaf.toString()) as object), ['at', 'commitment', 'kind', 'v']);
    at += 2 + length;
  }
  assert.equal(at, bundle.body.length);

  const partial = await get('tile/0/001.p/84');
  assert.equal(partial.headers['cache-control'], 'public, max-age=86400');
  assert.equal(partial.body.length, 84 * 32);
  const before = await get('tile/0/001.p/44');
  assert.deepEqual(
    before.body,
    partial.body.subarray(0, 44 * 32),
    'the tile as the checkpoint before had it',
  );
  assert.equal((await get('tile/1/000.p/1')).body.length, 32);
  const notes = await get('checkpoints/001.p/84');
  assert.match(notes.body.toString(), /\n300\n[\s\S]+\n340\n/);
});

test('what the signed tree does not reach, and every other spelling of a path, is not there', async () => {
  const beyond = [
    'tile/0/001',
    'tile/0/001.p/85',
    'tile/0/002.p/1',
    'tile/1/000',
    'tile/1/000.p/2',
    'tile/2/000.p/1',
    'tile/entries/001',
    'tile/entries/001.p/85',
    'checkpoints/001',
    'tile/63/000',
    'tile/9/x999/x999/x999/999',
  ];
  const spellings = [
    'tile/0/0',
    'tile/0/0000',
    'tile/00/000',
    'tile/0/x000/000',
    'tile/0/000.p/256',
    'tile/0/000/',
    'tile/0/000.p/0',
    'tile/0/000?a=b',
    'tile/0/%30%30%30',
    'tile/0%2F000',
    'tile//0/000',
    'tile/64/000',
    'tile/entries/0',
    'tile/entries/x000/000',
    'tile/0/-01',
    'checkpoint?x',
    'tile',
    'tile/',
    'tile/0',
    'tile/0/000.p/01',
  ];
  for (const path of [...beyond, ...spellings]) {
    const answer = await get(path);
    assert.equal(answer.status, 404, path);
    assert.match(answer.body.toString(), /request\.not_found/);
  }
  assert.equal((await get('tile/0/001')).headers['cache-control'], 'no-store');
});

test('a tile is served only as far as a checkpoint has been signed', async () => {
  const { rows } = await node.database.pool.query<{ note: string }>(
    'delete from security.log_checkpoints where tree_size = 340 returning note',
  );
  assert.equal((await get('tile/0/001.p/44')).status, 200);
  assert.equal((await get('tile/0/001.p/45')).status, 404);
  assert.equal((await get('tile/entries/001.p/45')).status, 404);
  await node.database.pool.query('insert into security.log_checkpoints values (340, $1)', [rows[0]?.note]);
});

test('a log that grows while it is read holds at the size that was read first', async () => {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const source = urlSource(`${address}/api/v1/log`);
  let grown = 0;
  const audit = await auditLog({
    source: {
      async read(path) {
        const bytes = await source.read(path);
        if (grown < 6) await growLog(node.database, node.keys, 100);
        grown += 1;
        return bytes;
      },
    },
  });
  assert.equal(audit.fault, undefined);
  assert.equal(audit.head?.size, 440, 'the first growth came before the checkpoint was read');
});
