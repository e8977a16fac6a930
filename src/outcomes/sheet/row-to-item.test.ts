import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadReasons } from '../reasons.ts';
import { COLUMNS, headingOf, sheetTemplate } from './columns.ts';
import { rowToItem } from './row-to-item.ts';

const reasons = loadReasons(join(import.meta.dirname, '..', '..', '..'));

function read(cells: Readonly<Record<string, string>>) {
  const all = { 查询编号: 'dsc_1', 是否使用: '是', ...cells };
  return rowToItem({ row: 3, cells: new Map(Object.entries(all)), month: '2026-09' }, reasons);
}

test('the template has every heading once', () => {
  const headings = sheetTemplate().slice(1).trim().split(',');
  assert.equal(new Set(headings).size, COLUMNS.length);
  assert.deepEqual(
    headings,
    COLUMNS.map(({ heading }) => heading),
  );
});

test('a whole row becomes a whole item: yuan in fen, per cent in basis points, dates in one form', () => {
  const row = read({
    申请编号: 'A-1',
    申请日期: '2026/9/1',
    产品: '流动资金贷款',
    '申请金额（元）': '500,000',
    审批结果: '批准',
    审批日期: '2026年9月10日',
    借据编号: 'L-1',
    '放款金额（元）': '400000.50',
    '年利率（%）': '3.4500%',
    '期限（月）': '１２',
    担保方式: '信用',
    是否首贷: '是',
    是否信用贷款: '是',
    放款日期: '20260915',
    '贷款余额（元）': '400000.5',
    逾期情况: '31-60天',
    是否不良: '否',
  });
  assert.deepEqual(row, {
    item: {
      disclosureId: 'dsc_1',
      used: true,
      application: { id: 'A-1', appliedOn: '2026-09-01', product: '流动资金贷款', requestedFen: 50_000_000 },
      decision: { result: 'approved', reasons: [], decidedOn: '2026-09-10' },
      loan: {
        id: 'L-1',
        amountFen: 40_000_050,
        annualRateBp: 345,
        termMonths: 12,
        guarantee: 'none',
        isFirstLoan: true,
        isCreditLoan: true,
        disbursedOn: '2026-09-15',
      },
      balance: { loanId: 'L-1', month: '2026-09', balanceFen: 40_000_050, overdue: 'd31_60', isBad: false },
    },
  });
});

test('a part is there when its own cells are: a balance alone names its loan', () => {
  assert.deepEqual(read({}), { item: { disclosureId: 'dsc_1', used: true } });
  assert.deepEqual(
    read({ 借据编号: 'L-1', '贷款余额（元）': '0', 逾期情况: '无', 是否不良: '否', 结清日期: '2026-09-30' }),
    {
      item: {
        disclosureId: 'dsc_1',
        used: true,
        balance: {
          loanId: 'L-1',
          month: '2026-09',
          balanceFen: 0,
          overdue: 'none',
          isBad: false,
          settledOn: '2026-09-30',
        },
      },
    },
  );
});

test('reasons are read in Chinese or as codes, several at once', () => {
  const row = read({
    申请编号: 'A-1',
    申请日期: '2026-09-01',
    产品: '贷款',
    '申请金额（元）': '1',
    审批结果: '拒绝',
    审批原因: '负债水平过高；litigation',
    审批日期: '2026-09-02',
  });
  assert('item' in row);
  assert.deepEqual(row.item.decision?.reasons, ['debt_level', 'litigation']);
  const unused = read({ 是否使用: '否', 未使用原因: '信息陈旧' });
  assert('item' in unused);
  assert.equal(unused.item.unusedReason, 'data_stale');
});

test('what cannot be read and what is missing is named by its heading, each once', () => {
  const row = read({ 是否使用: '也许', '贷款余额（元）': '约五万', '年利率（%）': '3.455' });
  assert('faults' in row);
  assert.deepEqual(
    row.faults.map(({ row, column, code }) => [row, column, code]),
    [
      [3, '是否使用', 'cell_unreadable'],
      [3, '年利率（%）', 'cell_unreadable'],
      [3, '贷款余额（元）', 'cell_unreadable'],
    ],
  );
  const partial = read({ 借据编号: 'L-1', '贷款余额（元）': '5' });
  assert('faults' in partial);
  assert.deepEqual(
    partial.faults.map(({ column, code }) => [column, code]),
    [
      ['逾期情况', 'cell_missing'],
      ['是否不良', 'cell_missing'],
    ],
  );
});

test('a fault of an item is found under the heading of its column', () => {
  assert.equal(headingOf('balance.loanId'), '借据编号');
  assert.equal(headingOf('loan.amountFen'), '放款金额（元）');
  assert.equal(headingOf('nothing'), undefined);
});
