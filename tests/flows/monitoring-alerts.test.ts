import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Refusal } from '#kernel';
import {
  answerAlert,
  followOverdue,
  raiseAlerts,
  readLiveWatches,
  readOwnAlerts,
  receiveAlert,
  receiveAlerts,
  refreshWatches,
} from '#monitoring';
import { proveAdmission } from '#platform';
import { type Caller, decide, listAccesses } from '#security';
import { endingOf } from './http-node.ts';
import {
  type AlertSetting,
  BANK_CLERK,
  deliverPenalties,
  findNew,
  handle,
  INQUIRER,
  lend,
  look,
  lookIn,
  messagesTo,
  OFFICER,
  openAlertSetting,
  OTHER_OFFICER,
  standing,
} from './monitoring-alerts-setting.ts';

const open = (): Promise<AlertSetting> => openAlertSetting(endingOf(after));
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );

function receive(setting: AlertSetting, caller: Caller) {
  const { within, context, clock } = setting;
  return within(async (tx) => {
    const admission = await proveAdmission(tx, clock, caller, { operator: '贷后 7' });
    return await receiveAlerts(tx, context, { caller, admission });
  });
}

function receiveOne(setting: AlertSetting, caller: Caller, alertId: string) {
  const { within, context, clock } = setting;
  return within(async (tx) => {
    const admission = await proveAdmission(tx, clock, caller, { operator: '贷后 7' });
    return await receiveAlert(tx, context, { caller, admission, alertId });
  });
}

function own(setting: AlertSetting, caller: Caller = setting.signatory) {
  const { within, context, clock, enterpriseId: subject } = setting;
  return within(async (tx) => {
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, context.policies, { caller, purpose: 'self', subject, contracts: [], asOf });
    return { alerts: await readOwnAlerts(tx, permit), accesses: await listAccesses(tx, permit) };
  });
}

const ofBank = async (setting: AlertSetting) =>
  (await standing(setting)).filter(({ institution }) => institution === 'bank');
const DAY_MS = 86_400_000;

test('a fact delivered five times is told once, two facts are two alerts in one case', async () => {
  const setting = await open();
  for (let time = 0; time < 5; time += 1) {
    await deliverPenalties(setting, [{ no: '罚1' }]);
    await look(setting);
  }
  assert.equal((await ofBank(setting)).length, 1);
  await deliverPenalties(setting, [{ no: '罚2', decidedOn: '2026-10-13' }]);
  assert.deepEqual(await look(setting), { raised: 2, upgraded: 0, cases: 0 });
  const alerts = await ofBank(setting);
  assert.equal(alerts.length, 2);
  assert.equal(new Set(alerts.map(({ caseId }) => caseId)).size, 1);
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised', 'alert.raised']);
});

test('two workers with the same facts make one case and one alert for each institution', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }, { no: '罚2' }]);
  const signals = await setting.within((tx) => findNew(tx, setting));
  const raise = () =>
    setting.within(async (tx) => {
      const watches = await readLiveWatches(tx, [setting.enterpriseId], setting.clock);
      const { rules, clock } = setting;
      return await raiseAlerts(tx, setting.context, { signals, watches, rules, at: clock.now() });
    });
  const counts = await Promise.all([raise(), raise(), raise()]);
  assert.equal(
    counts.reduce((sum, { raised }) => sum + raised, 0),
    4,
  );
  assert.equal(
    counts.reduce((sum, { cases }) => sum + cases, 0),
    2,
  );
  assert.equal((await standing(setting)).length, 4);
  assert.equal((await messagesTo(setting, 'bank')).length, 2);
});

test('a transaction that is cut leaves nothing, and the next one tells everything once', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await assert.rejects(
    setting.within(async (tx) => {
      await lookIn(tx, setting);
      throw new Error('cut');
    }),
    /cut/,
  );
  assert.deepEqual([await standing(setting), await messagesTo(setting, 'bank')], [[], []]);
  assert.equal((await look(setting)).raised, 2);
  assert.equal((await look(setting)).raised, 0);
});

