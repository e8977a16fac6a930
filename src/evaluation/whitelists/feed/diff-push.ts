import type { EnterpriseId } from '#kernel';
import type { Slice } from '../definition/rule-set.ts';
import type { Entry } from '../entries/entries.ts';
import type { Change, ExitReason } from '../whitelist-tables.ts';

/** What an institution was last told of an enterprise that it knows as a member. */
export type Told = ReadonlyMap<EnterpriseId, { readonly validUntil: string | null }>;

export type PushChange = {
  readonly enterpriseId: EnterpriseId;
  readonly change: Change;
  readonly validUntil: string | null;
  readonly reason: ExitReason | null;
};

/**
 * The difference between what an institution was told and what holds now: pushed again it is empty. `isLeavingOnly`: the
 * ends alone, which wait for nobody.
 */
export function diffPush(
  told: Told,
  entries: ReadonlyMap<EnterpriseId, Entry>,
  about: {
    readonly slice: Slice | undefined;
    readonly isInAudience: boolean;
    readonly today: string;
    readonly isLeavingOnly: boolean;
  },
): PushChange[] {
  const { slice, isInAudience, today, isLeavingOnly } = about;
  const isMember = (entry: Entry): boolean =>
    entry.state === 'valid' && isInAudience && !isOver(entry, today) && isInSlice(entry, slice);
  const left = [...told.keys()].flatMap((enterpriseId): PushChange[] => {
    const entry = entries.get(enterpriseId);
    if (entry !== undefined && isMember(entry)) return [];
    const isExpired = entry !== undefined && isOver(entry, today);
    const reason = entry?.reason ?? (isExpired ? 'expired' : 'outside_slice');
    return [{ enterpriseId, change: 'left', validUntil: null, reason }];
  });
  if (isLeavingOnly) return left;
  const on = [...entries.values()].filter(isMember).flatMap(({ enterpriseId, validUntil }): PushChange[] => {
    const known = told.get(enterpriseId);
    if (known?.validUntil === validUntil) return [];
    return [{ enterpriseId, change: known === undefined ? 'added' : 'renewed', validUntil, reason: null }];
  });
  return [...left, ...on];
}

/** Whether the last day of an entry is over. */
function isOver({ validUntil }: Pick<Entry, 'validUntil'>, today: string): boolean {
  return validUntil !== null && validUntil < today;
}

/** What an institution's slice leaves; who is in no district, industry or class is in no slice that names one. */
export function isInSlice(entry: Entry, slice: Slice | undefined): boolean {
  const has = (wanted: readonly string[] | undefined, own: string | null): boolean =>
    wanted === undefined || (own !== null && wanted.includes(own));
  return (
    has(slice?.districts, entry.district) &&
    has(slice?.industries, entry.industry) &&
    has(slice?.sizes, entry.sizeClass)
  );
}
