import { newId, toEnterpriseId, type EnterpriseId, type Tx } from '#kernel';
import { type OutcomeFlags, readOutcomeFlags } from '#outcomes';
import type { Caller } from '#security';
import { decideRuleReading } from '../entries/judge-population.ts';
import { requireInForce } from '../entries/rule-sets-in-force.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';

/** What came of a list at one institution: enterprises, each once. */
export type ListResults = {
  readonly institution: string;
  /** Ever told to it. */
  readonly told: number;
  readonly reached: number;
  readonly granted: number;
  readonly lent: number;
  readonly bad: number;
  /** Fen; text of an integer. */
  readonly lentFen: string;
};

/**
 * Results of a list by institution, from what institutions reported after they were told of each enterprise: reached,
 * granted, lent, bad. Counts alone leave here.
 */
export async function readResults(
  tx: Tx,
  context: WhitelistsContext,
  { caller, listId }: { readonly caller: Caller; readonly listId: string },
): Promise<ListResults[]> {
  const at = context.clock.now();
  const ruleSet = await requireInForce(tx, context, listId);
  const asked = { ruleSet, caller, knownAt: at, runId: newId('wlr', at) };
  const { permit } = decideRuleReading(tx, context, asked);
  const told = await readFirstTold(tx, listId);
  const results: ListResults[] = [];
  for (const [institution, members] of told) {
    const counts = { told: members.size, reached: 0, granted: 0, lent: 0, bad: 0 };
    let lentFen = 0n;
    for (const [from, ids] of groupByInstant(members)) {
      const flags = await readOutcomeFlags(tx, permit, { from, to: at, institutionId: institution });
      for (const one of flags.filter(({ enterpriseId }) => ids.has(enterpriseId))) {
        lentFen += BigInt(one.lentFen);
        for (const [name, has] of FLAGS) if (has(one)) counts[name] += 1;
      }
    }
    results.push({ institution, ...counts, lentFen: String(lentFen) });
  }
  return results;
}

const FLAGS: readonly (readonly ['reached' | 'granted' | 'lent' | 'bad', (one: OutcomeFlags) => boolean])[] =
  [
    ['reached', ({ isReached }) => isReached],
    ['granted', ({ isGranted }) => isGranted],
    ['lent', ({ isLent }) => isLent],
    ['bad', ({ isBad }) => isBad],
  ];

/** When each enterprise was first told, by institution; enterprises of one push share the instant. */
async function readFirstTold(tx: Tx, listId: string): Promise<Map<string, Map<EnterpriseId, Date>>> {
  const rows = await tx.rows<{ institution_id: string; enterprise_id: string; at: Date }>(
    `select institution_id, enterprise_id, min(at) as at from evaluation.whitelist_push_rows
     where list_id = $1 and change = 'added' group by 1, 2 order by 1, 2`,
    [listId],
  );
  const told = new Map<string, Map<EnterpriseId, Date>>();
  for (const row of rows) {
    const members = told.get(row.institution_id) ?? new Map<EnterpriseId, Date>();
    told.set(row.institution_id, members.set(toEnterpriseId(row.enterprise_id), row.at));
  }
  return told;
}

function groupByInstant(members: ReadonlyMap<EnterpriseId, Date>): [Date, ReadonlySet<EnterpriseId>][] {
  const groups = Map.groupBy(members, ([, at]) => at.getTime());
  return [...groups].map(([at, those]) => [new Date(at), new Set(those.map(([id]) => id))]);
}
