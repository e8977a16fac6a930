import assert from 'node:assert';
import { assertProof, type Tx } from '#kernel';
import { readMergedIds } from '#lists';
import { type Grant, type Permit, type StatisticsFloor, unsafeBecause } from '#security';

/** A query that came to nothing. Whose it was about is for the enterprise itself, which asks for its own. */
export type UnusedQuery = {
  readonly disclosureId: string;
  readonly institution: string;
  readonly platform: string | null;
  readonly kind: string;
  readonly purpose: string;
  readonly givenAt: Date;
  /** What the institution said; null: nothing. */
  readonly unusedReason: string | null;
  readonly since: Date;
};

/** Queries of one institution in one month that have had their time; the ratio is a published figure. */
export type UnusedRatio = {
  readonly institution: string;
  readonly month: string;
  /** Null where so few enterprises were asked about, or one so much more than all others, that the figure would tell of them. */
  readonly queries: number | null;
  readonly unused: number | null;
  readonly ratio: number | null;
};

const COLUMNS = `disclosure_id as "disclosureId", institution_id as institution, platform_id as platform, kind, purpose,
  given_at as "givenAt", unused_reason as "unusedReason", known_from as since`;

const OWN_MAX = 1_000;

/** Of the Permit's subject and whoever is merged into it, as known at the Permit's instant, newest first. */
export async function listUnusedOf(tx: Tx, permit: Permit): Promise<UnusedQuery[]> {
  permit.assertUsable(tx);
  assert(permit.mayListAccesses, 'the Permit includes the accesses of its subject');
  const ids = await readMergedIds(tx, permit.subject);
  return await tx.rows<UnusedQuery>(
    `select ${COLUMNS} from returns.unused_queries
     where enterprise_id = any($1::bigint[]) and known_from <= $2 and known_to > $2
     order by disclosure_id desc limit $3`,
    [ids, permit.asOf.knownAt, OWN_MAX],
  );
}

/** Since when each of these disclosures about the Permit's subject counts as unused; one that does not is not in it. */
export async function readUnusedSince(
  tx: Tx,
  permit: Permit,
  disclosureIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  permit.assertUsable(tx);
  assert(permit.mayListAccesses, 'the Permit includes the accesses of its subject');
  const ids = await readMergedIds(tx, permit.subject);
  const rows = await tx.rows<{ id: string; since: Date }>(
    `select disclosure_id as id, known_from as since from returns.unused_queries
     where enterprise_id = any($1::bigint[]) and disclosure_id = any($2) and known_from <= $3 and known_to > $3`,
    [ids, disclosureIds, permit.asOf.knownAt],
  );
  return new Map(rows.map(({ id, since }) => [id, since]));
}

/** Of the institution that the Grant names, or of all for the duty, oldest first. */
export async function listUnused(
  tx: Tx,
  grant: Grant,
  { month, limit, after }: { month: string; limit: number; after?: string | undefined },
): Promise<UnusedQuery[]> {
  assertProof(grant, 'Grant');
  assert(grant.act === 'read_unused', 'the Grant is to look at unused queries');
  return await tx.rows<UnusedQuery>(
    `select ${COLUMNS} from returns.unused_queries
     where known_to = 'infinity' and ($1::text is null or institution_id = $1) and disclosure_id > $4
       and given_at >= ($2::date)::timestamp at time zone 'Asia/Shanghai'
       and given_at < ($2::date + interval '1 month') at time zone 'Asia/Shanghai'
     order by disclosure_id limit $3`,
    [grant.matter.participant ?? null, `${month}-01`, limit, after ?? ''],
  );
}

/** Every institution's ratio of a month, as known at an instant. */
export async function readUnusedRatios(
  tx: Tx,
  floor: StatisticsFloor,
  { month, knownAt }: { month: string; knownAt: Date },
): Promise<UnusedRatio[]> {
  const rows = await tx.rows<CountedMonth>(
    `select institution_id as institution, queries, unused, enterprises as subjects, coalesce(largest, queries) as largest
     from returns.query_months
     where month = $1 and known_from <= $2 and known_to > $2 order by 1`,
    [`${month}-01`, knownAt],
  );
  return rows.map(({ institution, queries, unused, subjects, largest }) =>
    unsafeBecause({ subjects, largest, total: queries }, floor) === undefined
      ? { institution, month, queries, unused, ratio: Math.round((unused / queries) * 1e6) / 1e6 }
      : { institution, month, queries: null, unused: null, ratio: null },
  );
}

/** `largest`: queries about the enterprise that was asked about most; where it is not known, one may be all of them. */
type CountedMonth = {
  readonly institution: string;
  readonly queries: number;
  readonly unused: number;
  readonly subjects: number;
  readonly largest: number;
};
