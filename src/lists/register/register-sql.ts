import assert from 'node:assert';
import type { Tx } from '#kernel';
import type { CodeKind, ReviewReason } from '../tables.ts';
import type { Candidates, Subject } from './decide-subject.ts';

export type NewEnterprise = { readonly subject: Subject; readonly standing: 'registered' | 'provisional' };
export type WaitingSubject = {
  readonly subject: Subject;
  readonly reason: ReviewReason;
  readonly candidates: readonly string[];
};
/** Since when the node knows it, and from which delivery; none when a person decided. */
export type Knowledge = { readonly deliveryNo: string | null; readonly knownFrom: Date };

/**
 * One transaction at a time makes enterprises or gives them codes; held until it ends. Otherwise two deliveries that
 * name the same new enterprise would both make it. Taken after the contract's lock and the review item's.
 */
export async function lockRegister(tx: Tx): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1)', [REGISTER_LOCK]);
}

const REGISTER_LOCK = 7_241_003;

/** For each subject, in order: who carries its organisation code and who carries its name. */
export async function findCandidates(tx: Tx, subjects: readonly Subject[]): Promise<Candidates[]> {
  const rows = await tx.rows<{
    by_person: string | null;
    by_code: string | null;
    by_name: { enterprise_id: number; code_kinds: CodeKind[] }[] | null;
  }>(
    `select p.enterprise_id as by_person, o.enterprise_id as by_code, n.found as by_name
     from unnest($1::text[], $2::text[], $3::text[]) with ordinality as u(organisation_code, name_key, code, place)
     left join lists.review_items p on p.subject_code = u.code and p.name_key = u.name_key and p.state = 'accepted'
     left join lists.enterprise_codes o on o.code = u.organisation_code and o.known_to = 'infinity'
     left join lateral (
       select jsonb_agg(jsonb_build_object('enterprise_id', m.enterprise_id, 'code_kinds', m.code_kinds)) as found
       from (
         select e.enterprise_id,
           (select coalesce(array_agg(c.kind), '{}') from lists.enterprise_codes c
            where c.enterprise_id = e.enterprise_id and c.known_to = 'infinity') as code_kinds
         from lists.enterprise_names e
         where e.name_key = u.name_key and u.name_key <> '' and e.known_to = 'infinity'
         limit 20
       ) m
     ) n on true
     order by u.place`,
    [
      subjects.map(({ organisationCode }) => organisationCode),
      subjects.map(({ nameKey }) => nameKey),
      subjects.map(({ code }) => code),
    ],
  );
  return rows.map(({ by_person, by_code, by_name }) => ({
    byPerson: by_person,
    byOrganisationCode: by_code,
    byName: (by_name ?? []).map((found) => ({
      enterpriseId: String(found.enterprise_id),
      codeKinds: found.code_kinds,
    })),
  }));
}

/** Makes enterprises with their code, the organisation code inside it, and their name. */
export async function makeEnterprises(
  tx: Tx,
  made: readonly NewEnterprise[],
  known: Knowledge,
): Promise<string[]> {
  if (made.length === 0) return [];
  const ids = await tx.rows<{ id: string }>(
    `select nextval(pg_get_serial_sequence('lists.enterprises', 'enterprise_id')) as id from generate_series(1, $1)`,
    [made.length],
  );
  const enterpriseIds = ids.map(({ id }) => id);
  await tx.rows(
    `insert into lists.enterprises (enterprise_id, standing, kind, made_by_delivery, made_at)
     overriding system value
     select id, standing, kind, $4, $5 from unnest($1::bigint[], $2::text[], $3::text[]) as u(id, standing, kind)`,
    [
      enterpriseIds,
      made.map(({ standing }) => standing),
      made.map(({ subject }) => enterpriseKind(subject)),
      known.deliveryNo,
      known.knownFrom,
    ],
  );
  const subjects = made.map(({ subject }, at) => ({ subject, enterpriseId: enterpriseIds[at] ?? '' }));
  await attachCodes(tx, subjects, known);
  await addNames(tx, subjects, known);
  return enterpriseIds;
}

