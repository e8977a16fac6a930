import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readManifest, writeCity } from '#synth';
import { accountedRows, deliver, openTestLists } from '../support/lists.ts';

/** Registration first, then one dataset of each way of writing files; increments and withdrawals among them. */
const DELIVERED = new Set(['n01', 'n08', 'n15', 'n20', 'n31', 'n34', 'b01', 'b17', 'v02']);

const context = await openTestLists({ after });
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-synth-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const city = join(folder, 'city');
await writeCity({
  folder: city,
  enterprises: 600,
  seed: 12,
  until: '2026-10-31',
  defectShare: 0.05,
  catalogue: context.catalogue,
});
const { deliveries } = await readManifest(city);
const chosen = deliveries.filter(({ contract }) => DELIVERED.has(contract.slice(0, 3)));

test('deliveries of a synthetic city give the receipts that its manifest foretells', async () => {
  for (const { contract, kind, file, expected } of chosen) {
    const receipt = await deliver(context, { contract, kind, content: readFileSync(join(city, file)) });
    const { rows, new: made, changed, unchanged, held, quarantined, duplicateInFile } = receipt;
    assert.ok(['published', 'partly_published'].includes(receipt.state), `${file} ${receipt.state}`);
    assert.equal(accountedRows(receipt), rows);
    assert.deepEqual(
      { rows, new: made, changed, unchanged, held, quarantined, duplicateInFile },
      expected,
      file,
    );
  }
});

test('a synthetic city brings every fate of a row', () => {
  for (const fate of ['new', 'changed', 'unchanged', 'held', 'quarantined', 'duplicateInFile'] as const) {
    assert.ok(
      chosen.some(({ expected }) => expected[fate] > 0),
      fate,
    );
  }
  assert.ok(chosen.some(({ kind }) => kind === 'withdrawal'));
});
