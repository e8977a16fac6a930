import type { ConsentPurpose, InstitutionType } from '#security';
import type { Generated, JSONColumnType } from 'kysely';
import type { StateReason, StoredState } from './states.ts';

/** What of one contract a consent covers; `verifyOnly` fields are answered by verification alone. */
export type ContractScope = { readonly fields: readonly string[]; readonly verifyOnly: readonly string[] };
export type Scope = Readonly<Record<string, ContractScope>>;
export type Line = { readonly zh: string; readonly en: string };
export type GivenHow = 'redirect' | 'decoupled' | 'paper';
export type DataLifeUnit = 'day' | 'month' | 'year';
export type FrequencyUnit = 'day' | 'week' | 'month';
export type ScanType = 'application/pdf' | 'image/jpeg' | 'image/png';
export type Capacity = 'legal_representative' | 'agent';

/** Tables that consent owns; no other module names them. `bigint` arrives as text, dates are written as text. */
export type ConsentTables = {
  'consent.consents': {
    enterprise_id: string;
    consent_id: string;
    institution_id: string;
    institution_type: InstitutionType;
    branch_id: string | null;
    platforms: string[];
    purpose: ConsentPurpose;
    product: string | null;
    scope: JSONColumnType<Scope>;
    fetch_mode: 'once' | 'periodic';
    data_from: string;
    data_to: string | null;
    frequency_count: number | null;
    frequency_unit: FrequencyUnit | null;
    valid_to: Date;
    data_life_count: number;
    data_life_unit: DataLifeUnit;
    onward_sharing: Generated<boolean>;
    template: string;
    words: JSONColumnType<readonly Line[]>;
    terms_digest: string;
    fair_use_hash: string;
    given_how: GivenHow;
    requested_by: string;
    requested_through: string | null;
    operator: string;
    requested_at: Date;
    answer_by: Date;
    scan_digest: string | null;
    scan_type: ScanType | null;
    signed_on: string | null;
  };
  'consent.states': {
    enterprise_id: string;
    consent_id: string;
    version: number;
    state: StoredState;
    reason: StateReason;
    by: string;
    capacity: Capacity | null;
    mandate_id: string | null;
    seal: JSONColumnType<Seal> | null;
    receipt_id: string | null;
    known_from: Date;
    known_to: Generated<Date>;
  };
  'consent.handles': { consent_id: string; enterprise_id: string; code_hash: Buffer | null };
  'consent.fair_use_versions': { hash: string; body: JSONColumnType<object>; first_used_at: Date };
};

/** The node's signature over the granted text; `use` names the key's use. */
export type Seal = {
  readonly use: string;
  readonly suite: string;
  readonly kid: string;
  readonly statement: string;
  readonly signature: string;
};
