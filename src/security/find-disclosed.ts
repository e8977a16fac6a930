import { assertProof, type EnterpriseId } from '#kernel';
import type { Grant } from './decision/require-allowed.ts';

/** Puts a value into the caller's statement and says its place, as `$1`. */
export type Bind = (value: unknown) => string;

export type DisclosedRequest = {
  readonly contracts: readonly string[];
  /** Only what showed one of these fields, by contract; a contract without any counts whatever was shown of it. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** What left from this instant on, and before the other. */
  readonly from: Date;
  readonly to: Date;
  /** Only to or through these participants; absent: to anybody. */
  readonly participants?: readonly string[] | undefined;
  /** Only of these; absent: of every enterprise. */
  readonly enterpriseIds?: readonly EnterpriseId[] | undefined;
};

/**
 * Whose information left: a parenthesised select with enterprise_id and disclosure_id, for a set-based count of whom an incident
 * concerns. Nothing of what was said is in it. The Grant is of such an act.
 */
export function disclosedRelation(grant: Grant, asked: DisclosedRequest, bind: Bind): string {
  assertProof(grant, 'Grant');
  const { contracts, fields, participants, enterpriseIds } = asked;
  const named = contracts.map((id) => [id, [...(fields.get(id) ?? [])]] as const);
  const pairs = named.flatMap(([id, names]) => names.map((name) => ({ id, name })));
  const whole = named.filter(([, names]) => names.length === 0).map(([id]) => id);
  const shown = `(d.contracts && ${bind(whole)}::text[] or exists (
      select from unnest(${bind(pairs.map(({ id }) => id))}::text[], ${bind(pairs.map(({ name }) => name))}::text[]) as asked (id, name)
      where asked.id = any(d.contracts) and (d.fields is null or d.fields -> asked.id ? asked.name)))`;
  const to =
    participants === undefined
      ? ''
      : ` and (d.institution = any(${bind(participants)}::text[]) or d.platform = any(${bind(participants)}::text[]))`;
  const whose =
    enterpriseIds === undefined ? '' : ` and d.enterprise_id = any(${bind(enterpriseIds)}::bigint[])`;
  return `(select d.enterprise_id, d.disclosure_id from security.disclosures d
    where d.at >= ${bind(asked.from)} and d.at < ${bind(asked.to)} and ${shown}${to}${whose})`;
}
