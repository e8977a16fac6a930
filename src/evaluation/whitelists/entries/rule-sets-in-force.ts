import type { Tx } from '#kernel';
import { openRuleSet } from '../definition/load-whitelists.ts';
import type { RuleSet, RuleSetDefinition } from '../definition/rule-set.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { WhitelistTables } from '../whitelist-tables.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';

/** What concerns one list is done by one transaction after the other. */
export async function lockList(tx: Tx, listId: string): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('whitelist ' || $1, 0))`, [listId]);
}

/** A version that was proposed, and where it stands. */
export type ListedVersion = {
  readonly listId: string;
  readonly rulesHash: string;
  readonly version: string;
  readonly definition: RuleSetDefinition;
  readonly state: 'proposed' | 'published' | 'superseded';
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly publishedBy: string | null;
  readonly publishedAt: Date | null;
};

/** Every version, newest first within its list; of one list, or of all. */
export async function listVersions(tx: Tx, listId?: string): Promise<ListedVersion[]> {
  const rows = await tx
    .tables<WhitelistTables>()
    .selectFrom('evaluation.whitelist_versions as v')
    .leftJoin('evaluation.whitelist_publications as p', (join) =>
      join.onRef('p.list_id', '=', 'v.list_id').onRef('p.rules_hash', '=', 'v.rules_hash'),
    )
    .select(['v.list_id', 'v.rules_hash', 'v.version', 'v.body', 'v.proposed_by', 'v.proposed_at'])
    .select(['p.published_by', 'p.published_at'])
    .$if(listId !== undefined, (query) => query.where('v.list_id', '=', listId ?? ''))
    .orderBy('v.list_id')
    .orderBy('v.proposed_at', 'desc')
    .execute();
  const latest = new Map<string, Date>();
  for (const { list_id, published_at } of rows) {
    const known = latest.get(list_id);
    if (published_at !== null && (known === undefined || published_at > known))
      latest.set(list_id, published_at);
  }
  return rows.map((row) => ({
    listId: row.list_id,
    rulesHash: row.rules_hash,
    version: row.version,
    definition: row.body,
    state:
      row.published_at === null
        ? 'proposed'
        : row.published_at === latest.get(row.list_id)
          ? 'published'
          : 'superseded',
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    publishedBy: row.published_by,
    publishedAt: row.published_at,
  }));
}

/** The rules in force of one list. Throws `whitelists.unknown`. */
export async function requireInForce(tx: Tx, context: WhitelistsContext, listId: string): Promise<RuleSet> {
  const found = (await listVersions(tx, listId)).find(({ state }) => state === 'published');
  if (found === undefined) throw whitelistRefusal('whitelists.unknown');
  return openRuleSet(found.definition, `${listId}.yaml`, context);
}
