import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type FollowContext, type FollowedSources, followSources, loadFollowing } from '#monitoring';
import type { SourceBook } from '#platform';
import { dayFrom } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  type AuthorisedSetting,
  consentTo,
  FUND_RULE,
  INSURANCE_RULE,
  openAuthorised,
  revoke,
  ruleOf,
  toldOf,
} from './monitoring-authorised-setting.ts';
import { messagesTo, SYSTEM } from './monitoring-alerts-setting.ts';
import { definition, openTestBook, startDepartment } from './source-department.ts';

const ending = endingOf(after);
const department = await startDepartment(ending);
const following = loadFollowing([join(import.meta.dirname, '..', '..', 'models')]);
const FUND = 'b08_housing_fund';
const INSURANCE = 'n17_social_insurance';
const HOUR_MS = 3_600_000;
const NONE = {
  due: 0,
  answered: 0,
  unanswered: 0,
  dropped: 0,
  withheld: 0,
  putOff: 0,
  signals: 0,
  alerts: 0,
  recalled: 0,
};

type Following = AuthorisedSetting & { readonly sources: SourceBook };

/** The fund answers; social insurance stands at an address where nobody is. */
async function open(): Promise<Following> {
  await department.be({ mode: 'well' });
  const setting = await openAuthorised(ending);
  const addresses = { ...department.addresses, nowhere: 'http://127.0.0.1:1' };
  const definitions = [
    definition({}, { contract: FUND }),
    definition({ id: 'dead_source', endpoint: { named: 'nowhere' } }, { contract: INSURANCE }),
  ];
  const { book } = openTestBook(ending, { ...department, addresses }, definitions, setting.clock);
  return { ...setting, sources: book };
}

async function follow(setting: Following, more: Partial<FollowContext> = {}, ruleIds = [FUND_RULE]) {
  const { context, clock, sources, cityRules } = setting;
  clock.advance(1_000);
  const active = ruleIds.map((id) => ruleOf(setting, id));
  const followContext = { ...context, sources, following, ...more };
  const { runId, receiptId, ...counts } = await followSources(followContext, {
    caller: SYSTEM,
    rules: cityRules,
    active,
    shadow: [],
  });
  assert.match(receiptId, /^rcp_/);
  assert.match(runId, /^mon_/);
  return counts;
}

const fundCalls = async (): Promise<number> => (await department.report()).calls[FUND] ?? 0;

async function count(setting: Following, sql: string): Promise<number> {
  const [row] = await setting.within((tx) =>
    tx.rows<{ n: number }>(`select count(*)::integer as n from ${sql}`),
  );
  return row?.n ?? -1;
}

test('a source is asked in its time, its answer is looked at and not kept, and the lender of that consent alone is told', async () => {
  const setting = await open();
  const consent = await consentTo(setting, 'bank', { contracts: [FUND, INSURANCE], fromDays: -300 });
  const before = await fundCalls();
  const first = await follow(setting, {}, [FUND_RULE, INSURANCE_RULE]);
  assert.deepEqual(
    { ...first, signals: 0, alerts: 0 },
    { ...NONE, due: 2, answered: 1, unanswered: 1 },
    'one source that nobody answers for delays no other',
  );
  assert.ok(first.signals > 0);
  assert.equal(first.alerts, first.signals);
  const told = await toldOf(setting);
  const earliest = dayFrom(setting.clock, -300);
  assert.equal(told.length, first.alerts);
  for (const line of told) {
    assert.ok(line.startsWith(`bank ${FUND_RULE} `) && line.endsWith(consent));
    assert.ok((line.split(' ')[2] ?? '') >= earliest, 'within the range of data');
  }
  assert.deepEqual(await messagesTo(setting, 'other-bank'), []);
  assert.equal(await count(setting, `lists.${FUND}_v1`), 0);
  assert.equal(await count(setting, 'monitoring.signal_evidence'), 0);
  assert.equal(await count(setting, 'monitoring.signals where answer_digest is null'), 0);
  assert.equal(await count(setting, 'monitoring.looks'), 1);
  assert.deepEqual(await follow(setting, {}, [FUND_RULE, INSURANCE_RULE]), NONE, 'nothing is due');
  assert.equal(await fundCalls(), before + 1);
});

