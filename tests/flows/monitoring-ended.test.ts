import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { followOverdue, raiseAlerts, readLiveWatches, runMonitoring, startPusher } from '#monitoring';
import { addDays } from '../../src/monitoring/handling/terms.ts';
import { pushingOn } from '../support/monitoring-on.ts';
import { endingOf, type Ending } from './http-node.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import {
  type AlertSetting,
  deliverPenalties,
  findNew,
  lend,
  look,
  messagesTo,
  openAlertSetting,
  standing,
  SYSTEM,
} from './monitoring-alerts-setting.ts';
import {
  consentTo,
  deliverGrades,
  GRADE_RULE,
  openAuthorised,
  revoke,
  ruleOf,
} from './monitoring-authorised-setting.ts';
import {
  BANK_ADMIN,
  connect,
  openTarget,
  OTHER_ADMIN,
  type Target,
  until,
} from './monitoring-push-setting.ts';

const DAY_MS = 86_400_000;

type Line = { readonly bank: Target; readonly other: Target; readonly push: () => Promise<void> };

/** Endpoints of both banks; `push` sends until nothing waits. */
async function openLine(t: Ending, { context, clock, within }: AlertSetting): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-ended-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pushing = pushingOn(context.database, { folder, clock });
  const [bank, other] = [await openTarget(t), await openTarget(t)];
  await connect({ context: pushing, run: within }, bank, BANK_ADMIN);
  await connect({ context: pushing, run: within }, other, OTHER_ADMIN);
  const push = async (): Promise<void> => {
    const pusher = startPusher(pushing);
    await until(async () => (await waiting(within)) === 0, 'nothing waits');
    await pusher.stop();
  };
  return { bank, other, push };
}

async function waiting(within: AlertSetting['within']): Promise<number> {
  const rows = await within((tx) =>
    tx.rows(`select from monitoring.messages where number is null
      union all select from monitoring.push_deliveries where state = 'waiting'`),
  );
  return rows.length;
}

const typesAt = ({ received }: Target): string[] =>
  received.map(({ event }) => event.type.replace('cn.xinqiao.', ''));
const states = async (setting: AlertSetting): Promise<string[]> =>
  (await standing(setting)).map(({ institution, state }) => `${institution} ${state}`).sort();

test('what was queued before a revocation does not leave after it, and lapses; the other lender’s arrives', async () => {
  const t = endingOf(after);
  const setting = await openAuthorised(t);
  const { context, cityRules, within } = setting;
  const line = await openLine(t, setting);
  await deliverGrades(setting, [-20]);
  const terms = { contracts: ['n31_public_credit_grade'], fromDays: -300 };
  const bank = await consentTo(setting, 'bank', terms);
  await consentTo(setting, 'other-bank', terms);
  const active = [ruleOf(setting, GRADE_RULE)];
  const sweep = () =>
    runMonitoring(context, { caller: SYSTEM, kind: 'sweep', rules: cityRules, active, shadow: [] });
  await sweep();
  assert.deepEqual(await states(setting), ['bank raised', 'other-bank raised']);
  await within((tx) => revoke(tx, setting, bank));
  await line.push();
  assert.deepEqual([typesAt(line.bank), typesAt(line.other)], [[], ['alert.raised']]);
  assert.deepEqual(await states(setting), ['bank raised', 'other-bank pushed']);
  await deliverGrades(setting, [-10]);
  await sweep();
  await line.push();
  assert.deepEqual([typesAt(line.bank), typesAt(line.other)], [[], ['alert.raised', 'alert.raised']]);
  setting.clock.advance(40 * DAY_MS);
  const { lapsed, escalated } = await followOverdue(context);
  assert.deepEqual([lapsed, escalated], [1, 2], 'nobody reminds the bank');
  await line.push();
  assert.equal(line.bank.received.length, 0);
});

test('what was queued before a settlement does not leave after it; the other lender’s arrives', async () => {
  const t = endingOf(after);
  const setting = await openAlertSetting(t);
  const line = await openLine(t, setting);
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  await lend(setting, 'bank', 'settled');
  await line.push();
  assert.deepEqual([typesAt(line.bank), typesAt(line.other)], [[], ['alert.raised']]);
  await deliverPenalties(setting, [{ no: '罚2', decidedOn: '2026-10-13' }]);
  assert.equal((await look(setting)).raised, 1);
  await line.push();
  assert.deepEqual([line.bank.received.length, line.other.received.length], [0, 2]);
});

test('a value that swings around its threshold alerts each lender once, and graver as an upgrade of that alert', async () => {
  const setting = await openAlertSetting(endingOf(after));
  const { context, clock, rules, enterpriseId, within, contract } = setting;
  const n08 = contract('n08_penalty');
  // Known to the node on the days that are looked at.
  await within((tx) => tx.rows(`update lists.enterprises set made_at = '2020-01-01'`));
  let rowNo = 0;
  /** So many penalties count on this day and no other. */
  const hold = async (day: string, count: number) => {
    clock.advance(Date.parse(`${day}T06:00:00Z`) - clock.now().getTime());
    const records = Array.from({ length: count }, () => ({
      enterpriseId,
      rowNo: (rowNo += 1),
      knownFrom: new Date(`${day}T00:00:00Z`),
      knownTo: new Date(`${addDays(day, 1)}T00:00:00Z`),
      values: { decision_no: `丁${rowNo}`, penalty_kind: 'fine', decided_on: day },
    }));
    await within(async (tx) => {
      const deliveryNo = await addDelivery(tx, n08, new Date(`${day}T00:00:00Z`));
      await addRecords(
        tx,
        n08,
        records.map((record) => ({ ...record, deliveryNo })),
      );
      const signals = await findNew(tx, setting, 'penalty_cluster', clock.now());
      const watches = await readLiveWatches(tx, [enterpriseId], clock);
      await raiseAlerts(tx, context, { signals, watches, rules, at: clock.now() });
    });
  };
  for (const [n, count] of [3, 2, 3, 2, 4, 3, 6, 5, 6].entries()) await hold(addDays('2026-10-21', n), count);
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised', 'alert.upgraded']);
  assert.deepEqual(await messagesTo(setting, 'other-bank'), ['alert.raised', 'alert.upgraded']);
  assert.deepEqual(
    (await standing(setting)).map(({ level, versionNo }) => [level, versionNo]),
    [
      ['red', 2],
      ['red', 2],
    ],
  );
});
