import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { compileIndicators, computeOne, type IndicatorDefinition } from '#evaluation';
import { type EnterpriseId, inTransaction } from '#kernel';
import type { Contract } from '#lists';
import {
  addDelivery,
  addEnterprise,
  addRecords,
  inSnapshot,
  openIndicators,
  ownPermit,
} from './indicators-setting.ts';

type Case = { readonly records: readonly Record<string, unknown>[]; readonly value: number | null };
type Cases = Readonly<Record<string, { readonly moves: Case; readonly rests: Case }>>;

const FILE = join(import.meta.dirname, '..', 'fixtures', 'indicators', 'cases.yaml');
const cases = parse(readFileSync(FILE, 'utf8')) as Cases;
const setting = await openIndicators({ after });
const { book } = setting;
const DELIVERED_AT = new Date('2026-10-30T02:00:00Z');
const KNOWN_AT = new Date('2026-10-31T12:00:00Z');

/** The contract that an indicator rests on; combinations rest on one. */
function contractOf(id: string): Contract {
  const [source, ...others] = compileIndicators(book, [id]).sources;
  assert.ok(source !== undefined && others.length === 0, `${id} rests on one contract`);
  return source.contract;
}

const subjects = new Map<string, EnterpriseId>();
await inTransaction(setting.database, async (tx) => {
  const deliveries = new Map<string, string>();
  for (const [id, { moves, rests }] of Object.entries(cases)) {
    const contract = contractOf(id);
    const deliveryNo = deliveries.get(contract.id) ?? (await addDelivery(tx, contract, DELIVERED_AT));
    deliveries.set(contract.id, deliveryNo);
    for (const [word, { records }] of Object.entries({ moves, rests })) {
      const enterpriseId = await addEnterprise(tx, { madeAt: DELIVERED_AT });
      subjects.set(`${id} ${word}`, enterpriseId);
      const rows = records.map((values, rowNo) => ({
        enterpriseId,
        deliveryNo,
        rowNo,
        knownFrom: DELIVERED_AT,
        values,
      }));
      await addRecords(tx, contract, rows);
    }
  }
});

test('every indicator has a case in which it moves and one in which it must not', () => {
  assert.deepEqual(Object.keys(cases).sort(), [...book.indicators.keys()].sort());
  for (const [id, { moves, rests }] of Object.entries(cases)) assert.notEqual(moves.value, rests.value, id);
});

test('each indicator has the value its case says, and its evidence are records of the case', async () => {
  await inSnapshot(setting, async (tx) => {
    for (const [id, words] of Object.entries(cases)) {
      const compiled = compileIndicators(book, [id]);
      for (const word of ['moves', 'rests'] as const) {
        const subject = subjects.get(`${id} ${word}`);
        assert.ok(subject !== undefined);
        const permit = ownPermit(tx, setting, { compiled, knownAt: KNOWN_AT, subject, purpose: 'self' });
        const { values, evidence } = await computeOne(tx, permit, compiled, { explain: true });
        assert.equal(values[0]?.value, words[word].value, `${id} ${word}`);
        const total = evidence?.[0]?.total ?? -1;
        assert.ok(total <= words[word].records.length && (word === 'rests' || total > 0), `${id} ${word}`);
      }
    }
  });
});

test('indicators cover the seven dimensions, over forty replicated and over twenty followed', () => {
  const all: IndicatorDefinition[] = [...book.indicators.values()]
    .map(({ definition }) => definition)
    .filter(({ uses }) => !uses.includes('input'));
  const has = (coverage: string): number =>
    all.filter((definition) => 'coverage' in definition && definition.coverage === coverage).length;
  assert.equal(new Set(all.map(({ dimension }) => dimension)).size, 7);
  assert.ok(has('replicated') >= 40 && has('followed') >= 20);
});
