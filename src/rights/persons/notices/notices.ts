import type { Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { personsRefusal } from '../definition/persons-refusals.ts';
import { requirePerson } from '../identity/require-person.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';

/** 告知: of which contract it is; what it says stands in the definition and in the contract. */
export type PersonNotice = {
  readonly noticeId: string;
  readonly contract: string;
  readonly firstFoundAt: Date;
  readonly deliveredWay: 'portal' | 'window' | 'post' | null;
  readonly deliveredAt: Date | null;
};

const COLUMNS = `n.notice_id as "noticeId", n.contract_id as contract, n.first_found_at as "firstFoundAt",
  n.delivered_way as "deliveredWay", n.delivered_at as "deliveredAt"`;

/** The person's own, those not delivered first. */
export async function listOwnNotices(
  tx: Tx,
  context: PersonsContext,
  { caller }: { readonly caller: Caller },
): Promise<PersonNotice[]> {
  const { person } = await requirePerson(tx, context, caller);
  return await tx.rows<PersonNotice>(
    `select ${COLUMNS} from rights.person_notices n where n.link_digest = $1
     order by n.delivered_at is not null, n.notice_id limit $2`,
    [person.linkDigest, PERSONS_LIMITS.pageRows],
  );
}

/** The person has read them in the portal: they are delivered, with a leaf. Returns how many newly are. */
export async function seeOwnNotices(
  tx: Tx,
  context: PersonsContext,
  { caller, notices }: { readonly caller: Caller; readonly notices: readonly string[] },
): Promise<number> {
  const { person } = await requirePerson(tx, context, caller);
  const [owed] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n from rights.person_notices
     where link_digest = $1 and notice_id = any($2) and delivered_at is null`,
    [person.linkDigest, notices],
  );
  if ((owed?.n ?? 0) === 0) return 0;
  const at = context.clock.now();
  const body = { act: 'person_notices_delivered', way: 'portal', notices: owed?.n, by: person.personId };
  const { id } = await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
  const rows = await tx.rows(
    `update rights.person_notices set delivered_way = 'portal', delivered_by = $3, delivered_at = $4, receipt_id = $5
     where link_digest = $1 and notice_id = any($2) and delivered_at is null returning 1`,
    [person.linkDigest, notices, caller.id, at, id],
  );
  return rows.length;
}

/** What is owed to people whom the portal has not reached, the oldest first behind `after`. */
export async function listOwedNotices(
  tx: Tx,
  { policies }: PersonsContext,
  { caller, after = '' }: { readonly caller: Caller; readonly after?: string | undefined },
): Promise<PersonNotice[]> {
  requireAllowed(policies, caller, 'enter_person');
  return await tx.rows<PersonNotice>(
    `select ${COLUMNS} from rights.person_notices n where n.delivered_at is null and n.notice_id > $1
     order by n.notice_id limit $2`,
    [after, PERSONS_LIMITS.pageRows],
  );
}

/** A clerk has handed it over at the window, or sent it by post. Throws `policy.…`, `persons.notice_unknown`. */
export async function deliverNotice(
  tx: Tx,
  { policies, clock, keys }: PersonsContext,
  {
    caller,
    noticeId,
    way,
  }: { readonly caller: Caller; readonly noticeId: string; readonly way: 'window' | 'post' },
): Promise<void> {
  requireAllowed(policies, caller, 'enter_person');
  const at = clock.now();
  const body = { act: 'person_notices_delivered', way, notice: noticeId.slice(0, 40), by: caller.id };
  const { id } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, body });
  const rows = await tx.rows(
    `update rights.person_notices set delivered_way = $2, delivered_by = $3, delivered_at = $4, receipt_id = $5
     where notice_id = $1 and delivered_at is null returning 1`,
    [noticeId, way, caller.id, at, id],
  );
  if (rows.length === 0) throw personsRefusal('persons.notice_unknown');
}
