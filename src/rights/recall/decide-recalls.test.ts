import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { toEnterpriseId } from '#kernel';
import { loadCatalogue, MerkleTree } from '#lists';
import { hashLeaf, type TracedDisclosure, verifyInclusion } from '#security';
import { decideRecalls, type RecallQuestion } from './decide-recalls.ts';
import { monthsBefore } from './months-before.ts';
import { noticeOf } from './notice.ts';
import { hashNotice, proveNotice, rootOf } from './notice-tree.ts';
import { loadRecallTerms, requireFitting } from './recall-terms.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const terms = loadRecallTerms([join(ROOT, 'models')]);
const AT = new Date('2026-10-20T02:00:00Z');

const answer: TracedDisclosure = {
  record: 'one',
  disclosureId: 'dsc_1',
  enterpriseId: toEnterpriseId(1),
  kind: 'answer',
  fields: null,
  institution: 'bank',
  platform: null,
  purpose: 'loan_origination',
  consentId: 'cns_1',
  receiptId: 'rcp_1',
  at: AT,
};
const question: RecallQuestion = {
  cause: 'objection',
  terms,
  life: { businessDay: '2026-03-01', withheld: [] },
  ranges: new Map([['cns_1', { from: '2026-01-01', to: '2026-06-30' }]]),
};
const partsOf = (over: Partial<TracedDisclosure>, asked: Partial<RecallQuestion> = {}) =>
  decideRecalls([{ ...answer, ...over }], { ...question, ...asked }).map(({ part, recipient }) => [
    part,
    recipient.id,
  ]);

test('whoever had the record is asked to correct it, whoever had something made of it to ask again', () => {
  assert.deepEqual(partsOf({}), [['content', 'bank']]);
  assert.deepEqual(partsOf({ fields: ['fine'] }), [['content', 'bank']]);
  assert.deepEqual(partsOf({ fields: [] }), [['derived', 'bank']], 'a portrait');
  assert.deepEqual(partsOf({ kind: 'score' }), [['derived', 'bank']]);
  assert.deepEqual(partsOf({ institution: null, platform: 'pf' }), [['content', 'pf']]);
  assert.deepEqual(partsOf({ institution: null, purpose: 'public_report' }), [['content', 'node']]);
  assert.deepEqual(partsOf({ institution: null, purpose: 'self' }), []);
  assert.deepEqual(partsOf({ kind: 'alert' }), [], 'an alert is recalled by its record');
});

test('a record outside the days of the consent was not given, one of no period was', () => {
  assert.deepEqual(partsOf({}, { life: { businessDay: '2025-12-31', withheld: [] } }), []);
  assert.deepEqual(partsOf({}, { life: { businessDay: '2026-07-01', withheld: [] } }), []);
  assert.deepEqual(partsOf({}, { life: { businessDay: '2026-06-30', withheld: [] } }), [['content', 'bank']]);
  assert.deepEqual(partsOf({}, { life: { businessDay: null, withheld: [] } }), [['content', 'bank']]);
});

test('what left under a mark did not hold the record; before the mark and after it did', () => {
  const withheld = [{ from: AT, to: new Date('2026-10-21T00:00:00Z') }];
  const life = { businessDay: null, withheld };
  assert.deepEqual(partsOf({}, { life }), []);
  assert.equal(partsOf({ at: new Date(AT.getTime() - 1) }, { life }).length, 1);
  assert.equal(partsOf({ at: new Date('2026-10-21T00:00:00Z') }, { life }).length, 1);
  assert.deepEqual(partsOf({}, { life: { businessDay: null, withheld: [{ from: AT, to: null }] } }), []);
});

test('of a repair and of what has run out only those hear who had the record', () => {
  for (const cause of ['repair', 'retention'] as const) {
    assert.equal(partsOf({}, { cause }).length, 1);
    assert.deepEqual(partsOf({ kind: 'score' }, { cause }), []);
    assert.deepEqual(partsOf({ kind: 'verification', fields: [] }, { cause }), []);
  }
});

test('a notice about something derived names neither record nor contract nor cause', () => {
  const [decided] = decideRecalls([{ ...answer, kind: 'score' }], question);
  assert(decided !== undefined);
  const facts = {
    recallId: 'rcl_1',
    contract: 'n08_penalty',
    recordId: 'dlv_1:4',
    cause: 'objection',
  } as const;
  const notice = noticeOf({ ...facts, decided, at: AT, dueOn: '2026-10-23' });
  assert.doesNotMatch(JSON.stringify(notice), /penalty|dlv_1|objection/);
  assert.deepEqual(
    [notice.demand, notice.decidedOn, notice.cause],
    ['ask_again', '2026-10-20', 'recomputed'],
  );
});

test('months go back to the same day, or the last of a shorter month', () => {
  assert.equal(monthsBefore(AT, 24).toISOString(), '2024-10-19T16:00:00.000Z');
  assert.equal(monthsBefore(new Date('2026-03-31T04:00:00Z'), 1).toISOString(), '2026-02-27T16:00:00.000Z');
  assert.equal(monthsBefore(new Date('2026-01-15T04:00:00Z'), 1).toISOString(), '2025-12-14T16:00:00.000Z');
});

test('the tree of notices is that of RFC 6962, and every notice is proved in it', () => {
  for (const size of [1, 2, 3, 7, 8, 13]) {
    const notices = Array.from({ length: size }, (_, n) => `notice ${n}`);
    const tree = new MerkleTree();
    for (const notice of notices) tree.add(Buffer.from(notice));
    const hashes = notices.map(hashNotice);
    const root = rootOf(hashes);
    assert.equal(root.toString('hex'), tree.root());
    for (const [n, notice] of notices.entries()) {
      assert(verifyInclusion(hashLeaf(Buffer.from(notice)), proveNotice(hashes, n), root));
    }
  }
});

test('the rules of the package name contracts and fields that there are', () => {
  const catalogue = loadCatalogue([join(ROOT, 'lists')]);
  requireFitting(terms, catalogue);
  const wrong = { ...terms, deliveries: { n08_penalty: ['no_such'], n99_none: [] } };
  assert.throws(() => requireFitting(wrong, catalogue), /n08_penalty.no_such.*n99_none/);
});
