import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Refusal } from '#kernel';
import { ALERT_STATES, type LiveAlert } from '../alerts/alert-tables.ts';
import { decideStep, type HandlingStep, STEPS } from './decide-step.ts';
import { alertOf } from './alert.test-support.ts';
import { loadHandling } from './terms.ts';

const terms = loadHandling([join(import.meta.dirname, '..', '..', '..', 'models')]);
const clock = { now: () => new Date('2026-09-21T04:00:00Z') };

function stepOf(step: HandlingStep['step']): HandlingStep {
  if (step === 'snooze') return { step, until: '2026-09-22' };
  if (step === 'resolve') return { step, action: 'none', protectedFen: null };
  return { step };
}

function after(alert: LiveAlert, step: HandlingStep, snoozes = 0): string {
  try {
    return decideStep(alert, step, { terms, clock, snoozes }).state;
  } catch (error) {
    return (error as Refusal).code;
  }
}

test('every step leads on from its own states and from no other', () => {
  const table = ALERT_STATES.map((state) => [
    state,
    STEPS.filter((step) => {
      const snoozedUntil = state === 'snoozed' ? '2026-09-22' : null;
      return (
        after(alertOf({ state, snoozedUntil, judgement: 'confirmed' }), stepOf(step)) !== 'alerts.step_wrong'
      );
    }),
  ]);
  const judging = ['confirmed', 'useful_hint', 'false_alarm'];
  assert.deepEqual(Object.fromEntries(table), {
    raised: ['acknowledge'],
    pushed: ['acknowledge'],
    acknowledged: ['start', 'snooze', ...judging],
    in_progress: ['snooze', ...judging],
    snoozed: ['start'],
    confirmed: [...judging, 'resolve'],
    useful_hint: [...judging, 'resolve'],
    false_alarm: [...judging, 'resolve'],
    resolved: [],
    recalled: [],
    lapsed: [],
  });
});

test('an acknowledgement begins the time for handling, and progress does not put it off', () => {
  const acknowledged = decideStep(alertOf(), { step: 'acknowledge' }, { terms, clock, snoozes: 0 });
  assert.equal(acknowledged.dueOn, '2026-09-29', 'five working days, over the Mid-Autumn holiday');
  const started = decideStep(
    alertOf({ ...acknowledged, dueOn: '2026-09-23' }),
    { step: 'start' },
    { terms, clock, snoozes: 0 },
  );
  assert.deepEqual([started.state, started.dueOn], ['in_progress', '2026-09-23']);
});

test('an alert is put off for days by its level and not again and again', () => {
  const alert = alertOf({ state: 'acknowledged' });
  const until = (day: string, snoozes = 0) => after(alert, { step: 'snooze', until: day }, snoozes);
  assert.equal(until('2026-09-24'), 'snoozed');
  assert.equal(until('2026-09-25'), 'alerts.snooze_wrong', 'a red one for three days at most');
  assert.equal(until('2026-09-21'), 'alerts.snooze_wrong', 'not until today');
  assert.equal(until('2026-09-22', terms.snoozesMax), 'alerts.snooze_wrong');
});

test('an amount was protected only by acting on what was no false alarm', () => {
  const resolve = (over: Partial<LiveAlert>, action: 'reduce' | 'none') =>
    after(alertOf({ state: 'confirmed', judgement: 'confirmed', ...over }), {
      step: 'resolve',
      action,
      protectedFen: '1',
    });
  assert.equal(resolve({}, 'reduce'), 'resolved');
  assert.equal(resolve({}, 'none'), 'alerts.protected_wrong');
  assert.equal(
    resolve({ state: 'false_alarm', judgement: 'false_alarm' }, 'reduce'),
    'alerts.protected_wrong',
  );
});
