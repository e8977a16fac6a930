import { toEnterpriseId, type Tx } from '#kernel';
import type { JudgedAlert } from './judge-precision.ts';

/**
 * Alerts of one version of a rule that were raised since an instant and judged since, in order of enterprise. What was
 * recalled is left out: then it was the record that was wrong.
 */
export async function readJudged(
  tx: Tx,
  { rule, since }: { readonly rule: string; readonly since: Date },
): Promise<JudgedAlert[]> {
  const rows = await tx.rows<Omit<JudgedAlert, 'enterpriseId'> & { enterprise_id: string }>(
    `select a.enterprise_id, a.raised_at as "raisedAt", v.judgement
     from monitoring.alerts a
     join monitoring.alert_versions v on v.enterprise_id = a.enterprise_id and v.alert_id = a.alert_id
       and v.known_to = 'infinity'
     where v.rule_hash = $1 and a.raised_at >= $2 and v.judgement is not null and v.state <> 'recalled'
     order by a.enterprise_id, a.alert_id`,
    [rule, since],
  );
  return rows.map(({ enterprise_id, ...judged }) => ({
    ...judged,
    enterpriseId: toEnterpriseId(enterprise_id),
  }));
}
