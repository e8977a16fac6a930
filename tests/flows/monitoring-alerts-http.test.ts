import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type EnterpriseId, inTransaction, newId, toEnterpriseId } from '#kernel';
import { raiseAlerts, recallAlerts } from '#monitoring';
import { systemCaller } from '#platform';
import { openMonitoring } from '../../src/entry/monitoring-context.ts';
import { loadRules } from '../../src/monitoring/rules/load-rules.ts';
import { addMember, addPeople, CODE, OTHER_CODE } from './consent-setting.ts';
import { endingOf, openTestApp, signIn } from './http-node.ts';

const { app, node } = await openTestApp(endingOf(after));
await addPeople(node);
await addMember(node, { login: 'risk', participant: 'bank', role: 'risk_officer' });
await addMember(node, { login: 'other-risk', participant: 'other-bank', role: 'risk_officer' });
const context = openMonitoring(node);
const EVIDENCE = {
  contract: 'n08_penalty',
  deliveryNo: '7',
  rowNo: 3,
  knownFrom: new Date('2026-10-01T00:00:00Z'),
};

type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: { code: string } };
};

async function call(login: string, url: string, payload?: object): Promise<Answer> {
  const headers = { cookie: await signIn(app, login), origin: 'http://127.0.0.1:8080' };
  const answer =
    payload === undefined
      ? await app.inject({ method: 'GET', url, headers })
      : await app.inject({ method: 'POST', url, payload, headers });
  return { status: answer.statusCode, body: answer.json() };
}

/** One alert of the bank about the first enterprise. */
async function raiseOne(fact: string): Promise<{ alertId: string; enterpriseId: EnterpriseId }> {
  const rules = loadRules([`${node.config.packageFolder}/models`], context.book, context.catalogue);
  const rule = rules.rules.get('penalty_recent') ?? assert.fail();
  return await inTransaction(node.database, async (tx) => {
    const [row] = await tx.rows<{ id: string }>(
      'select enterprise_id as id from lists.enterprise_codes where code = $1',
      [CODE],
    );
    const enterpriseId = toEnterpriseId(row?.id ?? '');
    const at = node.clock.now();
    const signal = {
      enterpriseId,
      signalId: newId('sig', at),
      ruleId: rule.id,
      ruleHash: rule.hash,
      level: 'orange',
      fact,
      occurredOn: '2026-09-30',
      knownAt: EVIDENCE.knownFrom,
      isLate: false,
      isDisputed: true,
      value: 1,
      evidence: [EVIDENCE],
    } as const;
    const watch = {
      enterpriseId,
      institutionId: 'bank',
      branchId: 'bank',
      platformId: null,
      watchId: 'wch_test',
      since: '2026-01-01',
      loans: 1,
      balanceFen: 1n,
      consentId: null,
    };
    await raiseAlerts(tx, context, { signals: [signal], watches: [watch], rules, at });
    const [alert] = await tx.rows<{ alert_id: string }>(
      'select alert_id from monitoring.alerts where fact = $1',
      [fact],
    );
    return { alertId: alert?.alert_id ?? assert.fail(), enterpriseId };
  });
}

test('the inbox is the institution’s own, filtered and paged, and the first look pushes', async () => {
  const { alertId } = await raiseOne('first');
  await raiseOne('second');
  const inbox = '/api/v1/monitoring/alerts';
  const first = await call('risk', `${inbox}?limit=1&level=orange`);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const listed = first.body['alerts'] as { state: { code: string }; isDisputed: boolean }[];
  assert.deepEqual([listed[0]?.state.code, listed[0]?.isDisputed], ['pushed', true]);
  const rest = await call('risk', `${inbox}?limit=1&before=${String(first.body['before'])}`);
  assert.deepEqual((rest.body['alerts'] as { alertId: string }[])[0]?.alertId, alertId);
  assert.deepEqual((await call('risk', `${inbox}?state=raised`)).body['alerts'], []);
  assert.deepEqual((await call('other-risk', inbox)).body['alerts'], []);
  assert.equal((await call('other-risk', `${inbox}/${alertId}`)).body.error?.code, 'alerts.unknown');
  assert.equal((await call('inquirer', inbox)).body.error?.code, 'alerts.role_without');
  assert.equal((await call('enterprise-a', inbox)).body.error?.code, 'admission.not_a_participant');
});

test('steps are taken over HTTP, and the enterprise reads them and answers', async () => {
  const { alertId } = await raiseOne('third');
  const path = `/api/v1/monitoring/alerts/${alertId}/handling`;
  assert.equal(
    (await call('risk', path, { step: 'resolve', action: 'none' })).body.error?.code,
    'alerts.step_wrong',
  );
  assert.equal((await call('risk', path, { step: 'resolve' })).body.error?.code, 'request.invalid');
  for (const step of ['acknowledge', 'start', 'false_alarm']) {
    const taken = await call('clerk', path, { step });
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
  }
  const resolved = await call('risk', path, { step: 'resolve', action: 'none' });
  assert.equal((resolved.body['state'] as { code: string }).code, 'resolved');
  const own = await call('enterprise-a', `/api/v1/enterprises/${CODE}/alerts`);
  const seen = (own.body['alerts'] as Record<string, unknown>[]).find((one) => one['alertId'] === alertId);
  assert.deepEqual(seen?.['judgement'], { code: 'false_alarm', zh: '误报', en: 'false alarm' });
  assert.equal('protectedFen' in (seen ?? {}), false, 'what the institution kept safe is its own matter');
  const answer = `/api/v1/enterprises/${CODE}/alerts/${alertId}/answer`;
  assert.equal((await call('enterprise-a', answer, { answer: '谢谢' })).status, 200);
  assert.equal(
    (await call('enterprise-b', answer, { answer: '我们' })).body.error?.code,
    'policy.alert_answered_by_itself',
  );
  assert.equal(
    (
      await call('enterprise-b', `/api/v1/enterprises/${OTHER_CODE}/alerts/${alertId}/answer`, {
        answer: '我',
      })
    ).body.error?.code,
    'alerts.own_unknown',
  );
  assert.equal(
    (await call('enterprise-b', `/api/v1/enterprises/${CODE}/alerts`)).body.error?.code,
    'policy.own_record_only',
  );
  const full = await call('risk', `/api/v1/monitoring/alerts/${alertId}`);
  assert.deepEqual(
    (full.body['answers'] as { answer: string }[]).map(({ answer: said }) => said),
    ['谢谢'],
  );
});

test('a recall is confirmed over HTTP by the institution that had the alert', async () => {
  const { alertId, enterpriseId } = await raiseOne('fourth');
  const { contract, deliveryNo, rowNo } = EVIDENCE;
  await inTransaction(node.database, (tx) =>
    recallAlerts(tx, context, {
      caller: systemCaller('rights'),
      enterpriseId,
      contract,
      record: { deliveryNo, rowNo },
      reason: 'withdrawn',
    }),
  );
  const full = await call('risk', `/api/v1/monitoring/alerts/${alertId}`);
  const [recall] = full.body['recalls'] as { recallId: string; reason: { code: string } }[];
  assert.equal(recall?.reason.code, 'withdrawn');
  const path = `/api/v1/monitoring/recalls/${recall?.recallId}/acknowledged`;
  assert.equal((await call('other-risk', path, {})).body.error?.code, 'alerts.recall_unknown');
  const confirmed = await call('risk', path, {});
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  assert.equal(confirmed.body['alertId'], alertId);
});
