import { readStandingConsents } from '#consent';
import { type Clock, toEnterpriseId, type Tx } from '#kernel';
import { readEnterprise } from '#lists';
import { readParticipants } from '#platform';
import type { Admission } from '#security';
import { pairOf } from './decide-watches.ts';
import { WATCH_LIMITS } from './watch-limits.ts';
import { consentFor } from './watches.ts';

/** A watch as its institution sees it: nothing of the enterprise but its code, which the institution reported on. */
export type WatchLine = {
  readonly watchId: string;
  readonly code: string | null;
  /** Beijing day. */
  readonly since: string;
  readonly loans: number;
  readonly branchId: string;
  readonly platformId: string | null;
  /** For post-loan management, in force at this instant; null: public data alone. */
  readonly consent: { readonly consentId: string; readonly validTo: Date } | null;
};

/** Whose list: of an institution, or of what one of its offices or one platform serves of it. */
export type WatchListOf = Pick<Admission, 'institutionId'> &
  Partial<Pick<Admission, 'branchId' | 'platformId'>>;

export type WatchPage = { readonly after?: string | undefined; readonly limit?: number | undefined };

/** The watch list in the order in which it was opened; `next`: where to go on, null at the end. */
export async function listWatches(
  tx: Tx,
  clock: Clock,
  { of, page }: { readonly of: WatchListOf; readonly page: WatchPage },
): Promise<{ watches: WatchLine[]; next: string | null }> {
  const { institutionId, platformId = null } = of;
  const limit = Math.min(page.limit ?? WATCH_LIMITS.linesMax, WATCH_LIMITS.linesMax);
  const branches = await readOffices(tx, of);
  const rows = await tx.rows<Row>(LIST, [institutionId, page.after ?? '', platformId, branches, limit]);
  const enterpriseIds = rows.map(({ enterprise_id }) => toEnterpriseId(enterprise_id));
  const at = clock.now();
  const consents = await readStandingConsents(tx, { enterpriseIds, purpose: 'post_loan_management', at });
  const ofPair = Map.groupBy(consents, pairOf);
  const watches: WatchLine[] = [];
  for (const row of rows) {
    const enterpriseId = toEnterpriseId(row.enterprise_id);
    const { code } = await readEnterprise(tx, enterpriseId);
    const consent = consentFor(row, ofPair.get(pairOf({ enterpriseId, institutionId })) ?? []);
    watches.push({ ...lineOf(row), code, consent: consent === undefined ? null : termsOf(consent) });
  }
  return { watches, next: rows.length < limit ? null : (rows.at(-1)?.watchId ?? null) };
}

/** The office itself and those beneath it, of those that watches name; null: the institution as a whole. */
async function readOffices(tx: Tx, { institutionId, branchId }: WatchListOf): Promise<string[] | null> {
  if (branchId === undefined || branchId === institutionId) return null;
  const named = await tx.rows<{ branch_id: string }>(
    `select distinct branch_id from monitoring.watches where institution_id = $1 and known_to = 'infinity'`,
    [institutionId],
  );
  const offices = await readParticipants(
    tx,
    named.map(({ branch_id }) => branch_id),
  );
  return [...offices.values()]
    .filter(({ lineage }) => lineage.includes(branchId))
    .map(({ participantId }) => participantId);
}

type Row = Omit<WatchLine, 'code' | 'consent'> & { enterprise_id: string };

function lineOf({ watchId, since, loans, branchId, platformId }: Row) {
  return { watchId, since, loans, branchId, platformId };
}

function termsOf({ consentId, validTo }: { consentId: string; validTo: Date }) {
  return { consentId, validTo };
}

const LIST = `
  select enterprise_id, watch_id as "watchId", since::text, loans, branch_id as "branchId", platform_id as "platformId"
  from monitoring.watches
  where institution_id = $1 and known_to = 'infinity' and watch_id > $2
    and ($3::text is null or platform_id = $3) and ($4::text[] is null or branch_id = any($4))
  order by watch_id limit $5`;
