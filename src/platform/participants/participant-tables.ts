import type { AdmissionState, InstitutionType } from '#security';
import type { Generated } from 'kysely';

/** Who takes part: 数据提供单位, 融资信用服务平台, 平台接入机构, 监管部门, 节点. */
export const PARTICIPANT_KINDS = ['provider', 'platform', 'institution', 'regulator', 'node'] as const;
export type ParticipantKind = (typeof PARTICIPANT_KINDS)[number];

/** States that are written; `none` and `expired` are what is read where nothing is written or its time is over. */
export const WRITTEN_STATES = ['trial', 'admitted', 'suspended', 'withdrawn'] as const;
export type WrittenState = Extract<AdmissionState, (typeof WRITTEN_STATES)[number]>;

export type ParticipantTables = {
  'platform.participants': {
    participant_id: string;
    kind: ParticipantKind;
    institution_type: InstitutionType | null;
    parent_id: string | null;
    lineage: string[];
    name_zh: string;
    name_en: string;
    code: string | null;
    is_demonstration: Generated<boolean>;
    made_by: string;
    made_at: Date;
  };
  'platform.admission_proposals': {
    proposal_id: string;
    participant_id: string;
    state: WrittenState;
    valid_from: Date;
    valid_to: Date | null;
    reason: string;
    materials_digest: string | null;
    versions_seen: number;
    proposed_by: string;
    proposed_at: Date;
    decision: 'approved' | 'rejected' | null;
    decided_by: string | null;
    decided_at: Date | null;
  };
  'platform.admissions': {
    participant_id: string;
    valid_from: Date;
    known_from: Date;
    /** `infinity` while it is what the node knows; compared in SQL, never read. */
    known_to: Generated<Date>;
    valid_to: Date | null;
    state: WrittenState;
    reason: string;
    proposed_by: string;
    approved_by: string;
    receipt_id: string;
  };
  'platform.agreements': {
    platform_id: string;
    institution_id: string;
    signed_at: Date;
    valid_to: Date | null;
    ended_at: Date | null;
    document_digest: string;
    made_by: string;
    ended_by: string | null;
    receipt_id: string;
  };
};
