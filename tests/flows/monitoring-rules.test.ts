import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addDays } from '#evaluation';
import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { Contract } from '#lists';
import type { Rule, RuleCase } from '../../src/monitoring/rules/rule.ts';
import { detectOwnSignals } from '../../src/monitoring/signals/detect-own-signals.ts';
import { detectSignals } from '../../src/monitoring/signals/detect-signals.ts';
import { readSignals, readSignalsOn } from '../../src/monitoring/signals/read-signals.ts';
import { recordSignals } from '../../src/monitoring/signals/record-signals.ts';
import type { Found, Signal } from '../../src/monitoring/signals/signal.ts';
import { addDelivery, addEnterprise, addRecords, inSnapshot } from './indicators-setting.ts';
import {
  addExit,
  addGrade,
  addRun,
  consentPermit,
  openRules,
  watchPermit,
} from './monitoring-rules-setting.ts';

const setting = await openRules({ after });
const { database, rules } = setting;
const all = [...rules.rules.values()];
const MADE_AT = new Date('2020-01-01T00:00:00Z');
const DELIVERED_AT = new Date('2026-10-30T02:00:00Z');
const KNOWN_AT = new Date('2026-10-31T12:00:00Z');
const AS_OF = '2026-10-31';

function rule(id: string): Rule {
  const found = rules.rules.get(id);
  assert.ok(found !== undefined, id);
  return found;
}

function contract(id: string): Contract {
  const found = setting.catalogue.contracts.get(id);
  assert.ok(found !== undefined, id);
  return found;
}

/** Deliveries of the cases, one a contract; runs and entries for the rules on the node's own results. */
const deliveries = new Map<string, string>();
async function deliveryOf(tx: Tx, { contracts }: Rule): Promise<string> {
  const [id = ''] = contracts;
  const known = deliveries.get(id) ?? (await addDelivery(tx, contract(id), DELIVERED_AT));
  deliveries.set(id, known);
  return known;
}

const subjects = new Map<string, EnterpriseId>();
await inTransaction(database, async (tx) => {
  const former = await addRun(tx, { asOf: '2026-09-30', finishedAt: new Date('2026-10-01T00:00:00Z') });
  const latest = await addRun(tx, { asOf: '2026-10-29', finishedAt: DELIVERED_AT });
  const write = async (one: Rule, subject: EnterpriseId, told: RuleCase): Promise<void> => {
    if (told.grades !== undefined) {
      await addGrade(tx, { id: subject, runNo: former, grade: told.grades[0] });
      await addGrade(tx, { id: subject, runNo: latest, grade: told.grades[1] });
    }
    if (told.exit !== undefined) await addExit(tx, { id: subject, reason: told.exit, leftAt: DELIVERED_AT });
    const [id] = one.contracts;
    if (told.records === undefined || id === undefined) return;
    const deliveryNo = await deliveryOf(tx, one);
    const base = { enterpriseId: subject, deliveryNo, knownFrom: DELIVERED_AT };
    await addRecords(
      tx,
      contract(id),
      told.records.map((values, rowNo) => ({ ...base, rowNo, values })),
    );
  };
  for (const one of all) {
    for (const [word, told] of Object.entries(one.cases)) {
      const subject = await addEnterprise(tx, { madeAt: MADE_AT });
      subjects.set(`${one.id} ${word}`, subject);
      await write(one, subject, told);
    }
  }
});

async function detect(tx: Tx, one: Rule, subject: EnterpriseId, knownAt = KNOWN_AT): Promise<Found> {
  const about = { rules: [one], asOf: AS_OF, since: null };
  if (one.scope === 'public') {
    const permit = watchPermit(tx, setting, { rules: [one], knownAt, ids: [subject] });
    return await detectSignals(tx, permit, { ...about, enterpriseIds: [subject] });
  }
  const permit = consentPermit(tx, setting, { rules: [one], knownAt, subject });
  return await detectOwnSignals(tx, permit, about);
}

