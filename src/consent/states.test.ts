import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSENT_STATES } from '#security';
import { CONSENT_ACTS, pendingSettlement, STEPS, type StoredState, stateAt } from './states.ts';

const STORED = CONSENT_STATES.filter((state): state is StoredState => state !== 'none');
const ENDED: readonly StoredState[] = ['revoked', 'expired', 'exhausted', 'rejected'];
const day = (number: number) => new Date(Date.UTC(2026, 0, number));

describe('the life of a consent', () => {
  it('allows exactly these steps and no other', () => {
    const allowed = CONSENT_ACTS.flatMap((act) =>
      STORED.filter((from) => STEPS[act].from.includes(from)).map(
        (from) => `${from} ${act} ${STEPS[act].to}`,
      ),
    );
    assert.deepEqual(allowed.sort(), [
      'active pause paused',
      'active revoke revoked',
      'active run_out expired',
      'active use_up exhausted',
      'paused resume active',
      'paused revoke revoked',
      'paused run_out expired',
      'paused use_up exhausted',
      'pending confirm active',
      'pending grant active',
      'pending lapse rejected',
      'pending reject rejected',
    ]);
  });

  it('never leads out of an end', () => {
    for (const act of CONSENT_ACTS) {
      for (const state of ENDED) assert.ok(!STEPS[act].from.includes(state), `${act} from ${state}`);
    }
  });

  it('reaches every state', () => {
    const reached = new Set<StoredState>(['pending', ...CONSENT_ACTS.map((act) => STEPS[act].to)]);
    assert.deepEqual([...reached].sort(), [...STORED].sort());
  });
});

describe('the state at an instant', () => {
  const times = { answerBy: day(2), validTo: day(10) };

  it('is what is written until time or use changes it, for every state', () => {
    for (const stored of STORED) {
      assert.equal(stateAt({ stored, isUsedUp: false, ...times }, day(1)), stored);
    }
  });

  it('is rejected when nobody answered in time', () => {
    const facts = { stored: 'pending', isUsedUp: false, ...times } as const;
    assert.equal(stateAt(facts, day(2)), 'pending');
    assert.equal(stateAt(facts, day(3)), 'rejected');
    assert.equal(pendingSettlement(facts, day(3)), 'lapse');
  });

  it('is expired after the last instant of validity, active or paused', () => {
    for (const stored of ['active', 'paused'] as const) {
      const facts = { stored, isUsedUp: false, ...times };
      assert.equal(stateAt(facts, day(10)), stored);
      assert.equal(stateAt(facts, new Date(day(10).getTime() + 1)), 'expired');
    }
  });

  it('is exhausted once its one use is made, whatever the time', () => {
    for (const at of [day(1), day(20)]) {
      assert.equal(stateAt({ stored: 'active', isUsedUp: true, ...times }, at), 'exhausted');
    }
  });

  it('stays at its end for ever', () => {
    for (const stored of ENDED) assert.equal(stateAt({ stored, isUsedUp: true, ...times }, day(99)), stored);
  });
});
