import assert from 'node:assert';
import { addJob, inTransaction, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { readSubject } from './read-subject.ts';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { findEnterprise } from '../read/enterprises.ts';
import type { ListsTables, ReviewReason } from '../tables.ts';
import { attachCodes, lockRegister, makeEnterprises } from './register-sql.ts';

export type ReviewItem = {
  readonly reviewNo: string;
  readonly reason: ReviewReason;
  readonly subjectCode: string;
  readonly subjectName: string;
  readonly candidates: readonly { readonly code: string | null; readonly name: string | null }[];
  readonly state: 'open' | 'accepted' | 'rejected';
  readonly heldRows: number;
  readonly madeAt: Date;
};

/** What a person says: these rows belong to the enterprise with this code, or to a new enterprise. */
export type ReviewChoice = { readonly enterpriseCode: string } | { readonly isNew: true };

/** The person's list: subjects that no rule may decide, with how many rows wait on each; most waiting first. */
export async function listReviews(
  tx: Tx,
  { state, limit }: { state: 'open' | 'accepted' | 'rejected'; limit: number },
): Promise<ReviewItem[]> {
  return await tx.rows<ReviewItem>(
    `select i.review_no as "reviewNo", i.reason, i.subject_code as "subjectCode", i.subject_name as "subjectName",
       i.state, i.made_at as "madeAt",
       (select count(*)::integer from lists.held_rows h where h.review_no = i.review_no) as "heldRows",
       coalesce((
         select jsonb_agg(jsonb_build_object(
           'code', (select c.code from lists.enterprise_codes c
                    where c.enterprise_id = k.id and c.known_to = 'infinity' order by c.kind desc limit 1),
           'name', (select n.name from lists.enterprise_names n
                    where n.enterprise_id = k.id and n.is_current and n.known_to = 'infinity' limit 1)))
         from unnest(i.candidates) as k(id)), '[]') as candidates
     from lists.review_items i
     where i.state = $1
     order by "heldRows" desc, i.review_no
     limit $2`,
    [state, limit],
  );
}

/** Accepts: the choice is kept for later deliveries too, and the rows that waited are published by a job. */
export async function acceptReview(
  context: ListsContext,
  { reviewNo, choice, decidedBy }: { reviewNo: string; choice: ReviewChoice; decidedBy: string },
): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const item = await lockItem(tx, reviewNo, 'open');
    await lockRegister(tx);
    const decidedAt = await readNow(tx);
    const enterpriseId = await chooseEnterprise(tx, { item, choice, decidedAt });
    await requireCodeOf(tx, { reviewNo, code: item.subject_code, enterpriseId });
    await decide(tx, context, { reviewNo, state: 'accepted', enterpriseId, decidedBy, decidedAt });
    await addJob(tx, 'release_held', { reviewNo }, { key: `release ${reviewNo}` });
  });
}

/** Rejects: the rows belong to no enterprise of this city; they stay findable by delivery and row. */
export async function rejectReview(
  context: ListsContext,
  { reviewNo, decidedBy }: { reviewNo: string; decidedBy: string },
): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    await lockItem(tx, reviewNo, 'open');
    const decidedAt = await readNow(tx);
    await decide(tx, context, { reviewNo, state: 'rejected', enterpriseId: null, decidedBy, decidedAt });
    await tx.rows(`update lists.held_rows set state = 'rejected' where review_no = $1 and state = 'held'`, [
      reviewNo,
    ]);
  });
}

type Item = { reason: ReviewReason; subject_code: string; subject_name: string; state: string };

export async function lockItem(tx: Tx, reviewNo: string, wanted: 'open' | 'decided'): Promise<Item> {
  const [item] = await tx.rows<Item>(
    'select reason, subject_code, subject_name, state from lists.review_items where review_no = $1 for update',
    [reviewNo],
  );
  if (item === undefined) throw listsRefusal('register.review_unknown', { review: reviewNo });
  if ((item.state === 'open') !== (wanted === 'open')) {
    throw listsRefusal('register.review_decided', { review: reviewNo, state: item.state });
  }
  return item;
}

async function chooseEnterprise(
  tx: Tx,
  { item, choice, decidedAt }: { item: Item; choice: ReviewChoice; decidedAt: Date },
): Promise<string> {
  const subject = readSubject(item.subject_code, item.subject_name);
  const known = { deliveryNo: null, knownFrom: decidedAt };
  if ('isNew' in choice) {
    const [made] = await makeEnterprises(
      tx,
      [{ subject: withoutMask(subject), standing: 'provisional' }],
      known,
    );
    assert(made !== undefined);
    return made;
  }
  const { enterpriseId } = await findEnterprise(tx, choice.enterpriseCode);
  await attachCodes(tx, [{ subject: withoutMask(subject), enterpriseId }], known);
  return enterpriseId;
}

/** Rows go where their code leads, so a code that another enterprise carries would take them there after all. */
async function requireCodeOf(
  tx: Tx,
  { reviewNo, code, enterpriseId }: { reviewNo: string; code: string; enterpriseId: string },
): Promise<void> {
  const rows = await tx.rows<object>(
    `select from lists.enterprise_codes where code = $1 and known_to = 'infinity' and enterprise_id <> $2`,
    [code, enterpriseId],
  );
  if (rows.length > 0) throw listsRefusal('register.code_taken', { review: reviewNo });
}

/** A masked number is not a code: two persons can share its visible digits. */
function withoutMask<S extends { code: string; organisationCode: string | null }>(subject: S): S {
  return subject.code.includes('*') ? { ...subject, code: '', organisationCode: null } : subject;
}

type Decided = {
  reviewNo: string;
  state: 'open' | 'accepted' | 'rejected';
  enterpriseId: string | null;
  decidedBy: string;
  decidedAt: Date;
};

export async function decide(tx: Tx, context: ListsContext, decided: Decided): Promise<void> {
  await tx
    .tables<ListsTables>()
    .updateTable('lists.review_items')
    .set({
      state: decided.state,
      enterprise_id: decided.enterpriseId,
      decided_by: decided.decidedBy,
      decided_at: decided.decidedAt,
    })
    .where('review_no', '=', decided.reviewNo)
    .execute();
  await recordLeaf(tx, context.keys, {
    kind: 'administrative_act',
    at: decided.decidedAt,
    body: { act: 'register_review', review: decided.reviewNo, state: decided.state, by: decided.decidedBy },
  });
}

/** Milliseconds, as everything the node knows is dated. */
export async function readNow(tx: Tx): Promise<Date> {
  const [row] = await tx.rows<{ at: Date }>("select date_trunc('milliseconds', clock_timestamp()) as at");
  assert(row !== undefined);
  return row.at;
}