test('there are at least thirty rules over replicated and followed data, some of them under consent alone', () => {
  assert.ok(all.filter(({ start }) => start === 'active').length >= 30);
  for (const kind of ['event', 'threshold', 'grade_drop', 'whitelist_exit', 'silence'])
    assert.ok(
      all.some((one) => one.kind === kind),
      kind,
    );
  assert.ok(all.some(({ reach, scope }) => reach === 'followed' && scope === 'public'));
  assert.ok(all.some(({ scope }) => scope === 'authorised'));
  assert.equal(rule('court_any_case').start, 'draft');
});

test('each rule fires in the one case and must not in the other', async () => {
  await inSnapshot(setting, async (tx) => {
    for (const one of all) {
      for (const word of ['fires', 'rests'] as const) {
        const subject = subjects.get(`${one.id} ${word}`);
        assert.ok(subject !== undefined);
        const { signals } = await detect(tx, one, subject);
        const { level = one.level, records } = one.cases[word];
        assert.equal(signals.length > 0, word === 'fires', `${one.id} ${word}`);
        if (word === 'rests') continue;
        assert.ok(
          signals.some((signal) => signal.level === level),
          `${one.id} ${level}`,
        );
        for (const { evidence } of signals) assert.equal(evidence.length > 0, records !== undefined, one.id);
      }
    }
  });
});

test('a page of many finds what enterprise by enterprise was found', async () => {
  const page = await inTransaction(database, async (tx) => {
    const more = [];
    for (let n = 0; n < 520; n += 1) more.push(await addEnterprise(tx, { madeAt: MADE_AT }));
    return [...subjects.values(), ...more];
  });
  await inSnapshot(setting, async (tx) => {
    const open = all.filter(({ scope }) => scope === 'public');
    const find = async (ids: readonly EnterpriseId[]): Promise<Found['signals']> => {
      const permit = watchPermit(tx, setting, { rules: open, knownAt: KNOWN_AT, ids });
      const about = { rules: open, enterpriseIds: ids, asOf: AS_OF, since: null };
      return (await detectSignals(tx, permit, about)).signals;
    };
    const sorted = (found: Found['signals']): string[] =>
      found
        .map((one) => [one.enterpriseId, one.ruleId, one.level, one.fact, one.evidence.length].join())
        .sort();
    assert.deepEqual(sorted(await find(page)), sorted(await find([...subjects.values()])));
  });
});

type Delivered = { values: Record<string, unknown>; knownFrom: Date; rowNo?: number };

/** One more delivery of a record; versions of the same key end when the next one begins. */
async function deliver(
  tx: Tx,
  id: string,
  enterpriseId: EnterpriseId,
  { values, knownFrom, rowNo = 1 }: Delivered,
) {
  const deliveryNo = await addDelivery(tx, contract(id), knownFrom);
  await tx.rows(
    `update lists.${id}_v1 set known_to = $2 where enterprise_id = $1 and known_to = 'infinity'`,
    [enterpriseId, knownFrom],
  );
  await addRecords(tx, contract(id), [{ enterpriseId, deliveryNo, rowNo, knownFrom, values }]);
  return deliveryNo;
}

let hour = 0;
const nextHour = (): Date => new Date(Date.parse('2026-10-31T00:00:00Z') + (hour += 1) * 60_000);

async function run(tx: Tx, one: Rule, subject: EnterpriseId, day = AS_OF): Promise<Signal[]> {
  const knownAt = new Date(`${day}T15:00:00Z`);
  const permit = watchPermit(tx, setting, { rules: [one], knownAt, ids: [subject] });
  const found = await detectSignals(tx, permit, {
    rules: [one],
    enterpriseIds: [subject],
    asOf: day,
    since: null,
  });
  return await recordSignals(tx, { found, role: 'active', runId: 'mon_test', at: knownAt });
}

