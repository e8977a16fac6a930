import assert from 'node:assert';
import { proveConsent } from '#consent';
import { Refusal, type Tx } from '#kernel';
import { type Contract, readKnownAt } from '#lists';
import { proveServed, systemCaller } from '#platform';
import { type Admission, type Consent, decide, type Permit } from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { Rule } from '../rules/rule.ts';
import type { Watch } from '../watch/watches.ts';

/** A watch behind which a consent for post-loan management stands. */
export type ConsentedWatch = Watch & { readonly consentId: string };

export function hasConsent(watch: Watch): watch is ConsentedWatch {
  return watch.consentId !== null;
}

/** The right to look at what one enterprise authorised for one institution, in this transaction. */
export type Look = {
  readonly watch: ConsentedWatch;
  readonly admission: Admission;
  readonly consent: Consent;
  readonly permit: Permit;
};

/**
 * In the caller's transaction, which has the watch from `readLiveWatches`: proofs → decision. The node looks, for the
 * institution of the watch; undefined where the policy lets it look at nothing of these contracts: the institution or its
 * platform has no admission in force, or the consent covers none of them.
 */
export async function openLook(
  tx: Tx,
  context: Pick<MonitoringContext, 'clock' | 'policies' | 'catalogue'>,
  { watch, contractIds }: { readonly watch: ConsentedWatch; readonly contractIds: readonly string[] },
): Promise<Look | undefined> {
  const { clock, policies } = context;
  const { enterpriseId, consentId, institutionId, branchId, platformId } = watch;
  const served = { institutionId, branchId, platformId, operator: LOOKER.id };
  const consent = await proveConsent(tx, clock, { consentId, enterpriseId });
  if (consent === undefined) return undefined;
  // The policy knows the purpose of the read alone, which is monitoring.
  assert(consent.purpose === 'post_loan_management', 'a watch rests on a consent for post-loan management');
  const contracts = contractsOf(context, contractIds);
  const knownAt = await readKnownAt(tx, contractIds);
  const request = { caller: LOOKER, purpose: 'monitoring', subject: enterpriseId, contracts } as const;
  try {
    const admission = await proveServed(tx, clock, served);
    const permit = decide(tx, policies, { ...request, asOf: { knownAt }, financing: { admission, consent } });
    return { watch, admission, consent, permit };
  } catch (error) {
    if (error instanceof Refusal && error.text.status < 500) return undefined;
    throw error;
  }
}

const LOOKER = systemCaller('monitoring');

function contractsOf(
  { catalogue }: Pick<MonitoringContext, 'catalogue'>,
  ids: readonly string[],
): Contract[] {
  return ids.map((id) => {
    const contract = catalogue.contracts.get(id);
    assert(contract !== undefined, `${id} was checked when the rules were loaded`);
    return contract;
  });
}

/** Rules on what an enterprise authorised, of datasets that the node holds, or of those that are asked at their source. */
export function authorisedRules(rules: readonly Rule[], reach: Rule['reach']): Rule[] {
  return rules.filter((rule) => rule.scope === 'authorised' && rule.reach === reach);
}

/** Each once, in order. */
export function contractIdsOf(rules: readonly Pick<Rule, 'contracts'>[]): string[] {
  return [...new Set(rules.flatMap(({ contracts }) => contracts))].sort();
}
