import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openField, toEnterpriseId } from '#kernel';
import {
  confirmMandate,
  endMandate,
  enterMandate,
  freezeMandates,
  grantMandate,
  listMandates,
  type MandateScope,
  proveMandate,
} from '#platform';
import type { Caller } from '#security';
import { addEnterprisePerson, ENTERPRISE, openSetting, readLeaves } from './participants-setting.ts';

const setting = await openSetting({ after });
const { clock, cipher, first, second, run } = setting;
const parts = { policies: setting.policies, clock, keys: setting.keys, cipher };
const act = { by: 'system:register', clock, keys: setting.keys };
const ID_NUMBER = '11010519491231002x';

const boss = await addEnterprisePerson(setting, { login: 'boss', role: 'legal_representative' });
const newBoss = await addEnterprisePerson(setting, { login: 'newboss', role: 'legal_representative' });
const agent = await addEnterprisePerson(setting, { login: 'agent', role: 'agent' });
const other = await addEnterprisePerson(setting, {
  login: 'other',
  role: 'legal_representative',
  enterpriseId: toEnterpriseId('42'),
});

const acting = (caller: Caller) => ({ ...parts, caller });
const prove = (caller: Caller, doing?: MandateScope) => run((tx) => proveMandate(tx, clock, caller, doing));

async function grant(by: Caller, over: Partial<Parameters<typeof grantMandate>[2]> = {}) {
  return await run((tx) =>
    grantMandate(tx, acting(by), {
      enterpriseId: ENTERPRISE,
      login: 'agent',
      scope: ['consent', 'query'],
      validFrom: clock.now(),
      validTo: new Date('2026-12-31T23:59:59.999+08:00'),
      idNumber: null,
      ...over,
    }),
  );
}

async function enter(login: string, capacity: 'legal_representative' | 'agent', scope: MandateScope[] = []) {
  return await run((tx) =>
    enterMandate(
      tx,
      { ...first, cipher },
      {
        enterpriseId: ENTERPRISE,
        login,
        capacity,
        scope,
        validFrom: clock.now(),
        validTo: capacity === 'agent' ? new Date('2026-12-31T00:00:00+08:00') : null,
        idNumber: ID_NUMBER,
        documentDigest: 'd'.repeat(64),
      },
    ),
  );
}

async function states(): Promise<Record<string, string[]>> {
  const asking = { caller: boss, policies: setting.policies, at: clock.now() };
  const listed = await run((tx) => listMandates(tx, asking, ENTERPRISE));
  const byLogin: Record<string, string[]> = {};
  for (const { login, state } of listed) (byLogin[login] ??= []).push(state);
  return byLogin;
}

describe('a legal representative', () => {
  it('has no mandate by the account alone', async () => {
    await assert.rejects(prove(boss), { code: 'mandate.missing' });
    await assert.rejects(grant(boss), { code: 'mandate.missing' });
  });

  it('is entered by one officer and confirmed by another', async () => {
    const mandateId = await enter('boss', 'legal_representative');
    const of = { enterpriseId: ENTERPRISE, mandateId };
    await assert.rejects(prove(boss), { code: 'mandate.missing' });
    assert.deepEqual(await states(), { boss: ['pending'] });
    await assert.rejects(
      run((tx) => confirmMandate(tx, first, of)),
      { code: 'policy.two_persons' },
    );
    await assert.rejects(
      run((tx) => confirmMandate(tx, acting(boss), of)),
      { code: 'mandate.missing' },
    );
    await run((tx) => confirmMandate(tx, second, of));
    const mandate = await prove(boss, 'object');
    assert.deepEqual(
      [mandate.enterpriseId, mandate.capacity, mandate.mandateId],
      [ENTERPRISE, 'legal_representative', mandateId],
    );
    assert.deepEqual(mandate.scope, ['consent', 'file', 'object', 'query']);
  });

  it('acts for no other enterprise', async () => {
    await assert.rejects(grant(other), { code: 'policy.own_enterprise_only' });
    await assert.rejects(prove(other), { code: 'mandate.missing' });
    await assert.rejects(grant(boss, { login: 'other' }), { code: 'mandate.account_unfit' });
    await assert.rejects(grant(boss, { login: 'newboss' }), { code: 'mandate.account_unfit' });
    await assert.rejects(grant(boss, { login: 'nobody' }), { code: 'mandate.account_unfit' });
  });

  it('keeps the identity number sealed, and no leaf carries it', async () => {
    const [row] = await run((tx) =>
      tx.rows<{ id_number_sealed: string; account_id: string }>(
        `select i.id_number_sealed, m.account_id from platform.mandate_identities i
         join platform.mandates m using (enterprise_id, mandate_id) limit 1`,
      ),
    );
    assert.ok(row !== undefined && !row.id_number_sealed.includes('110105'));
    const owner = `person:${row.account_id}` as const;
    const place = { table: 'platform.mandate_identities', column: 'id_number', owner };
    assert.equal(
      await run((tx) => openField(tx, cipher, place, row.id_number_sealed)),
      ID_NUMBER.toUpperCase(),
    );
    assert.ok(!JSON.stringify(await readLeaves(setting)).includes(ID_NUMBER.slice(0, 17)));
  });
});