test('a fact delivered five times signals once, two facts twice, and a graver one again', async () => {
  const one = rule('penalty_large_fine');
  await inTransaction(database, async (tx) => {
    const subject = await addEnterprise(tx, { madeAt: MADE_AT });
    const fine = (decision_no: string, cents: number): Delivered => ({
      values: { decision_no, penalty_kind: 'fine', decided_on: '2026-10-28', fine: cents },
      knownFrom: nextHour(),
    });
    const counts = [];
    for (let n = 0; n < 5; n += 1) {
      await deliver(tx, 'n08_penalty', subject, fine('甲', 60_000_000));
      counts.push((await run(tx, one, subject)).length);
    }
    assert.deepEqual(counts, [1, 0, 0, 0, 0]);
    await deliver(tx, 'n08_penalty', subject, fine('甲', 600_000_000));
    assert.deepEqual(
      (await run(tx, one, subject)).map(({ level }) => level),
      ['red'],
    );
    await deliver(tx, 'n08_penalty', subject, fine('甲', 60_000_000));
    assert.equal((await run(tx, one, subject)).length, 0);
    await deliver(tx, 'n08_penalty', subject, fine('乙', 60_000_000));
    assert.equal((await run(tx, one, subject)).length, 1);
  });
});

test('only what became known since is found when that is asked', async () => {
  const one = rule('penalty_heavy');
  const subject = subjects.get('penalty_heavy fires') ?? assert.fail();
  await inSnapshot(setting, async (tx) => {
    const permit = watchPermit(tx, setting, { rules: [one], knownAt: KNOWN_AT, ids: [subject] });
    const about = { rules: [one], enterpriseIds: [subject], asOf: AS_OF };
    const before = new Date(DELIVERED_AT.getTime() - 1);
    assert.equal((await detectSignals(tx, permit, { ...about, since: before })).signals.length, 1);
    assert.equal((await detectSignals(tx, permit, { ...about, since: DELIVERED_AT })).signals.length, 0);
  });
});

test('whoever the Permit does not name is not looked at, whoever is asked for', async () => {
  const open = all.filter(({ scope }) => scope === 'public');
  const [first, ...others] = subjects.values();
  assert.ok(first !== undefined);
  await inSnapshot(setting, async (tx) => {
    const permit = watchPermit(tx, setting, { rules: open, knownAt: KNOWN_AT, ids: [first] });
    const about = { rules: open, enterpriseIds: others, asOf: AS_OF, since: null };
    assert.deepEqual(await detectSignals(tx, permit, about), { signals: [], episodes: [] });
  });
});

test('a late fact says so, a disputed one too, and a withheld one is none', async () => {
  const one = rule('penalty_heavy');
  await inTransaction(database, async (tx) => {
    const mark = async (subject: EnterpriseId, deliveryNo: string, word: string): Promise<void> => {
      await tx.rows(
        `insert into lists.marks (enterprise_id, contract_id, delivery_no, row_no, mark, ground, valid_from, known_from)
         values ($1, 'n08_penalty', $2, 1, $3, 'test', '2020-01-01', '2020-01-01')`,
        [subject, deliveryNo, word],
      );
    };
    const found = [];
    for (const [decided_on, word] of [
      ['2026-10-28', null],
      ['2026-09-01', null],
      ['2026-10-28', 'disputed'],
      ['2026-10-28', 'withheld'],
    ] as const) {
      const subject = await addEnterprise(tx, { madeAt: MADE_AT });
      const values = { decision_no: '丙', penalty_kind: 'closure', decided_on };
      const deliveryNo = await deliver(tx, 'n08_penalty', subject, { values, knownFrom: nextHour() });
      if (word !== null) await mark(subject, deliveryNo, word);
      found.push((await run(tx, one, subject)).map(({ isLate, isDisputed }) => ({ isLate, isDisputed })));
    }
    assert.deepEqual(found, [
      [{ isLate: false, isDisputed: false }],
      [{ isLate: true, isDisputed: false }],
      [{ isLate: false, isDisputed: true }],
      [],
    ]);
  });
});

