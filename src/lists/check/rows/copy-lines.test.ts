import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { from as copyFrom } from 'pg-copy-streams';
import { inTransaction, openDatabase, readEnv } from '#kernel';
import {
  CODE_TABLES,
  makeContract,
  makeRandom,
  makeText,
  parseCopy,
  planFor,
  rowWith,
  TODAY,
} from '../check.test-support.ts';
import { copyColumnsOf, DEFECT_COLUMNS } from '../columns.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { compileRowCheck, type RowCheck } from './row-check.ts';

const contract = makeContract();
const server = readEnv().XINQIAO_TEST_SERVER;

function start(): RowCheck {
  return compileRowCheck(contract, CODE_TABLES, planFor(contract), TODAY);
}

test('any cells give lines that read back as the values', () => {
  const random = makeRandom(29);
  const check = start();
  for (let round = 0; round < 4000; round += 1) {
    const memo = makeText(random);
    const cells = rowWith({
      9: memo,
      1: makeText(random),
      ...(random(5) === 0 ? { [random(9)]: makeText(random) } : {}),
    });
    const isAccepted = check.check(cells, round);
    const lines = parseCopy((isAccepted ? check.rows : check.defects).take());
    assert.ok(lines.length >= 1);
    for (const line of lines) {
      assert.equal(line.length, isAccepted ? copyColumnsOf(contract).length : DEFECT_COLUMNS.length);
      assert.ok(line.every((value) => value === null || (value.isWellFormed() && !value.includes('\0'))));
    }
    check.defects.take();
  }
  const { rows, accepted: good, quarantined } = check.tally();
  assert.equal(rows, good + quarantined);
});

test('text survives the COPY format byte by byte', () => {
  const random = makeRandom(31);
  const buffer = new CopyBuffer(64);
  for (let round = 0; round < 3000; round += 1) {
    const values = [makeText(random), '\\N', '', makeText(random)];
    buffer.firstNumber(round);
    for (const value of values) buffer.column(value);
    buffer.endLine();
    const [line] = parseCopy(buffer.take());
    const wanted = values.map((value) => (value === '' ? null : value.toWellFormed().replaceAll('\0', '')));
    assert.deepEqual(line, [String(round), ...wanted]);
  }
});

test('PostgreSQL takes the lines as they are', {
  skip: server === undefined && 'XINQIAO_TEST_SERVER names no server',
}, async (t) => {
  const database = openDatabase(server ?? '');
  t.after(() => database.close());
  const random = makeRandom(37);
  const check = start();
  for (let round = 0; round < 500; round += 1) {
    check.check(
      rowWith({
        9: makeText(random),
        5: '长期',
        6: random(2) ? '5(万美元)' : '7',
        ...(random(4) ? {} : { 4: makeText(random) }),
      }),
      round,
    );
  }
  const { accepted: good } = check.tally();
  await inTransaction(database, async (tx) => {
    for (const [name, columns, bytes] of [
      ['staged', copyColumnsOf(contract), check.rows.take()],
      ['defects', DEFECT_COLUMNS, check.defects.take()],
    ] as const) {
      await tx.rows(
        `create temporary table ${name} (${columns.map((one) => `${one.name} ${one.type}`).join(', ')}) on commit drop`,
      );
      await pipeline(
        Readable.from([Buffer.from(bytes)]),
        tx.client.query(copyFrom(`copy ${name} from stdin`)),
      );
    }
    const [counts] = await tx.rows<{ staged: number; open: number; quarantined: number }>(
      `select count(*)::int as staged, count(*) filter (where ends = 'infinity' and original ? 'ends')::int as open,
         (select count(distinct row_no)::int from defects where severity = 'block') as quarantined from staged`,
    );
    assert.deepEqual(counts, { staged: good, open: good, quarantined: 500 - good });
  });
});
