import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import type { Signal } from '../signals/signal.ts';
import type { Watch } from '../watch/watches.ts';
import type { LiveAlert } from './alert-tables.ts';
import { decideFate, pairSignals, stateAfterUpgrade } from './decide-fate.ts';

const book = {
  rules: new Map([
    ['open', { scope: 'public' as const }],
    ['closed', { scope: 'authorised' as const }],
  ]),
};

function signalOf(over: Partial<Signal> = {}): Signal {
  return {
    enterpriseId: toEnterpriseId(1),
    signalId: 'sig_1',
    ruleId: 'open',
    ruleHash: 'h',
    level: 'yellow',
    fact: 'f',
    occurredOn: '2026-09-01',
    knownAt: new Date('2026-09-02T00:00:00Z'),
    isLate: false,
    isDisputed: false,
    value: null,
    evidence: [],
    ...over,
  };
}

function watchOf(over: Partial<Watch> = {}): Watch {
  return {
    enterpriseId: toEnterpriseId(1),
    institutionId: 'bank',
    branchId: 'bank',
    platformId: null,
    watchId: 'wch_1',
    since: '2026-01-01',
    loans: 1,
    balanceFen: 1n,
    consentId: null,
    ...over,
  };
}

test('a fact goes to every institution with a live loan, one on authorised data only under its consent', () => {
  const watches = [watchOf({ institutionId: 'other' }), watchOf({ consentId: 'cns_1' })];
  const told = (ruleId: string) =>
    pairSignals([signalOf({ ruleId })], watches, book).map(({ watch, consentId }) => [
      watch.institutionId,
      consentId,
    ]);
  assert.deepEqual(told('open'), [
    ['bank', null],
    ['other', null],
  ]);
  assert.deepEqual(told('closed'), [['bank', 'cns_1']]);
});

test('a rule that is not in the book is told to nobody without a consent', () => {
  assert.deepEqual(pairSignals([signalOf({ ruleId: 'gone' })], [watchOf()], book), []);
});

test('of several findings of one fact the gravest is told', () => {
  const signals = (['yellow', 'red', 'blue'] as const).map((level) => signalOf({ level, signalId: level }));
  assert.deepEqual(
    pairSignals(signals, [watchOf()], book).map(({ signal }) => signal.level),
    ['red'],
  );
});

test('what is told already is told again only when graver, or when it had been recalled', () => {
  const live = (over: Partial<LiveAlert>) =>
    ({
      signalId: 'sig_0',
      level: 'yellow',
      state: 'pushed',
      signalKnownAt: signalOf().knownAt,
      ...over,
    }) as LiveAlert;
  assert.equal(decideFate(signalOf(), undefined), 'raise');
  assert.equal(decideFate(signalOf(), live({})), 'known');
  assert.equal(decideFate(signalOf({ level: 'red' }), live({})), 'upgrade');
  assert.equal(decideFate(signalOf({ level: 'blue' }), live({})), 'known');
  assert.equal(decideFate(signalOf(), live({ state: 'recalled' })), 'raise_again');
  assert.equal(decideFate(signalOf(), live({ state: 'recalled', signalId: 'sig_1' })), 'known');
  assert.equal(decideFate(signalOf(), live({ state: 'resolved' })), 'known');
});

test('a recalled fact is told again on a later version of a record, or when the node had recalled it itself', () => {
  const live = (over: Partial<LiveAlert>) =>
    ({
      signalId: 'sig_1',
      state: 'recalled',
      saidBy: 'acc_data',
      signalKnownAt: signalOf().knownAt,
      ...over,
    }) as LiveAlert;
  const later = signalOf({ knownAt: new Date('2026-09-03T00:00:00Z') });
  assert.equal(decideFate(signalOf(), live({})), 'known', 'what a person recalled stays recalled');
  assert.equal(decideFate(later, live({})), 'raise_again');
  assert.equal(decideFate(signalOf(), live({ saidBy: 'system:monitoring' })), 'raise_again');
  assert.equal(
    decideFate(signalOf(), live({ state: 'lapsed', saidBy: 'system:monitoring' })),
    'known',
    'the loan ended, not the fact',
  );
});

test('an upgrade goes on where handling was, and begins anew what was finished or put off', () => {
  assert.equal(stateAfterUpgrade('in_progress'), 'in_progress');
  assert.equal(stateAfterUpgrade('resolved'), 'raised');
  assert.equal(stateAfterUpgrade('snoozed'), 'raised');
});
