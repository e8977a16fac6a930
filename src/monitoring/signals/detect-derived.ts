import { readExits, readGradeDrops } from '#evaluation';
import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { GradeDropRule, WhitelistExitRule } from '../rules/rule.ts';
import { levelOf } from './levels.ts';
import type { FoundSignal } from './signal.ts';

type Asked<Rule> = {
  readonly rules: readonly Rule[];
  readonly enterpriseIds: readonly EnterpriseId[];
  readonly since: Date | null;
};

/** What rests on the node's own results: no record is named as evidence, the edition and the entry are. */
const OWN = { isLate: false, isDisputed: false, evidence: [] } as const;

export async function detectGradeDrops(
  tx: Tx,
  permit: PopulationPermit,
  { rules, ...about }: Asked<GradeDropRule>,
): Promise<FoundSignal[]> {
  if (rules.length === 0) return [];
  const drops = await readGradeDrops(tx, permit, about);
  return rules.flatMap((rule) =>
    drops
      .filter(({ places }) => places >= rule.places)
      .map(({ enterpriseId, asOf, places, publishedAt }) => ({
        ...OWN,
        enterpriseId,
        ruleId: rule.id,
        ruleHash: rule.hash,
        level: levelOf(places, { ...rule, steps: rule.steps ?? [] }),
        fact: `grade/${asOf}`,
        occurredOn: asOf,
        knownAt: publishedAt,
        value: places,
      })),
  );
}

export async function detectWhitelistExits(
  tx: Tx,
  permit: PopulationPermit,
  { rules, ...about }: Asked<WhitelistExitRule>,
): Promise<FoundSignal[]> {
  if (rules.length === 0) return [];
  const exits = await readExits(tx, permit, about);
  return rules.flatMap((rule) =>
    exits
      .filter(({ reason }) => rule.reasons.includes(reason))
      .map(({ enterpriseId, listId, leftAt }) => ({
        ...OWN,
        enterpriseId,
        ruleId: rule.id,
        ruleHash: rule.hash,
        level: rule.level,
        fact: `whitelist/${listId}/${beijingDate(leftAt)}`,
        occurredOn: beijingDate(leftAt),
        knownAt: leftAt,
        value: null,
      })),
  );
}
