import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inTransaction } from '#kernel';
import { measureCoverage } from '#monitoring';
import type { DemonstrationAccount } from '#platform';
import { listBankAlerts } from '../../src/entry/demonstration-alerts.ts';
import { planLending, readLendingFile } from '../../src/entry/demonstration-lending-file.ts';
import { openDemonstrationMarket } from '../../src/entry/demonstration-market.ts';
import { collectDemonstration, openDemonstrationAccounts } from '../../src/entry/demonstration.ts';
import type { Node } from '../../src/entry/node.ts';
import { bringAlertRulesIntoForce } from '../../src/entry/rule-life.ts';
import { readManifest } from '#synth';
import { endingOf, openTestNode } from './http-node.ts';

const ENTERPRISES = 120;

describe('the market of the demonstration', () => {
  const ending = endingOf(after);
  let node: Node;
  let accounts: DemonstrationAccount[];
  const start = (signal = new AbortController().signal) => openDemonstrationMarket(node, accounts, signal);
  const count = async (table: string): Promise<number> => {
    const [row] = await inTransaction(node.database, (tx) =>
      tx.rows<{ n: number }>(`select count(*)::integer as n from ${table}`),
    );
    return row?.n ?? 0;
  };

  before(async () => {
    node = await openTestNode(ending, { settings: { XINQIAO_DEMONSTRATION: String(ENTERPRISES) } });
    await bringAlertRulesIntoForce(node);
    await collectDemonstration(node, () => {});
    accounts = await openDemonstrationAccounts(node);
  });

  it('a start that is stopped while it lays down loans leaves what it reported, and nothing by half', async () => {
    const stopping = new AbortController();
    const stopped = start(stopping.signal);
    while ((await count('outcomes.loans')) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    stopping.abort();
    const { alerts } = await stopped;
    assert.equal(alerts, 0);
    assert.ok((await count('outcomes.loans')) > 0);
    assert.equal(await count('monitoring.alerts'), 0);
  });

  it('the next start goes on where it was: several lenders, directly and through platforms, all watched', async () => {
    const folder = join(node.config.dataFolder, 'demonstration');
    const file = readLendingFile(node.config.packageFolder);
    const planned = planLending(folder, await readManifest(folder), file);
    const reported = await count('outcomes.loans');
    const { borrowers } = await start();
    assert.ok(borrowers > 0 && borrowers < planned.length, `${borrowers} of ${planned.length}`);
    const loans = await count('outcomes.loans');
    assert.ok(loans > reported && loans <= planned.flatMap(({ items }) => items).length);
    const coverage = await inTransaction(node.database, (tx) => measureCoverage(tx, {}));
    assert.ok(coverage.length >= 3);
    for (const { liveLoans, watchedLoans } of coverage) assert.equal(watchedLoans, liveLoans);
    const channels = await inTransaction(node.database, (tx) =>
      tx.rows<{ channel: string }>('select distinct channel from outcomes.loans order by channel'),
    );
    assert.deepEqual(
      channels.map(({ channel }) => channel),
      ['demo-chuangxinrong', 'demo-data-zone', 'demo-finance-net', 'direct'],
    );
  });

  it('the bank’s first alerts stand in several states, and one is answered by its enterprise', async () => {
    const alerts = await listBankAlerts(node, accounts);
    const expected = ['resolved', 'resolved', 'acknowledged', 'in_progress', 'useful_hint'];
    assert.deepEqual(
      alerts.slice(0, 5).map(({ state }) => state),
      expected.slice(0, alerts.length),
    );
    assert.ok(alerts.length >= 3, `${alerts.length} alerts`);
    assert.deepEqual([alerts[0]?.action, alerts[0]?.protectedFen], ['collect', '20000000']);
    assert.equal(alerts[1]?.judgement, 'false_alarm');
    assert.equal(await count('monitoring.alert_answers'), 1);
  });

  it('a month of returns is sealed', async () => {
    const [run] = await inTransaction(node.database, (tx) =>
      tx.rows<{ month: string }>(`select month::text from returns.month_runs where done_at is not null`),
    );
    assert.match(run?.month ?? '', /^20\d\d-\d\d-01$/);
  });

  it('a later start adds nothing, and the passwords are for the node’s own user alone', async () => {
    const kept = join(node.config.dataFolder, 'demonstration-market.json');
    const [before, batches] = [readFileSync(kept, 'utf8'), await count('outcomes.batches')];
    assert.deepEqual(await start(), { borrowers: 0, alerts: 0 });
    assert.equal(readFileSync(kept, 'utf8'), before);
    assert.equal(await count('outcomes.batches'), batches);
    assert.equal(await count('monitoring.alert_answers'), 1);
    assert.equal(statSync(kept).mode & 0o777, 0o600);
  });
});
