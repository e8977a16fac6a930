import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { canonicalJson, type Clock, inTransaction, Refusal, toEnterpriseId } from '#kernel';
import { MerkleTree } from '#lists';
import {
  acceptConflict,
  countLoans,
  listConflicts,
  listOutcomesOf,
  listReported,
  readBatch,
} from '#outcomes';
import { decide, readDisclosureParty } from '#security';
import {
  admissionOf,
  callerOf,
  disclose,
  loanItem,
  openSetting,
  report,
  type Setting,
} from './outcomes-setting.ts';

let now = Date.parse('2026-10-08T02:00:00Z');
/** A minute later at every look. */
const clock: Clock = { now: () => new Date((now += 60_000)) };
const setting: Setting = await openSetting({ after }, clock);
const { database, context } = setting;

let subjects = 2_000;
const newSubject = () => toEnterpriseId((subjects += 1));
const through = (platform: string) => ({
  admission: admissionOf({ platformId: platform, platformState: 'admitted' }),
  caller: callerOf({
    id: `client:${platform}`,
    kind: 'platform',
    roles: ['machine'],
    participantId: platform,
  }),
});
const passed = (facts: { subject: ReturnType<typeof newSubject>; institution?: string; platform?: string }) =>
  disclose({ database, ...context }, facts);
const read = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) => inTransaction(database, work);
const codes = (result: Awaited<ReturnType<typeof report>>) =>
  result.results.map(({ faults }) => faults.map(({ field, code }) => `${field} ${code}`));
const refusedWith = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code;

test('a disclosure says between whom it passed, and one that does not exist is not there', async () => {
  const subject = newSubject();
  const id = await passed({ subject, platform: 'platform-x' });
  const parties = await read((tx) => readDisclosureParty(tx, [id, 'dsc_unknown']));
  assert.deepEqual([...parties.keys()], [id]);
  const { at, ...party } = parties.get(id) ?? assert.fail();
  assert.deepEqual(party, {
    enterpriseId: subject,
    institution: 'bank-a',
    branch: null,
    platform: 'platform-x',
    kind: 'report',
    callerId: 'acc_1',
  });
  assert(at instanceof Date);
});

test('the same report again changes nothing, and a later state is a new version beside the old one', async () => {
  const id = await passed({ subject: newSubject() });
  const first = await report(setting, [loanItem(id)]);
  assert.deepEqual(
    first.results.map(({ fate, facts }) => [fate, facts.map(({ kind }) => kind).join()]),
    [['new', 'use,application,loan,balance']],
  );
  const again = await report(setting, [loanItem(id)]);
  assert.deepEqual([again.counts.items, again.counts.unchanged], [1, 1]);
  const item = loanItem(id);
  const repriced = await report(setting, [
    { ...item, loan: { ...(item.loan ?? assert.fail()), annualRateBp: 310 } },
  ]);
  assert.equal(repriced.results[0]?.fate, 'changed');
  const { rows } = await database.pool.query<{ annual_rate_bp: number; is_live: boolean }>(
    `select annual_rate_bp, known_to = 'infinity' as is_live from outcomes.loans where disclosure_id = $1 order by known_from`,
    [id],
  );
  assert.deepEqual(rows, [
    { annual_rate_bp: 345, is_live: false },
    { annual_rate_bp: 310, is_live: true },
  ]);
});

test('an application goes from pending to decided; another decision or amount must be said to be a correction', async () => {
  const id = await passed({ subject: newSubject() });
  const { loan: _loan, balance: _balance, ...bare } = loanItem(id);
  const pending = { ...bare, decision: { result: 'pending', reasons: [] } } as const;
  const declined = {
    ...bare,
    decision: { result: 'declined', reasons: ['debt_level', 'other'], decidedOn: '2026-09-11' },
  } as const;
  assert.equal((await report(setting, [pending])).results[0]?.fate, 'new');
  assert.equal((await report(setting, [declined])).results[0]?.fate, 'changed');
  const contradicting = await report(setting, [bare]);
  assert.deepEqual(codes(contradicting), [['decision.result correction_not_stated']]);
  const corrected = await report(setting, [{ ...bare, isCorrection: true }]);
  assert.equal(corrected.results[0]?.fate, 'corrected');
  const { rows } = await database.pool.query<{ decision: string; is_correction: boolean }>(
    'select decision, is_correction from outcomes.applications where disclosure_id = $1 order by known_from',
    [id],
  );
  assert.deepEqual(rows, [
    { decision: 'pending', is_correction: false },
    { decision: 'declined', is_correction: false },
    { decision: 'approved', is_correction: true },
  ]);
});

