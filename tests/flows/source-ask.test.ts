import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import {
  type Clock,
  type Database,
  inTransaction,
  openDatabase,
  proofMaker,
  Refusal,
  systemClock,
  toEnterpriseId,
} from '#kernel';
import { askSources, loadCatalogue, requireSourcesFit, type SourceAnswer } from '#lists';
import { loadSources, openSources, type SourceBook } from '#platform';
import { type CallerFacts, decide, loadPolicies, type SourceOrder } from '#security';
import { madeUpUscc } from '../../src/lists/check/check.test-support.ts';
import { cloneDatabase } from '../support/database.ts';
import {
  CODE,
  definition,
  DEMONSTRATION,
  loadDefinitions,
  NAME,
  openTestBook,
  startDepartment,
} from './source-department.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { contracts, codeTables } = loadCatalogue([join(ROOT, 'lists')]);
const policies = loadPolicies([join(ROOT, 'policies')]);
const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const SUBJECT = toEnterpriseId(1001);
const UNCONNECTED: ReadonlySet<string> = new Set(['n25_chattel_mortgage', 'b35_logistics', 'b38_agri_land']);

const department = await startDepartment({ after });
const database = await cloneDatabase({ after });
const identity = { code: CODE, name: NAME };
const atSource = [...contracts.values()].filter(({ sharingModes }) =>
  sharingModes.some((mode) => mode !== 'replicated'),
);
const all = atSource.map(({ id }) => id);

/** The enterprise asks about itself: every field of every contract. */
async function orderFor(ids: readonly string[], lifeMs = 60_000): Promise<SourceOrder> {
  return await inTransaction(database, (tx) => {
    const caller = proveCaller({
      id: 'acc_1',
      kind: 'enterprise',
      roles: [],
      organisation: null,
      participantId: null,
      enterpriseId: SUBJECT,
    });
    const request = { caller, purpose: 'self', subject: SUBJECT, contracts: ids.map(contractOf) } as const;
    const permit = decide(tx, policies, { ...request, asOf: { knownAt: new Date() } });
    return Promise.resolve(permit.orderFromSources(ids, new Date(Date.now() + lifeMs)));
  });
}

function contractOf(id: string) {
  const contract = contracts.get(id);
  if (contract === undefined) throw new TypeError(`no contract ${id}`);
  return contract;
}

function demonstrationBook(t: TestContext, addresses = department.addresses): SourceBook {
  const { keysFolder } = department;
  const book = openSources({
    definitions: loadSources([DEMONSTRATION]),
    addresses,
    keysFolder,
    clock: systemClock,
  });
  t.after(() => book.close());
  return book;
}

async function ask(
  sources: SourceBook,
  ids: readonly string[],
  more: Partial<Parameters<typeof askSources>[2]> & { clock?: Clock } = {},
): Promise<SourceAnswer[]> {
  const { clock = systemClock, ...question } = more;
  const order = await orderFor(ids);
  return await askSources({ sources, codeTables, clock }, order, {
    contracts: ids.map(contractOf),
    identity,
    deadlineAt: new Date(Date.now() + 30_000),
    ...question,
  });
}

test('every dataset of the demonstration answers with rows that its contract accepts, save three that are not connected', async (t) => {
  await department.be({ mode: 'well' });
  const book = demonstrationBook(t);
  const withData = new Set<string>();
  for (let number = 1; number <= 12; number += 1) {
    const answers = await ask(book, all, { identity: { code: madeUpUscc(number * 977), name: NAME } });
    for (const { contract, outcome, values, rowsRefused } of answers) {
      assert.equal(rowsRefused, 0, contract.id);
      const expected = UNCONNECTED.has(contract.id)
        ? 'not_connected'
        : values.length === 0
          ? 'no_data'
          : 'ok';
      assert.equal(outcome, expected, contract.id);
      if (outcome === 'ok') withData.add(contract.id);
    }
  }
  const missing = all.filter((id) => !withData.has(id) && !UNCONNECTED.has(id));
  assert.deepEqual(missing, [], 'some enterprise has data in each');
});

test('values are spelled as stored ones are: fen, whole dates, codes, all digits of a scale', async (t) => {
  await department.be({ mode: 'well' });
  const [power, fund] = await ask(demonstrationBook(t), ['b10_electricity', 'b08_housing_fund']);
  const bill = power?.values[0] ?? {};
  assert.match(bill.electricity_fee ?? '', /^\d+$/);
  assert.match(bill.kwh_total ?? '', /^\d+\.\d{2}$/);
  assert.match(bill.power_month ?? '', /^\d{4}-\d{2}-01$/);
  assert.ok(['none', 'overdue'].includes(bill.power_arrears_status ?? ''));
  assert.equal(fund?.values.length, 24);
  assert.equal(fund.values[0]?.unit_ratio, '8.00');
});

test('only the fields of the order come back', async (t) => {
  await department.be({ mode: 'well' });
  const sources = demonstrationBook(t);
  const order = await orderFor(['b10_electricity']);
  const named = { ...order, fields: () => ['power_month', 'power_arrears_status'] };
  const [answer] = await askSources(
    { sources, codeTables, clock: systemClock },
    named as unknown as SourceOrder, // a narrower order than this test could be given
    { contracts: [contractOf('b10_electricity')], identity },
  );
  assert.deepEqual(Object.keys(answer?.values[0] ?? {}), ['power_month', 'power_arrears_status']);
});

