import type { ColumnType, JSONColumnType } from 'kysely';
import type { CorrectedField, FieldClaim, KeptAttachment, ObjectionItem } from './definition/objection.ts';

/** Tables that objections own. */
export type ObjectionTables = {
  'rights.objections': {
    enterprise_id: string;
    objection_id: string;
    applied_by: string;
    mandate_id: string;
    reason: string;
    attachments: JSONColumnType<readonly KeptAttachment[]>;
    rules_version: string;
    applied_at: Date;
    receipt_id: string;
  };
  'rights.objection_items': {
    enterprise_id: string;
    objection_id: string;
    item_no: number;
    contract_id: string;
    provider: string;
    first_record_id: string | null;
    record_id: string | null;
    ground: string;
    fields: JSONColumnType<readonly FieldClaim[] | null, null | undefined, null>;
    fields_sealed: string | null;
    claim_digest: string;
    mode: ObjectionItem['mode'];
    mark: ObjectionItem['mark'];
    state: ObjectionItem['state'];
    outcome: ColumnType<ObjectionItem['outcome'], null | undefined, ObjectionItem['outcome']>;
    fault: ColumnType<ObjectionItem['fault'], null | undefined, ObjectionItem['fault']>;
    decided_kind: ColumnType<ObjectionItem['decidedKind'], null | undefined, ObjectionItem['decidedKind']>;
    decided_by: string | null;
    decided_at: Date | null;
    decision: string | null;
    corrected_fields: ColumnType<readonly CorrectedField[] | null, null | undefined, null>;
    corrected_fields_sealed: string | null;
    review_asked_at: Date | null;
    review_reason: string | null;
    reviewed_at: Date | null;
    corrected_at: Date | null;
    statement: string | null;
    is_followed: boolean;
  };
  'rights.objection_steps': {
    enterprise_id: string;
    objection_id: string;
    step_no: number;
    item_no: number | null;
    provider: string | null;
    act: string;
    by_kind: 'enterprise' | 'node' | 'provider' | 'delivery';
    by_id: string;
    at: Date;
    words: string | null;
    fields: ColumnType<readonly CorrectedField[] | null, null | undefined, null>;
    fields_sealed: string | null;
    receipt_id: string | null;
  };
};