describe('an agent', () => {
  it('may do what the mandate says, from its day to its day', async () => {
    await assert.rejects(grant(boss, { scope: [] }), { code: 'mandate.shape_wrong' });
    await assert.rejects(grant(boss, { validTo: null }), { code: 'mandate.shape_wrong' });
    await assert.rejects(grant(boss, { validTo: clock.now() }), { code: 'mandate.shape_wrong' });
    await assert.rejects(grant(boss, { validTo: new Date('2031-01-01T00:00:00Z') }), {
      code: 'mandate.shape_wrong',
    });
    await grant(boss, { validFrom: new Date('2026-02-01T00:00:00+08:00') });
    await assert.rejects(prove(agent), { code: 'mandate.not_yet' });
    clock.set('2026-02-01T00:00:00+08:00');
    assert.deepEqual((await prove(agent, 'consent')).scope, ['consent', 'query']);
    await assert.rejects(prove(agent, 'object'), { code: 'mandate.out_of_scope' });
    clock.set('2027-01-01T00:00:00+08:00');
    await assert.rejects(prove(agent), { code: 'mandate.expired' });
    clock.set('2026-02-02T09:00:00+08:00');
  });

  it('gives no mandates', async () => {
    await assert.rejects(grant(agent), { code: 'security.not_permitted' });
  });

  it('holds one mandate at a time: a new one ends the earlier', async () => {
    await grant(boss, { scope: ['query'] });
    assert.deepEqual((await states())['agent'], ['active', 'ended']);
    await assert.rejects(prove(agent, 'consent'), { code: 'mandate.out_of_scope' });
    await grant(boss);
    assert.equal((await prove(agent, 'consent')).capacity, 'agent');
  });
});

describe('when the register names another representative', () => {
  it('the former one’s mandate and what they gave rest', async () => {
    clock.set('2026-03-01T09:00:00+08:00');
    const change = { enterpriseId: ENTERPRISE, reason: 'representative_changed' };
    assert.equal(await run((tx) => freezeMandates(tx, act, change)), 2);
    await assert.rejects(prove(boss), { code: 'mandate.frozen' });
    await assert.rejects(prove(agent, 'consent'), { code: 'mandate.frozen' });
    await assert.rejects(grant(boss), { code: 'mandate.frozen' });
    assert.equal(await run((tx) => freezeMandates(tx, act, change)), 0, 'frozen once');
  });

  it('the new one confirms the agents, and the former one’s ends', async () => {
    const mandateId = await enter('newboss', 'legal_representative');
    await run((tx) => confirmMandate(tx, second, { enterpriseId: ENTERPRISE, mandateId }));
    assert.deepEqual((await states())['boss'], ['ended']);
    await assert.rejects(prove(agent), { code: 'mandate.frozen' }, 'not confirmed by being there');
    const asking = { caller: newBoss, policies: setting.policies, at: clock.now() };
    const listed = await run((tx) => listMandates(tx, asking, ENTERPRISE));
    const frozen = listed.find(({ state }) => state === 'frozen');
    const of = { enterpriseId: ENTERPRISE, mandateId: frozen?.mandateId ?? '' };
    await assert.rejects(
      run((tx) => confirmMandate(tx, acting(boss), of)),
      { code: 'mandate.missing' },
    );
    await assert.rejects(
      run((tx) => confirmMandate(tx, acting(agent), of)),
      { code: 'security.not_permitted' },
    );
    await assert.rejects(
      run((tx) => confirmMandate(tx, second, of)),
      { code: 'mandate.unknown' },
    );
    await run((tx) => confirmMandate(tx, acting(newBoss), of));
    assert.equal((await prove(agent, 'consent')).capacity, 'agent');
  });

  it('without the register a new representative freezes the agents too, a renewal does not', async () => {
    const renewed = await enter('newboss', 'legal_representative');
    await run((tx) => confirmMandate(tx, second, { enterpriseId: ENTERPRISE, mandateId: renewed }));
    await prove(agent);
    const changed = await enter('boss', 'legal_representative');
    await run((tx) => confirmMandate(tx, second, { enterpriseId: ENTERPRISE, mandateId: changed }));
    await assert.rejects(prove(agent), { code: 'mandate.frozen' });
    await assert.rejects(prove(newBoss), { code: 'mandate.missing' });
  });

  it('paper of an agent that waited for its second person falls away', async () => {
    const mandateId = await enter('agent', 'agent', ['consent']);
    await run((tx) =>
      freezeMandates(tx, act, { enterpriseId: ENTERPRISE, reason: 'representative_changed' }),
    );
    await assert.rejects(
      run((tx) => confirmMandate(tx, second, { enterpriseId: ENTERPRISE, mandateId })),
      { code: 'mandate.unknown' },
    );
  });
});

