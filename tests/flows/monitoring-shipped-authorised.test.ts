import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { grantConsent, requestConsent, requireRequest } from '#consent';
import { shiftDay } from '#evaluation';
import { beijingDate } from '#kernel';
import { followSources, loadFollowing, type Rule } from '#monitoring';
import { proveAdmission } from '#platform';
import { findBound } from '../../src/consent/fair-use/require-within.ts';
import { BANK, requestOf } from './consent-setting.ts';
import { endingOf } from './http-node.ts';
import { type AlertRow, lend, standing, SYSTEM } from './monitoring-alerts-setting.ts';
import {
  type AuthorisedSetting,
  consentTo,
  FUND_RULE,
  openAuthorised,
} from './monitoring-authorised-setting.ts';
import { type Row, startSayingDepartment } from './monitoring-shipped-setting.ts';
import { definition, openTestBook } from './source-department.ts';

const ending = endingOf(after);
const today = beijingDate(new Date());
const department = await startSayingDepartment(ending, today);
const following = loadFollowing([join(import.meta.dirname, '..', '..', 'models')]);
/** The cases of the rules are as of this month. */
const CASES = '2026-10';

const setting = await openAuthorised(ending);
const authorised = [...setting.rules.rules.values()].filter(({ scope }) => scope === 'authorised');
/** On public records of sources that are asked: courts, and charges on movables. */
const followedPublic = [...setting.rules.rules.values()].filter(
  ({ scope, reach, start }) => scope === 'public' && reach === 'followed' && start !== 'draft',
);
const datasets = [...new Set(authorised.flatMap(({ contracts }) => contracts))].sort();

/** So that a value of a case is found wherever it went, and the comparison of two of them is what it was. */
const TELLTALE = 1.0731;

/** What a department says of a case: its months as of today, amounts in yuan, and values that are never to be seen marked. */
function saidOf({ contracts: [contractId = ''] }: Rule, rows: readonly Row[] = []): Row[] {
  const { fields } = setting.contract(contractId);
  const said = (name: string, value: unknown): unknown => {
    const field = fields.find((one) => one.name === name);
    if (typeof value !== 'number') return dayOf(value);
    const told = field?.disclosure === 'invisible' ? value * TELLTALE : value;
    return field?.kind === 'money' ? Math.round(told) / 100 : Math.round(told * 100) / 100;
  };
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, one]) => [name, said(name, one)])),
  );
}

function dayOf(value: unknown): unknown {
  const months = monthOf(today) - monthOf(CASES);
  if (value instanceof Date) return shiftDay(value.toISOString().slice(0, 10), { months });
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? shiftDay(value, { months }) : value;
}

function monthOf(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
}

/** Whole datasets, as far back and as often as the published bounds allow: what an institution asks for, without naming fields. */
async function consentOfPage(setting: AuthorisedSetting): Promise<void> {
  const { within, context, consents, clock, signatory } = setting;
  const facts = { institutionType: 'bank', purpose: 'post_loan_management', product: null } as const;
  const bounds = datasets.map((id) => findBound(consents.fairUse, facts, id) ?? assert.fail(id));
  const months = bounds.map(({ dataRangeMax: { count, unit } }) => {
    assert.equal(unit, 'month');
    return count;
  });
  const request = requireRequest(
    requestOf(clock, {
      purpose: facts.purpose,
      contracts: datasets.map((id) => ({ id })),
      frequency: { count: 1, unit: 'month' },
      dataFrom: shiftDay(today, { months: -Math.min(...months) }),
      validTo: shiftDay(today, { months: 6 }),
    }),
  );
  await within(async (tx) => {
    const admission = await proveAdmission(tx, context.clock, BANK, { operator: 'op-1' });
    const { consentId, digest } = await requestConsent(tx, consents, { admission, caller: BANK, request });
    await grantConsent(tx, consents, { caller: signatory, consent: consentId, digest });
  });
}

type Followed = Pick<AuthorisedSetting, 'context' | 'clock' | 'within' | 'rules'>;

