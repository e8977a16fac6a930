import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ConsentContext, grantConsent, loadFairUse, requestConsent, requireRequest } from '#consent';
import {
  gradeHistoryReader,
  gradeReader,
  type Portrait,
  type PortraitContext,
  readPortrait,
  refreshPeers,
} from '#evaluation';
import { beijingDate, inTransaction, type Refusal, type Tx } from '#kernel';
import { proveAdmission, systemCaller } from '#platform';
import { decide, decidePopulation, listAccesses, listRefusedAttempts, loadStatisticsFloors } from '#security';
import { BANK, dayFrom, OTHER_BANK } from './consent-setting.ts';
import { addDelivery, addRecords } from './indicators-setting.ts';
import { DATA_ADMIN, openWhitelistSetting } from './whitelists-setting.ts';

const setting = await openWhitelistSetting({ after });
const { clock, ids, people, codeOf, contract } = setting;
const { gradings, ...parts } = setting.context;
const context: PortraitContext = {
  ...parts,
  readGradeHistory: gradeHistoryReader(gradings),
  peersFloor: loadStatisticsFloors([join(import.meta.dirname, '../../models')]).of('portrait_peers'),
};
const { database, keys, policies } = context;
const within = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => inTransaction(database, work);
const person = (place: number) => people[place] ?? assert.fail();
const idOf = (place: number) => ids[place] ?? assert.fail();

const SECRET = '110101199003078515';
const FUND = '91110108MA01FUND00';

/** The first two have a fund and a person in common; the third has one name of the first alone. */
await within(async (tx) => {
  const shareholders = contract('n03_shareholders');
  const knownFrom = new Date('2025-01-02T10:00:00Z');
  const deliveryNo = await addDelivery(tx, shareholders, knownFrom);
  const held = (place: number, rowNo: number, values: object) => ({
    enterpriseId: idOf(place),
    deliveryNo,
    rowNo,
    knownFrom,
    values: { shareholder_kind: 'natural_person', ...values },
  });
  const wang = { shareholder_name: '王小明', shareholder_cert_no: SECRET };
  const fund = { shareholder_name: '某产业基金', shareholder_uscc: FUND };
  const shared = [0, 1].flatMap((place) => [
    held(place, place * 10 + 1, wang),
    held(place, place * 10 + 2, fund),
  ]);
  await addRecords(tx, shareholders, [...shared, held(2, 21, wang)]);
});

const self = (place: number, months = 6): Promise<Portrait> =>
  readPortrait(context, { caller: person(place), code: codeOf(place), months });
const codeOfRefusal = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: Refusal) => error.code,
  );
const find = ({ indicators }: Portrait, id: string) =>
  indicators.find((one) => one.id === id) ?? assert.fail(id);

test('an enterprise sees its indicators over months, each with what was known then', async () => {
  const portrait = await self(0, 8);
  const abnormal = find(portrait, 'abnormal_listed_now').values;
  assert.equal(abnormal.length, 9);
  const by = Object.fromEntries(abnormal.map(({ asOf, value }) => [asOf.slice(0, 7), value]));
  assert.deepEqual([by['2026-04'], by['2026-05'], by['2026-07'], by['2026-08']], [0, 1, 1, 0]);
  const ages = find(portrait, 'age_days').values.map(({ value }) => value ?? 0);
  assert.deepEqual(
    ages,
    ages.toSorted((a, b) => a - b),
  );
  assert.equal(portrait.enterprise.industry, 'I');
});

test('peers are figures of ten enterprises at least, and a group below that has none', async () => {
  const done = await refreshPeers(context, { caller: systemCaller('portrait') });
  assert.equal(done.enterprises, 12);
  const penalties = find(await self(10), 'penalty_count_24m');
  assert.equal(penalties.values.at(-1)?.value, 1);
  assert.deepEqual(penalties.peers, {
    enterprises: 12,
    percentile: 100,
    lowerQuartile: 0,
    median: 0,
    upperQuartile: 0,
  });
  assert.equal(find(await self(0), 'penalty_count_24m').peers?.percentile, 50);
  await within((tx) =>
    tx.rows(`update lists.enterprises set size_class = 'micro' where enterprise_id > $1`, [idOf(8)]),
  );
  await refreshPeers(context, { caller: systemCaller('portrait') });
  assert.equal(find(await self(0), 'penalty_count_24m').peers, null);
});

test('relations need more than one name, and neither names nor identifiers of persons are in them', async () => {
  const portrait = await self(0);
  assert.deepEqual(portrait.relations, {
    shown: [{ code: codeOf(1), name: '企业1', sharedShareholders: 1, sharedPersons: 1 }],
    total: 1,
  });
  assert.doesNotMatch(JSON.stringify(portrait), new RegExp(`${SECRET}|王小明|代表[0-9]|${FUND}`));
  assert.deepEqual((await self(2)).relations, { shown: [], total: 0 });
});

