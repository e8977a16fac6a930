import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { issueReport } from '#information';
import { endOfBeijingDate, inTransaction } from '#kernel';
import { readDatasets, readKnownAt } from '#lists';
import {
  annulBreach,
  confirmAtWindow,
  confirmItem,
  type Conflict,
  enterAtWindow,
  type Filed,
  fileItem,
  followItems,
  type Form,
  type Item,
  listItems,
  type Pledge,
  type PledgeTemplate,
  recordBreach,
  recoverFilings,
  withdrawItem,
} from '#rights';
import { decide } from '#security';
import { callerOf, PLATFORM } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import {
  AUDITOR,
  BOSS,
  CERTIFICATE,
  CODE,
  codeOf,
  CREDIT_CHINA,
  deliver,
  issuerOf,
  NAME,
  openVoluntarySetting,
  type Refused,
} from './voluntary-setting.ts';

const setting = await openVoluntarySetting(endingOf(after));
const { node, context, clock, boss, enterpriseId, call } = setting;
const OFFICER = callerOf({ id: 'acc_1', kind: 'operator', roles: ['data_admin'] });
const OTHER_OFFICER = callerOf({ id: 'acc_2', kind: 'operator', roles: ['data_admin'] });
const ITEM = 'v09_qualifications';
const within = <Result>(work: Parameters<typeof inTransaction<Result>>[1]) =>
  inTransaction(node.database, work);
const file = (values: Record<string, string>, contract = ITEM) =>
  call<Filed & Refused>('POST', '/items', { contract, values });
const items = async (): Promise<Item[]> => (await call<{ items: Item[] }>('GET', '/items')).body.items;

/** What an institution could be told: public fields, as anyone reads them. */
async function readPublic(): Promise<(string | null | undefined)[]> {
  const caller = callerOf({ id: 'acc_reader', kind: 'reader' });
  const contract = context.catalogue.contracts.get(ITEM);
  assert(contract !== undefined);
  return await within(async (tx) => {
    const knownAt = await readKnownAt(tx, [ITEM]);
    const asked = { caller, purpose: 'public_report', subject: enterpriseId, contracts: [contract] } as const;
    const permit = decide(tx, node.policies, { ...asked, asOf: { knownAt } });
    const [answer] = await readDatasets(tx, permit, { contracts: [contract], limit: 10 });
    return (answer?.records ?? []).map(({ values }) => values.certificate_name);
  });
}

describe('taking part', () => {
  test('nothing is filed before registration and pledge', async () => {
    assert.equal((await file(CERTIFICATE)).body.error.code, 'voluntary.not_registered');
  });

  test('the register says which fact differs, and the window is the way through with two persons', async () => {
    const given = { code: CODE, name: '北京乙科技有限公司', representative: BOSS };
    const { body } = await call<{ state: string; mismatched: string[] }>('POST', '/registration', given);
    assert.deepEqual([body.state, body.mismatched], ['mismatch', ['name']]);
    const documentDigest = 'a'.repeat(64);
    await within((tx) => enterAtWindow(tx, context, { caller: OFFICER, code: CODE, documentDigest }));
    const same = within((tx) => confirmAtWindow(tx, context, { caller: OFFICER, code: CODE }));
    assert.equal(await codeOf(same), 'policy.registration_two_persons');
    const done = await within((tx) => confirmAtWindow(tx, context, { caller: OTHER_OFFICER, code: CODE }));
    assert.equal(done.state, 'registered');
    assert.equal(
      (await call('POST', '/registration', { code: CODE, name: NAME, representative: BOSS })).status,
      409,
    );
    assert.equal((await file(CERTIFICATE)).body.error.code, 'voluntary.no_pledge');
  });

  test('the pledge is signed by hash, and a breach is entered by a decision alone and answered', async () => {
    assert.equal((await call('POST', '/pledges', { templateHash: '0'.repeat(64) })).status, 409);
    const { template } = (await call<{ template: PledgeTemplate }>('GET', '/pledges')).body;
    const { body: signed } = await call<Pledge>('POST', '/pledges', { templateHash: template.hash });
    assert.deepEqual([signed.state, signed.scope], ['in_force', ['truth', 'authorisation', 'liability']]);
    const { pledgeId } = signed;
    const decision = {
      code: CODE,
      pledgeId,
      authority: '',
      decisionNo: '京信认字〔2026〕1号',
      decidedOn: '2026-01-05',
    };
    const breach = (caller: typeof boss, authority: string) =>
      within((tx) => recordBreach(tx, context, { ...decision, authority, caller }));
    assert.equal(await codeOf(breach(OFFICER, '')), 'voluntary.decision_incomplete');
    assert.match(await codeOf(breach(boss, '某某委员会')), /not_permitted|policy/);
    assert.equal((await breach(OFFICER, '北京市发展改革委')).state, 'breached');
    const objected = await call<Pledge>('POST', `/pledges/${pledgeId}/objection`, {
      objection: '已提起行政复议',
    });
    assert.equal(objected.body.breach?.objection, '已提起行政复议');
    assert.equal((await file(CERTIFICATE)).body.error.code, 'voluntary.no_pledge');
    const annulled = await within((tx) =>
      annulBreach(tx, context, { caller: OFFICER, code: CODE, pledgeId }),
    );
    assert.equal(annulled.state, 'in_force');
  });
});

