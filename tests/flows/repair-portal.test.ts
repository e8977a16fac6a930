import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { inTransaction } from '#kernel';
import { openChannel, openPushNetwork } from '#monitoring';
import { sendRepairNotices } from '#rights';
import { CODE } from './consent-setting.ts';
import { basic, endingOf } from './http-node.ts';
import { evidence } from './objections-setting.ts';
import { codeOf, openRepairCalls, openRepairSetting } from './repair-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ending = endingOf(after);
const setting = await openRepairSetting(ending);
const { node, repairs: context, app, clock } = setting;
const { send, accept, decide } = openRepairCalls(setting);
const address = await app.listen({ host: '127.0.0.1', port: 0 });
const portal = await startPortal();

type Told = { arrivals: number; notices: { notice: string; number: string; state: string }[] };

/** The portal as a process of its own; it ends with the tests. */
async function startPortal() {
  const program = join(ROOT, 'examples', 'credit-portal', 'main.ts');
  const child = spawn(process.execPath, [program, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  ending.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { notices, control } = JSON.parse(line) as { notices: string; control: string };
  const ask = async <Answer>(path: string, body?: object): Promise<Answer> => {
    const payload = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await (await fetch(`${control}${path}`, payload)).json()) as Answer;
  };
  return {
    notices,
    be: (mode: string, delayMs = 0) => ask<Told>('/', { mode, delayMs }),
    told: () => ask<Told>('/'),
    handIn: (body: object) => ask<{ status: number; body: { repairId: string } }[]>('/applications', body),
  };
}

const application = (document: string) => ({
  code: CODE,
  contract: 'n08_penalty',
  document,
  performedOn: '2026-03-20',
  words: '罚款已缴清。',
  proofs: [evidence(`门户 ${document}`)],
  pledge: 'a'.repeat(64),
});
const put = (number: string, payload: object, login = 'portal') =>
  send('PUT', `/api/v1/repair-portal/applications/${number}`, login, payload);

async function sendNotices() {
  const channel = openChannel(new URL(portal.notices), openPushNetwork(['127.0.0.1/32']));
  try {
    return await sendRepairNotices(context, channel);
  } finally {
    channel.agent.destroy();
  }
}

describe('the single window', () => {
  let id = '';

  test('an application handed in many times at once is one', async () => {
    const sent = await portal.handIn({
      url: `${address}/api/v1/repair-portal/applications/XYZG-0001`,
      authorization: basic('portal'),
      application: application('修1'),
      times: 5,
    });
    assert.deepEqual(
      sent.map(({ status }) => status),
      [200, 200, 200, 200, 200],
      JSON.stringify(sent),
    );
    assert.equal(new Set(sent.map(({ body }) => body.repairId)).size, 1);
    id = sent[0]?.body.repairId ?? assert.fail();
    const [counted] = await inTransaction(node.database, (tx) =>
      tx.rows<{ n: number }>('select count(*)::integer as n from rights.repairs'),
    );
    assert.equal(counted?.n, 1);
  });

  test('the number is bound to its content, and only the portal hands in and reads', async () => {
    assert.equal(codeOf(await put('XYZG-0001', application('修2'))), 'repairs.portal_number_taken');
    assert.equal(codeOf(await put('XYZG-0002', application('修1'))), 'repairs.open_already');
    assert.equal(codeOf(await put('XYZG-0002', application('无此文号'))), 'repairs.record_unknown');
    assert.equal(codeOf(await put('XYZG-0002', application('新1'))), 'repairs.not_eligible');
    for (const login of ['department', 'data', 'representative', 'reader'])
      assert.equal(
        codeOf(await put('XYZG-0003', application('修2'), login)),
        'security.not_permitted',
        login,
      );
    const path = '/api/v1/repair-portal/applications/XYZG-0001';
    assert.equal((await send('GET', path, 'portal')).body.state, 'submitted');
    assert.equal(codeOf(await send('GET', path, 'department')), 'security.not_permitted');
    assert.equal(
      codeOf(await send('GET', '/api/v1/repair-portal/applications/XYZG-9999', 'portal')),
      'repairs.portal_number_unknown',
    );
  });

  test('nonsense is refused and leaves nothing behind', async () => {
    for (const payload of [
      {},
      { ...application('修2'), performedOn: '昨天' },
      { ...application('修2'), proofs: 'x' },
    ])
      assert.equal((await put('XYZG-0004', payload)).status, 400, JSON.stringify(payload));
    assert.equal((await put('XYZG-0004', { ...application('修2'), proofs: [] })).status, 422);
    assert.equal(
      codeOf(await send('GET', '/api/v1/repair-portal/applications/XYZG-0004', 'portal')),
      'repairs.portal_number_unknown',
    );
  });

  test('a portal that is down, moved or answers nonsense is told later, and told once', async () => {
    await accept(id);
    for (const mode of ['down', 'nonsense', 'moved']) {
      await portal.be(mode);
      assert.deepEqual(await sendNotices(), { taken: 0, failed: 1, dead: 0 }, mode);
      assert.deepEqual(await sendNotices(), { taken: 0, failed: 0, dead: 0 }, 'it waits its time');
      clock.advance(3_600_000);
    }
    await portal.be('slow', 200);
    assert.deepEqual(await sendNotices(), { taken: 1, failed: 0, dead: 0 });
    assert.deepEqual(
      (await portal.told()).notices.map(({ number, state }) => [number, state]),
      [['XYZG-0001', 'accepted']],
    );
    assert.deepEqual(await sendNotices(), { taken: 0, failed: 0, dead: 0 });
  });

  test('a notice that nobody takes for days is given up, and the state is still there to be read', async () => {
    await decide(id);
    await portal.be('down');
    clock.advance(73 * 3_600_000);
    assert.deepEqual(await sendNotices(), { taken: 0, failed: 0, dead: 1 });
    await portal.be('well');
    assert.deepEqual(await sendNotices(), { taken: 0, failed: 0, dead: 0 });
    const { body } = await send('GET', '/api/v1/repair-portal/applications/XYZG-0001', 'portal');
    assert.equal(body.state, 'granted');
    assert.equal(codeOf(await put('XYZG-0005', application('修1'))), 'repairs.record_unknown');
  });
});
