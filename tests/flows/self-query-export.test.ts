import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import { inTransaction, type Refusal } from '#kernel';
import { type BundleTrust, SELF_LIMITS, sweepExports, verifyBundle } from '#rights';
import { CODE, OTHER_CODE } from './consent-setting.ts';
import { endingOf, PASSWORD, type TestClock } from './http-node.ts';
import {
  giveConsent,
  headersOf,
  openSelfSetting,
  query,
  refuse,
  runExport,
  type SelfSetting,
  startLog,
} from './self-query-setting.ts';

const ending = endingOf(after);
const setting = await openSelfSetting(ending);
const { app, node, enterpriseId, context } = setting;
const sequencer = startLog(ending, setting);
const consentId = await giveConsent(setting);
const disclosureId = await query(setting, consentId);
await refuse(setting, consentId);
await sequencer.drain();
const BASE = `/api/v1/enterprises/${CODE}/exports`;

type Export = { readonly exportId: string; readonly state: string; readonly disclosureId: string | null };

async function call(of: SelfSetting, login: string, url: string, payload?: object) {
  const headers = await headersOf(of, login);
  const answer = await of.app.inject({
    url,
    headers,
    ...(payload === undefined ? { method: 'GET' as const } : { method: 'POST' as const, payload }),
  });
  return { status: answer.statusCode, answer };
}

async function ask(payload: object = {}): Promise<Export> {
  const { status, answer } = await call(setting, 'enterprise-a', BASE, payload);
  assert.equal(status, 202, answer.body);
  return answer.json();
}

async function make(payload: object = {}): Promise<{ exportId: string; bytes: Buffer }> {
  const { exportId } = await ask(payload);
  await runExport(setting, enterpriseId, exportId);
  const { status, answer } = await call(setting, 'enterprise-a', `${BASE}/${exportId}/file`);
  assert.equal(status, 200, answer.body.slice(0, 300));
  assert.equal(answer.headers['content-type'], 'application/zip');
  return { exportId, bytes: answer.rawPayload };
}

async function filesOf(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const archive = await fromBufferPromise(bytes);
  const files = new Map<string, Buffer>();
  for await (const entry of archive.eachEntry())
    files.set(entry.fileName, await buffer(await archive.openReadStreamPromise(entry)));
  return files;
}

const refusedWith =
  (code: string) =>
  (error: Refusal): boolean =>
    error.code === code;

const { exportId, bytes } = await make();
const trust: BundleTrust = {
  report: node.keys.all('report'),
  receipt: node.keys.all('receipt'),
  log: node.keys.all('log'),
};

test('the bundle holds every part, proofs and a PDF, and verifies with the node’s public keys alone', async () => {
  const files = await filesOf(bytes);
  const verified = await verifyBundle(bytes, trust);
  assert.equal(verified.manifest.export, exportId);
  assert.equal(verified.files, files.size);
  assert.equal(verified.receipts, verified.inTree, 'all that was there to read was in the tree');
  assert(verified.receipts >= 3);
  const accesses = JSON.parse(files.get('data/accesses.json')?.toString() ?? '') as {
    items: { id: string; receiptId: string }[];
  };
  const access = accesses.items.find(({ id }) => id === disclosureId);
  const proofs = JSON.parse(files.get('proofs.json')?.toString() ?? '') as {
    receipts: { receipt: { id: string } }[];
  };
  assert(proofs.receipts.some(({ receipt }) => receipt.id === access?.receiptId));
  const pdf = files.get('everything-1.pdf') ?? assert.fail('no PDF');
  assert.equal(pdf.toString('latin1', 0, 5), '%PDF-');
  assert(pdf.includes('/SubFilter /ETSI.CAdES.detached'), 'the PDF is signed');
});

