import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { applyCard, type Card, readCard, readTable, seededRandom } from '#evaluation';

const MAIN = ['--disable-warning=ExperimentalWarning', 'src/entry/cli/main.ts'];

const PLAN = `
target: {column: came, bad: bad}
exclude: [id]
bins: {binsMax: 5}
variableBins:
  turnover: {specials: [{name: 未申报, values: [-1]}]}
`;

const folder = mkdtempSync(join(tmpdir(), 'xinqiao-laboratory-'));
const at = (name: string) => join(folder, name);
after(() => rmSync(folder, { recursive: true }));
before(() => {
  writeFileSync(at('cases.csv'), makeCases('cases', 1_200, true));
  writeFileSync(at('rejects.csv'), makeCases('rejects', 300, false));
  writeFileSync(at('plan.yaml'), PLAN);
});

test('bin shows every variable, and one of them with its whole table', () => {
  const { results, leaks } = run('bin', at('cases.csv'), '--plan', at('plan.yaml')) as {
    results: { state: string; binning: { variable: string } }[];
    leaks: { variable: string; kind: string }[];
  };
  assert.deepEqual(
    results.map(({ binning }) => binning.variable),
    ['turnover', 'age', 'district'],
  );
  assert.deepEqual(leaks, []);
  assert.match(
    execute(['bin', at('cases.csv'), '--plan', at('plan.yaml'), '--variable', 'turnover']),
    /未申报/,
  );
});

test('fit writes a card, apply scores by it as the library does, report says what it is worth', async () => {
  const options = ['--plan', at('plan.yaml'), '--folds', '3', '--repeats', '1'];
  const fitted = run('fit', at('cases.csv'), ...options, '--card', at('card.json')) as {
    card: Card;
    validation: { auc: { mean: number } };
  };
  const card = readCard(readFileSync(at('card.json'), 'utf8'));
  assert.equal(card.hash, fitted.card.hash);
  assert.ok(fitted.validation.auc.mean > 0.6);
  const applied = run('apply', at('cases.csv'), '--card', at('card.json'), '--out', at('scores.csv'));
  assert.deepEqual(applied, { card: card.hash, rows: 1_200, brokenRows: 0, unseen: [] });
  const { scores, chances } = applyCard(card, await readTable(at('cases.csv')));
  const lines = readFileSync(at('scores.csv'), 'utf8').trim().split('\n').slice(1);
  assert.deepEqual(
    lines,
    Array.from(scores, (score, row) => `${row + 1},${score},${chances[row]}`),
  );
  const report = run('report', at('cases.csv'), '--card', at('card.json'), '--group', 'district') as {
    figures: { auc: number };
    stability: { score: { psi: number } };
    fairness: { groups: unknown[] }[];
  };
  assert.ok(report.figures.auc > 0.65);
  assert.equal(report.stability.score.psi, 0);
  assert.equal(report.fairness[0]?.groups.length, 4);
});

test('fit with rejects gives both cards and says what the rejects were taken for', () => {
  const shown = execute(['fit', at('cases.csv'), '--plan', at('plan.yaml'), '--rejects', at('rejects.csv')]);
  assert.match(shown, /300 个拒绝/);
  assert.match(shown, /不含拒绝：AUC/);
  assert.match(shown, /含拒绝： {2}AUC/);
});

test('a wrong column, method or plan is refused in words and with an exit code', () => {
  const refused = (code: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [...MAIN, 'laboratory', ...args], {
      encoding: 'utf8',
    });
    assert.equal(status, 1, stderr);
    assert.ok(stderr.includes(code), stderr);
  };
  refused('laboratory.no_column', 'bin', at('cases.csv'), '--target', 'none', '--bad', '1');
  refused('laboratory.wrong_plan', 'bin', at('cases.csv'));
  const rejects = ['--rejects', at('rejects.csv'), '--method', 'guess'];
  refused('laboratory.wrong_plan', 'fit', at('cases.csv'), '--plan', at('plan.yaml'), ...rejects);
  refused('laboratory.wrong_card', 'apply', at('cases.csv'), '--card', at('plan.yaml'));
});

function execute(args: string[]): string {
  return execFileSync(process.execPath, [...MAIN, 'laboratory', ...args], { encoding: 'utf8' });
}

function run(...args: string[]): unknown {
  return JSON.parse(execute([...args, '--json']));
}

function makeCases(seed: string, count: number, hasOutcome: boolean): string {
  const random = seededRandom(seed);
  const lines = Array.from({ length: count }, (_, n) => {
    const [turnover, age, district] = [
      Math.round(random() * 100),
      Math.floor(random() * 20),
      Math.floor(random() * 4),
    ];
    const logOdds = 0.5 - turnover / 30 - age / 15 + (district === 1 ? 0.8 : 0);
    const came = random() < 1 / (1 + Math.exp(-logOdds)) ? 'bad' : 'good';
    const cells = [n, turnover < 8 ? -1 : turnover, age, ['东城', '西城', '朝阳', '海淀'][district]];
    return [...cells, ...(hasOutcome ? [came] : [])].join(',');
  });
  return `${['id', 'turnover', 'age', 'district', ...(hasOutcome ? ['came'] : [])].join(',')}\n${lines.join('\n')}\n`;
}
