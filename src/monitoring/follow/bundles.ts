import type { Rule } from '../rules/rule.ts';
import type { SignalRole } from '../signals/signal.ts';

/** Datasets that have to be asked for together, since some rule reads all of them, and the rules on them. */
export type Bundle = {
  /** `authorised`: asked under a consent, for its institution; `public`: because of a live loan, for whoever lent. */
  readonly scope: Rule['scope'];
  readonly contractIds: readonly string[];
  /** Which sources answer them. */
  readonly sourceIds: readonly string[];
  readonly rules: Readonly<Record<SignalRole, readonly Rule[]>>;
};

/** Bundles that share a source, directly or through each other: they spend its capacity and wait for it together. */
export type Lane = { readonly sourceIds: readonly string[]; readonly bundles: readonly Bundle[] };

/**
 * Lanes of what these rules of reach `followed` ask for. A rule is left out where one of its datasets
 * has no terms of following, or no source that is connected: `sourceOf` gives undefined.
 */
export function planLanes(
  rules: Readonly<Record<SignalRole, readonly Rule[]>>,
  sourceOf: (contractId: string) => string | undefined,
): Lane[] {
  const isFollowed = ({ contracts }: Rule): boolean =>
    contracts.length > 0 && contracts.every((id) => sourceOf(id) !== undefined);
  const followed = { active: rules.active.filter(isFollowed), shadow: rules.shadow.filter(isFollowed) };
  const bundles = (['authorised', 'public'] as const).flatMap((scope) => {
    const isOfScope = (rule: Rule): boolean => rule.scope === scope;
    const [active, shadow] = [followed.active.filter(isOfScope), followed.shadow.filter(isOfScope)];
    return joinOverlapping([...active, ...shadow].map(({ contracts }) => contracts)).map(
      (contractIds): Bundle => {
        const own = ({ contracts }: Rule): boolean => contractIds.includes(contracts[0] ?? '');
        const sourceIds = sorted(contractIds.flatMap((id) => sourceOf(id) ?? []));
        const rules = { active: active.filter(own), shadow: shadow.filter(own) };
        return { scope, contractIds, sourceIds, rules };
      },
    );
  });
  return joinOverlapping(bundles.map(({ sourceIds }) => sourceIds)).map((sourceIds) => ({
    sourceIds,
    bundles: bundles.filter((bundle) => bundle.sourceIds.some((id) => sourceIds.includes(id))),
  }));
}

/** Sets that have anything in common become one. */
function joinOverlapping(sets: readonly (readonly string[])[]): string[][] {
  let joined: string[][] = [];
  for (const set of sets) {
    const touching = joined.filter((other) => other.some((id) => set.includes(id)));
    joined = [...joined.filter((other) => !touching.includes(other)), sorted([...touching.flat(), ...set])];
  }
  return joined;
}

function sorted(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}