describe('forms', () => {
  test('every item an enterprise files says why, who sees it, how long and what it unlocks', async () => {
    const { forms } = (await call<{ forms: Form[] }>('GET', '/forms')).body;
    const contracts = new Set(forms.map(({ contract }) => contract));
    assert(contracts.has('v01_contact') && contracts.has('v22_invoices'));
    assert(!contracts.has('v05_bank_flow') && !contracts.has('v23_lender_record'), 'of others’ data no form');
    for (const form of forms)
      assert(form.whyNeeded && form.whatItUnlocks && form.validDays > 0 && form.fields.length > 3);
    const contact = forms.find(({ contract }) => contract === 'v01_contact');
    assert(
      !contact?.fields.some(({ name }) => name === 'contact_id_number'),
      'no secret value that nothing needs',
    );
  });
});

describe('an item', () => {
  test('is checked by the contract’s own row check before anything is kept', async () => {
    const wrong = { ...CERTIFICATE, certified_on: '2031-02-30', certificate_class: 'x' };
    const refused = await file(wrong);
    assert.equal(refused.body.error.code, 'voluntary.values_wrong');
    assert.match(refused.body.error.message.zh, /发证日期.*证书类别|证书类别.*发证日期/);
    const { defects } = (
      await call<{ defects: { field: string }[] }>('POST', '/items/check', { contract: ITEM, values: wrong })
    ).body;
    assert.deepEqual(defects.map(({ field }) => field).toSorted(), ['certificate_class', 'certified_on']);
    assert.equal((await file({ ...CERTIFICATE, other: 'x' })).body.error.code, 'voluntary.field_unknown');
    assert.deepEqual(await items(), []);
  });

  test('is kept by the one store, and filed again in another spelling is renewed and not doubled', async () => {
    const { body: first } = await file(CERTIFICATE);
    assert.equal(first.outcome, 'kept');
    assert.deepEqual(await readPublic(), [CERTIFICATE.certificate_name]);
    const { body: again } = await file({ ...CERTIFICATE, certified_on: '2025年5月6日' });
    assert.deepEqual(
      [again.outcome, again.itemId, again.filingId],
      ['renewed', first.itemId, first.filingId],
    );
    const { body: changed } = await file({ ...CERTIFICATE, certificate_name: '建筑业企业资质证书（副本）' });
    assert.deepEqual([changed.outcome, changed.itemId], ['kept', first.itemId]);
    assert.deepEqual(await readPublic(), ['建筑业企业资质证书（副本）']);
    await file(CERTIFICATE);
    assert.deepEqual(await readPublic(), [CERTIFICATE.certificate_name], 'back to what it said first');
  });

  test('is proved at the source and by a third party, which sees nothing and may not try its luck', async () => {
    const [item] = await items();
    assert(item !== undefined);
    assert.equal(item.level, 'L0', 'not what the contract wishes for');
    const check = () => call<{ result: string; level: string }>('POST', `/items/${item.itemId}/source-check`);
    assert.deepEqual((await check()).body, { result: 'no_match', level: 'L0' });
    await deliver(node, 'n28_qualification', {
      统一社会信用代码: CODE,
      企业名称: NAME,
      qualification_no: CERTIFICATE.certificate_no,
      qualification_name: '建筑业企业资质',
      qualification_issued_on: '2025-05-06',
      qualification_until: CERTIFICATE.certified_until,
    });
    assert.deepEqual((await check()).body, { result: 'match', level: 'L3' });
    const report = await issueReport(issuerOf(node), { caller: boss, code: CODE, purpose: 'self' });
    const section = report.payload.details
      .flatMap(({ datasets }) => datasets)
      .find(({ contract }) => contract === ITEM);
    assert.deepEqual(section?.records[0]?.marks, [{ mark: 'evidence_L3', text: '证据 L3 权威源核验' }]);
    assert.equal(section?.evidenceLevel, 'L3');
    const values = { certificate_no: CERTIFICATE.certificate_no, certifier: CERTIFICATE.certifier };
    const confirm = (over: Record<string, string> = {}) =>
      within((tx) =>
        confirmItem(tx, context, {
          caller: AUDITOR,
          code: CODE,
          contractId: ITEM,
          values: { ...values, ...over },
        }),
      );
    assert.equal(await codeOf(confirm()), 'voluntary.not_opened');
    await call('POST', '/openings', { kind: 'confirm', party: 'other-bank', validTo: dayIn(30) });
    assert.equal((await confirm()).result, 'match');
    for (let miss = 0; miss < 5; miss += 1)
      assert.equal((await confirm({ certifier: `猜测${miss}` })).result, 'cannot_confirm');
    assert.equal(await codeOf(confirm()), 'voluntary.too_many_misses');
    await file({ ...CERTIFICATE, certificate_name: '建筑业企业资质证书（副本）' });
    assert.equal((await items())[0]?.level, 'L0', 'other words are not proved');
    await file(CERTIFICATE);
    assert.equal((await items())[0]?.level, 'L3', 'the same words again are what was proved');
  });

  test('of two entrances stands by precedence, and the enterprise settles what differs', async () => {
    const values = { ...CERTIFICATE, certificate_level: '二级' };
    const through = (caller: typeof boss) =>
      fileItem(context, { caller, code: CODE, contractId: ITEM, values });
    assert.equal(await codeOf(through(PLATFORM)), 'voluntary.not_opened');
    await call('POST', '/openings', { kind: 'file', party: 'platform', validTo: dayIn(30) });
    await call('POST', '/openings', { kind: 'file', party: '信用中国（北京）', validTo: dayIn(30) });
    const filed = await through(PLATFORM);
    assert.equal(filed.outcome, 'beside', 'the portal goes first');
    assert.deepEqual(await readPublic(), [CERTIFICATE.certificate_name]);
    assert.equal(await codeOf(through(CREDIT_CHINA)), 'voluntary.in_conflict');
    const { conflicts } = (await call<{ conflicts: Conflict[] }>('GET', '/conflicts')).body;
    assert.deepEqual(
      conflicts.map(({ standing, other }) => [
        standing.entrance,
        other.entrance,
        other.values.certificate_level,
      ]),
      [['portal', 'platform', '二级']],
    );
    await call('POST', `/conflicts/${filed.conflictId}/settle`, { chosen: filed.filingId });
    const [item] = await items();
    assert.deepEqual(
      [item?.values.certificate_level, item?.level],
      ['二级', 'L0'],
      'what proved the other proves it no more',
    );
    assert.equal(
      (await through(CREDIT_CHINA)).outcome,
      'renewed',
      'the same from a third entrance is one item',
    );
    assert.deepEqual(
      (await items()).map(({ entrances }) => entrances),
      [['platform', 'credit_china']],
    );
  });

  test('runs out after its days: reminded once, then withheld from all but its enterprise until filed again', async () => {
    const [item] = await items();
    assert(item !== undefined);
    clock.advance(endOfBeijingDate(item.validTo).getTime() - clock.now().getTime() - 5 * 86_400_000);
    assert.deepEqual(await followItems(context), { reminded: 1, ended: 0 });
    assert.deepEqual(await followItems(context), { reminded: 0, ended: 0 });
    assert.equal((await signedInAgain())[0]?.isEnding, true);
    clock.advance(6 * 86_400_000);
    assert.deepEqual(await followItems(context), { reminded: 0, ended: 1 });
    assert.deepEqual(await readPublic(), []);
    assert.equal((await signedInAgain())[0]?.isStale, true);
    const own = await issueReport(issuerOf(node), { caller: boss, code: CODE, purpose: 'self' });
    const section = own.payload.details
      .flatMap(({ datasets }) => datasets)
      .find(({ contract }) => contract === ITEM);
    assert.deepEqual(
      section?.records[0]?.marks.map(({ mark }) => mark),
      ['evidence_L0', 'stale'],
      'by its own word, not as withheld',
    );
    await fileItem(context, {
      caller: boss,
      contractId: ITEM,
      values: { ...CERTIFICATE, certificate_level: '二级' },
    });
    assert.deepEqual(await readPublic(), [CERTIFICATE.certificate_name]);
  });

  test('is withdrawn at any time and in no answer from the next call on; a crash in between is made good', async () => {
    const [item] = await signedInAgain();
    assert(item !== undefined);
    await withdrawItem(context, { caller: boss, itemId: item.itemId });
    assert.deepEqual(await readPublic(), []);
    assert.equal(
      await codeOf(withdrawItem(context, { caller: boss, itemId: item.itemId })),
      'voluntary.item_unknown',
    );
    const lost = { ...context, lists: { ...context.lists, deliveriesFolder: '/dev/null/none' } };
    const values = { ...CERTIFICATE, certificate_level: '一级' };
    await assert.rejects(fileItem(lost, { caller: boss, contractId: ITEM, values }));
    assert.equal(
      await codeOf(fileItem(context, { caller: boss, contractId: ITEM, values })),
      'voluntary.under_way',
    );
    clock.advance(120_000);
    assert.equal(await recoverFilings(context), 1);
    assert.equal(await recoverFilings(context), 0);
    assert.deepEqual(await readPublic(), [CERTIFICATE.certificate_name]);
  });
});

/** The session of HTTP is over by then; the same list, asked for by the same person. */
async function signedInAgain(): Promise<Item[]> {
  return (await within((tx) => listItems(tx, context, boss))).items;
}

function dayIn(days: number): string {
  return new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
