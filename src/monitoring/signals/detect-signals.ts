import assert from 'node:assert';
import type { EnterpriseId, Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { Rule, RuleKind } from '../rules/rule.ts';
import { detectGradeDrops, detectWhitelistExits } from './detect-derived.ts';
import { detectEvents } from './detect-events.ts';
import { detectValues } from './detect-values.ts';
import type { EpisodeStates } from './episodes.ts';
import { readEpisodes } from './read-episodes.ts';
import type { Found } from './signal.ts';

export type DetectRequest = {
  /** Of scope `public`; the others are run by `detectOwnSignals` under the enterprise's consent. */
  readonly rules: readonly Rule[];
  readonly enterpriseIds: readonly EnterpriseId[];
  /** Beijing day. */
  readonly asOf: string;
  /** Only facts that became known after it; null: all that stand. Values are those of the day either way. */
  readonly since: Date | null;
  /** Episodes to go on from; absent: those that the node has recorded. */
  readonly states?: EpisodeStates;
};

/**
 * Reads under the Permit and finds; writes nothing. Set-based: one statement a source for all rules and all enterprises
 * given. The Permit names the contracts of the rules (`rule.contracts`) and these enterprises.
 */
export async function detectSignals(
  tx: Tx,
  permit: PopulationPermit,
  request: DetectRequest,
): Promise<Found> {
  const { rules, states } = request;
  assert(
    rules.every(({ scope }) => scope === 'public'),
    'a population is watched by rules on public records',
  );
  const enterpriseIds = ofPopulation(permit, request.enterpriseIds);
  if (enterpriseIds.length === 0) return { signals: [], episodes: [] };
  const about = { enterpriseIds, asOf: request.asOf, since: request.since };
  const valued = [...ofKind(rules, 'threshold'), ...ofKind(rules, 'silence')];
  const before = states ?? (await readEpisodes(tx, { rules: valued, enterpriseIds }));
  const events = await detectEvents(tx, permit, { ...about, rules: ofKind(rules, 'event') });
  const values = await detectValues(tx, permit, { ...about, rules: valued, states: before });
  const drops = await detectGradeDrops(tx, permit, { ...about, rules: ofKind(rules, 'grade_drop') });
  const exits = await detectWhitelistExits(tx, permit, {
    ...request,
    rules: ofKind(rules, 'whitelist_exit'),
  });
  return { signals: [...events, ...values.signals, ...drops, ...exits], episodes: values.episodes };
}

/** The Permit says who may be read, whoever is asked for. */
function ofPopulation(
  { population }: PopulationPermit,
  ids: readonly EnterpriseId[],
): readonly EnterpriseId[] {
  if (population.kind !== 'list') return ids;
  const allowed = new Set(population.ids);
  return ids.filter((id) => allowed.has(id));
}

export function ofKind<Kind extends RuleKind>(
  rules: readonly Rule[],
  kind: Kind,
): Extract<Rule, { kind: Kind }>[] {
  return rules.filter((rule): rule is Extract<Rule, { kind: Kind }> => rule.kind === kind);
}