/** Asks as if for the first time, so that a test need not wait for a month, with what the departments say now. */
async function follow(rules: readonly Rule[], { context, clock, within, ...of }: Followed = setting) {
  await within((tx) => tx.rows('delete from monitoring.followings'));
  await within((tx) => tx.rows('delete from consent.use_counts'));
  clock.advance(1_000);
  const definitions = [...new Set(rules.flatMap(({ contracts }) => contracts))].map((contract) =>
    definition({ id: `source_${contract}`, timeoutMs: 12_000 }, { contract }),
  );
  const { book: sources } = openTestBook(ending, department, definitions, clock);
  const followContext = { ...context, sources, following };
  return await followSources(followContext, { caller: SYSTEM, rules: of.rules, active: rules, shadow: [] });
}

const alertsOf = async (): Promise<AlertRow[]> => await standing(setting);
await consentOfPage(setting);

for (const rule of authorised) {
  test(`${rule.id} rests and fires under an ordinary consent for post-loan management`, async () => {
    const [contractId = ''] = rule.contracts;
    const before = await alertsOf();
    const fires = saidOf(rule, rule.cases.fires.records);
    department.says(contractId, saidOf(rule, rule.cases.rests.records));
    const rested = await follow([rule]);
    assert.equal(rested.answered, 1);
    assert.equal(rested.alerts, 0);
    department.says(contractId, fires);
    const fired = await follow([rule]);
    assert.equal(fired.alerts, 1);
    const [alert, ...others] = (await alertsOf()).filter(
      (one) => !before.some(({ alertId }) => alertId === one.alertId),
    );
    assert.deepEqual(others, []);
    assert.equal(alert?.institution, 'bank');
    assert.equal(alert.level, rule.cases.fires.level ?? rule.level);
    assert.deepEqual(await findKept(rule, fires), []);
  });
}

/** Columns of the whole database in which a value of an invisible field, or their sum, stands. */
async function findKept(rule: Rule, rows: readonly Row[]): Promise<string[]> {
  const [contractId = ''] = rule.contracts;
  const unseen = setting.contract(contractId).fields.filter(({ disclosure }) => disclosure === 'invisible');
  const values = unseen.flatMap(({ name, kind }) =>
    rows.flatMap((row) => {
      const value = row[name];
      return typeof value !== 'number' ? [] : kind === 'money' ? [value, Math.round(value * 100)] : [value];
    }),
  );
  assert.ok(values.length > 0 || !rule.isInvisible);
  if (values.length === 0) return [];
  const pattern = [...new Set(values)].map((value) => String(value).replace('.', '\\.')).join('|');
  return await setting.within(async (tx) => {
    const tables = await tx.rows<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
    );
    assert.ok(tables.some(({ name }) => name === 'monitoring.messages'));
    const found: string[] = [];
    for (const { name } of tables) {
      const text = `select to_jsonb(t)::text as row from ${name} t where to_jsonb(t)::text ~ $1 limit 1`;
      const hits = await tx.rows<{ row: string }>(text, [`[^0-9.](${pattern})[^0-9]`]);
      found.push(...hits.map(({ row }) => `${name} ${row}`));
    }
    return found;
  });
}

test('the value that an alert on invisible data rests on is null in its signal', async () => {
  const unseen = authorised.filter(({ isInvisible }) => isInvisible).map(({ id }) => id);
  assert.deepEqual(unseen, ['power_drop', 'tax_sales_drop']);
  const signals = await setting.within((tx) =>
    tx.rows<{ rule_id: string }>(
      'select rule_id from monitoring.signals where value is null and institution_id = $1 order by 1',
      ['bank'],
    ),
  );
  assert.deepEqual(
    signals.map(({ rule_id: id }) => id),
    unseen,
  );
});

test('a value that a source corrects is recalled, once', async () => {
  const rule = setting.rules.rules.get('power_drop') ?? assert.fail();
  const [contractId = ''] = rule.contracts;
  const stateOf = async (): Promise<string[]> =>
    await setting.within(async (tx) => {
      const rows = await tx.rows<{ state: string }>(
        `select v.state from monitoring.alert_versions v join monitoring.alerts a using (enterprise_id, alert_id)
         where a.rule_id = $1 order by v.version_no`,
        [rule.id],
      );
      return rows.map(({ state }) => state);
    });
  assert.deepEqual(await stateOf(), ['raised']);
  department.says(contractId, saidOf(rule, rule.cases.rests.records));
  assert.deepEqual(await recalledBy([rule]), { recalled: 1, alerts: 0 });
  assert.deepEqual(await stateOf(), ['raised', 'recalled']);
  const [recall] = await setting.within((tx) =>
    tx.rows<{ reason: string; contract: string }>('select reason, contract from monitoring.alert_recalls'),
  );
  assert.deepEqual(recall, { reason: 'corrected', contract: contractId });
  assert.deepEqual(await recalledBy([rule]), { recalled: 0, alerts: 0 }, 'once');
});

