import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  compileIndicators,
  computeOne,
  computePairs,
  computeValues,
  type EnterpriseValues,
  seededRandom,
} from '#evaluation';
import { type EnterpriseId, inTransaction, readEnv, type Tx } from '#kernel';
import { fillCity } from './indicators-city.ts';
import {
  addDelivery,
  inSnapshot,
  openIndicators,
  ownPermit,
  populationPermit,
} from './indicators-setting.ts';

const isLong = readEnv().XINQIAO_TEST_LONG === '1';
const ENTERPRISES = isLong ? 1_500 : 240;
const setting = await openIndicators({ after });
const { book } = setting;
const ids = await fillCity(setting, ENTERPRISES);
const random = seededRandom(7);

/** What a full-coverage run computes, which rests on public records, and everything there is. */
const replicated = compileIndicators(
  book,
  [...book.indicators.keys()].filter((id) =>
    compileIndicators(book, [id]).sources.every(
      ({ contract, fields, coverage }) =>
        coverage === 'replicated' &&
        contract.fields.every(({ name, disclosure }) => disclosure === 'public' || !fields.includes(name)),
    ),
  ),
);
const everything = compileIndicators(book, [...book.indicators.keys()]);
const DAYS = ['2026-09-01', '2026-09-15', '2026-10-07', '2026-11-02'] as const;
const knownOn = (day: string): Date => new Date(`${day}T15:59:59.999Z`);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** Marks on records at random, and two mergers: what makes enterprises stand apart. */
async function markSome(tx: Tx, share: number): Promise<void> {
  for (const { contract } of everything.sources) {
    await tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       select enterprise_id, $1, delivery_no, row_no,
         (array['disputed', 'withheld', 'repaired', 'annulled'])[1 + (row_no + delivery_no) % 4], 'test',
         '2020-01-01', known_from + interval '1 hour'
       from lists.${contract.id}_v${contract.major} where (enterprise_id * 7919 + row_no * 104729) % 1000 < $2`,
      [contract.id, share * 1000],
    );
  }
}

await inTransaction(setting.database, async (tx) => {
  await markSome(tx, 0.004);
  for (const [alias, heir] of [
    [ids[3], ids[9]],
    [ids[11], ids[9]],
    [ids[20], ids[2]],
  ])
    await tx.rows(
      `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, decided_by)
       values ($1, $2, '2026-09-10T00:00:00Z', 'test')`,
      [alias, heir],
    );
});

async function computeAll(tx: Tx, day: string, sliceSize: number): Promise<EnterpriseValues[]> {
  const permit = populationPermit(tx, setting, { compiled: replicated, knownAt: knownOn(day) });
  const all: EnterpriseValues[] = [];
  for await (const slice of computeValues(tx, permit, replicated, { sliceSize })) all.push(...slice);
  return all;
}

async function computeAlone(tx: Tx, enterpriseId: EnterpriseId, day: string): Promise<EnterpriseValues> {
  const asked = { compiled: replicated, knownAt: knownOn(day), subject: enterpriseId } as const;
  const permit = ownPermit(tx, setting, { ...asked, purpose: 'evaluation' });
  const { values } = await computeOne(tx, permit, replicated);
  return { enterpriseId, values };
}

test('a population, one enterprise alone, and pairs of enterprise and day give the same values bit for bit', async () => {
  await inSnapshot(setting, async (tx) => {
    for (const day of DAYS) {
      const all = await computeAll(tx, day, 77);
      const numbers = all.map(({ enterpriseId }) => BigInt(enterpriseId));
      assert.ok(
        numbers.every((id, at) => at === 0 || id > (numbers[at - 1] ?? 0n)),
        'in order, each once',
      );
      assert.equal(
        all.length,
        day < '2026-09-10' ? ids.length : ids.length - 3,
        'merged ones are in their heirs',
      );
      const chosen = isLong
        ? all
        : all.filter(({ enterpriseId }, at) => at % 4 === 0 || enterpriseId === ids[9]);
      for (const one of chosen) assert.deepEqual(await computeAlone(tx, one.enterpriseId, day), one);
    }
    const latest = DAYS[3];
    const permit = populationPermit(tx, setting, { compiled: replicated, knownAt: knownOn(latest) });
    const pairs = Array.from({ length: isLong ? 4_000 : 300 }, () => ({
      enterpriseId: pick(ids),
      asOf: pick(DAYS),
    }));
    const found = await computePairs(tx, permit, replicated, { pairs });
    for (const day of DAYS) {
      const byId = new Map((await computeAll(tx, day, 10_000)).map((one) => [one.enterpriseId, one]));
      for (const [at, pair] of pairs.entries())
        if (pair.asOf === day) assert.deepEqual(found[at]?.values, byId.get(pair.enterpriseId)?.values);
    }
  });
});

/** Later facts, corrections and withdrawals, all known after the days computed. */
async function changeEverything(tx: Tx): Promise<void> {
  for (const { contract } of everything.sources) {
    const table = `lists.${contract.id}_v${contract.major}`;
    const now = '2026-12-01T00:00:00Z';
    const deliveryNo = await addDelivery(tx, contract, new Date(now));
    const columns = contract.fields.map(({ name }) => name).join(', ');
    const last = `where known_to = 'infinity' and (enterprise_id + row_no) % 3 = 0`;
    await tx.rows(`create temporary table changed on commit drop as select * from ${table} ${last}`);
    await tx.rows(`update ${table} set known_to = '${now}' ${last}`);
    await tx.rows(
      `insert into ${table} (enterprise_id, delivery_no, row_no, known_from, ${columns})
       select enterprise_id, ${deliveryNo}, row_number() over (), '${now}', ${columns} from changed where row_no % 2 = 0`,
    );
    await tx.rows('drop table changed');
  }
}

test('a computation as of a day is the same after later facts, corrections and withdrawals', async () => {
  const compute = (): Promise<string> =>
    inSnapshot(setting, async (tx) => {
      const all = [];
      for (const day of DAYS) all.push(await computeAll(tx, day, 100));
      return JSON.stringify(all);
    });
  const own = (): Promise<string> =>
    inSnapshot(setting, (tx) => computeOwn(tx, '2026-11-02', ids.slice(0, 40)));
  const [before, ownBefore] = [await compute(), await own()];
  await inTransaction(setting.database, changeEverything);
  assert.equal(await compute(), before);
  assert.equal(await own(), ownBefore);
  const later = await inSnapshot(setting, (tx) => computeAll(tx, '2026-12-02', 100));
  assert.notEqual(
    JSON.stringify(later),
    JSON.stringify(JSON.parse(before)[3]),
    'the changes do change something',
  );
  await inTransaction(setting.database, (tx) =>
    tx.rows(
      `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
       select enterprise_id, 'n08_penalty', delivery_no, row_no, 'withheld', 'test', '2020-01-01', '2026-12-01'
       from lists.n08_penalty_v1`,
    ),
  );
  assert.equal(await own(), ownBefore, 'the enterprise sees what was known of its marks then');
  assert.notEqual(await compute(), before, 'anyone else is answered without what is withheld today');
});

/** Everything that enterprises find of themselves, followed data included. */
async function computeOwn(tx: Tx, day: string, subjects: readonly EnterpriseId[]): Promise<string> {
  const found = [];
  for (const subject of subjects) {
    const asked = { compiled: everything, knownAt: knownOn(day), subject } as const;
    const permit = ownPermit(tx, setting, { ...asked, purpose: 'self' });
    found.push(await computeOne(tx, permit, everything, { explain: true }));
  }
  return JSON.stringify(found);
}

test('the server in UTC and in Beijing time computes the same', async () => {
  const compute = (zone: string): Promise<string> =>
    inSnapshot(setting, async (tx) => {
      await tx.rows(`set local timezone = '${zone}'`);
      const own = await computeOwn(tx, '2026-10-07', ids.slice(0, 20));
      return JSON.stringify([await computeAll(tx, '2026-10-07', 1_000), own]);
    });
  const beijing = await compute('Asia/Shanghai');
  assert.equal(await compute('UTC'), beijing);
  assert.equal(await compute('America/Los_Angeles'), beijing);
});
