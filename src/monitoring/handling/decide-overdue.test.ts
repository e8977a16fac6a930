import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { decideOverdue } from './decide-overdue.ts';
import { alertOf } from './alert.test-support.ts';
import { loadHandling } from './terms.ts';

const terms = loadHandling([join(import.meta.dirname, '..', '..', '..', 'models')]);

test('what is past its day goes to the head of risk, then to the node, and stays there', () => {
  const first = decideOverdue(alertOf(), { terms, today: '2026-09-22' });
  assert.deepEqual([first?.cause, first?.escalation, first?.dueOn], ['escalated', 1, '2026-09-23']);
  const second = decideOverdue(alertOf({ escalation: 1, dueOn: '2026-09-23' }), {
    terms,
    today: '2026-09-24',
  });
  assert.deepEqual([second?.cause, second?.escalation], ['escalated', 2]);
  assert.equal(decideOverdue(alertOf({ escalation: 2 }), { terms, today: '2026-12-01' }), undefined);
});

test('on its day nothing is overdue yet, and what was moved is not moved again that day', () => {
  assert.equal(decideOverdue(alertOf(), { terms, today: '2026-09-21' }), undefined);
  const moved = decideOverdue(alertOf(), { terms, today: '2026-09-22' });
  assert.equal(decideOverdue(alertOf({ ...moved }), { terms, today: '2026-09-22' }), undefined);
});

test('an acknowledgement that led to nothing is forgotten and the alert open again', () => {
  const forgotten = decideOverdue(alertOf({ state: 'acknowledged' }), { terms, today: '2026-09-22' });
  assert.deepEqual([forgotten?.cause, forgotten?.state, forgotten?.escalation], ['reopened', 'raised', 1]);
  const busy = decideOverdue(alertOf({ state: 'in_progress' }), { terms, today: '2026-09-22' });
  assert.deepEqual([busy?.cause, busy?.state], ['escalated', 'in_progress']);
});

test('a snoozed alert wakes on its day and not before', () => {
  const alert = alertOf({ state: 'snoozed', snoozedUntil: '2026-09-23', dueOn: '2026-09-23' });
  assert.equal(decideOverdue(alert, { terms, today: '2026-09-22' }), undefined);
  const woken = decideOverdue(alert, { terms, today: '2026-09-23' });
  assert.deepEqual([woken?.cause, woken?.state, woken?.snoozedUntil], ['woken', 'acknowledged', null]);
});