test('a month that was reported is corrected only when it says so; the next month is new', async () => {
  const id = await passed({ subject: newSubject() });
  const item = loanItem(id);
  const balance = item.balance ?? assert.fail();
  await report(setting, [item]);
  const other = { disclosureId: id, used: true, balance: { ...balance, balanceFen: 1 } };
  assert.deepEqual(codes(await report(setting, [other])), [['balance.balanceFen correction_not_stated']]);
  assert.equal((await report(setting, [{ ...other, isCorrection: true }])).results[0]?.fate, 'corrected');
  const next = {
    disclosureId: id,
    used: true,
    balance: { ...balance, month: '2026-10', balanceFen: 0, settledOn: '2026-10-05' },
  };
  assert.equal((await report(setting, [next])).results[0]?.fate, 'new');
});

test('one refused item does not lose the others, and is kept with everything that is wrong with it', async () => {
  const id = await passed({ subject: newSubject() });
  const item = loanItem(id);
  const wrong = {
    ...item,
    loan: {
      ...(item.loan ?? assert.fail()),
      id: 'L-2',
      amountFen: 0,
      annualRateBp: 3_601,
      disbursedOn: '2026-09-09',
    },
    balance: { loanId: 'L-9', month: '2026-09', balanceFen: 0, overdue: 'd31_60', isBad: false },
  } as const;
  const result = await report(setting, [item, wrong, loanItem('dsc_00000000000000000000000000')]);
  assert.deepEqual(codes(result), [
    [],
    [
      'loan.amountFen amount_wrong',
      'loan.annualRateBp rate_wrong',
      'loan.disbursedOn loan_before_decision',
      'balance.overdue overdue_without_balance',
      'balance.loanId loan_unknown',
    ],
    ['disclosureId disclosure_unknown'],
  ]);
  for (const fault of result.results.flatMap(({ faults }) => faults)) {
    assert.match(fault.message.zh, /\p{Script=Han}/u);
    assert(fault.row === 2 || fault.row === 3);
  }
  const { counts } = result;
  assert.deepEqual([counts.items, counts.new, counts.refused], [3, 1, 2]);
  const kept = await read((tx) => readBatch(tx, { batchId: result.batchId, institutionId: 'bank-a' }));
  assert.deepEqual(
    kept.refused.map(({ row, raw }) => [row, raw]),
    [
      [2, wrong],
      [3, loanItem('dsc_00000000000000000000000000')],
    ],
  );
  await assert.rejects(
    read((tx) => readBatch(tx, { batchId: result.batchId, institutionId: 'bank-b' })),
    refusedWith('outcomes.batch_unknown'),
  );
});

test('a batch that contradicts itself has its second word refused; the same word twice is one', async () => {
  const id = await passed({ subject: newSubject() });
  const item = loanItem(id);
  const other = { ...item, loan: { ...(item.loan ?? assert.fail()), annualRateBp: 400 } };
  const result = await report(setting, [item, item, other]);
  assert.deepEqual(
    result.results.map(({ fate }) => fate),
    ['new', 'unchanged', 'refused'],
  );
  assert.deepEqual(codes(result)[2], ['loan twice_in_batch']);
});