test('a level that rises upgrades the open alert by a new version, and handling goes on', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1', decidedOn: '2026-09-01' }]);
  await look(setting);
  const [first] = await ofBank(setting);
  await handle(setting, OFFICER, first?.alertId ?? '', { step: 'acknowledge' });
  const graver = await setting.within(async (tx) => {
    const { rules, clock, enterpriseId, context } = setting;
    const [alert] = await tx.rows<{ fact: string; rule_hash: string }>(
      `select a.fact, v.rule_hash from monitoring.alerts a join monitoring.alert_versions v using (enterprise_id, alert_id)`,
    );
    const signal = {
      enterpriseId,
      signalId: 'sig_graver',
      ruleId: 'penalty_recent',
      ruleHash: alert?.rule_hash ?? '',
      level: 'red',
      fact: alert?.fact ?? '',
      occurredOn: '2026-09-01',
      knownAt: clock.now(),
      isLate: true,
      isDisputed: true,
      value: 9,
      evidence: [],
    } as const;
    const watches = await readLiveWatches(tx, [enterpriseId], clock);
    return await raiseAlerts(tx, context, { signals: [signal], watches, rules, at: clock.now() });
  });
  assert.deepEqual(graver, { raised: 0, upgraded: 2, cases: 0 });
  const [now] = await ofBank(setting);
  assert.deepEqual([now?.alertId, now?.level, now?.state], [first?.alertId, 'red', 'acknowledged']);
  const { alert } = await receiveOne(setting, OFFICER, now?.alertId ?? '');
  assert.deepEqual([alert.isLate, alert.isDisputed], [true, true]);
  assert.deepEqual((await messagesTo(setting, 'bank')).at(-1), 'alert.upgraded');
});

test('handled in order by risk officer or clerk of the institution, the last alert closes the case', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const id = (await ofBank(setting))[0]?.alertId ?? '';
  const step = (caller: Caller, one: Parameters<typeof handle>[3]) => handle(setting, caller, id, one);
  assert.equal((await receive(setting, OFFICER))[0]?.alert.state, 'pushed');
  assert.equal(await codeOf(step(INQUIRER, { step: 'acknowledge' })), 'alerts.role_without');
  assert.equal(await codeOf(step(OTHER_OFFICER, { step: 'acknowledge' })), 'alerts.unknown');
  assert.equal(await codeOf(step(OFFICER, { step: 'start' })), 'alerts.step_wrong');
  await step(BANK_CLERK, { step: 'acknowledge' });
  assert.equal((await ofBank(setting))[0]?.dueOn, '2026-11-17', 'twenty working days');
  await step(BANK_CLERK, { step: 'start' });
  await step(OFFICER, { step: 'confirmed' });
  const done = await step(OFFICER, { step: 'resolve', action: 'reduce', protectedFen: '10000000' });
  assert.deepEqual(
    [done.isCaseClosed, done.alert.state, done.alert.judgement],
    [true, 'resolved', 'confirmed'],
  );
  const { steps } = await receiveOne(setting, OFFICER, id);
  assert.deepEqual(
    steps.map(({ state }) => state),
    ['raised', 'pushed', 'acknowledged', 'in_progress', 'confirmed', 'resolved'],
  );
  await deliverPenalties(setting, [{ no: '罚3', decidedOn: '2026-10-14' }]);
  assert.equal((await look(setting)).cases, 1, 'the case of the other bank is still open');
});

test('after settlement nothing more reaches that institution, not even a reminder; the other is told as before', async () => {
  const setting = await open();
  const { clock, context, enterpriseId } = setting;
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  await lend(setting, 'bank', 'settled');
  await setting.within((tx) => refreshWatches(tx, { clock }, { enterpriseIds: [enterpriseId] }));
  await deliverPenalties(setting, [{ no: '罚2', decidedOn: '2026-10-13' }]);
  assert.deepEqual(await look(setting), { raised: 1, upgraded: 0, cases: 0 });
  clock.advance(15 * DAY_MS);
  assert.deepEqual(await followOverdue(context), { woken: 0, reopened: 0, escalated: 2, lapsed: 1 });
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised']);
  assert.deepEqual(
    (await ofBank(setting)).map(({ state }) => state),
    ['lapsed'],
  );
});

