import { join } from 'node:path';
import { type EnterpriseId, proofMaker, type Tx } from '#kernel';
import type { Contract } from '#lists';
import { systemCaller } from '#platform';
import {
  type AdmissionFacts,
  type ConsentFacts,
  decide,
  decidePopulation,
  type Permit,
  type PopulationPermit,
} from '#security';
import { loadRules } from '../../src/monitoring/rules/load-rules.ts';
import type { Rule, RuleBook } from '../../src/monitoring/rules/rule.ts';
import type { Cleanup } from '../support/database.ts';
import { type IndicatorsSetting, openIndicators } from './indicators-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const proveAdmission = proofMaker<'Admission', AdmissionFacts>('Admission');
const proveConsent = proofMaker<'Consent', ConsentFacts>('Consent');

export type RulesSetting = IndicatorsSetting & { readonly rules: RuleBook };

export async function openRules(t: Cleanup): Promise<RulesSetting> {
  const setting = await openIndicators(t);
  return { ...setting, rules: loadRules([join(ROOT, 'models')], setting.book, setting.catalogue) };
}

/** The datasets that rules read; one of the register where they read none, since a Permit is of something. */
export function contractsOf({ catalogue }: RulesSetting, rules: readonly Rule[]): Contract[] {
  const ids = new Set(rules.flatMap(({ contracts }) => contracts));
  const wanted = ids.size === 0 ? new Set(['n01_registration']) : ids;
  return [...catalogue.contracts.values()].filter(({ id }) => wanted.has(id));
}

/** The Permit of a monitoring run over watched enterprises. */
export function watchPermit(
  tx: Tx,
  setting: RulesSetting,
  asked: { rules: readonly Rule[]; knownAt: Date; ids: readonly EnterpriseId[] },
): PopulationPermit {
  return decidePopulation(tx, setting.policies, {
    caller: systemCaller('monitoring'),
    purpose: 'monitoring',
    population: { kind: 'list', ids: asked.ids },
    contracts: contractsOf(setting, asked.rules),
    asOf: { knownAt: asked.knownAt },
    runId: 'mon_test',
  });
}

/** The Permit for one enterprise whose consent for post-loan management is in force, or stands as told. */
export function consentPermit(
  tx: Tx,
  setting: RulesSetting,
  asked: { rules: readonly Rule[]; knownAt: Date; subject: EnterpriseId; state?: ConsentFacts['state'] },
): Permit {
  const contracts = contractsOf(setting, asked.rules);
  const scope = new Map(
    contracts.map(({ id, fields }) => [id, new Set(fields.map(({ name }) => name))] as const),
  );
  return decide(tx, setting.policies, {
    caller: systemCaller('monitoring'),
    purpose: 'monitoring',
    subject: asked.subject,
    contracts,
    asOf: { knownAt: asked.knownAt },
    financing: {
      admission: proveAdmission(ADMITTED),
      consent: proveConsent({
        ...CONSENTED,
        enterpriseId: asked.subject,
        givenAs: asked.subject,
        state: asked.state ?? 'active',
        scope,
      }),
    },
  });
}

const ADMITTED: AdmissionFacts = {
  institutionId: 'ptc_bank',
  institutionType: 'bank',
  institutionState: 'admitted',
  branchId: 'ptc_branch',
  operator: '贷后岗',
  platformId: null,
  platformState: 'none',
  hasAgreement: true,
};

const CONSENTED: Omit<ConsentFacts, 'enterpriseId' | 'givenAs' | 'state' | 'scope'> = {
  consentId: 'cns_1',
  purpose: 'post_loan_management',
  institutionId: 'ptc_bank',
  branchId: null,
  platforms: [],
  verifyScope: new Map(),
  computeScope: new Map(),
  dataFrom: null,
  dataTo: null,
  termsDigest: '00',
};

/** A finished run of a champion, as evaluation leaves it; returns its number. */
export async function addRun(
  tx: Tx,
  { asOf, finishedAt }: { asOf: string; finishedAt: Date },
): Promise<string> {
  const [row] = await tx.rows<{ run_no: string }>(
    `insert into evaluation.runs (run_id, kind, role, state, model_hash, system_hash, grading_hash, indicators_hash,
       policy_hash, as_of, known_at, baseline, baseline_run, sample_every, started_by, started_at, finished_at)
     values (gen_random_uuid()::text, 'full', 'champion', 'finished', 'm', 's', 'g', 'i', 'p', $1, $2, '{}', 'none', 1, 'test',
       $2, $2) returning run_no`,
    [asOf, finishedAt],
  );
  return row?.run_no ?? '';
}

export async function addGrade(
  tx: Tx,
  about: { id: EnterpriseId; runNo: string; grade: number },
): Promise<void> {
  await tx.rows(
    `insert into evaluation.scores (enterprise_id, run_no, ceilings, state, grade, shown_grade, bins, reasons)
     values ($1, $2, 0, 0, $3, $3, '{}', '{}')`,
    [about.id, about.runNo, about.grade],
  );
}

/** A valid entry of a whitelist that ended. */
export async function addExit(
  tx: Tx,
  about: { id: EnterpriseId; reason: string; leftAt: Date },
): Promise<void> {
  const entry = `insert into evaluation.whitelist_entries (enterprise_id, list_id, known_from, known_to, state, rules_hash,
      valid_until, reason, entered_by, receipt_id)`;
  await tx.rows(
    `${entry} values ($1, 'steady', $2::timestamptz - interval '90 days', $2, 'valid', 'h', '2027-01-01', null, 't', 'r')`,
    [about.id, about.leftAt],
  );
  await tx.rows(`${entry} values ($1, 'steady', $2, 'infinity', 'left', 'h', null, $3, 't', 'r')`, [
    about.id,
    about.leftAt,
    about.reason,
  ]);
}
