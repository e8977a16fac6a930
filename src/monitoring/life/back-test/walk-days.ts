import assert from 'node:assert';
import { endOfBeijingDate, type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { type Contract, MerkleTree } from '#lists';
import { type Caller, decidePopulation, type PopulationPermit } from '#security';
import { gravityOf, type Rule } from '../../rules/rule.ts';
import { detectSignals } from '../../signals/detect-signals.ts';
import { type EpisodeStates, moveEpisodes } from '../../signals/episodes.ts';
import type { FoundSignal } from '../../signals/signal.ts';
import type { LifeContext } from '../life-context.ts';
import { RULE_LIFE_LIMITS } from '../life-limits.ts';
import { fateAfter, type Lending } from './loan-fates.ts';
import type { Raised } from './measure-rule.ts';

export type Walk = {
  readonly caller: Caller;
  readonly runId: string;
  /** One version of each. */
  readonly rules: readonly Rule[];
  readonly contracts: readonly Contract[];
  readonly lending: Lending;
  readonly days: readonly string[];
  readonly horizonDays: number;
};

export type Walked = {
  /** By hash of the rule. */
  readonly raised: ReadonlyMap<string, readonly Raised[]>;
  readonly enterprises: number;
  readonly root: string;
};

/**
 * Walks through past days as the node would have lived them: on each, under a Permit that knows what was known at its end and
 * nothing since, the rules look at who owed something then. Episodes begin from nothing and are carried from day to day, and
 * a fact counts on the first day on which it would have been told. Nothing is written.
 */
export async function walkDays(context: LifeContext, walk: Walk): Promise<Walked> {
  const raised = new Map<string, Raised[]>(walk.rules.map(({ hash }) => [hash, []]));
  const tree = new MerkleTree();
  const ids = [...walk.lending.keys()];
  for (let at = 0; at < ids.length; at += RULE_LIFE_LIMITS.pageEnterprises) {
    const page = ids.slice(at, at + RULE_LIFE_LIMITS.pageEnterprises);
    const told = await inTransaction(
      context.database,
      (tx) => walkPage(tx, context, { walk, page }),
      'snapshot',
    );
    for (const [hash, own] of told) raised.get(hash)?.push(...own);
    for (const id of page) tree.add(Buffer.from(id));
  }
  return { raised, enterprises: ids.length, root: tree.root() };
}

async function walkPage(
  tx: Tx,
  context: LifeContext,
  { walk, page }: { readonly walk: Walk; readonly page: readonly EnterpriseId[] },
): Promise<Map<string, Raised[]>> {
  const { rules, days } = walk;
  const told = new Map(rules.map(({ hash }) => [hash, new Map<string, Raised[]>()]));
  let states: EpisodeStates = new Map();
  for (const day of days) {
    const enterpriseIds = page.filter((id) => isWatched(id, day, walk));
    if (enterpriseIds.length === 0) continue;
    const permit = permitDay(tx, context, { walk, day, ids: enterpriseIds });
    const found = await detectSignals(tx, permit, { rules, enterpriseIds, asOf: day, since: null, states });
    states = moveEpisodes(states, found.episodes);
    for (const signal of found.signals) {
      const facts = told.get(signal.ruleHash);
      assert(facts !== undefined, 'only these rules were asked');
      tell(facts, signal, day);
    }
  }
  return new Map([...told].map(([hash, facts]) => [hash, [...facts.values()].flat()]));
}

function isWatched(id: EnterpriseId, day: string, { lending, horizonDays }: Walk): boolean {
  return fateAfter(lending.get(id) ?? [], { day, horizonDays }).state !== 'unwatched';
}

/** A fact once, however often it stands there, and once more for every level that it rises to. */
function tell(facts: Map<string, Raised[]>, { enterpriseId, fact, level }: FoundSignal, day: string): void {
  const key = `${enterpriseId} ${fact}`;
  const told = facts.get(key) ?? [];
  const last = told.at(-1);
  if (last !== undefined && gravityOf(last.level) >= gravityOf(level)) return;
  facts.set(key, [...told, { enterpriseId, on: day, level, isUpgrade: last !== undefined }]);
}

function permitDay(
  tx: Tx,
  { policies }: LifeContext,
  { walk, day, ids }: { readonly walk: Walk; readonly day: string; readonly ids: readonly EnterpriseId[] },
): PopulationPermit {
  return decidePopulation(tx, policies, {
    caller: walk.caller,
    purpose: 'monitoring',
    population: { kind: 'list', ids },
    contracts: walk.contracts,
    asOf: { knownAt: endOfBeijingDate(day) },
    runId: walk.runId,
  });
}