test('under a consent whose words do not say so nothing is computed with what is usable but not visible', async () => {
  const rule = setting.rules.rules.get('tax_sales_drop') ?? assert.fail();
  await setting.within((tx) => tx.rows(`update consent.consents set template = 'credit_information/2'`));
  const { withheld, answered } = await follow([rule]);
  await setting.within((tx) => tx.rows(`update consent.consents set template = 'credit_information/3'`));
  assert.deepEqual({ withheld, answered }, { withheld: 1, answered: 0 });
  assert.equal((await follow([rule])).answered, 1);
});

async function recalledBy(rules: readonly Rule[], followed: Followed = setting) {
  const { recalled, alerts } = await follow(rules, followed);
  return { recalled, alerts };
}

test('a fact that a source says no more is recalled, and told again when it says it once more; one that grew old stands', async () => {
  const own = await openAuthorised(ending);
  const followed = { ...own, rules: own.cityRules };
  const rule = own.cityRules.rules.get(FUND_RULE) ?? assert.fail();
  await consentTo(own, 'bank', { contracts: rule.contracts, fromDays: -300 });
  const months = [-3, -2].map((count) => `${shiftDay(today, { months: count }).slice(0, 7)}-01`);
  const [earlier = {}, later = {}] = months.map((month) => ({
    fund_unit_no: 'G1',
    fund_month: month,
    fund_account_state: 'normal',
    depositing_headcount: 10,
    arrears_months: 0,
  }));
  const says = (...rows: readonly Row[]): void => department.says(rule.contracts[0] ?? '', rows);
  says(earlier, later);
  assert.deepEqual(await recalledBy([rule], followed), { recalled: 0, alerts: 2 });
  says(earlier);
  assert.deepEqual(await recalledBy([rule], followed), { recalled: 1, alerts: 0 });
  says(earlier, later);
  assert.deepEqual(await recalledBy([rule], followed), { recalled: 0, alerts: 1 });
  assert.deepEqual(await recalledBy([rule], followed), { recalled: 0, alerts: 0 });
  says(later);
  assert.deepEqual(
    await recalledBy([rule], followed),
    { recalled: 0, alerts: 0 },
    'before the answer begins',
  );
});

const lent = await openAuthorised(ending);

for (const rule of followedPublic) {
  test(`${rule.id} rests and fires over what its source says, for every lender and without a consent`, async () => {
    const [contractId = ''] = rule.contracts;
    const fires = saidOf(rule, rule.cases.fires.records);
    const countOf = async (): Promise<number> => (await standing(lent)).filter(isStanding).length;
    department.says(contractId, saidOf(rule, rule.cases.rests.records));
    const rested = await follow([rule], lent);
    assert.deepEqual([rested.due, rested.answered, rested.alerts], [1, 1, 0], 'one ask for all lenders');
    const before = await countOf();
    department.says(contractId, fires);
    const fired = await follow([rule], lent);
    const lenders = 2;
    assert.equal(fired.alerts, lenders * fires.length);
    assert.equal((await countOf()) - before, lenders * fires.length);
    department.says(contractId, []);
    assert.deepEqual(await recalledBy([rule], lent), { recalled: lenders * fires.length, alerts: 0 });
    assert.equal(await countOf(), before);
  });
}

function isStanding({ state }: AlertRow): boolean {
  return state !== 'recalled';
}

test('after the loans are settled nobody is asked about public records', async () => {
  const [rule = assert.fail()] = followedPublic;
  for (const lender of ['bank', 'other-bank']) await lend(lent, lender, 'settled');
  const { due, withheld, answered } = await follow([rule], lent);
  assert.deepEqual({ due, withheld, answered }, { due: 1, withheld: 1, answered: 0 });
});
