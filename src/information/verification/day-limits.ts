import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import type { VerificationRules } from './load-rules.ts';
import { verificationRefusal } from './verification-refusals.ts';

const DAY_MS = 86_400_000;

type Limit = {
  readonly scope: string;
  readonly claims: number;
  readonly max: number;
  zh: string;
  en: string;
};

/** New claims of one request. */
export type NewClaims = {
  readonly institution: string;
  readonly enterpriseId: EnterpriseId;
  readonly contractId: string;
  /** One entry per claim. */
  readonly fields: readonly string[];
};

/**
 * Counts new claims of today in Beijing, in the transaction of the answer: of one field of an enterprise, of one
 * enterprise, of the institution. Throws `verification.too_many` naming the narrowest limit that is reached.
 */
export async function countClaims(
  tx: Tx,
  { claimsPerDayMax }: VerificationRules,
  { claims, at }: { claims: NewClaims; at: Date },
): Promise<void> {
  if (claims.fields.length === 0) return;
  const limits = limitsOf(claimsPerDayMax, claims);
  const counted = await tx.hotRows<{ scope: string }>('information.count_claims', COUNT, [
    claims.institution,
    beijingDate(at),
    limits.map(({ scope }) => scope),
    limits.map((limit) => limit.claims),
    limits.map(({ max }) => max),
  ]);
  const within = new Set(counted.map(({ scope }) => scope));
  const reached = limits.findLast(({ scope }) => !within.has(scope));
  if (reached === undefined) return;
  const next = beijingDate(new Date(at.getTime() + DAY_MS));
  const { max: limit, zh: scopeZh, en: scopeEn } = reached;
  throw verificationRefusal('verification.too_many', { limit, scopeZh, scopeEn, next });
}

/** In the order in which they are taken by everyone: widest first, then by name. */
function limitsOf(max: VerificationRules['claimsPerDayMax'], claims: NewClaims): Limit[] {
  const { enterpriseId, contractId, fields } = claims;
  const byField = [...Map.groupBy(fields, (field) => field)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    { scope: '', claims: fields.length, max: max.institution, zh: '本机构', en: 'for this institution' },
    {
      scope: enterpriseId,
      claims: fields.length,
      max: max.enterprise,
      zh: '同一企业',
      en: 'about one enterprise',
    },
    ...byField.map(([field, { length }]) => ({
      scope: `${enterpriseId}:${contractId}.${field}`,
      claims: length,
      max: max.field,
      zh: '同一企业同一字段',
      en: 'about one field of one enterprise',
    })),
  ];
}

const COUNT = `
  with asked as (
    select scope, claims, max, n
    from unnest($3::text[], $4::integer[], $5::integer[]) with ordinality as given (scope, claims, max, n)
  )
  insert into information.claim_counts as counted (institution, day, scope, claims)
  select $1, $2::date, scope, claims from asked where claims <= max order by n
  on conflict (institution, day, scope) do update set claims = counted.claims + excluded.claims
    where counted.claims + excluded.claims <= (select max from asked where asked.scope = excluded.scope)
  returning scope`;