test('a consent that was used as often as it allows is not asked under', async () => {
  const setting = await open();
  await consentTo(setting, 'bank', { contracts: [FUND], fromDays: -300 });
  assert.equal((await follow(setting)).answered, 1);
  const before = await fundCalls();
  await setting.within((tx) =>
    tx.rows(`update monitoring.followings set asked_at = asked_at - interval '25 hours', due_at = asked_at`),
  );
  assert.deepEqual(await follow(setting), { ...NONE, due: 1, withheld: 1 });
  assert.equal(await fundCalls(), before);
});

test('a source that is down or lies tells nothing and clears nothing, and is asked again later each time', async () => {
  const setting = await open();
  const { clock } = setting;
  await consentTo(setting, 'bank', { contracts: [FUND], fromDays: -300 });
  const unanswered = { ...NONE, due: 1, unanswered: 1 };
  for (const [mode, hours] of [
    ['down', 6],
    ['other_subject', 12],
    ['wrong_values', 24],
  ] as const) {
    await department.be({ mode });
    assert.deepEqual(await follow(setting), unanswered, mode);
    clock.advance((hours - 1) * HOUR_MS);
    assert.deepEqual(await follow(setting), NONE, `${mode}: not so soon`);
    clock.advance(2 * HOUR_MS);
  }
  await department.be({ mode: 'well' });
  assert.equal((await follow(setting)).answered, 1);
});

test('what a source says after the revocation is looked at by nobody', async () => {
  const setting = await open();
  const consent = await consentTo(setting, 'bank', { contracts: [FUND], fromDays: -300 });
  const before = await fundCalls();
  await department.be({ mode: 'slow', delayMs: 3_000 });
  const running: Promise<Omit<FollowedSources, 'runId' | 'receiptId'>> = follow(setting);
  while ((await fundCalls()) === before) await wait(20);
  await setting.within((tx) => revoke(tx, setting, consent));
  assert.deepEqual(await running, { ...NONE, due: 1, dropped: 1 });
  assert.deepEqual(await toldOf(setting), []);
  assert.equal(await count(setting, 'monitoring.looks'), 0);
});

test('an ask whose process ended is made once more, when it is due again', async () => {
  const setting = await open();
  await consentTo(setting, 'bank', { contracts: [FUND], fromDays: -300 });
  const get = (): never => {
    throw new Error('the process ended here');
  };
  const ended = { ...setting.sources, cache: { get } as unknown as SourceBook['cache'] };
  await assert.rejects(follow(setting, { sources: ended }), /ended here/);
  assert.deepEqual(await follow(setting), NONE);
  setting.clock.advance(7 * HOUR_MS);
  const again = await follow(setting);
  assert.equal(again.answered, 1);
  assert.equal(again.alerts, again.signals);
});

test('in an hour no more is asked of a source than its pace allows', async () => {
  const setting = await open();
  await consentTo(setting, 'bank', { contracts: [FUND], fromDays: -300 });
  await consentTo(setting, 'other-bank', { contracts: [FUND], fromDays: -300 });
  const slow = { following: { ...following, perHour: 1, atOnce: 1 } };
  const shown = ({ due, answered, putOff }: typeof NONE) => ({ due, answered, putOff });
  assert.deepEqual(shown(await follow(setting, slow)), { due: 2, answered: 1, putOff: 1 });
  assert.deepEqual(shown(await follow(setting, slow)), { due: 1, answered: 0, putOff: 1 });
  setting.clock.advance(HOUR_MS + 1);
  assert.deepEqual(shown(await follow(setting, slow)), { due: 1, answered: 1, putOff: 0 });
});
