import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inTransaction, readEnv } from '#kernel';
import { type DeliveryReceipt, listReviews } from '#lists';
import { makeZip } from '../../src/lists/files/xlsx.test-support.ts';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';

/** Real files are read where they are; no row of them appears in the project. */
const samples = readEnv().XINQIAO_SAMPLE_DATA;
const skip = samples === undefined ? 'needs XINQIAO_SAMPLE_DATA' : false;
const read = (path: string) => readFileSync(join(samples ?? '', path));
const context = await openTestLists({ after });

test('the Beijing registrations of 2019 load whole, every row accounted for', { skip }, async () => {
  const receipt = await deliver(context, {
    contract: 'n01_registration',
    content: read('registration/beijing_2019.csv'),
  });
  assert.equal(receipt.rows, 4_626);
  assert.equal(accountedRows(receipt), 4_626);
  assert.ok((receipt.new ?? 0) > 4_500, JSON.stringify(counts(receipt)));
});

test('the provinces sample loads in all its formats', { skip }, async () => {
  const receipt = await deliver(context, {
    contract: 'n01_registration',
    content: read('registration/provinces_2019_sample.csv'),
  });
  assert.equal(receipt.rows, 3_100);
  assert.equal(accountedRows(receipt), 3_100);
  assert.ok((receipt.new ?? 0) > 2_700, JSON.stringify(counts(receipt)));
});

test('the A-grade taxpayers are refused as they stand, with what was seen', { skip }, async () => {
  const receipt = await deliver(context, {
    contract: 'n12_taxpayer_a',
    content: read('tax/a_taxpayers_heilongjiang_2018.csv'),
  });
  assert.equal(receipt.state, 'refused');
  const refusal = receipt.refusal as { code: string; message: { zh: string } };
  assert.equal(refusal.code, 'delivery.header_misfit');
  assert.match(refusal.message.zh, /6/);
  assert.match(refusal.message.zh, /5/);
});

test('with a mapping of a few lines they load, every row accounted for, identity numbers masked', {
  skip,
}, async () => {
  const mapping = readFileSync('tests/fixtures/mappings/n12_taxpayer_a.heilongjiang.yaml', 'utf8');
  const receipt = await deliver(context, {
    contract: 'n12_taxpayer_a',
    content: read('tax/a_taxpayers_heilongjiang_2018.csv'),
    mapping,
  });
  assert.equal(receipt.rows, 5_233);
  assert.equal(accountedRows(receipt), 5_233);
  assert.ok((receipt.new ?? 0) > 4_000, JSON.stringify(counts(receipt)));
  const open = await inTransaction(context.database, (tx) =>
    listReviews(tx, { state: 'open', limit: 10_000 }),
  );
  const cards = open.filter(({ reason }) => reason === 'id_card_shaped');
  // Three have an identity number's area, birth date and length; further digits of old tax numbers pass other checks.
  assert.equal(cards.length, 3);
  assert.ok(cards.every(({ subjectCode }) => /^\d{3,6}\*+\d{3,4}[\dX]?$/.test(subjectCode)));
});

test('the invoices of 123 enterprises load through one mapping, 373 431 rows accounted for', {
  skip,
}, async () => {
  const codes = await someCodes(123);
  const lookup = codes.map((code, at) => `    E${at + 1}: '${code}'`).join('\n');
  const mapping = `contract: v22_invoices
columns: { 企业代号: subject_code }
constants: { direction: DIRECTION }
subject:
  lookup:
${lookup}
`;
  let rows = 0;
  for (const direction of ['input', 'output']) {
    const folder = join('invoices', direction);
    const files = readdirSync(join(samples ?? '', folder)).map((name) => ({
      name,
      bytes: read(join(folder, name)),
    }));
    const receipt = await deliver(context, {
      contract: 'v22_invoices',
      content: makeZip(files),
      mapping: mapping.replace('DIRECTION', direction),
    });
    assert.equal(receipt.state, 'partly_published', JSON.stringify(receipt.refusal));
    assert.equal(accountedRows(receipt), receipt.rows);
    assert.ok((receipt.quarantined ?? 0) < 20, JSON.stringify(counts(receipt)));
    rows += receipt.rows ?? 0;
  }
  assert.equal(rows, 373_431);
});

function counts({ state, rows, quarantined, held, duplicateInFile, new: made, defects }: DeliveryReceipt) {
  const codes = defects.map(({ code, field }) => `${code} ${field}`);
  return { state, rows, made, quarantined, held, duplicateInFile, codes: [...new Set(codes)].slice(0, 12) };
}

async function someCodes(n: number): Promise<string[]> {
  const rows = await inTransaction(context.database, (tx) =>
    tx.rows<{ code: string }>(
      `select code from lists.enterprise_codes where kind = 'uscc' and known_to = 'infinity' order by code limit $1`,
      [n],
    ),
  );
  return rows.map(({ code }) => code);
}
