import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inTransaction, shredOwner } from '#kernel';
import {
  addAttachment,
  ATTACHMENT_LIMITS,
  type Attached,
  type Filed,
  type Item,
  openScanner,
  readAttachment,
  sweepAttachments,
} from '#rights';
import { callerOf } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { codeOf, openVoluntarySetting, pdf, png, stream, takePart } from './voluntary-setting.ts';

const setting = await openVoluntarySetting(endingOf(after));
const { node, context, boss, enterpriseId, call, upload } = setting;
await takePart(setting);
const CONTACT = { contact_duty: '财务', contact_person: '钱二', contact_mobile: '13800138000' };
const values = { ...CONTACT, contact_duty: await firstDuty() };
const { itemId } = (await call<Filed>('POST', '/items', { contract: 'v01_contact', values })).body;
const folder = context.attachmentsFolder;

/** A code of the contract's own table. */
async function firstDuty(): Promise<string> {
  return context.catalogue.codeTables.get('contact_duty')?.values[0]?.code ?? '';
}

async function readLevel(): Promise<string | undefined> {
  return (await call<{ items: Item[] }>('GET', '/items')).body.items[0]?.level;
}

async function filesIn(path: string): Promise<string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('what is taken', () => {
  test('a picture is written anew: chunks, text and whatever stood behind its end are gone', async () => {
    const given = png({
      extra: [['tEXt', Buffer.from('Comment\0<script>')]],
      tail: Buffer.from('PK\x03\x04 archive'),
    });
    const { body } = await upload<Attached>(itemId, '扫描件.html', given);
    assert.deepEqual([body.name, body.level, body.isScanned], ['扫描件.png', 'L1', false]);
    const { bytes } = await readAttachment(context, { caller: boss, attachmentId: body.attachmentId });
    assert(!bytes.includes('script') && !bytes.includes('archive'));
    assert(bytes.subarray(1, 4).equals(Buffer.from('PNG')));
    assert.equal(await readLevel(), 'L1');
  });

  test('a PDF that only shows something is kept as it is, and is served as a file to save', async () => {
    const given = pdf(stream('/Type /ObjStm /N 1 /First 4', '3 0 << /Type /Page >>'));
    const { body } = await upload<Attached>(itemId, '审计报告.pdf', given);
    const answer = await setting.app.inject({
      method: 'GET',
      url: `/api/v1/voluntary/attachments/${body.attachmentId}`,
      headers: { cookie: setting.cookie },
    });
    assert.deepEqual(answer.rawPayload, given);
    assert.match(String(answer.headers['content-disposition']), /^attachment; filename\*=UTF-8''%E5/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['content-type'], 'application/octet-stream');
  });
});

describe('what is refused', () => {
  const add = (name: string, bytes: Buffer) =>
    codeOf(addAttachment(context, { caller: boss, itemId, name, bytes }));

  test('files by what they are, whatever they call themselves', async () => {
    const magics = ['504b0304', 'd0cf11e0a1b11ae1', '4d5a9000', '3c7376673e', '1f8b08'];
    for (const magic of magics)
      assert.equal(
        await add('invoice.pdf', Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(64)])),
        'attachments.type_refused',
      );
    assert.equal(await add('empty.pdf', Buffer.alloc(0)), 'attachments.too_large');
  });

  test('a PDF with scripts, actions, files or encryption, also where names are escaped or compressed', async () => {
    const active = [
      '3 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj',
      '3 0 obj << /S /J#61vaScript >> endobj',
      '3 0 obj << /S /Launch /F (cmd.exe) >> endobj',
      '3 0 obj << /Type /EmbeddedFile >> endobj',
      '3 0 obj << /OpenAction 4 0 R >> endobj',
      '3 0 obj << /AcroForm << /XFA 5 0 R >> >> endobj',
      '3 0 obj << /Encrypt 6 0 R >> endobj',
      stream('/Type /ObjStm /N 1 /First 4', '3 0 << /S /JavaScript >>'),
      stream('/Type /Obj#53tm /N 1 /First 4', '3 0 << /S /Launch >>'),
      '% stream\n7 0 obj << /S /JavaScript >> endobj\n% endstream',
    ];
    for (const object of active)
      assert.equal(await add('a.pdf', pdf(object)), 'attachments.pdf_active', String(object));
    const unseen = [
      stream('/Type /ObjStm /DecodeParms << /Predictor 12 >>', '3 0 << /S /Launch >>'),
      `${'%'} << /Type /ObjStm >>`,
    ];
    for (const object of unseen) assert.equal(await add('a.pdf', pdf(object)), 'attachments.pdf_unreadable');
    const polyglot = Buffer.concat([pdf(), Buffer.alloc(4_096, 'P')]);
    assert.equal(await add('a.pdf', polyglot), 'attachments.pdf_unreadable');
  });

  test('bombs, damaged pictures and files over the size', async () => {
    const huge = png({ width: 100_000, height: 100_000 }, Buffer.alloc(8));
    assert.equal(await add('a.png', huge), 'attachments.image_too_large');
    const damaged = png();
    damaged[40] = (damaged[40] ?? 0) ^ 1;
    assert.equal(await add('a.png', damaged), 'attachments.image_wrong');
    const over = await upload(itemId, 'a.pdf', Buffer.alloc(ATTACHMENT_LIMITS.bytesMax + 1, '%'));
    assert.deepEqual([over.status, over.body.error.code], [413, 'request.too_large']);
  });

  test('names with paths, controls or turned reading direction', async () => {
    const names = [
      '../../etc/passwd',
      '..\\a.png',
      'a/b.png',
      'C:a.png',
      'a\0.png',
      'a\n.png',
      'gnp.\u202Efdp',
      'a\u200B.png',
      ' ',
      '.png',
      'CON.png',
    ];
    for (const name of names)
      assert.equal(await add(name, png()), 'attachments.name_wrong', JSON.stringify(name));
  });

  test('of strangers, of items that are not theirs', async () => {
    const stranger = callerOf({
      id: 'acc_x',
      kind: 'enterprise',
      roles: ['legal_representative'],
      enterpriseId,
    });
    const asked = { caller: stranger, itemId, name: 'a.png', bytes: png() };
    assert.equal(await codeOf(addAttachment(context, asked)), 'mandate.missing');
    const nowhere = `itm_${'0'.repeat(26)}`;
    assert.equal((await upload(nowhere, 'a.png', png())).body.error.code, 'voluntary.item_unknown');
  });
});

