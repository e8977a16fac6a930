import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inTransaction } from '#kernel';
import { followEntries } from '#rights';
import { CODE } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { CERTIFICATE, pdf, png } from './voluntary-setting.ts';
import { NAME } from './objections-setting.ts';
import {
  type Answered,
  type Body,
  BOSS,
  check,
  enter,
  giveConsent,
  marks,
  NUMBER,
  openWindowSetting,
  recordOf,
  reject,
  scan,
  stateOfConsent,
  type WindowSetting,
} from './window-setting.ts';

const DAY_MS = 86_400_000;
const codeOf = ({ body }: Answered): string | undefined => body.error?.code;

describe('the window', () => {
  const ending = endingOf(after);
  let setting: WindowSetting;
  let signed = '';

  before(async () => {
    setting = await openWindowSetting(ending);
    signed = await scan(setting, pdf());
  });

  const objectionTo = async (decision: string) => ({
    application: {
      reason: '罚款已缴清，金额有误。',
      items: [
        { contract: 'n08_penalty', record: await recordOf(setting, decision), ground: 'past_public_period' },
      ],
    },
  });
  const enterWell = async (act: string, asked: object, more: object = {}): Promise<Body> => {
    const { status, body } = await enter(setting, { act, asked, scan: signed, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const checkWell = async (entry: Body): Promise<Body> => {
    const { status, body } = await check(setting, entry);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };

  it('an objection has effect at once, and stays when another clerk has checked it', async () => {
    const entry = await enterWell('objection', await objectionTo('甲1'));
    assert.equal(entry.state, 'in_effect');
    assert.deepEqual(await marks(setting), ['disputed']);
    assert.equal(codeOf(await check(setting, entry, 'clerk1')), 'policy.window_two_persons');
    assert.equal((await checkWell(entry)).state, 'done');
    assert.deepEqual(await marks(setting), ['disputed']);
    const own = await setting.call('boss', 'GET', `/api/v1/enterprises/${CODE}/objections/${entry.madeId}`);
    assert.equal(own.status, 200);
    assert.equal(codeOf(await check(setting, entry)), 'window.not_open');
    await checkWell(await enterWell('objection_withdrawal', { objection: entry.madeId }));
    assert.deepEqual(await marks(setting), []);
  });

  it('an objection that is rejected, or that nobody checks by the next working day, is undone', async () => {
    const rejected = await enterWell('objection', await objectionTo('甲1'));
    assert.equal((await reject(setting, rejected)).body.state, 'rejected');
    assert.deepEqual(await marks(setting), []);
    const lapsing = await enterWell('objection', await objectionTo('甲2'));
    assert.equal((await followEntries(setting.context)).lapsed, 0);
    setting.clock.advance(2 * DAY_MS);
    assert.equal((await followEntries(setting.context)).lapsed, 1);
    assert.equal((await followEntries(setting.context)).lapsed, 0);
    assert.deepEqual(await marks(setting), []);
    assert.equal(codeOf(await check(setting, lapsing)), 'window.not_open');
  });

  it('what had gone on before its entry was rejected stays, and the answer says why', async () => {
    const entry = await enterWell('objection', await objectionTo('甲1'));
    const path = `/api/v1/enterprises/${CODE}/objections/${entry.madeId}/withdrawal`;
    assert.equal((await setting.call('boss', 'POST', path, {})).status, 200);
    const { body } = await reject(setting, entry);
    assert.deepEqual([body.state, body.refusal], ['rejected', 'objections.nothing_open']);
  });

  it('a revocation stops the consent at once; checked it is revoked, rejected it goes on', async () => {
    const kept = await giveConsent(setting);
    const entry = await enterWell('consent_revocation', { consent: kept });
    assert.equal(await stateOfConsent(setting, kept), 'paused');
    await reject(setting, entry);
    assert.equal(await stateOfConsent(setting, kept), 'active');
    await checkWell(await enterWell('consent_revocation', { consent: kept }));
    assert.equal(await stateOfConsent(setting, kept), 'revoked');
  });

  it('registration, pledge and an item wait for their check, and are the enterprise’s own from then on', async () => {
    const registration = await enterWell('registration', { name: NAME, representative: BOSS });
    assert.equal(registration.state, 'entered');
    assert.equal((await checkWell(registration)).madeId, 'registered');
    const templateHash = setting.context.voluntary.pledge.hash;
    await checkWell(await enterWell('pledge', { templateHash }));
    const item = await enterWell('item', { contract: 'v09_qualifications', values: CERTIFICATE });
    const done = await checkWell(item);
    assert.match(done.madeId ?? '', /\S/);
    await checkWell(await enterWell('item_withdrawal', { item: done.madeId }));
  });

  it('an act that refuses leaves its entry open, to be rejected', async () => {
    const wrong = await enterWell('item', {
      contract: 'v09_qualifications',
      values: { certificate_no: 'x' },
    });
    assert.equal(codeOf(await check(setting, wrong)), 'voluntary.values_wrong');
    assert.equal((await reject(setting, wrong)).status, 200);
    const unknown = await enterWell('objection_withdrawal', { objection: 'obj_01hzy3v9k2m4n6p8q0r1s2t3v4' });
    assert.equal(codeOf(await check(setting, unknown)), 'objections.unknown');
    assert.equal((await reject(setting, unknown)).status, 200);
  });

  it('a print is handed over once, by the clerk who entered it, and is an access of the enterprise', async () => {
    const entry = await enterWell('self_query', {});
    const print = (login: string) =>
      setting.call(login, 'POST', `/api/v1/window/entries/${entry.entryId}/print`);
    assert.equal(codeOf(await print('clerk1')), 'window.nothing_to_print');
    await checkWell(entry);
    assert.equal(codeOf(await print('clerk2')), 'window.nothing_to_print');
    const { status, bytes } = await print('clerk1');
    assert.equal(status, 200);
    assert.equal(bytes.subarray(0, 5).toString(), '%PDF-');
    assert.equal(codeOf(await print('clerk1')), 'window.nothing_to_print');
    const { body } = await setting.call(
      'boss',
      'GET',
      `/api/v1/enterprises/${CODE}/everything?part=accesses`,
    );
    assert.match(JSON.stringify(body), /窗口办理/);
  });

  it('the enterprise finds every entry with who entered it, who checked it and the digest of the scan', async () => {
    const { body } = await setting.call(
      'boss',
      'GET',
      `/api/v1/enterprises/${CODE}/everything?part=window&proofs=true`,
    );
    const items = body['items'] as {
      facts: { scanDigest: string; enteredBy: { zh: string } };
      receiptId: string;
    }[];
    assert.ok(items.length >= 10);
    for (const { facts, receiptId } of items) {
      assert.equal(facts.scanDigest, signed);
      assert.equal(facts.enteredBy.zh, '周甲');
      assert.match(receiptId, /\S/);
    }
  });

  it('a scan that no entry names within a day is forgotten, and is handed in anew', async () => {
    const first = await scan(setting, png());
    setting.clock.advance(2 * DAY_MS);
    await followEntries(setting.context);
    const asked = { mandate: first, capacity: 'agent', act: 'self_query', asked: {}, scan: signed };
    assert.equal(codeOf(await enter(setting, asked)), 'window.scan_unknown');
    assert.equal(await scan(setting, png()), first);
  });

  it('who is present is compared with the register, or acts under a mandate on paper', async () => {
    const asked = { objection: 'obj_01hzy3v9k2m4n6p8q0r1s2t3v4' };
    const mandate = await scan(setting, png());
    const refused = async (more: object) =>
      codeOf(await enter(setting, { act: 'objection_withdrawal', asked, scan: signed, ...more }));
    assert.equal(await refused({ person: { name: '钱二' } }), 'window.not_the_representative');
    assert.equal(await refused({ person: { number: '110105194912310055' } }), 'window.person_not_valid');
    assert.equal(
      await refused({ person: { document: 'passport', number: 'E12345678' } }),
      'window.not_the_representative',
    );
    assert.equal(await refused({ capacity: 'agent', person: { name: '钱二' } }), 'window.mandate_missing');
    assert.equal(await refused({ mandate }), 'window.mandate_missing');
    assert.equal(await refused({ scan: '0'.repeat(64) }), 'window.scan_unknown');
    const agent = {
      capacity: 'agent',
      mandate,
      person: { name: '钱二', document: 'passport', number: 'E12345678' },
    };
    const entry = await enterWell('objection', await objectionTo('甲2'), agent);
    assert.equal((await reject(setting, entry)).status, 200);
  });

  it('nobody enters or checks for an enterprise they act for, or for themselves, and no other duty serves here', async () => {
    const asked = { objection: 'obj_01hzy3v9k2m4n6p8q0r1s2t3v4' };
    const mandate = await scan(setting, png());
    const as = (login: string, more: object = {}) =>
      enter(setting, { act: 'objection_withdrawal', asked, scan: signed, login, ...more });
    assert.equal(codeOf(await as('clerk3')), 'window.own_enterprise');
    const entry = (await as('clerk1')).body;
    assert.equal(codeOf(await check(setting, entry, 'clerk3')), 'window.own_enterprise');
    const self = {
      capacity: 'agent',
      mandate,
      person: { name: '周甲', document: 'passport', number: 'E12345678' },
    };
    assert.equal(codeOf(await as('clerk1', self)), 'window.own_enterprise');
    for (const login of ['data', 'boss']) assert.equal((await as(login)).status, 403);
    assert.equal((await reject(setting, entry)).status, 200);
  });

  it('clerks see what the act needs while it is open, and the node sees no enterprise and no person', async () => {
    const entry = await enterWell('objection_withdrawal', { objection: 'obj_01hzy3v9k2m4n6p8q0r1s2t3v4' });
    const path = `/api/v1/window/entries/${entry.entryId}`;
    const { body } = await setting.call('clerk2', 'GET', path);
    assert.deepEqual(body['person'], { document: 'resident_id', name: BOSS, number: '**************002X' });
    const { bytes } = await setting.call('clerk2', 'GET', `${path}/scan`);
    assert.deepEqual(bytes, pdf());
    const overseen = await setting.call('data', 'GET', '/api/v1/window/entries?open=true');
    assert.equal(overseen.status, 200);
    assert.doesNotMatch(overseen.bytes.toString(), new RegExp(`${CODE}|${NAME}|${BOSS}`));
    assert.equal((await setting.call('data', 'GET', path)).status, 403);
    await reject(setting, entry);
    assert.equal(codeOf(await setting.call('clerk2', 'GET', path)), 'window.not_open');
  });

  it('an altered digest confirms nothing', async () => {
    const entry = await enterWell('objection_withdrawal', { objection: 'obj_01hzy3v9k2m4n6p8q0r1s2t3v4' });
    assert.equal(codeOf(await check(setting, { ...entry, digest: '0'.repeat(64) })), 'window.digest_differs');
    await reject(setting, entry);
  });

  it('no table holds the person’s name or number, or what was entered, in clear', async () => {
    const rows = await inTransaction(setting.node.database, (tx) =>
      tx.rows<{ text: string }>(
        `select coalesce(string_agg(t::text, ' '), '') as text from rights.window_entries t
         union all select coalesce(string_agg(t::text, ' '), '') from rights.window_scans t`,
      ),
    );
    for (const { text } of rows)
      assert.doesNotMatch(text, new RegExp(`${BOSS}|${NUMBER}|002X|钱二|罚款已缴清`));
  });

  it('a clerk’s day has room for two hundred entries', async () => {
    await inTransaction(setting.node.database, (tx) =>
      tx.rows(
        `insert into rights.window_entries (enterprise_id, entry_id, act, capacity, person_sealed, asked_sealed, digest,
           scan_digest, state, entered_by, entered_at, check_by, receipt_id)
         select $1, 'wen_' || lpad(n::text, 26, '0'), 'self_query', 'legal_representative', 'x', 'x', repeat('0', 64),
           repeat('0', 64), 'entered', (select account_id from platform.accounts where login = 'clerk1'), $2, $2, 'rcp'
         from generate_series(1, 200) n`,
        [setting.enterpriseId, setting.clock.now()],
      ),
    );
    const { body } = await enter(setting, { act: 'self_query', asked: {}, scan: signed });
    assert.equal(body.error?.code, 'window.too_many_entries');
  });
});