test('a bundle in which one byte of any file differs, or of which one is missing, is refused', async () => {
  const files = await filesOf(bytes);
  const { zip } = await import('../../src/rights/self/export/zip.ts');
  const packed = (change: (name: string, content: Buffer) => Buffer | undefined): Buffer =>
    zip(
      [...files].flatMap(([name, content]) => {
        const changed = change(name, content);
        return changed === undefined ? [] : [{ name, bytes: changed }];
      }),
      new Date(0),
    );
  const unchanged = await verifyBundle(
    packed((_, content) => content),
    trust,
  );
  assert.equal(unchanged.manifest.export, exportId);
  for (const target of files.keys()) {
    const flipped = packed((name, content) => {
      const copy = Buffer.from(content);
      if (name === target) copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
      return copy;
    });
    await assert.rejects(verifyBundle(flipped, trust), /everything\.(bundle_\w+)/, target);
    const without = packed((name, content) => (name === target ? undefined : content));
    await assert.rejects(verifyBundle(without, trust), /everything\.bundle_\w+/, target);
  }
  await assert.rejects(
    verifyBundle(Buffer.from('PK no zip'), trust),
    refusedWith('everything.bundle_malformed'),
  );
  await assert.rejects(
    verifyBundle(bytes, { ...trust, report: [] }),
    refusedWith('everything.bundle_signature_wrong'),
  );
  await assert.rejects(verifyBundle(bytes, { ...trust, receipt: [] }), refusedWith('everything.proof_wrong'));
});

test('the command verifies it offline, and says what was changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-self-'));
  try {
    const jwks = await app.inject({ url: '/.well-known/jwks.json' });
    writeFileSync(join(folder, 'jwks.json'), jwks.body);
    writeFileSync(join(folder, 'own.zip'), bytes);
    const run = (file: string) =>
      spawnSync(
        process.execPath,
        [
          'src/entry/cli/main.ts',
          'verify',
          join(folder, file),
          '--keys',
          join(folder, 'jwks.json'),
          '--json',
        ],
        { cwd: node.config.packageFolder, encoding: 'utf8', env: { ...process.env, XINQIAO_DATA: folder } },
      );
    const good = run('own.zip');
    assert.equal(good.status, 0, good.stderr.slice(0, 500));
    const said = JSON.parse(good.stdout) as { verified: boolean; form: string; export: string };
    assert.deepEqual([said.verified, said.form, said.export], [true, 'everything', exportId]);
    writeFileSync(join(folder, 'bad.zip'), bytes.subarray(0, bytes.length - 30));
    const bad = run('bad.zip');
    assert.equal(bad.status, 1);
    assert.match(bad.stdout, /everything\.bundle_malformed/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the command signs in for the enterprise and writes a bundle that verifies', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-self-'));
  const run = (password: string) =>
    spawnSync(
      process.execPath,
      [
        'src/entry/cli/main.ts',
        'rights',
        'everything',
        CODE,
        '--login',
        'enterprise-a',
        '--out',
        folder,
        '--json',
      ],
      {
        cwd: node.config.packageFolder,
        encoding: 'utf8',
        input: `${password}\n`,
        env: { ...process.env, DATABASE_URL: node.database.url, XINQIAO_DATA: node.config.dataFolder },
      },
    );
  try {
    const wrong = run('another password');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /account\.sign_in_refused/);
    const made = run(PASSWORD);
    assert.equal(made.status, 0, made.stderr.slice(0, 800));
    const { file, export: written } = JSON.parse(made.stdout) as { file: string; export: string };
    const verified = await verifyBundle(readFileSync(file), trust);
    assert.equal(verified.manifest.export, written);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('making and each download are accesses of their own, and nothing of the bundle stands readable in the database', async () => {
  await call(setting, 'enterprise-a', `${BASE}/${exportId}/file`);
  const rows = await inTransaction(node.database, (tx) =>
    tx.rows<{ what: string; n: number }>(
      `select b.body::jsonb ->> 'what' as what, count(*)::integer as n
       from security.disclosures d join security.leaf_bodies b using (receipt_id)
       where d.enterprise_id = $1 and d.kind = 'export' and b.body::jsonb ->> 'export' = $2 group by 1 order by 1`,
      [enterpriseId, exportId],
    ),
  );
  assert.deepEqual(rows, [
    { what: 'everything', n: 1 },
    { what: 'everything_fetched', n: 2 },
  ]);
  const sealed = await inTransaction(node.database, (tx) =>
    tx.rows<{ sealed: string }>('select sealed from rights.own_export_pages where export_id = $1', [
      exportId,
    ]),
  );
  assert(sealed.length > 0 && sealed.every((page) => page.sealed.startsWith('intl-1.')));
  const readable = sealed.map((page) => Buffer.from(page.sealed.split('.')[2] ?? '', 'base64url'));
  assert(!readable.some((page) => page.includes(exportId)), 'what stands before each piece is not readable');
});

