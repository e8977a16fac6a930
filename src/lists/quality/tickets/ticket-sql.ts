import type { Tx } from '#kernel';

export type TicketKind = 'defects' | 'returned' | 'refused' | 'overdue';
export type TicketState = 'open' | 'redelivered' | 'overdue' | 'closed';

/** What a provider has to mend: a delivery with quarantined rows, returned or refused, or one that did not come. */
export type Ticket = {
  readonly ticketId: string;
  readonly kind: TicketKind;
  readonly contractId: string;
  readonly provider: string;
  readonly delivery: string | null;
  /** Overdue only: end of the period whose data are owed. */
  readonly periodEnd: string | null;
  readonly defectRows: number;
  readonly state: TicketState;
  readonly openedAt: Date;
  readonly dueOn: string;
  /** False: the due date counts Monday to Friday, since no calendar of that year is announced. */
  readonly dueIsCertain: boolean;
  readonly redelivery: string | null;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly closeNote: string | null;
};

export const TICKET = `
  select t.ticket_id as "ticketId", t.kind, t.contract_id as "contractId", t.provider, d.delivery_id as delivery,
    t.period_end::text as "periodEnd", t.defect_rows as "defectRows", t.state, t.opened_at as "openedAt",
    t.due_on::text as "dueOn", t.due_is_certain as "dueIsCertain", r.delivery_id as redelivery,
    t.closed_at as "closedAt", t.closed_by as "closedBy", t.close_note as "closeNote"
  from lists.tickets t
  left join lists.deliveries d on d.delivery_no = t.delivery_no
  left join lists.deliveries r on r.delivery_no = t.redelivery_no`;

/** Tickets, those due first; closed ones only when asked for. A provider sees its own. */
export async function listTickets(
  tx: Tx,
  {
    provider,
    withClosed = false,
    limit,
  }: { provider?: string | undefined; withClosed?: boolean; limit: number },
): Promise<Ticket[]> {
  return await tx.rows<Ticket>(
    `${TICKET}
     where ($1::text is null or t.provider = $1) and ($2 or t.state <> 'closed')
     order by t.state = 'closed', t.due_on, t.ticket_no limit $3`,
    [provider ?? null, withClosed, limit],
  );
}
