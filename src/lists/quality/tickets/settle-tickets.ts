import { inTransaction, type Tx } from '#kernel';
import { type Caller, decidePopulation } from '#security';
import type { ListsContext } from '../../lists-context.ts';
import { readKnownAt } from '../../read/records.ts';
import { startOfBeijingDate } from '../period.ts';
import { addDays } from '../working-days.ts';
import { areKeysClean } from './clean-keys.ts';
import type { TicketKind } from './ticket-sql.ts';

type OpenTicket = {
  ticket_no: string;
  kind: TicketKind;
  contract_id: string;
  provider: string;
  delivery_no: string | null;
  period_end: string | null;
};

/** Closes the tickets that later deliveries have answered; returns how many. Each ticket in a transaction of its own. */
export async function settleTickets(
  context: ListsContext,
  { caller }: { caller: Caller },
): Promise<{ closed: number }> {
  const open = await inTransaction(context.database, listOpen);
  let closed = 0;
  for (const ticket of open) {
    const isClosed = await inTransaction(context.database, (tx) => settle(tx, context, { ticket, caller }));
    if (isClosed) closed += 1;
  }
  return { closed };
}

/** Only tickets whose contract has had a delivery since. */
async function listOpen(tx: Tx): Promise<OpenTicket[]> {
  return await tx.rows<OpenTicket>(
    `select t.ticket_no, t.kind, t.contract_id, t.provider, t.delivery_no, t.period_end::text as period_end
     from lists.tickets t
     where t.state <> 'closed' and exists (
       select from lists.deliveries d
       where d.contract_id = t.contract_id and d.provider = t.provider and d.kind = 'records'
         and d.state in ('published', 'partly_published')
         and (t.delivery_no is null or d.delivery_no > t.delivery_no))
     order by t.ticket_no`,
  );
}

type Settling = { readonly ticket: OpenTicket; readonly caller: Caller };

async function settle(tx: Tx, context: ListsContext, { ticket, caller }: Settling): Promise<boolean> {
  const at = context.clock.now();
  if (ticket.delivery_no === null) {
    const arrived = await findArrival(tx, ticket);
    return arrived !== null && (await close(tx, ticket, { redeliveryNo: arrived, at }));
  }
  const redelivery = await findRedelivery(tx, ticket.delivery_no);
  if (redelivery?.isClean === true)
    return await close(tx, ticket, { redeliveryNo: redelivery.deliveryNo, at });
  if (await bringsKeysClean(tx, context, { ticket, caller })) {
    return await close(tx, ticket, {
      redeliveryNo: redelivery?.deliveryNo ?? (await findLast(tx, ticket)),
      at,
    });
  }
  if (redelivery !== null) await markRedelivered(tx, ticket, redelivery.deliveryNo);
  return false;
}

/** A delivery that came after the end of the period owed answers an overdue ticket, whatever its defects. */
async function findArrival(tx: Tx, ticket: OpenTicket): Promise<string | null> {
  const [row] = await tx.rows<{ delivery_no: string }>(
    `select delivery_no from lists.deliveries
     where contract_id = $1 and provider = $2 and kind = 'records' and received_at >= $3
       and state in ('published', 'partly_published')
     order by delivery_no limit 1`,
    [ticket.contract_id, ticket.provider, startOfBeijingDate(addDays(ticket.period_end ?? '', 1))],
  );
  return row?.delivery_no ?? null;
}

type Redelivery = { readonly deliveryNo: string; readonly isClean: boolean };

/**
 * The latest delivery that says it mends this one: named after it, as the quarantine download is. A file that could not
 * be read at all has no rows to compare, so there the same file name is enough. The next regular delivery is none,
 * however clean: it says nothing about the bad rows.
 */
async function findRedelivery(tx: Tx, deliveryNo: string): Promise<Redelivery | null> {
  const [row] = await tx.rows<Redelivery>(
    `select n.delivery_no as "deliveryNo", n.quarantined_rows = 0 and n.state <> 'returned' as "isClean"
     from lists.deliveries d
     join lists.deliveries n on n.contract_id = d.contract_id and n.provider = d.provider and n.kind = 'records'
       and n.delivery_no > d.delivery_no and n.state in ('published', 'partly_published', 'returned')
       and (strpos(n.file_name, d.delivery_id) > 0 or (d.state = 'refused' and n.file_name = d.file_name))
     where d.delivery_no = $1
     order by n.delivery_no desc limit 1`,
    [deliveryNo],
  );
  return row ?? null;
}

async function bringsKeysClean(
  tx: Tx,
  context: ListsContext,
  { ticket, caller }: Settling,
): Promise<boolean> {
  const contract = context.catalogue.contracts.get(ticket.contract_id);
  if (contract === undefined || ticket.delivery_no === null || ticket.kind === 'refused') return false;
  const permit = decidePopulation(tx, context.policies, {
    caller,
    purpose: 'quality',
    population: { kind: 'all' },
    contracts: [contract],
    asOf: { knownAt: await readKnownAt(tx, [contract.id]) },
    runId: `ticket ${ticket.ticket_no}`,
  });
  return await areKeysClean(tx, permit, {
    deliveryNo: ticket.delivery_no,
    contract,
    catalogue: context.catalogue,
  });
}

async function findLast(tx: Tx, ticket: OpenTicket): Promise<string | null> {
  const [row] = await tx.rows<{ no: string | null }>(
    `select max(delivery_no) as no from lists.deliveries
     where contract_id = $1 and provider = $2 and kind = 'records' and state in ('published', 'partly_published')`,
    [ticket.contract_id, ticket.provider],
  );
  return row?.no ?? null;
}

async function close(
  tx: Tx,
  ticket: OpenTicket,
  { redeliveryNo, at }: { redeliveryNo: string | null; at: Date },
): Promise<boolean> {
  await tx.rows(
    `update lists.tickets set state = 'closed', redelivery_no = $2, closed_at = $3, closed_by = 'redelivery'
     where ticket_no = $1 and state <> 'closed'`,
    [ticket.ticket_no, redeliveryNo, at],
  );
  return true;
}

/** An overdue ticket stays overdue until it is closed. */
async function markRedelivered(tx: Tx, ticket: OpenTicket, redeliveryNo: string): Promise<void> {
  await tx.rows(
    `update lists.tickets set redelivery_no = $2, state = case when state = 'open' then 'redelivered' else state end
     where ticket_no = $1 and state <> 'closed'`,
    [ticket.ticket_no, redeliveryNo],
  );
}
