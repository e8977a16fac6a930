import type { Tx } from '#kernel';
import { LIVE_ALERT, type LiveRow, toLiveAlert } from '../alerts/alert-sql.ts';
import type { LiveAlert } from '../alerts/alert-tables.ts';
import { isFoundAnew } from '../alerts/decide-fate.ts';
import type { FoundSignal, Signal } from '../signals/signal.ts';

/**
 * A fact is recorded once, so that one which was recalled and then delivered again is no new signal. Of what was `found` and
 * is not among the `fresh` signals, these are the facts that were recalled and stand again, under the signal that was kept;
 * whoever raises alerts of the fresh ones raises these too. They rest on what was found now. `institutionId`: under whose
 * consent it was found, of rules of scope `authorised`; the alerts are those of that institution.
 */
export async function readStandingAgain(
  tx: Tx,
  {
    found,
    fresh,
    institutionId,
  }: {
    readonly found: readonly FoundSignal[];
    readonly fresh: readonly Signal[];
    readonly institutionId?: string;
  },
): Promise<Signal[]> {
  const isFresh = new Set(fresh.map(keyOfFact));
  const known = found.filter((one) => !isFresh.has(keyOfFact(one)));
  if (known.length === 0) return [];
  const recalled = new Map(
    (await readRecalled(tx, known, institutionId)).map((alert) => [keyOfFact(alert), alert]),
  );
  return known.flatMap((one): Signal[] => {
    const alert = recalled.get(keyOfFact(one));
    const whose = institutionId === undefined ? {} : { institutionId };
    const signal = { ...one, ...whose, signalId: alert?.signalId ?? '' };
    return alert !== undefined && isFoundAnew(signal, alert) ? [signal] : [];
  });
}

function keyOfFact({ enterpriseId, ruleId, fact }: Pick<LiveAlert, 'enterpriseId' | 'ruleId' | 'fact'>) {
  return [enterpriseId, ruleId, fact].join('|');
}

/** In the order in which alerts of several institutions were raised, so that the same one is taken each time. */
async function readRecalled(
  tx: Tx,
  found: readonly FoundSignal[],
  institutionId: string | undefined,
): Promise<LiveAlert[]> {
  const rows = await tx.rows<LiveRow>(
    `${LIVE_ALERT} where v.state = 'recalled' and ($4::text is null or a.institution_id = $4) and (a.enterprise_id, a.rule_id, a.fact)
       in (select * from unnest($1::bigint[], $2::text[], $3::text[]))
     order by a.enterprise_id, a.alert_id`,
    [
      found.map(({ enterpriseId }) => enterpriseId),
      found.map(({ ruleId }) => ruleId),
      found.map(({ fact }) => fact),
      institutionId ?? null,
    ],
  );
  return rows.map(toLiveAlert);
}
