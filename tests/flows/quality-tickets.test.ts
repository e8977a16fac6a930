import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inTransaction, Refusal, type Tx } from '#kernel';
import type { ListsContext } from '#lists';
import { systemCaller } from '#platform';
import { listExpected, remindOverdue } from '../../src/lists/quality/tickets/expected.ts';
import { closeTicket, openTickets } from '../../src/lists/quality/tickets/open-tickets.ts';
import { settleTickets } from '../../src/lists/quality/tickets/settle-tickets.ts';
import { listTickets, type Ticket } from '../../src/lists/quality/tickets/ticket-sql.ts';
import { loadCalendar } from '../../src/lists/quality/working-days.ts';
import { openTestLists } from '../support/lists.ts';
import { CODES, csv, deliverFile, movableClock } from './quality-city.ts';

const clock = movableClock(new Date());
const context: ListsContext = { ...(await openTestLists({ after })), clock };
const caller = systemCaller('settle_tickets');
const calendar = loadCalendar(`${context.packageFolder}/models/calendars`);
const [A, B, C] = CODES;
const PENALTY = ['行政处罚决定书文号', '处罚类别', '处罚决定日期'];

type Row = readonly [string, ...string[]];
const good = (code: string, no: string): Row => [code, no, '罚款', '2024-03-01'];
const bad = (code: string, no: string): Row => [code, no, '罚款', '2024-02-30'];
const many = (start: string): Row[] => Array.from({ length: 20 }, (_, at) => good(A, `${start}${at}`));

async function work<Result>(task: (tx: Tx) => Promise<Result>): Promise<Result> {
  return await inTransaction(context.database, task);
}

async function penalties(fileName: string, rows: readonly Row[]) {
  return await deliverFile(context, { contract: 'n08_penalty', fileName, content: csv(PENALTY, rows) });
}

async function open(): Promise<number> {
  return await work((tx) => openTickets(tx, { calendar, workingDays: 5, at: clock.now() }));
}

async function tickets(): Promise<Ticket[]> {
  return await work((tx) => listTickets(tx, { limit: 100 }));
}

test('a delivery with quarantined rows opens one ticket, due in working days', async () => {
  const receipt = await penalties('day1.csv', [...many('一'), bad(B, '乙1')]);
  assert.equal(receipt.quarantined, 1);
  assert.equal(await open(), 1);
  assert.equal(await open(), 0);
  const [ticket] = await tickets();
  assert.deepEqual(
    [ticket?.kind, ticket?.delivery, ticket?.defectRows, ticket?.state],
    ['defects', receipt.delivery, 1, 'open'],
  );
  assert.ok((ticket?.dueOn ?? '') > clock.now().toISOString().slice(0, 10));
});

test('the next regular delivery, however clean, closes nothing', async () => {
  await penalties('day2.csv', many('二'));
  assert.deepEqual(await settleTickets(context, { caller }), { closed: 0 });
  assert.equal((await tickets()).length, 1);
});

test('a later delivery that brings the same natural key clean closes the ticket by itself', async () => {
  const receipt = await penalties('day3.csv', [...many('三'), good(B, '乙1')]);
  assert.deepEqual(await settleTickets(context, { caller }), { closed: 1 });
  const [ticket] = await work((tx) => listTickets(tx, { withClosed: true, limit: 1 }));
  assert.deepEqual(
    [ticket?.state, ticket?.redelivery, ticket?.closedBy],
    ['closed', receipt.delivery, 'redelivery'],
  );
});

test('a mended file with new defects leaves the ticket redelivered, and one without closes it', async () => {
  const receipt = await penalties('day4.csv', [...many('四'), bad('', ''), bad(C, '丙1')]);
  await open();
  await penalties(`${receipt.delivery}-quarantine.csv`, [...many('五'), bad(C, '丙2')]);
  assert.deepEqual(await settleTickets(context, { caller }), { closed: 0 });
  assert.equal((await tickets())[0]?.state, 'redelivered');
  await penalties(`${receipt.delivery}-quarantine-2.csv`, [good(C, '丙1')]);
  assert.deepEqual(await settleTickets(context, { caller }), { closed: 1 });
});

test('a returned delivery and one that could not be read have tickets; a person can close one', async () => {
  const returned = await penalties('day5.csv', [bad(A, '六1'), bad(A, '六2')]);
  const refused = await deliverFile(context, {
    contract: 'n08_penalty',
    fileName: 'day6.csv',
    content: 'PNG\nnothing',
  });
  assert.deepEqual([returned.state, refused.state], ['returned', 'refused']);
  await open();
  const kinds = new Map((await tickets()).map((ticket) => [ticket.kind, ticket]));
  assert.equal(kinds.get('returned')?.delivery, returned.delivery);
  const ticketId = kinds.get('refused')?.ticketId ?? '';
  const closed = await work((tx) =>
    closeTicket(tx, { ticketId, by: 'op', note: '改由接口报送', at: clock.now() }),
  );
  assert.deepEqual([closed.state, closed.closedBy], ['closed', 'op']);
  await assert.rejects(
    work((tx) => closeTicket(tx, { ticketId, by: 'op', note: '', at: clock.now() })),
    (error) => error instanceof Refusal && error.code === 'quality.ticket_unknown',
  );
  await penalties('day7.csv', [good(A, '六1'), good(A, '六2')]);
  assert.equal((await settleTickets(context, { caller })).closed, 1);
  assert.equal(
    (await tickets()).some(({ delivery }) => delivery === returned.delivery),
    false,
  );
});

test('a delivery that does not come is expected, overdue, reminded once a day, and ends with its arrival', async () => {
  const due = await work((tx) => listExpected(tx, context.catalogue, calendar, clock.now()));
  const penalty = due.find(({ contractId }) => contractId === 'n08_penalty');
  assert.equal(penalty?.overdueDays, 0);
  assert.equal(
    due.some(({ contractId }) => contractId === 'v22_invoices'),
    false,
  );
  clock.at = new Date(clock.at.getTime() + 30 * 86_400_000);
  const once = await remindOverdue(context, { calendar, workingDays: 5 });
  assert.ok(once.reminded > 0);
  assert.equal((await remindOverdue(context, { calendar, workingDays: 5 })).reminded, 0);
  const late = await work((tx) => listExpected(tx, context.catalogue, calendar, clock.now()));
  const overdue = late.find(({ contractId }) => contractId === 'n08_penalty');
  assert.ok((overdue?.overdueDays ?? 0) > 10);
  assert.deepEqual(overdue?.remindedAt, clock.at);
  const isOpen = async () =>
    (await tickets()).some(({ kind, contractId }) => kind === 'overdue' && contractId === 'n08_penalty');
  assert.equal(await isOpen(), true);
  await penalties('day30.csv', many('七'));
  await settleTickets(context, { caller });
  assert.equal(await isOpen(), false);
});

test('a ticket past its day is overdue until it is closed', async () => {
  await penalties('day31.csv', [...many('八'), bad(C, '丙9')]);
  await open();
  clock.at = new Date(clock.at.getTime() + 20 * 86_400_000);
  await open();
  assert.equal((await tickets()).find(({ kind }) => kind === 'defects')?.state, 'overdue');
});
