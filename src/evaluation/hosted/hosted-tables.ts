import type { ColumnType } from 'kysely';

export const HOSTED_STATES = ['draft', 'validated', 'shadow', 'active', 'retired'] as const;
/** 草稿, 已校验, 影子运行, 启用, 停用. */
export type HostedState = (typeof HOSTED_STATES)[number];

/** Tables of hosted models; no other folder names them. */
export type HostedTables = {
  'evaluation.hosted_models': {
    institution: string;
    model_hash: string;
    name: string;
    version_no: number;
    format: 'pmml' | 'onnx';
    content_bytes: number;
    manifest: string;
    content: string;
    uploaded_by: string;
    uploaded_at: Date;
    receipt_id: string;
  };
  'evaluation.hosted_states': {
    institution: string;
    model_hash: string;
    state: HostedState;
    known_from: Date;
    known_to: ColumnType<Date, never, Date>;
    name: string;
    entered_by: string;
    receipt_id: string;
  };
  'evaluation.hosted_approvals': {
    institution: string;
    model_hash: string;
    side: 'institution' | 'node';
    approved_by: string;
    approved_at: Date;
    receipt_id: string;
  };
};
