import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import type { Catalogue } from '../../contract/load.ts';
import type { ListsContext } from '../../lists-context.ts';
import { addWorkingDays, daysBetween, type WorkingCalendar } from '../working-days.ts';
import { openTickets, type TicketTerms } from './open-tickets.ts';
import { expectedBy, owedPeriodEnd, regularFrequency } from './schedule.ts';

/** The next delivery a department owes by the frequency of its contract. Dates are `YYYY-MM-DD` of Beijing. */
export type ExpectedDelivery = {
  readonly contractId: string;
  readonly name: string;
  readonly provider: string;
  readonly frequency: string;
  /** End of the period whose data are owed. */
  readonly periodEnd: string;
  readonly expectedBy: string;
  /** False: counted without an announced calendar. */
  readonly isCertain: boolean;
  readonly lastDeliveryAt: Date | null;
  /** 0 while there is still time. */
  readonly overdueDays: number;
  readonly remindedAt: Date | null;
};

/** Every regular contract with what it owes next, the longest overdue first. */
export async function listExpected(
  tx: Tx,
  catalogue: Catalogue,
  calendar: WorkingCalendar,
  now: Date,
): Promise<ExpectedDelivery[]> {
  const since = await readSince(tx);
  const reminders = await readReminders(tx);
  const today = beijingDate(now);
  const expected = [...catalogue.contracts.values()].flatMap((contract): ExpectedDelivery[] => {
    const frequency = regularFrequency(contract);
    const began = since.get(contract.id);
    if (frequency === null || began === undefined) return [];
    const periodEnd = owedPeriodEnd(frequency, beijingDate(began.lastAt ?? began.inForceAt), calendar);
    const due = expectedBy(periodEnd, contract.latency, calendar);
    return [
      {
        contractId: contract.id,
        name: contract.name,
        provider: contract.provider,
        frequency,
        periodEnd,
        expectedBy: due.date,
        isCertain: due.isKnown,
        lastDeliveryAt: began.lastAt,
        overdueDays: Math.max(0, daysBetween(due.date, today)),
        remindedAt: reminders.get(`${contract.id} ${periodEnd}`) ?? null,
      },
    ];
  });
  return expected.sort((a, b) => b.overdueDays - a.overdueDays || (a.expectedBy < b.expectedBy ? -1 : 1));
}

type Since = { readonly lastAt: Date | null; readonly inForceAt: Date };

/** A contract that never had a delivery owes from the day it came into force here. */
async function readSince(tx: Tx): Promise<Map<string, Since>> {
  const rows = await tx.rows<{ contract_id: string; last_at: Date | null; in_force_at: Date }>(
    `select v.contract_id, min(v.created_at) as in_force_at,
       (select max(d.received_at) from lists.deliveries d
        where d.contract_id = v.contract_id and d.kind = 'records' and d.state in ('published', 'partly_published')) as last_at
     from lists.contract_versions v group by v.contract_id`,
  );
  return new Map(rows.map((row) => [row.contract_id, { lastAt: row.last_at, inForceAt: row.in_force_at }]));
}

async function readReminders(tx: Tx): Promise<Map<string, Date>> {
  const rows = await tx.rows<{ contract_id: string; period_end: string; at: Date }>(
    `select contract_id, period_end::text as period_end, max(reminded_at) as at
     from lists.delivery_reminders group by contract_id, period_end`,
  );
  return new Map(rows.map((row) => [`${row.contract_id} ${row.period_end}`, row.at]));
}

/**
 * The daily job: opens tickets for deliveries with defects, and for each delivery overdue writes a reminder, once a day,
 * and a ticket. Reminders are shown on the page and by the command.
 */
export async function remindOverdue(
  context: ListsContext,
  { calendar, workingDays }: Omit<TicketTerms, 'at'>,
): Promise<{ opened: number; reminded: number }> {
  return await inTransaction(context.database, async (tx) => {
    const terms = { calendar, workingDays, at: context.clock.now() };
    const opened = await openTickets(tx, terms);
    const expected = await listExpected(tx, context.catalogue, calendar, terms.at);
    const overdue = expected.filter(({ overdueDays }) => overdueDays > 0);
    await openOverdueTickets(tx, overdue, terms);
    return { opened, reminded: await remind(tx, overdue, terms.at) };
  });
}

async function remind(tx: Tx, overdue: readonly ExpectedDelivery[], at: Date): Promise<number> {
  const made = await tx.rows(
    `insert into lists.delivery_reminders (contract_id, period_end, reminded_on, provider, overdue_days, reminded_at)
     select contract_id, period_end, $5, provider, overdue_days, $6
     from unnest($1::text[], $2::date[], $3::text[], $4::integer[]) as o(contract_id, period_end, provider, overdue_days)
     on conflict do nothing returning contract_id`,
    [
      overdue.map(({ contractId }) => contractId),
      overdue.map(({ periodEnd }) => periodEnd),
      overdue.map(({ provider }) => provider),
      overdue.map(({ overdueDays }) => overdueDays),
      beijingDate(at),
      at,
    ],
  );
  return made.length;
}

async function openOverdueTickets(
  tx: Tx,
  overdue: readonly ExpectedDelivery[],
  terms: TicketTerms,
): Promise<void> {
  const due = addWorkingDays(terms.calendar, beijingDate(terms.at), terms.workingDays);
  await tx.rows(
    `insert into lists.tickets
       (ticket_id, kind, contract_id, provider, period_end, defect_rows, opened_at, due_on, due_is_certain)
     select ticket_id, 'overdue', contract_id, provider, period_end, 0, $5, $6, $7
     from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as o(ticket_id, contract_id, provider, period_end)
     on conflict (contract_id, period_end) where kind = 'overdue' do nothing`,
    [
      overdue.map(() => newId('tkt', terms.at)),
      overdue.map(({ contractId }) => contractId),
      overdue.map(({ provider }) => provider),
      overdue.map(({ periodEnd }) => periodEnd),
      terms.at,
      due.date,
      due.isKnown,
    ],
  );
}
