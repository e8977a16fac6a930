/** What stands of the item already. */
export type Standing = {
  readonly valuesDigest: string;
  readonly entrance: string;
  readonly state: 'current' | 'stale' | 'withdrawn';
};

/**
 * `publish`: nothing stands, or the same entrance says it anew. `renew`: it is what stands already. `replace`: another entrance
 * differs and this one goes before it, so that it stands until the enterprise decides; `beside`: the other way round.
 */
export type FilingFate = 'publish' | 'renew' | 'replace' | 'beside';

/** Pure. `order` names the entrances, the one that goes first first. */
export function decideFiling(
  filed: Pick<Standing, 'valuesDigest' | 'entrance'>,
  standing: Standing | undefined,
  order: readonly string[],
): FilingFate {
  if (standing === undefined || standing.state === 'withdrawn') return 'publish';
  if (standing.valuesDigest === filed.valuesDigest) return 'renew';
  // What has run out is nobody's word any more.
  if (standing.state === 'stale' || standing.entrance === filed.entrance) return 'publish';
  return rank(filed.entrance, order) <= rank(standing.entrance, order) ? 'replace' : 'beside';
}

/** One that the order no longer names goes last. */
function rank(entrance: string, order: readonly string[]): number {
  const at = order.indexOf(entrance);
  return at === -1 ? order.length : at;
}
