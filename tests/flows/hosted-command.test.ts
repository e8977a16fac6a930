import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { fitCard, shapePlan } from '#evaluation';
import { makeSample } from '../../src/evaluation/laboratory/laboratory.test-support.ts';
import { readScorecard } from '../../src/evaluation/hosted/pmml/read-scorecard.ts';
import { firstLoanCard, MANIFEST } from './hosted-setting.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../src/entry/cli/main.ts');

async function models(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    MAIN,
    'models',
    ...args,
    '--json',
  ]).catch((error: unknown) => error as { stdout: string });
  return JSON.parse(stdout) as Record<string, unknown>;
}

function folderFor(t: TestContext): (name: string, content: string | Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-models-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
}

test('an institution checks its file against its manifest without a node', async (t: TestContext) => {
  const write = folderFor(t);
  const manifest = write('manifest.json', JSON.stringify(MANIFEST));
  const file = write('card.pmml', firstLoanCard());
  assert.partialDeepStrictEqual(await models('check', file, '--manifest', manifest), {
    name: 'first-loan',
    inputs: 4,
  });
  const broken = write(
    'broken.pmml',
    Buffer.from(firstLoanCard()).toString().replace('<True/>', '<Interval/>'),
  );
  const { error } = await models('check', broken, '--manifest', manifest);
  assert.partialDeepStrictEqual(error, { code: 'hosted.pmml_element', clause: '3' });
});

test('a card of the laboratory is written as PMML that the node reads', async (t: TestContext) => {
  const write = folderFor(t);
  const { table, target } = makeSample(7);
  const { card } = fitCard(table, target, shapePlan({ target: { column: 'bad', bad: '1' } }));
  const out = write('out.pmml', '');
  const answer = await models('export-card', write('card.json', JSON.stringify(card)), '--out', out);
  assert.deepEqual(answer, { card: card.hash, out });
  assert.equal(readScorecard(readFileSync(out)).modelName, card.hash);
});