test('a disclosure of another institution or another platform is unknown to the reporter', async () => {
  const subject = newSubject();
  const others = await passed({ subject, institution: 'bank-b' });
  const viaX = await passed({ subject, platform: 'platform-x' });
  assert.deepEqual(codes(await report(setting, [loanItem(others)])), [['disclosureId disclosure_unknown']]);
  assert.deepEqual(codes(await report(setting, [loanItem(viaX)], through('platform-y'))), [
    ['disclosureId disclosure_unknown'],
  ]);
  assert.equal((await report(setting, [loanItem(viaX)])).results[0]?.fate, 'new');
});

test('one loan reported by two platforms is one loan with two reports', async () => {
  const before = await read((tx) => countLoans(tx, { institutionId: 'bank-a' }));
  const subject = newSubject();
  const [viaX, viaY] = [
    await passed({ subject, platform: 'platform-x' }),
    await passed({ subject, platform: 'platform-y' }),
  ];
  assert.equal((await report(setting, [loanItem(viaX)], through('platform-x'))).results[0]?.fate, 'new');
  // Platforms number applications in their own way; the loan is the bank's.
  const item = loanItem(viaY);
  const renumbered = { ...item, application: { ...(item.application ?? assert.fail()), id: 'Y-77' } };
  const second = await report(setting, [renumbered], through('platform-y'));
  assert.deepEqual(second.results[0]?.facts, [
    { kind: 'use', fate: 'new' },
    { kind: 'application', fate: 'new' },
    { kind: 'loan', fate: 'confirmed' },
    { kind: 'balance', fate: 'confirmed' },
  ]);
  const counted = await read((tx) => countLoans(tx, { institutionId: 'bank-a' }));
  assert.deepEqual(
    [counted.loans - before.loans, counted.reports - before.reports, counted.inConflict - before.inConflict],
    [1, 2, 0],
  );
  assert.equal(BigInt(counted.amountFen) - BigInt(before.amountFen), 40_000_000n);
  const ofY = await read((tx) =>
    listReported(tx, { institutionId: 'bank-a', channel: 'platform-y', kind: 'loan', limit: 10 }),
  );
  assert.deepEqual(
    ofY.map(({ channel, isStanding, values }) => [
      channel,
      isStanding,
      values['applicationNo'],
      values['amountFen'],
    ]),
    [['platform-y', false, 'Y-77', 40_000_000]],
  );
});

test('a loan number typed in other widths is the same loan', async () => {
  const id = await passed({ subject: newSubject() });
  const item = loanItem(id);
  const typed = (number: string) => ({
    ...item,
    loan: { ...(item.loan ?? assert.fail()), id: number },
    balance: { ...(item.balance ?? assert.fail()), loanId: number },
  });
  assert.equal((await report(setting, [typed('（2026）贷 第００１号')])).results[0]?.fate, 'new');
  assert.equal((await report(setting, [typed('(2026)贷第001号')])).results[0]?.fate, 'unchanged');
});

test('two platforms that report one loan at the same instant find each other', async () => {
  const subject = newSubject();
  const [viaX, viaY] = [
    await passed({ subject, platform: 'platform-x' }),
    await passed({ subject, platform: 'platform-y' }),
  ];
  const results = await Promise.all([
    report(setting, [loanItem(viaX)], through('platform-x')),
    report(setting, [loanItem(viaY)], through('platform-y')),
  ]);
  assert.deepEqual(
    results.flatMap(({ results: items }) => items.flatMap(({ facts }) => facts[2]?.fate ?? '')).sort(),
    ['confirmed', 'new'],
  );
});

