import { beijingDate, newId, type Tx } from '#kernel';
import { qualityRefusal } from '../quality-refusals.ts';
import { addWorkingDays, type WorkingCalendar } from '../working-days.ts';
import { TICKET, type Ticket } from './ticket-sql.ts';

/** How tickets are dated: the instant they are opened at, and the working days until they are due. */
export type TicketTerms = {
  readonly calendar: WorkingCalendar;
  readonly workingDays: number;
  readonly at: Date;
};

/**
 * Opens a ticket for every finished delivery with quarantined rows, every returned and every refused one that has none
 * yet, and moves those past their day to `overdue`. Returns how many were opened. Run again it opens nothing twice.
 */
export async function openTickets(tx: Tx, terms: TicketTerms): Promise<number> {
  const due = addWorkingDays(terms.calendar, beijingDate(terms.at), terms.workingDays);
  const wanting = await tx.rows<{ delivery_no: string }>(
    `select d.delivery_no from lists.deliveries d
     where (d.state in ('returned', 'refused') or (d.state = 'partly_published' and d.quarantined_rows > 0))
       and not exists (select from lists.tickets t where t.delivery_no = d.delivery_no)
     order by d.delivery_no`,
  );
  const opened = await tx.rows<{ ticket_no: string }>(
    `insert into lists.tickets
       (ticket_id, kind, contract_id, provider, delivery_no, defect_rows, opened_at, due_on, due_is_certain)
     select w.ticket_id, case when d.state in ('returned', 'refused') then d.state else 'defects' end, d.contract_id,
       d.provider, d.delivery_no, coalesce(d.quarantined_rows, 0), $3, $4, $5
     from unnest($1::bigint[], $2::text[]) as w(delivery_no, ticket_id)
     join lists.deliveries d on d.delivery_no = w.delivery_no
     on conflict (delivery_no) where delivery_no is not null do nothing returning ticket_no`,
    [
      wanting.map((row) => row.delivery_no),
      wanting.map(() => newId('tkt', terms.at)),
      terms.at,
      due.date,
      due.isKnown,
    ],
  );
  await tx.rows(
    `update lists.tickets set state = 'overdue' where state in ('open', 'redelivered') and due_on < $1`,
    [beijingDate(terms.at)],
  );
  return opened.length;
}

/** Closes a ticket by a person's word, for what no later delivery can show. `by` is already allowed to. */
export async function closeTicket(
  tx: Tx,
  { ticketId, by, note, at }: { ticketId: string; by: string; note: string; at: Date },
): Promise<Ticket> {
  const closed = await tx.rows(
    `update lists.tickets set state = 'closed', closed_at = $2, closed_by = $3, close_note = $4
     where ticket_id = $1 and state <> 'closed' returning ticket_no`,
    [ticketId, at, by, note],
  );
  const [ticket] = await tx.rows<Ticket>(`${TICKET} where t.ticket_id = $1`, [ticketId]);
  if (ticket === undefined || closed.length === 0)
    throw qualityRefusal('quality.ticket_unknown', { ticket: ticketId });
  return ticket;
}
