import assert from 'node:assert';
import type { EnterpriseId, Tx } from '#kernel';
import type { DisclosureKind } from '../disclosures.ts';
import { dayAfterQuarter } from './bits.ts';
import { budgetRefusal } from './budget-refusals.ts';

/** One account of the ledger. */
export type BudgetAccount = {
  readonly enterpriseId: EnterpriseId;
  /** Participant id of the institution as a whole: its offices share one budget, whichever platform they come through. */
  readonly institution: string;
  readonly contractId: string;
  /** As `quarterOf` gives it. */
  readonly quarter: string;
};

export type Booking = BudgetAccount & {
  /** At least one possible answer more than none: see `bitsOf`. */
  readonly bits: number;
  /** Most bits of the quarter, see `bitsLimitOf`. */
  readonly limitBits: number;
  /** What it is booked for; one booking per disclosure and account. */
  readonly disclosureId: string;
  readonly kind: DisclosureKind;
  readonly at: Date;
};

/**
 * Books what an answer will tell, in the transaction of the answer and before it is made: of many at once none gets
 * past the limit, and whatever rolls back was not booked. Who books several accounts does so in one order.
 * Returns all bits booked in the quarter. Throws `budget.exhausted`.
 */
export async function bookBits(tx: Tx, booking: Booking): Promise<number> {
  const { enterpriseId, institution, contractId, quarter, bits, limitBits } = booking;
  assert(bits > 0, 'what tells nothing is not booked');
  const [row] = await tx.hotRows<{ booked: number }>('security.book_bits', BOOK_BITS, [
    enterpriseId,
    institution,
    contractId,
    quarter,
    bits,
    limitBits,
    booking.disclosureId,
    booking.kind,
    booking.at,
  ]);
  if (row !== undefined) return row.booked;
  const next = dayAfterQuarter(quarter);
  throw budgetRefusal('budget.exhausted', { contract: contractId, quarter, limit: limitBits, bits, next });
}

const BOOK_BITS = `
  with booked as (
    insert into security.disclosure_budget as b (enterprise_id, institution, contract_id, quarter, bits_booked)
    select $1::bigint, $2::text, $3::text, $4::text, $5::numeric where $5::numeric <= $6::numeric
    on conflict (enterprise_id, institution, contract_id, quarter) do update
      set bits_booked = b.bits_booked + excluded.bits_booked
      where b.bits_booked + excluded.bits_booked <= $6::numeric
    returning enterprise_id, institution, contract_id, quarter, bits_booked
  ), entry as (
    insert into security.disclosure_budget_entries
      (enterprise_id, institution, contract_id, quarter, disclosure_id, kind, bits, at)
    select enterprise_id, institution, contract_id, quarter, $7, $8, $5::numeric, $9 from booked
  )
  select bits_booked::float8 as booked from booked`;

/** Bits booked so far; nothing of what was asked. */
export async function readBookedBits(tx: Tx, account: BudgetAccount): Promise<number> {
  const { enterpriseId, institution, contractId, quarter } = account;
  const [row] = await tx.hotRows<{ booked: number }>(
    'security.booked_bits',
    `select bits_booked::float8 as booked from security.disclosure_budget
     where enterprise_id = $1 and institution = $2 and contract_id = $3 and quarter = $4`,
    [enterpriseId, institution, contractId, quarter],
  );
  return row?.booked ?? 0;
}
