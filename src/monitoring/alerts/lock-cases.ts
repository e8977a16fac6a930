import assert from 'node:assert';
import { type EnterpriseId, newId, toEnterpriseId, type Tx } from '#kernel';

/** An enterprise and the institution that is told of it. */
export type Pair = { readonly enterpriseId: EnterpriseId; readonly institutionId: string };

export type OpenCase = Pair & { readonly caseId: string; readonly isNew: boolean };

export function keyOfPair({ enterpriseId, institutionId }: Pair): string {
  return `${enterpriseId}|${institutionId}`;
}

/** A case that another transaction closes while this one waits is opened anew; more often than this nobody closes. */
const ATTEMPTS_MAX = 5;

/**
 * The one open case of each pair, opened where there is none, all locked until the end of the transaction: whoever raises,
 * handles or recalls alerts of a pair takes its case first, in the order of enterprise and institution, and then its alerts.
 */
export async function openCases(tx: Tx, pairs: readonly Pair[], at: Date): Promise<Map<string, OpenCase>> {
  const open = new Map<string, OpenCase>();
  const mine = new Set<string>();
  for (let attempt = 0; open.size < pairs.length; attempt += 1) {
    assert(attempt < ATTEMPTS_MAX, 'cases are not closed as fast as they are opened');
    const missing = pairs.filter((pair) => !open.has(keyOfPair(pair)));
    for (const caseId of await insertCases(tx, missing, at)) mine.add(caseId);
    for (const row of await lockCases(tx, missing))
      open.set(keyOfPair(row), { ...row, isNew: mine.has(row.caseId) });
  }
  return open;
}

async function insertCases(tx: Tx, pairs: readonly Pair[], at: Date): Promise<string[]> {
  const rows = await tx.rows<{ case_id: string }>(
    `insert into monitoring.cases (enterprise_id, case_id, institution_id, opened_at)
     select enterprise_id, case_id, institution_id, $4
     from unnest($1::bigint[], $2::text[], $3::text[]) as wanted (enterprise_id, case_id, institution_id)
     order by enterprise_id, institution_id
     on conflict (enterprise_id, institution_id) where closed_at is null do nothing
     returning case_id`,
    [
      pairs.map(({ enterpriseId }) => enterpriseId),
      pairs.map(() => newId('cas', at)),
      pairs.map(({ institutionId }) => institutionId),
      at,
    ],
  );
  return rows.map(({ case_id }) => case_id);
}

/** Locks the open cases of these pairs, in order; a pair without one is absent. */
export async function lockCases(
  tx: Tx,
  pairs: readonly Pair[],
): Promise<(Pair & { readonly caseId: string })[]> {
  const rows = await tx.rows<{ enterprise_id: string; institution_id: string; case_id: string }>(
    `select c.enterprise_id, c.institution_id, c.case_id
     from unnest($1::bigint[], $2::text[]) as wanted (enterprise_id, institution_id)
     join monitoring.cases c using (enterprise_id, institution_id)
     where c.closed_at is null order by c.enterprise_id, c.institution_id for update of c`,
    [pairs.map(({ enterpriseId }) => enterpriseId), pairs.map(({ institutionId }) => institutionId)],
  );
  return rows.map((row) => ({
    enterpriseId: toEnterpriseId(row.enterprise_id),
    institutionId: row.institution_id,
    caseId: row.case_id,
  }));
}

/** Takes back the cases that were opened here for nothing: nobody has seen them. */
export async function dropEmptyCases(tx: Tx, opened: readonly OpenCase[]): Promise<void> {
  if (opened.length === 0) return;
  await tx.rows(
    `delete from monitoring.cases c using unnest($1::bigint[], $2::text[]) as opened (enterprise_id, case_id)
     where c.enterprise_id = opened.enterprise_id and c.case_id = opened.case_id`,
    [opened.map(({ enterpriseId }) => enterpriseId), opened.map(({ caseId }) => caseId)],
  );
}

export type CaseOutcome = 'handled' | 'recalled' | 'lapsed';
type CaseName = { readonly enterpriseId: EnterpriseId; readonly caseId: string };

/** Closes those of these cases in which nothing is left to do. The caller has locked them. Returns how many it closed. */
export async function closeDoneCases(
  tx: Tx,
  cases: readonly CaseName[],
  { outcome, at }: { readonly outcome: CaseOutcome; readonly at: Date },
): Promise<number> {
  const closed = await tx.rows(
    `update monitoring.cases c set closed_at = $3, outcome = $4
     from unnest($1::bigint[], $2::text[]) as touched (enterprise_id, case_id)
     where c.enterprise_id = touched.enterprise_id and c.case_id = touched.case_id and c.closed_at is null
       and not exists (select from monitoring.alert_versions v
         where v.enterprise_id = c.enterprise_id and v.case_id = c.case_id and v.known_to = 'infinity'
           and v.state not in ('resolved', 'recalled', 'lapsed'))
     returning c.case_id`,
    [cases.map(({ enterpriseId }) => enterpriseId), cases.map(({ caseId }) => caseId), at, outcome],
  );
  return closed.length;
}
