import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import type { LiveLoan } from '#outcomes';
import { decideWatches, type ListedWatch, watchesOf } from './decide-watches.ts';

const ENTERPRISE = toEnterpriseId(7);
const TODAY = '2026-10-20';

function loan(over: Partial<LiveLoan> = {}): LiveLoan {
  return {
    enterpriseId: ENTERPRISE,
    institutionId: 'bank',
    loanNo: 'L-1',
    platformId: null,
    disclosureId: 'dsc_1',
    disbursedOn: '2026-03-01',
    balanceFen: 100n,
    ...over,
  };
}

const wantedFor = (...loans: LiveLoan[]) =>
  watchesOf(loans, ({ disclosureId }) => `office of ${disclosureId}`);
const listedFor = (...loans: LiveLoan[]): ListedWatch[] =>
  [...wantedFor(...loans).values()].map((content) => ({
    ...content,
    watchId: `wch_${content.institutionId}`,
  }));
const decide = (
  listed: ListedWatch[],
  loans: LiveLoan[],
  ends: Parameters<typeof decideWatches>[2]['ends'] = [],
) => decideWatches(listed, wantedFor(...loans), { ends, today: TODAY });

test('loans of one institution are one watch, since the first, served as the newest one is', () => {
  const later = loan({
    loanNo: 'L-2',
    disbursedOn: '2026-05-01',
    disclosureId: 'dsc_2',
    platformId: 'p',
    balanceFen: 40n,
  });
  const { opened, changed, ended } = decide([], [loan(), later, loan({ institutionId: 'other' })]);
  assert.deepEqual([opened.length, changed.length, ended.length], [2, 0, 0]);
  assert.deepEqual(opened[0], {
    enterpriseId: ENTERPRISE,
    institutionId: 'bank',
    branchId: 'office of dsc_2',
    platformId: 'p',
    since: '2026-03-01',
    loans: 2,
    balanceFen: 140n,
  });
});

test('a list that says what the loans say is left alone', () => {
  assert.deepEqual(decide(listedFor(loan()), [loan()]), { opened: [], changed: [], ended: [] });
});

test('a watch goes on under its id and keeps its first day while another loan follows', () => {
  const next = loan({ loanNo: 'L-2', disbursedOn: '2026-09-01', balanceFen: 7n });
  const { opened, changed, ended } = decide(listedFor(loan()), [next]);
  assert.deepEqual([opened, ended], [[], []]);
  assert.deepEqual(
    changed.map(({ watchId, since, balanceFen }) => [watchId, since, balanceFen]),
    [['wch_bank', '2026-03-01', 7n]],
  );
});

test('a watch ends as its loans did; where no loan of its time ended, they are read elsewhere', () => {
  const end = { enterpriseId: ENTERPRISE, institutionId: 'bank' } as const;
  const endsOf = (ends: Parameters<typeof decide>[2]) =>
    decide(listedFor(loan()), [], ends).ended.map(({ reason, endedOn }) => [reason, endedOn]);
  assert.deepEqual(endsOf([{ ...end, reason: 'settled', endedOn: '2026-10-01' }]), [
    ['settled', '2026-10-01'],
  ]);
  assert.deepEqual(endsOf([{ ...end, reason: 'written_off', endedOn: '2026-09-30' }]), [
    ['written_off', '2026-09-30'],
  ]);
  assert.deepEqual(endsOf([{ ...end, reason: 'settled', endedOn: '2025-01-01' }]), [['moved', TODAY]]);
  assert.deepEqual(endsOf([]), [['moved', TODAY]]);
});
