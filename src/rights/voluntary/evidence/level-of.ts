import type { EvidenceLevel } from '#information';

export type EvidenceKind = 'attachment' | 'third_party' | 'source';

/** 附件 L1, 第三方 L2, 权威源 L3. */
const LEVEL_BY_KIND: Readonly<Record<EvidenceKind, EvidenceLevel>> = {
  attachment: 'L1',
  third_party: 'L2',
  source: 'L3',
};

/**
 * How well a value is proved by what is there now: the best kind that its contract names. Without any it is what the enterprise
 * says of itself, L0, whatever the contract wishes for. Pure.
 */
export function levelOf(
  kinds: readonly EvidenceKind[],
  wanted: readonly string[] | undefined,
): EvidenceLevel {
  const levels = kinds.map((kind) => LEVEL_BY_KIND[kind]).filter((level) => wanted?.includes(level));
  return levels.toSorted().at(-1) ?? 'L0';
}
