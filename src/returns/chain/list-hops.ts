import { beijingDate, type Tx } from '#kernel';
import type { Caller } from '#security';
import type { ReturnsContext } from '../returns-context.ts';
import type { HopState } from '../tables.ts';
import type { Route } from '../definition/rules.ts';

/** A step of a return as its two parties and the node see it. */
export type Hop = {
  readonly hopId: string;
  readonly month: string;
  readonly route: Route;
  readonly about: string;
  readonly from: string;
  readonly to: string;
  readonly versionNo: number;
  readonly dueOn: string;
  readonly dueIsCertain: boolean;
  readonly state: HopState;
  readonly isOverdue: boolean;
  readonly contentHash: string | null;
  readonly handedInAt: Date | null;
  readonly acknowledgeBy: string | null;
  readonly acknowledgedAt: Date | null;
  readonly answerReason: string | null;
  readonly correctsHopId: string | null;
  readonly correctionReason: string | null;
};

const HOPS_MAX = 2_000;

/** Hops of a month, those due first: a party's own; for the node's people and regulators, all. */
export async function listHops(
  tx: Tx,
  { clock }: Pick<ReturnsContext, 'clock'>,
  { caller, month }: { caller: Caller; month: string },
): Promise<Hop[]> {
  return await tx.rows<Hop>(LIST, [
    `${month}-01`,
    partyOf(caller) ?? null,
    beijingDate(clock.now()),
    HOPS_MAX,
  ]);
}

const LIST = `
  select hop_id as "hopId", to_char(month, 'YYYY-MM') as month, route, about, from_party as "from", to_party as "to",
    version_no as "versionNo", due_on::text as "dueOn", due_is_certain as "dueIsCertain", state,
    (state = 'due' and due_on < $3::date or state = 'handed_in' and coalesce(acknowledge_by < $3::date, false))
      as "isOverdue",
    content_hash as "contentHash", handed_in_at as "handedInAt", acknowledge_by::text as "acknowledgeBy",
    acknowledged_at as "acknowledgedAt", answer_reason as "answerReason", corrects_hop_id as "correctsHopId",
    correction_reason as "correctionReason"
  from returns.hops
  where month = $1 and ($2::text is null or from_party = $2 or to_party = $2)
  order by due_on, hop_id limit $4`;

/** Undefined: everybody's. Who belongs to nobody sees none. */
function partyOf({ kind, organisation, participantId }: Caller): string | undefined {
  if (kind === 'operator' || kind === 'system' || kind === 'regulator') return undefined;
  return (kind === 'provider' ? organisation : participantId) ?? '';
}