test('a value that swings around its threshold signals once, and again only after it cleared and cooled down', async () => {
  const one = rule('penalty_cluster');
  await inTransaction(database, async (tx) => {
    const subject = await addEnterprise(tx, { madeAt: MADE_AT });
    const deliveryNo = await addDelivery(tx, contract('n08_penalty'), DELIVERED_AT);
    let rowNo = 0;
    const first = '2026-11-01';
    /** So many penalties count on this day and no other. */
    const hold = async (day: string, count: number): Promise<number> => {
      const from = new Date(`${day}T00:00:00Z`);
      const records = Array.from({ length: count }, () => ({
        enterpriseId: subject,
        deliveryNo,
        rowNo: (rowNo += 1),
        knownFrom: from,
        knownTo: new Date(`${addDays(day, 1)}T00:00:00Z`),
        values: { decision_no: `丁${rowNo}`, penalty_kind: 'fine', decided_on: day },
      }));
      await addRecords(tx, contract('n08_penalty'), records);
      return (await run(tx, one, subject, day)).length;
    };
    const counts = [];
    for (const [n, count] of [3, 2, 3, 2, 4, 3, 6, 5, 6, 1, 3].entries())
      counts.push(await hold(addDays(first, n), count));
    // Raised on the first day, graver on the seventh, cleared on the tenth, and in its cool-down on the eleventh.
    assert.deepEqual(counts, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert.equal(await hold(addDays(first, 40), 3), 1);
    const episodes = await tx.rows<{ began_on: string; cleared_on: string | null }>(
      `select distinct began_on::text, cleared_on::text from monitoring.episodes
       where enterprise_id = $1 and (cleared_on is not null or known_to = 'infinity') order by 1`,
      [subject],
    );
    assert.deepEqual(episodes, [
      { began_on: '2026-11-01', cleared_on: '2026-11-10' },
      { began_on: '2026-12-11', cleared_on: null },
    ]);
  });
});

test('a rule over authorised values needs a consent in force', async () => {
  const one = rule('power_drop');
  const subject = subjects.get('power_drop fires') ?? assert.fail();
  await inSnapshot(setting, async (tx) => {
    const about = { rules: [one], knownAt: KNOWN_AT, subject } as const;
    const { signals } = await detectOwnSignals(tx, consentPermit(tx, setting, about), {
      rules: [one],
      asOf: AS_OF,
      since: null,
    });
    assert.deepEqual(
      signals.map(({ value, level }) => ({ value, level })),
      [{ value: null, level: 'orange' }],
      'the level goes on, the value does not',
    );
    assert.throws(() => consentPermit(tx, setting, { ...about, state: 'revoked' }), {
      code: 'policy.monitoring_of_public_records',
    });
  });
});

test('of two workers at once one records the signal', async () => {
  const one = rule('penalty_cluster');
  const subject = subjects.get('penalty_cluster fires') ?? assert.fail();
  const work = (): Promise<Signal[]> => inTransaction(database, (tx) => run(tx, one, subject));
  const [left, right] = await Promise.all([work(), work()]);
  assert.equal(left.length + right.length, 1);
});

test('a signal is read again with its evidence, by its id and by the record it rests on', async () => {
  const one = rule('dishonest_debtor_listed');
  const subject = subjects.get('dishonest_debtor_listed fires') ?? assert.fail();
  await inTransaction(database, async (tx) => {
    const [signal] = await run(tx, one, subject);
    assert.ok(signal !== undefined);
    const [record] = signal.evidence;
    assert.ok(record !== undefined);
    const [kept] = await readSignals(tx, { enterpriseId: subject, signalIds: [signal.signalId] });
    assert.deepEqual(kept, {
      ...signal,
      role: 'active',
      runId: 'mon_test',
      foundAt: new Date(`${AS_OF}T15:00:00Z`),
    });
    const [found] = await readSignalsOn(tx, { enterpriseIds: [subject], ...record });
    assert.equal(found?.signalId, signal.signalId);
    assert.deepEqual(await readSignalsOn(tx, { enterpriseIds: [subject], ...record, rowNo: 99 }), []);
  });
});
