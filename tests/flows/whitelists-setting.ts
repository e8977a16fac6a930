import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnterpriseId, inTransaction, openKeyStore, type Tx } from '#kernel';
import { type Contract } from '#lists';
import {
  factsOf,
  gradeReader,
  loadIndexSystems,
  loadWhitelists,
  type RuleSetDefinition,
  type WhitelistsContext,
} from '#evaluation';
import type { Caller } from '#security';
import { openRuleSet } from '../../src/evaluation/whitelists/definition/load-whitelists.ts';
import type { Cleanup } from '../support/database.ts';
import { addEnterprise as addNamed, addParticipants, callerOf } from './consent-setting.ts';
import { openTestClock, type TestClock } from './http-node.ts';
import { addDelivery, addRecords, openIndicators } from './indicators-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const DATA_ADMIN = callerOf({ id: 'acc_first', kind: 'operator', roles: ['data_admin'] });
export const SECOND_ADMIN = callerOf({ id: 'acc_second', kind: 'operator', roles: ['data_admin'] });
export const LIST = 'quiet_trade';

const words = (zh: string) => ({ zh, en: 'words of a test' });

/** No penalty in 24 months, a year old, not on the abnormal list; the first bank is given one district alone. */
export const RULES: RuleSetDefinition = {
  id: LIST,
  version: '1.0.0',
  name: words('守法经营名单'),
  purpose: words('供检验使用'),
  source: 'proposal',
  basis: ['proposal'],
  audience: { kind: 'admitted', types: ['bank'] },
  slices: [{ institution: 'bank', districts: ['朝阳区'] }],
  rules: [
    { id: 'no_penalty', name: words('近24个月没有处罚'), when: { indicator: 'penalty_count_24m', eq: 0 } },
    { id: 'a_year_old', name: words('成立满一年'), when: { indicator: 'age_days', ge: 365 } },
  ],
  exclusions: [
    {
      id: 'abnormal',
      name: words('在经营异常名录'),
      basis: 'proposal',
      when: { indicator: 'abnormal_listed_now', ge: 1 },
    },
  ],
  validityDays: 100,
  reviewDays: 60,
  backTest: { horizonDays: 90, datesMin: 2, adverse: { indicator: 'abnormal_listed_now', ge: 1 } },
};

export type WhitelistSetting = {
  readonly context: WhitelistsContext;
  readonly clock: TestClock;
  readonly ids: readonly EnterpriseId[];
  /** Legal representatives, in the order of the enterprises. */
  readonly people: readonly Caller[];
  readonly codeOf: (at: number) => string;
  readonly contract: (id: string) => Contract;
};

const at = (day: string): Date => new Date(`${day}T10:00:00Z`);

/**
 * Twelve enterprises from 2015 in two districts, two banks. The eleventh is penalised in March 2026, the twelfth has been
 * abnormal since 2025, the first was for three months in 2026.
 */
export async function openWhitelistSetting(t: Cleanup): Promise<WhitelistSetting> {
  const { database, catalogue, policies, book } = await openIndicators(t);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-whitelists-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = openTestClock();
  const models = join(ROOT, 'models');
  const { gradings } = loadIndexSystems([join(models, 'index-systems')], factsOf(book));
  const known = { book, gradings };
  const files = loadWhitelists([models], known);
  const context: WhitelistsContext = {
    database,
    clock,
    keys: openKeyStore(folder),
    policies,
    catalogue,
    book,
    gradings,
    whitelists: new Map([...files, [LIST, openRuleSet(RULES, `${LIST}.yaml`, known)]]),
    readGrades: gradeReader(gradings),
  };
  const contract = (id: string): Contract => catalogue.contracts.get(id) ?? assert.fail(id);
  const people = await inTransaction(database, async (tx) => {
    await addParticipants(tx);
    return await addEnterprises(tx, contract);
  });
  const ids = people.map(({ enterpriseId }) => enterpriseId ?? assert.fail());
  return { context, clock, ids, people, codeOf, contract };
}

function codeOf(place: number): string {
  return `91110108MA01ABC${String(place).padStart(3, '0')}`;
}

async function addEnterprises(tx: Tx, contract: WhitelistSetting['contract']): Promise<Caller[]> {
  const people: Caller[] = [];
  for (let place = 0; place < 12; place += 1)
    people.push(await addNamed(tx, { code: codeOf(place), name: `企业${place}`, accountId: `acc_${place}` }));
  await tx.rows(`update lists.enterprises set made_at = '2020-01-01', size_class = 'small'`);
  const idOf = (place: number): string => people[place]?.enterpriseId ?? assert.fail();
  const registered = await addDelivery(tx, contract('n01_registration'), at('2025-01-02'));
  await addRecords(
    tx,
    contract('n01_registration'),
    people.map((_, place) => ({
      enterpriseId: idOf(place),
      deliveryNo: registered,
      rowNo: place,
      knownFrom: at('2025-01-02'),
      values: {
        established_on: '2015-05-01',
        domicile: '北京市',
        district: place % 2 === 0 ? '朝阳区' : '海淀区',
        industry_section: 'I',
        legal_representative: `代表${place}`,
      },
    })),
  );
  const listed = contract('n05_abnormal_list');
  const abnormal = await addDelivery(tx, listed, at('2025-03-01'));
  const values = { abnormal_reason: '1', abnormal_listed_on: '2025-02-01' };
  const later = { abnormal_reason: '1', abnormal_listed_on: '2026-05-10' };
  const of = { deliveryNo: abnormal };
  const toAugust = { knownFrom: at('2026-05-12'), knownTo: at('2026-08-05') };
  await addRecords(tx, listed, [
    { ...of, enterpriseId: idOf(11), rowNo: 1, knownFrom: at('2025-03-01'), values },
    { ...of, enterpriseId: idOf(0), rowNo: 2, ...toAugust, values: later },
    {
      ...of,
      enterpriseId: idOf(0),
      rowNo: 3,
      knownFrom: at('2026-08-05'),
      values: { ...later, abnormal_removed_on: '2026-08-01' },
    },
  ]);
  await addPenalty(tx, contract('n08_penalty'), {
    enterpriseId: idOf(10),
    knownFrom: at('2026-03-05'),
    decidedOn: '2026-03-01',
  });
  await addDelivery(tx, contract('n08_penalty'), at('2025-01-02'));
  return people;
}

/** Delivers one penalty. */
export async function addPenalty(
  tx: Tx,
  penalties: Contract,
  { enterpriseId, knownFrom, decidedOn }: { enterpriseId: string; knownFrom: Date; decidedOn: string },
): Promise<void> {
  const deliveryNo = await addDelivery(tx, penalties, knownFrom);
  const values = {
    decision_no: `罚${deliveryNo}`,
    penalty_kind: 'fine',
    decided_on: decidedOn,
    penalty_status: 'in_force',
  };
  await addRecords(tx, penalties, [{ enterpriseId, deliveryNo, rowNo: 1, knownFrom, values }]);
}
