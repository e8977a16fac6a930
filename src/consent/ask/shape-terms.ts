import type { Contract } from '#lists';
import { CONSENT_PURPOSES, type ConsentPurpose, type InstitutionType, isConsentPurpose } from '#security';
import { consentRefusal } from '../consent-refusals.ts';
import { requireGivingTerms } from '../giving/require-giving-terms.ts';
import { mayEnterLevels } from '../model-purposes.ts';
import type { ContractScope, DataLifeUnit, FrequencyUnit, Scope } from '../tables.ts';
import { templateOf } from '../templates.ts';
import type { RequestedTerms } from './request-shape.ts';

/** What a consent says, whole and checked; every default is written out. Dates are Beijing dates. */
export type Terms = {
  readonly institutionId: string;
  readonly institutionType: InstitutionType;
  readonly branchId: string | null;
  readonly platforms: readonly string[];
  readonly purpose: ConsentPurpose;
  readonly product: string | null;
  readonly scope: Scope;
  readonly fetch: 'once' | 'periodic';
  readonly frequency: { readonly count: number; readonly unit: FrequencyUnit } | null;
  readonly dataFrom: string;
  readonly dataTo: string | null;
  readonly validTo: string;
  readonly dataLife: { readonly count: number; readonly unit: DataLifeUnit };
};

/** For whom it is asked, and through whom. */
export type Parties = {
  readonly institutionId: string;
  readonly institutionType: InstitutionType;
  readonly branchId: string | null;
  readonly platformId: string | null;
};

/**
 * Turns a request into terms. Throws `consent.purpose_unknown`, `consent.not_given_back`, `consent.contract_unknown`, `consent.field_unknown`,
 * `consent.nothing_to_give`, `consent.dates_wrong` or `consent.request_malformed`.
 */
export function shapeTerms(
  requested: RequestedTerms,
  {
    contracts,
    parties,
    today,
  }: { contracts: ReadonlyMap<string, Contract>; parties: Parties; today: string },
): Terms {
  requireDates(requested, today);
  requireGivingTerms(requested, contracts);
  const platforms = [
    ...(requested.platforms ?? []),
    ...(parties.platformId === null ? [] : [parties.platformId]),
  ];
  const purpose = requirePurpose(requested.purpose);
  return {
    institutionId: parties.institutionId,
    institutionType: parties.institutionType,
    branchId: parties.branchId,
    platforms: [...new Set(platforms)].sort(),
    purpose,
    product: requested.product ?? null,
    scope: shapeScope(requested.contracts, { contracts, purpose }),
    fetch: requested.fetch,
    frequency: requireFrequency(requested),
    dataFrom: requested.dataFrom,
    dataTo: requested.dataTo ?? null,
    validTo: requested.validTo,
    dataLife: requested.dataLife,
  };
}

/** Throws `consent.purpose_unknown` for a purpose outside the dictionary. */
export function requirePurpose(purpose: string): ConsentPurpose {
  if (isConsentPurpose(purpose)) return purpose;
  throw consentRefusal('consent.purpose_unknown', { purposes: CONSENT_PURPOSES.join(', ') });
}

function requireDates({ dataFrom, dataTo, validTo }: RequestedTerms, today: string): void {
  if (validTo < today) throw consentRefusal('consent.dates_wrong', { reason: 'validTo < today' });
  if (dataFrom > (dataTo ?? validTo))
    throw consentRefusal('consent.dates_wrong', { reason: 'dataFrom > dataTo' });
}

function requireFrequency({ fetch, frequency }: RequestedTerms): Terms['frequency'] {
  if ((fetch === 'periodic') === (frequency !== undefined)) return frequency ?? null;
  const reason = fetch === 'periodic' ? 'periodic needs a frequency' : 'once has no frequency';
  throw consentRefusal('consent.request_malformed', { place: '/frequency', reason });
}

function shapeScope(
  asked: RequestedTerms['contracts'],
  { contracts, purpose }: { contracts: ReadonlyMap<string, Contract>; purpose: ConsentPurpose },
): Scope {
  const scope: Record<string, ContractScope> = {};
  for (const { id, fields } of asked) {
    const contract = contracts.get(id);
    if (contract === undefined) throw consentRefusal('consent.contract_unknown', { contract: id });
    if (Object.hasOwn(scope, id)) {
      throw consentRefusal('consent.request_malformed', { place: '/contracts', reason: `${id} twice` });
    }
    scope[id] = scopeOf(contract, fields, purpose);
  }
  return scope;
}

/**
 * Fields that may be shown, and those that may only be verified: invisible ones, and every one of a dataset that its
 * provider answers by verification alone. Unasked, a dataset gives its public and authorised fields; one that has none
 * of these, its invisible ones for verification. For post-loan management it gives its invisible ones too, which the
 * rules of monitoring compute with. Secret ones are not there for anybody.
 */
function scopeOf(
  contract: Contract,
  asked: readonly string[] | undefined,
  purpose: ConsentPurpose,
): ContractScope {
  const known = contract.fields.filter(({ disclosure }) => disclosure !== 'secret');
  const unknown = (asked ?? []).find((name) => !known.some((field) => field.name === name));
  if (unknown !== undefined) {
    throw consentRefusal('consent.field_unknown', { contract: contract.id, field: unknown });
  }
  const open = known.filter(({ disclosure }) => disclosure !== 'invisible');
  const isWatched = mayEnterLevels({ purpose, template: templateOf(purpose) });
  const offered = open.length > 0 && !isWatched ? open : known;
  const wanted = asked === undefined ? offered : known.filter(({ name }) => asked.includes(name));
  const isVerifyOnly = contract.sharingModes.every((mode) => mode === 'verify_only');
  const isShown = (field: Contract['fields'][number]) => !isVerifyOnly && field.disclosure !== 'invisible';
  const names = (fields: Contract['fields']) => fields.map(({ name }) => name);
  const scope = {
    fields: names(wanted.filter(isShown)),
    verifyOnly: names(wanted.filter((field) => !isShown(field))),
  };
  if (scope.fields.length + scope.verifyOnly.length === 0) {
    throw consentRefusal('consent.nothing_to_give', { contract: contract.id });
  }
  return scope;
}