test('an answer whose rows all break the contract is no answer, and says how many', async (t) => {
  await department.be({ mode: 'wrong_values' });
  const [answer] = await ask(demonstrationBook(t), ['b10_electricity']);
  assert.equal(answer?.outcome, 'source_down');
  assert.equal(answer.rowsRefused, 24);
  assert.deepEqual(answer.values, []);
});

test('one deadline for all: what answers in time is whole, what does not is down, in the order asked', async (t) => {
  await department.be({ mode: 'slow', delayMs: 30_000, times: 1 });
  const { book } = openTestBook(t, department, [
    definition({ id: 'slow_one' }, { contract: 'b10_electricity' }),
    definition({ id: 'quick_one', timeoutMs: 60_000 }, { contract: 'n14_tax_declaration' }),
  ]);
  const first = ask(book, ['b10_electricity'], { deadlineAt: new Date(Date.now() + 1_500) });
  await untilAsked('b10_electricity');
  const rest = ask(book, ['n14_tax_declaration', 'n25_chattel_mortgage']);
  const outcomes = [...(await first), ...(await rest)].map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['source_down', 'ok', 'not_connected']);
});

async function untilAsked(contract: string): Promise<void> {
  for (let at = 0; at < 200; at += 1) {
    if (((await department.report()).calls[contract] ?? 0) > 0) return;
  }
  assert.fail('never asked');
}

test('with two connections to the database, many slow sources hold none of them', async (t) => {
  await department.be({ mode: 'slow', delayMs: 2_000 });
  const { book } = openTestBook(t, department, [
    definition({ concurrencyMax: 64 }, { contract: 'n14_tax_declaration' }),
  ]);
  const narrow: Database = openDatabase(database.url, 2);
  t.after(() => narrow.close());
  const order = await orderFor(['n14_tax_declaration']);
  let answered = 0;
  const asking = Array.from({ length: 40 }, async () => {
    const [answer] = await askSources({ sources: book, codeTables, clock: systemClock }, order, {
      contracts: [contractOf('n14_tax_declaration')],
      identity,
      deadlineAt: new Date(Date.now() + 20_000),
    });
    answered += 1;
    return answer?.outcome;
  });
  const worked = await Promise.all(
    Array.from({ length: 60 }, () => inTransaction(narrow, (tx) => tx.rows('select 1 as one'))),
  );
  assert.equal(worked.length, 60);
  assert.equal(answered, 0, 'the database worked while every source was still waited for');
  assert.equal(narrow.pool.waitingCount, 0);
  assert.deepEqual([...new Set(await Promise.all(asking))], ['ok']);
});

test('a question that is called off ends at once for every source', async (t) => {
  await department.be({ mode: 'slow', delayMs: 30_000 });
  const controller = new AbortController();
  const asked = ask(demonstrationBook(t), ['n14_tax_declaration', 'b08_housing_fund', 'b11_water'], {
    signal: controller.signal,
  });
  controller.abort();
  assert.deepEqual(
    (await asked).map(({ outcome }) => outcome),
    ['source_down', 'source_down', 'source_down'],
  );
});

test('a source that knows less than its contract promises is stale, with what it knows', async (t) => {
  const old = await startDepartment(t, ['--today', '2024-01-31']);
  const { book } = openTestBook(t, old, [definition({}, { contract: 'b10_electricity' })]);
  const [answer] = await ask(book, ['b10_electricity']);
  assert.equal(answer?.outcome, 'stale');
  assert.equal(answer.sourceAt.toISOString(), '2024-01-30T16:00:00.000Z');
  assert.equal(answer.values.length, 24);
});

test('an enterprise without a code is not covered, and an order that has run out or names others is an error', async (t) => {
  await department.be({ mode: 'well' });
  const sources = demonstrationBook(t);
  const [answer] = await ask(sources, ['b10_electricity'], { identity: { code: null, name: NAME } });
  assert.equal(answer?.outcome, 'not_covered');
  const parts = { sources, codeTables, clock: systemClock };
  const electricity = { contracts: [contractOf('b10_electricity')], identity };
  const late = await orderFor(['b10_electricity'], -1);
  await assert.rejects(askSources(parts, late, electricity), /has run out/);
  const other = await orderFor(['b12_gas']);
  await assert.rejects(askSources(parts, other, electricity), /not ordered/);
});

test('without addresses no definition of the demonstration is connected', async (t) => {
  const answers = await ask(demonstrationBook(t, {}), all);
  assert.deepEqual([...new Set(answers.map(({ outcome }) => outcome))], ['not_connected']);
});

test('definitions fit their contracts, and one that does not is refused', (t) => {
  requireSourcesFit(loadSources([DEMONSTRATION]), contracts);
  const misfits = [
    { contract: 'n99_nothing' },
    { contract: 'n12_taxpayer_a' },
    { contract: 'n26_real_estate', cacheMs: 1 },
    { contract: 'b10_electricity', cacheMs: 86_400_000, fields: { power_month: 'm' } },
    {
      contract: 'b12_gas',
      fields: { gas_account_no: 'a', gas_bill_month: 'b', gas_arrears_status: 'c', no_such_field: 'd' },
    },
  ];
  for (const face of misfits) {
    const definitions = loadDefinitions(t, [definition({}, face)]);
    assert.throws(
      () => requireSourcesFit(definitions, contracts),
      (error) => error instanceof Refusal && error.code === 'source.contract_misfit',
      face.contract,
    );
  }
});
