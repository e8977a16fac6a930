import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Level } from '../rules/rule.ts';
import { episodeKey, type EpisodeStates } from './episodes.ts';

type Row = {
  enterprise_id: string;
  rule_id: string;
  level: Level;
  began_on: string;
  cleared_on: string | null;
};

/** Episodes on public records, which are the same for every institution. */
export const FOR_ALL = '';

/** The last episode of each of these rules and enterprises, under way or over; of authorised rules those of one institution. */
export async function readEpisodes(
  tx: Tx,
  {
    rules,
    enterpriseIds,
    institutionId = FOR_ALL,
  }: {
    rules: readonly { readonly id: string }[];
    enterpriseIds: readonly EnterpriseId[];
    institutionId?: string;
  },
): Promise<EpisodeStates> {
  if (rules.length === 0) return new Map();
  const rows = await tx.rows<Row>(
    `select enterprise_id, rule_id, level, began_on::text, cleared_on::text from monitoring.episodes
     where enterprise_id = any($1::bigint[]) and institution_id = $3 and rule_id = any($2) and known_to = 'infinity'`,
    [enterpriseIds, rules.map(({ id }) => id), institutionId],
  );
  return new Map(
    rows.map((row) => {
      const enterpriseId = toEnterpriseId(row.enterprise_id);
      const episode = { enterpriseId, ruleId: row.rule_id, beganOn: row.began_on, clearedOn: row.cleared_on };
      return [episodeKey(episode), { ...episode, level: row.level }] as const;
    }),
  );
}