/** Writes the code, and the organisation code inside it when no one carries that yet. A live code is left alone. */
export async function attachCodes(
  tx: Tx,
  attached: readonly { subject: Subject; enterpriseId: string }[],
  known: Knowledge,
): Promise<void> {
  const codes = attached.flatMap(({ subject, enterpriseId }) => [
    { enterpriseId, code: subject.code, kind: codeKind(subject), checksumOk: subject.checksumOk },
    ...(subject.organisationCode === null || subject.form === 'organisation'
      ? []
      : [{ enterpriseId, code: subject.organisationCode, kind: 'organisation' as const, checksumOk: true }]),
  ]);
  if (codes.length === 0) return;
  await tx.rows(
    `insert into lists.enterprise_codes (enterprise_id, code, kind, checksum_ok, known_from, delivery_no)
     select enterprise_id, code, kind, checksum_ok, $5, $6
     from unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[]) as u(enterprise_id, code, kind, checksum_ok)
     where code <> ''
     order by code
     on conflict (code) where known_to = 'infinity' do nothing`,
    [
      codes.map(({ enterpriseId }) => enterpriseId),
      codes.map(({ code }) => code),
      codes.map(({ kind }) => kind),
      codes.map(({ checksumOk }) => checksumOk),
      known.knownFrom,
      known.deliveryNo,
    ],
  );
}

async function addNames(
  tx: Tx,
  named: readonly { subject: Subject; enterpriseId: string }[],
  known: Knowledge,
): Promise<void> {
  const withName = named.filter(({ subject }) => subject.nameKey !== '');
  if (withName.length === 0) return;
  await tx.rows(
    `insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from, delivery_no)
     select enterprise_id, name, name_key, true, $4, $5
     from unnest($1::bigint[], $2::text[], $3::text[]) as u(enterprise_id, name, name_key)
     on conflict do nothing`,
    [
      withName.map(({ enterpriseId }) => enterpriseId),
      withName.map(({ subject }) => subject.name),
      withName.map(({ subject }) => subject.nameKey),
      known.knownFrom,
      known.deliveryNo,
    ],
  );
}

/**
 * One open item per distinct subject, however many deliveries name it; the rows of `waiting` point to it.
 * A subject that a person rejected before stays with that item: its rows wait as rejected ones do.
 */
export async function openReviewItems(tx: Tx, waiting: readonly WaitingSubject[], at: Date): Promise<void> {
  if (waiting.length === 0) return;
  const items = [
    ...new Map(waiting.map((item) => [`${item.subject.code} ${item.subject.nameKey}`, item])).values(),
  ];
  const columns = [
    items.map(({ reason }) => reason),
    items.map(({ subject }) => subject.code),
    items.map(({ subject }) => subject.name),
    items.map(({ subject }) => subject.nameKey),
    items.map(({ candidates }) => JSON.stringify(candidates.map(Number))),
  ];
  await tx.rows(
    `insert into lists.review_items (reason, subject_code, subject_name, name_key, candidates, made_at)
     select reason, subject_code, subject_name, name_key,
       array(select value::bigint from jsonb_array_elements_text(candidates)), $6
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[])
       as u(reason, subject_code, subject_name, name_key, candidates)
     on conflict (subject_code, name_key) do nothing`,
    [...columns, at],
  );
  const placed = await tx.rows<{ placed: number }>(
    `with placed as (
       insert into waiting (subject_code, subject_name, review_no)
       select u.subject_code, u.subject_name, i.review_no
       from unnest($1::text[], $2::text[], $3::text[]) as u(subject_code, subject_name, name_key)
       join lists.review_items i on i.subject_code = u.subject_code and i.name_key = u.name_key
       returning 1
     )
     select count(*)::integer as placed from placed`,
    [
      waiting.map(({ subject }) => subject.code),
      waiting.map(({ subject }) => subject.name),
      waiting.map(({ subject }) => subject.nameKey),
    ],
  );
  assert.equal(placed[0]?.placed, waiting.length, 'a held subject has no review item');
}

/**
 * A subject may come under two names, or by the organisation code inside another's code: one is held, the other makes
 * the code known, and then the code decides for both. Takes such subjects out of `waiting`, and the review items opened
 * for them in this transaction; returns how many subjects.
 */
export async function dropFindable(tx: Tx, openedAt: Date): Promise<number> {
  const dropped = await tx.rows<{ review_no: string }>(
    `delete from waiting w using lists.enterprise_codes c
     where c.code = w.subject_code and c.known_to = 'infinity' returning w.review_no`,
  );
  await tx.rows(
    `delete from lists.review_items i
     where i.review_no = any($1::bigint[]) and i.made_at = $2 and i.state = 'open'
       and not exists (select from waiting w where w.review_no = i.review_no)
       and not exists (select from lists.held_rows h where h.review_no = i.review_no)`,
    [dropped.map(({ review_no }) => review_no), openedAt],
  );
  return dropped.length;
}

function codeKind(subject: Subject): CodeKind {
  return subject.form === 'id_card_shaped' || subject.form === 'none' ? 'other' : subject.form;
}

/** 92…: 个体工商户 under GB 32100 (registration by market regulation, category 2). */
function enterpriseKind(subject: Subject): 'organisation' | 'sole_trader' {
  return subject.code.startsWith('92') ? 'sole_trader' : 'organisation';
}