test('while one is being made, asking again gives that one; without a worker it is not made', async () => {
  const first = await ask();
  const again = await ask();
  assert.deepEqual([first.exportId, first.state], [again.exportId, 'asked']);
  const early = await call(setting, 'enterprise-a', `${BASE}/${first.exportId}/file`);
  assert.deepEqual([early.status, early.answer.json().error.code], [409, 'everything.export_not_made']);
  await runExport(setting, enterpriseId, first.exportId);
  await runExport(setting, enterpriseId, first.exportId); // the job again, after a crash
  const { answer } = await call(setting, 'enterprise-a', `${BASE}/${first.exportId}`);
  assert.equal(answer.json<Export>().state, 'made');
});

test('nobody else gets it, not even that there is one', async () => {
  const file = await call(setting, 'enterprise-b', `${BASE}/${exportId}/file`);
  assert.equal(file.answer.json().error.code, 'policy.own_export_only');
  const elsewhere = `/api/v1/enterprises/${OTHER_CODE}/exports/${exportId}`;
  assert.equal(
    (await call(setting, 'enterprise-b', elsewhere)).answer.json().error.code,
    'everything.export_unknown',
  );
  assert.equal(
    (await call(setting, 'enterprise-b', `${elsewhere}/file`)).answer.json().error.code,
    'everything.export_unknown',
  );
  assert.equal(
    (await call(setting, 'inquirer', BASE, {})).answer.json().error.code,
    'policy.own_export_only',
  );
});

test('an export whose asker lost the mandate meanwhile fails with the reason, and another can be asked for', async () => {
  const { exportId: asked } = await ask();
  const freeze = (standing: string) =>
    inTransaction(node.database, (tx) =>
      tx.rows('update platform.mandates set standing = $2 where account_id = $1', [
        setting.owner.id,
        standing,
      ]),
    );
  await freeze('frozen');
  await runExport(setting, enterpriseId, asked);
  await freeze('granted');
  const { answer } = await call(setting, 'enterprise-a', `${BASE}/${asked}`);
  const failed = answer.json<Export & { refusal: string }>();
  assert.deepEqual([failed.state, failed.refusal], ['failed', 'mandate.frozen']);
  const { exportId: next } = await ask();
  assert.notEqual(next, asked);
  await runExport(setting, enterpriseId, next);
});

test('when its days are over the bundle is gone, and that it was made stays', async () => {
  const clock = node.clock as TestClock;
  clock.advance((SELF_LIMITS.exportDays + 1) * 86_400_000);
  const late = await call(setting, 'enterprise-a', `${BASE}/${exportId}/file`);
  assert.equal(late.answer.json().error.code, 'everything.export_unknown');
  assert((await sweepExports(context)) >= 1);
  assert.equal(await sweepExports(context), 0);
  const pages = await inTransaction(node.database, (tx) => tx.rows('select from rights.own_export_pages'));
  assert.equal(pages.length, 0);
  const { answer } = await call(setting, 'enterprise-a', `${BASE}/${exportId}`);
  assert.equal(answer.json<Export>().state, 'removed');
});