test('a portrait is a disclosure with a leaf, and nobody reads another enterprise’s', async () => {
  const { disclosureId, receipt } = await self(3);
  assert.equal(receipt.kind, 'report');
  const stranger = readPortrait(context, { caller: person(4), code: codeOf(3), months: 1 });
  assert.equal(await codeOfRefusal(stranger), 'policy.own_record_only');
  await within(async (tx) => {
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, policies, {
      caller: person(3),
      purpose: 'self',
      subject: idOf(3),
      contracts: [],
      asOf,
    });
    assert.equal((await listAccesses(tx, permit))[0]?.id, disclosureId);
    const [refused] = await listRefusedAttempts(tx, permit, { limit: 5 });
    assert.equal(refused?.operation, 'portrait');
  });
  const byNode = await readPortrait(context, { caller: DATA_ADMIN, code: codeOf(3), months: 0 });
  assert.equal(byNode.purpose, 'evaluation');
});

test('an institution reads it under a consent, each time one use, and without one not at all', async () => {
  const ROOT = join(import.meta.dirname, '..', '..');
  const consents: ConsentContext = {
    database,
    clock,
    keys,
    policies,
    catalogue: setting.context.catalogue,
    fairUse: loadFairUse([join(ROOT, 'models', 'fair-use')]),
    publicUrl: 'https://node.test',
    scansFolder: ROOT,
  };
  const request = requireRequest({
    enterprise: codeOf(0),
    purpose: 'loan_origination',
    contracts: [{ id: 'n01_registration' }, { id: 'n14_tax_declaration' }],
    fetch: 'periodic',
    frequency: { count: 1, unit: 'month' },
    dataFrom: dayFrom(clock, -300),
    validTo: dayFrom(clock, 60),
    dataLife: { count: 6, unit: 'month' },
  });
  const consentId = await within(async (tx) => {
    const admission = await proveAdmission(tx, clock, BANK, { operator: 'op-1' });
    const asked = await requestConsent(tx, consents, { admission, caller: BANK, request });
    await grantConsent(tx, consents, { caller: person(0), consent: asked.consentId, digest: asked.digest });
    return asked.consentId;
  });
  const use = { consentId, purpose: 'loan_origination', application: 'LN-1', operator: '柜员 7' } as const;
  const ask = (caller = BANK) => readPortrait(context, { caller, code: codeOf(0), months: 3, use });
  const portrait = await ask();
  assert.equal(portrait.receipt.kind, 'answer');
  assert.equal(find(portrait, 'penalty_count_24m').values.length, 4);
  assert.equal(
    portrait.grades.every(({ score }) => score === null),
    true,
  );
  assert.doesNotMatch(JSON.stringify(portrait), new RegExp(`${SECRET}|王小明|代表[0-9]`));
  assert.equal(await codeOfRefusal(ask()), 'consent.too_often');
  assert.equal(await codeOfRefusal(ask(OTHER_BANK)), 'policy.consent_missing');
});

test('a grade under notice is not others’ to read, and the enterprise reads it with its points', async () => {
  const grading = gradings.get('grades-public-credit') ?? assert.fail();
  const today = beijingDate(clock.now());
  await within(async (tx) => {
    for (const [day, grade, shown, until] of [
      ['2026-10-01', 1, 1, null],
      [today, 6, 1, dayFrom(clock, 5)],
    ] as const) {
      const [run] = await tx.rows<{ run_no: string }>(
        `insert into evaluation.runs (run_id, kind, role, state, model_hash, system_hash, grading_hash, indicators_hash,
           policy_hash, as_of, known_at, baseline, baseline_run, sample_every, started_by, started_at, finished_at)
         values ('run_' || $1, 'full', 'champion', 'finished', 'm', 's', $2, 'i', 'p', $1::date, now(), '{}', 'none', 1, 'test',
           now() - interval '1 hour', now() - interval '1 hour') returning run_no`,
        [day, grading.hash],
      );
      await tx.rows(
        `insert into evaluation.scores (enterprise_id, run_no, score, ceilings, state, grade, shown_grade, noticed_until, bins,
           reasons) values ($1, $2, 50000, 0, 0, $3, $4, $5, '{}', '{}')`,
        [idOf(5), run?.run_no, grade, shown, until],
      );
    }
  });
  const names = grading.grades.map(({ grade }) => grade);
  assert.deepEqual((await self(5, 0)).grades, [
    { asOf: '2026-10-01', grade: names[1], score: 50_000 },
    { asOf: today, grade: names[6], score: 50_000 },
  ]);
  const node = await readPortrait(context, { caller: DATA_ADMIN, code: codeOf(5), months: 0 });
  assert.deepEqual(node.grades.at(-1), { asOf: today, grade: names[1], score: null });
  const read = await within(async (tx) => {
    const permit = decidePopulation(tx, policies, {
      caller: systemCaller('test'),
      purpose: 'evaluation',
      population: { kind: 'all' },
      contracts: [contract('n01_registration')],
      asOf: { knownAt: clock.now() },
      runId: 'run_test',
    });
    return await gradeReader(gradings)(tx, permit, ids);
  });
  assert.deepEqual([...read], [[idOf(5), names[1]]]);
});
