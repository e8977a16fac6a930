import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRandom, makeText } from '../check.test-support.ts';
import { dateReader, monthReader, timestampReader, yearReader } from './date.ts';
import type { Reader } from './reading.ts';

const date = dateReader(false);
const openDate = dateReader(true);

function read(reader: Reader, cell: string): string {
  const quick = reader.quick(cell);
  if (quick !== undefined) return quick;
  const reading = reader.read(cell);
  return 'defect' in reading ? reading.defect : reading.value;
}

test('every spelling of a day is the same date', () => {
  const spellings = [
    '2019-01-02',
    '2019/1/2',
    '2019.1.2',
    '20190102',
    '2019年1月2日',
    '2019年01月02日',
    '２０１９－０１－０２',
  ];
  const timed = [
    '2019-01-02 00:00:00',
    '2019/1/2 0:00',
    '2019-01-02T08:30:00+08:00',
    ' 2019-1-2 ',
    '2019 年 1 月 2 日',
  ];
  for (const cell of [...spellings, ...timed]) assert.equal(read(date, cell), '2019-01-02', cell);
});

test('only a spelling of its own asks for the original to be kept', () => {
  assert.deepEqual(date.read(' 2019-01-02 '), { value: '2019-01-02', changed: false });
  assert.deepEqual(date.read('2019/1/2'), { value: '2019-01-02', changed: true });
});

test('open ends are infinity where the field allows them and a defect elsewhere', () => {
  for (const cell of ['9999-9-9', '9999-12-31', '99991231', '长期', '永久', '9999年12月31日']) {
    assert.equal(read(openDate, cell), 'infinity', cell);
    assert.equal(read(date, cell), 'date_open_ended', cell);
  }
});

test('impossible days and years far away are defects', () => {
  for (const cell of ['2019-02-29', '2019-13-01', '20190431', '2019-00-10', '1900-02-29']) {
    assert.equal(read(date, cell), 'date_impossible', cell);
  }
  for (const cell of ['0000-00-00', '0001-01-01', '20000-01-01', '1066-10-14', '2500-01-01']) {
    assert.equal(read(date, cell), 'date_out_of_range', cell);
  }
  for (const cell of ['1/2/2019', '昨天', '43466', '2019', '2019-1', '2019-01-02x', '2019-1/2-3']) {
    assert.equal(read(date, cell), 'date_unreadable', cell);
  }
  assert.equal(read(date, '2020-02-29'), '2020-02-29');
});

test('months are kept as their first day, years as four digits', () => {
  for (const cell of ['2026-01', '202601', '2026年1月', '2026/1', '2026.01', '2026-01-31', '2026年1月份']) {
    assert.equal(read(monthReader(), cell), '2026-01-01', cell);
  }
  assert.equal(read(monthReader(), '202613'), 'date_impossible');
  assert.equal(read(monthReader(), '一月'), 'date_unreadable');
  for (const cell of ['2018', '2018年', '2018年度', '2018.0', '２０１８'])
    assert.equal(read(yearReader(), cell), '2018', cell);
  assert.equal(read(yearReader(), '18'), 'date_out_of_range');
  assert.equal(read(yearReader(), '戊戌'), 'date_unreadable');
});

test('instants carry an offset, Beijing time when the file names none', () => {
  const instant = timestampReader();
  for (const cell of [
    '2019-01-02 03:04:05',
    '2019/1/2 3:04:05',
    '2019-01-02T03:04:05',
    '20190102030405',
    '2019年1月2日 3时4分5秒',
  ]) {
    assert.equal(read(instant, cell), '2019-01-02 03:04:05+08', cell);
  }
  assert.equal(read(instant, '2019-01-02T03:04:05.678Z'), '2019-01-02 03:04:05.678+00');
  assert.equal(read(instant, '2019-01-02 03:04:05+05:30'), '2019-01-02 03:04:05+05:30');
  assert.equal(read(instant, '2019-01-02'), '2019-01-02 00:00:00+08');
  assert.equal(read(instant, '2019-01-02 25:00:00'), 'time_impossible');
  assert.equal(read(instant, '某时'), 'date_unreadable');
});

test('reading a normalised value again changes nothing', () => {
  const random = makeRandom(3);
  for (let round = 0; round < 2000; round += 1) {
    const cell = `${1600 + random(600)}${'-/.'.charAt(random(3))}${random(14)}-${random(33)} ${random(25)}:${random(61)}:0${random(10)}`;
    for (const reader of [date, openDate, timestampReader()]) {
      const once = reader.read(cell);
      if (!('defect' in once))
        assert.deepEqual(reader.read(once.value), { value: once.value, changed: false }, cell);
    }
  }
});

test('the quick way accepts only what the thorough way leaves as it is', () => {
  const random = makeRandom(5);
  for (let round = 0; round < 5000; round += 1) {
    const cell = `${1590 + random(620)}-${String(random(14)).padStart(2, '0')}-${String(random(33)).padStart(2, '0')}`;
    const thorough = date.read(cell);
    assert.equal(date.quick(cell), 'defect' in thorough ? undefined : cell, cell);
  }
});

test('no text makes a reader fail', () => {
  const random = makeRandom(13);
  for (let round = 0; round < 3000; round += 1) {
    const cell = makeText(random);
    for (const reader of [openDate, monthReader(), yearReader(), timestampReader()]) reader.read(cell);
  }
});