test('the hourly job escalates in two steps, reopens what was forgotten, wakes, and run twice does it once', async () => {
  const setting = await open();
  const { clock, context } = setting;
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const id = (await ofBank(setting))[0]?.alertId ?? '';
  await handle(setting, OFFICER, id, { step: 'acknowledge' });
  await handle(setting, OFFICER, id, { step: 'snooze', until: '2026-10-25' });
  assert.deepEqual(await followOverdue(context), { woken: 0, reopened: 0, escalated: 0, lapsed: 0 });
  clock.advance(8 * DAY_MS);
  const twice = [await followOverdue(context), await followOverdue(context)];
  assert.deepEqual(twice, [
    { woken: 1, reopened: 0, escalated: 1, lapsed: 0 },
    { woken: 0, reopened: 0, escalated: 0, lapsed: 0 },
  ]);
  clock.advance(40 * DAY_MS);
  assert.deepEqual(await followOverdue(context), { woken: 0, reopened: 1, escalated: 1, lapsed: 0 });
  assert.deepEqual(
    (await standing(setting)).map(({ institution, state, escalation }) => [institution, state, escalation]),
    [
      ['bank', 'raised', 1],
      ['other-bank', 'raised', 2],
    ],
  );
  assert.deepEqual(await messagesTo(setting, 'other-bank'), [
    'alert.raised',
    'alert.overdue',
    'alert.overdue',
  ]);
});

test('the enterprise sees what was said of it and to whom, answers, and sees nobody else’s', async () => {
  const setting = await open();
  await deliverPenalties(setting, [{ no: '罚1' }]);
  await look(setting);
  const { alerts, accesses } = await own(setting);
  assert.deepEqual(
    alerts
      .map(({ institution, rule, alert }) => [institution.name.zh, rule?.name.zh, alert.level])
      .toSorted(),
    [
      ['京华银行', '近期行政处罚', 'yellow'],
      ['燕山银行', '近期行政处罚', 'yellow'],
    ],
  );
  assert.match(alerts[0]?.records[0]?.record ?? '', /^dlv_.*:0$/);
  assert.deepEqual(
    accesses
      .filter(({ kind }) => kind === 'alert')
      .map(({ institution }) => institution)
      .toSorted(),
    ['bank', 'other-bank'],
  );
  const { context, within, enterpriseId, signatory, stranger } = setting;
  const alertId = alerts.find(({ institution }) => institution.id === 'bank')?.alert.alertId ?? '';
  const answer = (caller: Caller, text: string, about = enterpriseId) =>
    within((tx) => answerAlert(tx, context, { caller, enterpriseId: about, alertId, answer: text }));
  assert.equal(await codeOf(answer(stranger, '不是我们')), 'policy.alert_answered_by_itself');
  assert.equal(
    await codeOf(answer(stranger, '不是', stranger.enterpriseId ?? enterpriseId)),
    'alerts.own_unknown',
  );
  assert.equal(await codeOf(answer(signatory, '  ')), 'alerts.answer_wrong');
  assert.equal(await codeOf(answer(signatory, '长'.repeat(501))), 'alerts.answer_wrong');
  await answer(signatory, '已缴清罚款并整改完毕。');
  const { answers } = await receiveOne(setting, OFFICER, alertId);
  assert.deepEqual(
    answers.map((one) => one.answer),
    ['已缴清罚款并整改完毕。'],
  );
  assert.deepEqual(await messagesTo(setting, 'bank'), ['alert.raised', 'case.answered']);
  assert.deepEqual(await messagesTo(setting, 'other-bank'), ['alert.raised']);
  assert.equal(await codeOf(own(setting, stranger)), 'policy.own_record_only');
});
