import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { bookUse, type ConsentRequest, grantConsent, proveConsent, revokeConsent } from '#consent';
import { inTransaction, type Tx } from '#kernel';
import type { Consent } from '#security';
import { ask, dayFrom, openSetting } from './consent-setting.ts';
import { endingOf } from './http-node.ts';

const setting = await openSetting(endingOf(after));
const { context, clock, database, signatory, enterpriseId } = setting;
const within = <Result>(work: (tx: Tx) => Promise<Result>) => inTransaction(database, work);
const contracts = ['n01_registration'];

async function given(over: Partial<ConsentRequest>): Promise<string> {
  const { consentId, digest } = await ask(setting, over);
  await within((tx) => grantConsent(tx, context, { caller: signatory, consent: consentId, digest }));
  return consentId;
}

const once = { fetch: 'once', frequency: undefined } as unknown as Partial<ConsentRequest>;

async function look(tx: Tx, consentId: string): Promise<Consent> {
  const consent = await proveConsent(tx, clock, { consentId, enterpriseId });
  assert.ok(consent);
  return consent;
}

async function use(consentId: string): Promise<void> {
  await within(async (tx) => bookUse(tx, clock, await look(tx, consentId), { contracts }));
}

async function codesOf(uses: readonly Promise<void>[]): Promise<string[]> {
  const results = await Promise.allSettled(uses);
  return results.map((result) => (result.status === 'fulfilled' ? 'used' : result.reason.code)).sort();
}

/** The first instant of the next month in Beijing, so that a test does not straddle one. */
function startMonth(): void {
  const beijing = new Date(clock.now().getTime() + 8 * 3_600_000);
  const next = Date.UTC(beijing.getUTCFullYear(), beijing.getUTCMonth() + 1, 1);
  clock.advance(next - beijing.getTime() + 3_600_000);
}

describe('a consent for one use', () => {
  it('is exhausted by it', async () => {
    const consentId = await given(once);
    await use(consentId);
    assert.equal((await within((tx) => look(tx, consentId))).state, 'exhausted');
    await assert.rejects(use(consentId), { code: 'consent.used_up' });
  });

  it('gives exactly one of many uses at once', async () => {
    const consentId = await given(once);
    const codes = await codesOf(Array.from({ length: 5 }, () => use(consentId)));
    assert.deepEqual(codes, [...Array.from({ length: 4 }, () => 'consent.used_up'), 'used']);
  });

  it('is not used by what rolls back', async () => {
    const consentId = await given(once);
    const failed = within(async (tx) => {
      await bookUse(tx, clock, await look(tx, consentId), { contracts });
      throw new TypeError('the answer failed');
    });
    await assert.rejects(failed, TypeError);
    await use(consentId);
  });

  it('lets a second use through when the first, still under way, rolls back', async () => {
    const consentId = await given(once);
    const { promise: isBooked, resolve: booked } = Promise.withResolvers<void>();
    const { promise: mayFail, resolve: fail } = Promise.withResolvers<void>();
    const first = within(async (tx) => {
      await bookUse(tx, clock, await look(tx, consentId), { contracts });
      booked();
      await mayFail;
      throw new TypeError('the answer failed');
    });
    await isBooked;
    const second = use(consentId);
    fail();
    await assert.rejects(first, TypeError);
    await second;
  });
});

describe('a consent for so many uses a period', () => {
  it('allows that many in a calendar month, also at once, and says when it may be used again', async () => {
    startMonth();
    const consentId = await given({ frequency: { count: 3, unit: 'month' } });
    const codes = await codesOf(Array.from({ length: 5 }, () => use(consentId)));
    assert.deepEqual(codes, ['consent.too_often', 'consent.too_often', 'used', 'used', 'used']);
    const next = dayFrom(clock, 31).slice(0, 7);
    await assert.rejects(use(consentId), (error: { code: string; params: { again: string } }) => {
      assert.equal(error.code, 'consent.too_often');
      assert.equal(error.params.again, `${next}-01 00:00:00`);
      return true;
    });
    startMonth();
    await use(consentId);
  });

  it('begins its week on Monday at midnight in Beijing', async () => {
    const beijing = new Date(clock.now().getTime() + 8 * 3_600_000);
    const daysToMonday = 7 - ((beijing.getUTCDay() + 6) % 7);
    const toMondayMs = daysToMonday * 86_400_000 - (beijing.getTime() % 86_400_000);
    clock.advance(toMondayMs - 60_000);
    const consentId = await given({
      contracts: [{ id: 'n01_registration' }],
      frequency: { count: 1, unit: 'week' },
    });
    await use(consentId);
    await assert.rejects(use(consentId), { code: 'consent.too_often' });
    clock.advance(120_000);
    await use(consentId);
  });
});

describe('what ends it', () => {
  it('holds for the next use, paused or revoked, also for a look that was taken before', async () => {
    const consentId = await given({});
    const early = within(async (tx) => {
      const consent = await look(tx, consentId);
      assert.equal(consent.state, 'active');
      await within((other) => revokeConsent(other, context, { caller: signatory, consent: consentId }));
      await bookUse(tx, clock, consent, { contracts });
    });
    await assert.rejects(early, { code: 'consent.not_live' });
    await assert.rejects(use(consentId), { code: 'consent.not_live' });
  });

  it('waits for an answer that was booked before it, and no answer commits after it', async () => {
    const consentId = await given({});
    const order: string[] = [];
    const { promise: isBooked, resolve: booked } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const answer = within(async (tx) => {
      await bookUse(tx, clock, await look(tx, consentId), { contracts });
      booked();
      await mayCommit;
      order.push('answered');
    });
    await isBooked;
    const revocation = within((tx) =>
      revokeConsent(tx, context, { caller: signatory, consent: consentId }),
    ).then(() => order.push('revoked'));
    await waitUntilBlocked();
    commit();
    await answer;
    await revocation;
    await assert.rejects(use(consentId), { code: 'consent.not_live' });
    assert.deepEqual(order, ['answered', 'revoked']);
  });

  it('is time, whatever was looked at before', async () => {
    const consentId = await given({ validTo: dayFrom(clock, 0) });
    clock.advance(86_400_000);
    await assert.rejects(use(consentId), { code: 'consent.not_live' });
  });
});

/** Until the revocation stands in the queue of a lock. */
async function waitUntilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await within((tx) =>
      tx.rows<{ n: number }>(
        `select count(*)::integer as n from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      ),
    );
    if ((row?.n ?? 0) > 0) return;
  }
}