describe('how files are kept', () => {
  test('where the folder cannot be written nothing is kept: no row and no proof', async () => {
    const before = await filesIn(folder);
    const lines = (await call<{ attachments: Attached[] }>('GET', '/items')).body.attachments.length;
    const full = { ...context, catalogue: context.catalogue, attachmentsFolder: '/dev/full/none' };
    const asked = { caller: boss, itemId, name: 'a.png', bytes: png() };
    await assert.rejects(addAttachment(full, asked), { code: 'ENOTDIR' });
    assert.deepEqual((await filesIn(folder)).length, before.length);
    const after = (await call<{ attachments: Attached[] }>('GET', '/items')).body.attachments.length;
    assert.equal(after, lines);
  });

  test('a file that no commit names is swept, one that is named is not', async () => {
    const before = (await filesIn(folder)).length;
    const orphan = join(folder, 'ff', 'f'.repeat(64));
    await mkdir(join(folder, 'ff'), { recursive: true });
    await writeFile(orphan, 'left by a crash');
    await writeFile(join(folder, 'incoming', 'half'), 'half');
    const long = new Date(Date.now() - 2 * ATTACHMENT_LIMITS.orphanMs);
    for (const path of [orphan, join(folder, 'incoming', 'half')]) await utimes(path, long, long);
    assert.equal(await sweepAttachments(context), 2);
    assert.equal((await filesIn(folder)).length, before);
  });

  test('removed, it proves nothing and is gone', async () => {
    const { body } = await call<{ attachments: Attached[] }>('GET', '/items');
    for (const { attachmentId } of body.attachments) await call('DELETE', `/attachments/${attachmentId}`);
    assert.equal(await readLevel(), 'L0');
    assert.deepEqual(await filesIn(folder), []);
    const [{ attachmentId } = { attachmentId: '' }] = body.attachments;
    assert.equal((await call('DELETE', `/attachments/${attachmentId}`)).status, 404);
  });
});

test('a scanner that is set is asked for every file, and nothing passes while it is away', async (t) => {
  const server = createServer((socket) => {
    let seen = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      const isWhole = seen.subarray(-4).equals(Buffer.alloc(4));
      if (isWhole) socket.end(seen.includes('EICAR') ? 'stream: Eicar-Test FOUND\0' : 'stream: OK\0');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const scanned = {
    ...context,
    catalogue: context.catalogue,
    scanner: openScanner(`tcp://127.0.0.1:${address.port}`),
  };
  const add = (text: string) =>
    addAttachment(scanned, { caller: boss, itemId, name: 'a.pdf', bytes: pdf(`% ${text}`) });
  assert.equal((await add('clean')).isScanned, true);
  assert.equal(await codeOf(add('EICAR')), 'attachments.infected');
  server.close();
  t.after(() => server.close());
  assert.equal(await codeOf(add('late')), 'attachments.scanner_silent');
  assert.throws(() => openScanner('http://scanner'), /attachments.scanner_address/);
});

test('sealed: neither name nor content is on disk, and the key that is destroyed destroys them', async () => {
  const { attachmentId } = await addAttachment(context, {
    caller: boss,
    itemId,
    name: '密.pdf',
    bytes: pdf('% canary-7461'),
  });
  for (const file of await filesIn(folder)) {
    const text = await readFile(join(folder, file.slice(0, 2), file), 'latin1');
    assert(
      !text.includes('canary') &&
        !text.includes(Buffer.from('% canary-7461').toString('base64').slice(4, 14)),
    );
  }
  const read = () => codeOf(readAttachment(context, { caller: boss, attachmentId }));
  assert.equal(await read(), 'ok');
  await inTransaction(node.database, (tx) => shredOwner(tx, `enterprise:${enterpriseId}`));
  assert.equal(await read(), 'fields.shredded');
});