describe('an end', () => {
  it('comes from the representative, or from whoever holds it', async () => {
    const bossAgain = await enter('boss', 'legal_representative');
    await run((tx) => confirmMandate(tx, second, { enterpriseId: ENTERPRISE, mandateId: bossAgain }));
    const ended = await grant(boss);
    const of = { enterpriseId: ENTERPRISE, mandateId: ended };
    await assert.rejects(
      run((tx) => endMandate(tx, acting(other), of)),
      { code: 'policy.own_enterprise_only' },
    );
    await assert.rejects(
      run((tx) => endMandate(tx, second, of)),
      { code: 'mandate.unknown' },
    );
    await run((tx) => endMandate(tx, acting(boss), of));
    await assert.rejects(prove(agent), { code: 'mandate.missing' });
    const resigned = await grant(boss);
    await run((tx) => endMandate(tx, acting(agent), { enterpriseId: ENTERPRISE, mandateId: resigned }));
    await assert.rejects(prove(agent), { code: 'mandate.missing' });
    await assert.rejects(
      run((tx) => endMandate(tx, acting(boss), { enterpriseId: ENTERPRISE, mandateId: resigned })),
      { code: 'mandate.unknown' },
    );
  });

  it('overwrites nothing, and every change is a leaf about the enterprise', async () => {
    const versions = await run((tx) =>
      tx.rows<{ mandate_id: string; gaps: number; live: number }>(
        `select mandate_id, count(*) filter (where known_to = 'infinity')::integer as live,
           (count(*) filter (where previous is not null and previous <> known_from))::integer as gaps
         from (select *, lag(known_to) over (partition by mandate_id order by known_from) as previous
               from platform.mandates) v
         group by mandate_id`,
      ),
    );
    assert.ok(versions.length >= 8);
    assert.ok(versions.every(({ gaps, live }) => gaps === 0 && live === 1));
    const [{ changes } = { changes: 0 }] = await run((tx) =>
      tx.rows<{ changes: number }>('select count(*)::integer as changes from platform.mandates'),
    );
    const leaves = (await readLeaves(setting)).filter(({ body }) =>
      String(body['act']).startsWith('mandate_'),
    );
    assert.equal(leaves.length, changes);
    assert.ok(leaves.every(({ subject }) => subject === ENTERPRISE));
  });

  it('shows mandates to the enterprise and to officers only', async () => {
    const at = clock.now();
    const list = (caller: Caller) =>
      run((tx) => listMandates(tx, { caller, policies: setting.policies, at }, ENTERPRISE));
    assert.ok((await list(agent)).length > 0);
    assert.ok((await list(first.caller)).length > 0);
    await assert.rejects(list(other), { code: 'security.not_permitted' });
  });
});
