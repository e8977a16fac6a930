import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { loadCatalogue } from '#lists';
import { type CityOptions, readManifest, writeCity } from '#synth';
import { checkRows } from '../../src/lists/check/check-rows.ts';
import { openRows } from '../../src/lists/files/open-rows.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const catalogue = loadCatalogue([join(ROOT, 'lists')]);
const folder = mkdtempSync(join(tmpdir(), 'xinqiao-city-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;

async function makeCity(options: Partial<CityOptions> = {}): Promise<string> {
  made += 1;
  const city = join(folder, String(made));
  await writeCity({ folder: city, enterprises: 80, seed: 5, until: '2026-10-31', catalogue, ...options });
  return city;
}

function filesOf(city: string): string[] {
  return readdirSync(city, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(city.length + 1))
    .sort();
}

async function readRows(path: string): Promise<string[]> {
  const file = await openRows(path, {});
  const rows: string[] = [];
  for await (const batch of file.batches) rows.push(...batch.rows.map((row) => JSON.stringify(row)));
  await file.close();
  return rows;
}

test('the same seed gives the same bytes, another seed gives others', async () => {
  const [one, same, other] = [await makeCity(), await makeCity(), await makeCity({ seed: 6 })];
  assert.deepEqual(filesOf(one), filesOf(same));
  for (const file of filesOf(one))
    assert.deepEqual(readFileSync(join(one, file)), readFileSync(join(same, file)), file);
  const registration = 'deliveries/2026-08-31/n01_registration.csv';
  assert.notDeepEqual(readFileSync(join(one, registration)), readFileSync(join(other, registration)));
});

test('a larger city begins with the very rows of the smaller one', async () => {
  const [small, large] = [await makeCity(), await makeCity({ enterprises: 120 })];
  const files = filesOf(small).filter((file) => file !== 'city.json');
  assert.ok(files.length > 80);
  for (const file of files) {
    const [few, many] = [await readRows(join(small, file)), await readRows(join(large, file))];
    assert.deepEqual(many.slice(0, few.length), few, file);
  }
});

test('every clean row passes its contract, and every planted defect is seen for what it is', async () => {
  const city = await makeCity({ enterprises: 500, defectShare: 0.05, seed: 8 });
  const { deliveries, sources } = await readManifest(city);
  const planted = readPlanted(city);
  const files = [...deliveries.filter(({ kind }) => kind === 'records'), ...sources];
  let rejected = 0;
  for (const { contract: id, file } of files) {
    const found = await rejectedRows(join(city, file), id);
    assert.deepEqual(found, planted.get(file) ?? [], file);
    rejected += found.length;
  }
  assert.ok(rejected > 50, `${rejected} rejected rows`);
});

/** Rows that the truth file expects in quarantine and that can be told from the row alone, by file. */
function readPlanted(city: string): Map<string, number[]> {
  const planted = new Map<string, number[]>();
  const lines = readFileSync(join(city, 'truth/defects.csv'), 'utf8').trim().split('\r\n').slice(1);
  for (const line of lines) {
    const [file = '', row = '', , kind, expected] = line.split(',');
    if (expected !== 'quarantined' || kind === 'conflicting_duplicate') continue;
    planted.set(file, [...(planted.get(file) ?? []), Number(row)]);
  }
  return planted;
}

async function rejectedRows(path: string, contractId: string): Promise<number[]> {
  const contract = catalogue.contracts.get(contractId);
  assert.ok(contract);
  let defects = '';
  const sink = {
    send: async (kind: 'rows' | 'defects', bytes: Uint8Array) => {
      if (kind === 'defects') defects += Buffer.from(bytes).toString();
    },
    progress: () => {},
  };
  const task = { path, contract, codeTables: catalogue.codeTables, today: '2026-11-01' };
  const summary = await checkRows(task, sink, openRows);
  const lines = defects.split('\n').filter((line) => line !== '');
  const blocked = lines
    .filter((line) => line.split('\t').includes('block'))
    .map((line) => Number(line.split('\t')[0]));
  const rows = [...new Set(blocked)].sort((a, b) => a - b);
  assert.equal(summary.quarantined, rows.length);
  return rows;
}

test('every replicated dataset of a department has rows, and no source is delivered', async () => {
  const city = await makeCity({ enterprises: 1200, seed: 20_220_602 });
  const manifest = await readManifest(city);
  const delivered = new Set(manifest.deliveries.map(({ contract }) => contract));
  const sources = manifest.sources.map(({ contract }) => contract);
  const wanted = [...catalogue.contracts.values()].filter(
    ({ sharingModes, givenBackBy }) => sharingModes.includes('replicated') && givenBackBy === undefined,
  );
  const missing = wanted.map(({ id }) => id).filter((id) => !delivered.has(id) && !sources.includes(id));
  assert.deepEqual(missing, []);
  assert.deepEqual(
    sources.map((id) => id.slice(0, 3)),
    ['n09', 'n10', 'n14', 'n16', 'n17', 'b08', 'b10', 'b15', 'v22'],
  );
  assert.ok(sources.every((id) => !delivered.has(id)));
  assert.equal(manifest.synthetic, true);
});

test('memory does not grow with the number of enterprises', () => {
  const [few, many] = [residentMiB(200), residentMiB(1400)];
  assert.ok(many - few < 64, `${few} MiB for 200 enterprises, ${many} MiB for 1400`);
});

/** Peak of a process of its own with a heap kept small, so that garbage does not count. */
function residentMiB(enterprises: number): number {
  made += 1;
  const script = `
    const { loadCatalogue } = await import('#lists');
    const { writeCity } = await import('#synth');
    const catalogue = loadCatalogue(['lists']);
    await writeCity({ folder: ${JSON.stringify(join(folder, String(made)))}, enterprises: ${enterprises}, seed: 5, until: '2026-10-31', catalogue });
    console.log(Math.round(process.resourceUsage().maxRSS / 1024));`;
  const flags = [
    '--max-old-space-size=96',
    '--max-semi-space-size=4',
    '--input-type=module',
    '--eval',
    script,
  ];
  return Number(execFileSync(process.execPath, flags, { cwd: ROOT, encoding: 'utf8' }));
}

test('options that make no city are refused with a sentence', async () => {
  const wrong: Partial<CityOptions>[] = [
    { enterprises: 0 },
    { seed: 0.5 },
    { until: '2026-02-30' },
    { defectShare: 2 },
    { months: 1 },
  ];
  for (const options of wrong) {
    await assert.rejects(
      makeCity(options),
      (error) => error instanceof Refusal && error.code === 'synth.wrong_option',
    );
  }
});

test('a city is never written over another', async () => {
  const city = await makeCity();
  const again = writeCity({ folder: city, enterprises: 5, seed: 5, until: '2026-10-31', catalogue });
  await assert.rejects(again, (error) => error instanceof Refusal && error.code === 'synth.folder_in_use');
});