test('contradicting reports are both kept, wait for a person, and count as the accepted one says', async () => {
  const subject = newSubject();
  const institution = { admission: admissionOf({ institutionId: 'bank-c' }) };
  const bankC = (platform: string) => ({
    ...through(platform),
    admission: admissionOf({ institutionId: 'bank-c', platformId: platform, platformState: 'admitted' }),
  });
  const direct = await passed({ subject, institution: 'bank-c' });
  const viaX = await passed({ subject, institution: 'bank-c', platform: 'platform-x' });
  const { balance: _balance, ...item } = loanItem(viaX);
  const more = { ...item, loan: { ...(item.loan ?? assert.fail()), amountFen: 450_000_00 } };
  await report(setting, [{ ...item, disclosureId: direct }], institution);
  const second = await report(setting, [more], bankC('platform-x'));
  assert.equal(second.results[0]?.fate, 'conflicting');
  assert.equal((await report(setting, [more], bankC('platform-x'))).results[0]?.fate, 'unchanged');

  const [conflict, ...rest] = await read((tx) => listConflicts(tx));
  assert(conflict !== undefined && rest.length === 0);
  assert.deepEqual(
    conflict.says
      .map(({ channel, isStanding, values }) => [channel, isStanding, values['amountFen']])
      .sort(([a], [b]) => String(a).localeCompare(String(b))),
    [
      ['direct', true, 40_000_000],
      ['platform-x', false, 45_000_000],
    ],
  );
  const count = () => read((tx) => countLoans(tx, { institutionId: 'bank-c' }));
  assert.deepEqual(
    await count().then(({ loans, reports, amountFen, inConflict }) => [
      loans,
      reports,
      amountFen,
      inConflict,
    ]),
    [1, 2, '40000000', 1],
  );

  const { conflictId } = conflict;
  const officer = callerOf({ id: 'acc_7', kind: 'operator', roles: ['data_admin'] });
  const accept = (channel: string, caller = officer) =>
    read((tx) => acceptConflict(tx, context, { conflictId, channel, caller }));
  await assert.rejects(accept('platform-x', callerOf({})), Refusal);
  await assert.rejects(accept('platform-z'), refusedWith('outcomes.channel_unknown'));
  await accept('platform-x');
  await assert.rejects(accept('direct'), refusedWith('outcomes.conflict_unknown'));
  assert.deepEqual(
    await count().then(({ loans, reports, amountFen, inConflict }) => [
      loans,
      reports,
      amountFen,
      inConflict,
    ]),
    [1, 2, '45000000', 0],
  );
  const { rows } = await database.pool.query<{ n: number }>(
    'select count(*)::integer as n from outcomes.loans where enterprise_id = $1',
    [subject],
  );
  assert.deepEqual(rows, [{ n: 4 }], 'what stood before the decision is kept');
  const leaf = await database.pool.query<{ body: string }>(
    `select body from security.leaf_bodies where body::jsonb ->> 'conflict' = $1`,
    [conflictId],
  );
  assert.equal(leaf.rows.length, 1);
});

test('a month on which channels differ is decided like anything else, and an accepted word is corrected by its channel', async () => {
  const subject = newSubject();
  const direct = await passed({ subject });
  const viaX = await passed({ subject, platform: 'platform-x' });
  const item = loanItem(direct);
  const less = {
    ...item,
    disclosureId: viaX,
    balance: { ...(item.balance ?? assert.fail()), balanceFen: 390_000_00 },
  };
  await report(setting, [item]);
  await report(setting, [less], through('platform-x'));
  const [conflict] = await read((tx) => listConflicts(tx));
  assert(conflict?.kind === 'balance');
  assert.deepEqual(conflict.key, { loanNo: '沪银贷字第001号', month: '2026-09-01' });
  const officer = callerOf({ id: 'acc_7', kind: 'operator', roles: ['data_admin'] });
  await read((tx) =>
    acceptConflict(tx, context, { conflictId: conflict.conflictId, channel: 'platform-x', caller: officer }),
  );
  const balance = { ...less.balance, balanceFen: 380_000_00 };
  const corrected = await report(setting, [{ ...less, balance, isCorrection: true }], through('platform-x'));
  assert.equal(corrected.results[0]?.fate, 'corrected');
  const { rows } = await database.pool.query<object>(
    `select channel, balance_fen::integer, is_standing from outcomes.balances
     where enterprise_id = $1 and known_to = 'infinity' order by channel`,
    [subject],
  );
  assert.deepEqual(rows, [
    { channel: 'direct', balance_fen: 400_000_00, is_standing: false },
    { channel: 'platform-x', balance_fen: 380_000_00, is_standing: true },
  ]);
});

