import { readStandingConsents } from '#consent';
import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import type { MonitoringContext } from '../monitoring-context.ts';
import { FOR_ALL } from '../signals/read-episodes.ts';
import { readWatchedIds, readWatchedPairs } from '../watch/watches.ts';
import type { Bundle, Lane } from './bundles.ts';

/** One enterprise about which a bundle is to be asked for one institution, of public records for all; null: never asked yet. */
export type DueAsk = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  /** In force when the list was looked through; of public records none, which is `NO_CONSENT`. */
  readonly consentIds: readonly string[];
  readonly bundle: Bundle;
  readonly dueAt: Date | null;
};

/** Enterprises of one transaction of the look through the list. */
const PAGE = 2_000;

/**
 * What is due, lane by lane and longest due first. It chooses whom to ask about; the right to is looked at with each ask, so
 * nothing is locked here. A consent that is new is due at once, since it may cover what the one before did not.
 */
export async function readDueAsks(
  { database, clock }: Pick<MonitoringContext, 'database' | 'clock'>,
  lanes: readonly Lane[],
): Promise<Map<Lane, DueAsk[]>> {
  const at = clock.now();
  const due = new Map<Lane, DueAsk[]>(lanes.map((lane) => [lane, []]));
  for (let after: EnterpriseId | null = null; ; ) {
    const [last, page]: readonly [EnterpriseId | undefined, readonly Candidate[]] = await inTransaction(
      database,
      async (tx) => {
        const ids = await readWatchedIds(tx, { after, limit: PAGE });
        return [ids.at(-1), await readCandidates(tx, ids, at)];
      },
      'snapshot',
    );
    if (last === undefined) break;
    for (const [lane, asks] of due)
      asks.push(...lane.bundles.flatMap((bundle) => page.flatMap((one) => dueOf(one, bundle, at))));
    after = last;
  }
  for (const asks of due.values()) asks.sort(byDue);
  return due;
}

/** In the place of a consent where none is needed. */
export const NO_CONSENT = '';

/** An enterprise that is watched, of authorised data for an institution which has a consent of it, and what was asked about it. */
type Candidate = {
  readonly scope: Bundle['scope'];
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly consentIds: readonly string[];
  readonly asked: readonly Asked[];
};

type Asked = {
  readonly enterprise_id: string;
  readonly institution_id: string;
  readonly contract_id: string;
  readonly consent_id: string;
  readonly due_at: Date;
};

async function readCandidates(tx: Tx, ids: readonly EnterpriseId[], at: Date): Promise<Candidate[]> {
  const pairs = await readWatchedPairs(tx, ids);
  const watched = new Set(pairs.map(keyOf));
  const standing = await readStandingConsents(tx, {
    enterpriseIds: ids,
    purpose: 'post_loan_management',
    at,
  });
  const consented = Map.groupBy(standing, keyOf);
  const rows = await tx.rows<Asked>(
    `select enterprise_id, institution_id, contract_id, consent_id, due_at from monitoring.followings
     where enterprise_id = any($1::bigint[])`,
    [ids],
  );
  const asked = Map.groupBy(rows, (row) => `${row.enterprise_id} ${row.institution_id}`);
  const lentTo = [...new Set(pairs.map(({ enterpriseId }) => enterpriseId))];
  const ofLoans = lentTo.map((enterpriseId): Candidate => {
    const whom = { enterpriseId, institutionId: FOR_ALL };
    const rowsOf = asked.get(keyOf(whom)) ?? [];
    return { ...whom, scope: 'public', consentIds: [NO_CONSENT], asked: rowsOf };
  });
  const ofConsents = [...consented].flatMap(([key, consents]): Candidate[] => {
    const [first] = consents;
    if (first === undefined || !watched.has(key)) return [];
    const { enterpriseId, institutionId } = first;
    const consentIds = consents.map(({ consentId }) => consentId);
    const whom = { enterpriseId, institutionId, consentIds };
    return [{ ...whom, scope: 'authorised', asked: asked.get(key) ?? [] }];
  });
  return [...ofConsents, ...ofLoans];
}

function keyOf(pair: { readonly enterpriseId: string; readonly institutionId: string }): string {
  return `${pair.enterpriseId} ${pair.institutionId}`;
}

function dueOf(candidate: Candidate, bundle: Bundle, at: Date): DueAsk[] {
  if (candidate.scope !== bundle.scope) return [];
  const { enterpriseId, institutionId, consentIds, asked } = candidate;
  const times = bundle.contractIds.map((id) => {
    const row = asked.find((one) => one.contract_id === id && consentIds.includes(one.consent_id));
    return row?.due_at.getTime() ?? 0;
  });
  const dueMs = Math.min(...times);
  if (dueMs > at.getTime()) return [];
  return [{ enterpriseId, institutionId, consentIds, bundle, dueAt: dueMs === 0 ? null : new Date(dueMs) }];
}

function byDue(one: DueAsk, other: DueAsk): number {
  return (one.dueAt?.getTime() ?? 0) - (other.dueAt?.getTime() ?? 0);
}

/** Asks of the last hour, by dataset. */
export async function readAskedLastHour(tx: Tx, at: Date): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.rows<{ contract_id: string; asks: number }>(
    `select contract_id, count(*)::integer as asks from monitoring.followings
     where asked_at > $1 and outcome <> 'withheld' group by contract_id`,
    [new Date(at.getTime() - 3_600_000)],
  );
  return new Map(rows.map(({ contract_id, asks }) => [contract_id, asks]));
}