test('a conflict is over when the channels come to say the same', async () => {
  const subject = newSubject();
  const direct = await passed({ subject });
  const viaX = await passed({ subject, platform: 'platform-x' });
  const { balance: _balance, ...item } = loanItem(direct);
  const other = { ...item, disclosureId: viaX, loan: { ...(item.loan ?? assert.fail()), annualRateBp: 500 } };
  await report(setting, [item]);
  await report(setting, [other], through('platform-x'));
  assert.equal((await read((tx) => listConflicts(tx))).length, 1);
  const putRight = { ...item, disclosureId: viaX, isCorrection: true };
  assert.equal((await report(setting, [putRight], through('platform-x'))).results[0]?.fate, 'corrected');
  assert.deepEqual(await read((tx) => listConflicts(tx)), []);
});

test('a batch is one leaf over its items, each with its fate', async () => {
  const id = await passed({ subject: newSubject() });
  const items = [loanItem(id), loanItem('dsc_00000000000000000000000000')];
  const result = await report(setting, items);
  const tree = new MerkleTree();
  for (const [at, fate] of ['new', 'refused'].entries())
    tree.add(Buffer.from(canonicalJson({ row: at + 1, item: items[at], fate })));
  assert.equal(result.merkleRoot, tree.root());
  assert.equal(result.receipt.kind, 'outcome_batch');
  const { rows } = await database.pool.query<{ body: string }>(
    'select body from security.leaf_bodies where receipt_id = $1',
    [result.receipt.id],
  );
  const body = JSON.parse(rows[0]?.body ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [body['batch'], body['merkleRoot'], body['institution']],
    [result.batchId, tree.root(), 'bank-a'],
  );
  assert.doesNotMatch(rows[0]?.body ?? '', /沪银贷字|40000000/);
});

test('who may report: a reporter of an institution that was ever admitted, a platform that it has signed with', async () => {
  const id = await passed({ subject: newSubject() });
  const items = [loanItem(id)];
  await assert.rejects(report(setting, items, { caller: callerOf({}) }), Refusal);
  await assert.rejects(
    report(setting, items, { admission: admissionOf({ institutionState: 'none' }) }),
    refusedWith('outcomes.not_admitted'),
  );
  for (const wrong of [
    { hasAgreement: false },
    { platformState: 'suspended' },
    { platformState: 'expired' },
  ] as const) {
    const admission = admissionOf({ platformId: 'platform-x', platformState: 'admitted', ...wrong });
    await assert.rejects(
      report(setting, items, { ...through('platform-x'), admission }),
      refusedWith('outcomes.not_through_platform'),
    );
  }
  await assert.rejects(report(setting, []), refusedWith('outcomes.no_items'));
  const suspended = { admission: admissionOf({ institutionState: 'suspended' }) };
  assert.equal((await report(setting, items, suspended)).results[0]?.fate, 'new');
});

test('an enterprise sees what was reported about it, and nobody else does by this way', async () => {
  const subject = newSubject();
  const id = await passed({ subject });
  await report(setting, [loanItem(id)]);
  const asked = { purpose: 'self', subject, contracts: [] } as const;
  const owner = callerOf({ kind: 'enterprise', enterpriseId: subject });
  const facts = await read((tx) => {
    const permit = decide(tx, context.policies, { ...asked, caller: owner, asOf: { knownAt: clock.now() } });
    return listOutcomesOf(tx, permit);
  });
  assert.deepEqual(
    facts.map(({ kind, institutionId }) => [kind, institutionId]),
    [
      ['use', 'bank-a'],
      ['application', 'bank-a'],
      ['loan', 'bank-a'],
      ['balance', 'bank-a'],
    ],
  );
  const operator = callerOf({ kind: 'operator', roles: ['audit_admin'] });
  await read(async (tx) => {
    const permit = decide(tx, context.policies, {
      ...asked,
      purpose: 'operate',
      caller: operator,
      asOf: { knownAt: clock.now() },
    });
    await assert.rejects(listOutcomesOf(tx, permit), refusedWith('outcomes.self_only'));
  });
});
