import type { JSONColumnType } from 'kysely';
import type { CardBody } from './cards/card-body.ts';
import type { Gate } from './gates.ts';
import type { ModelBody } from './model-files.ts';

/** 草稿, 已检验, 影子运行, 候选, 正式使用, 停用. */
const MODEL_STATES = ['draft', 'validated', 'shadow', 'challenger', 'champion', 'retired'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

export const MODEL_STATE_ZH: Readonly<Record<ModelState, string>> = {
  draft: '草稿',
  validated: '已检验',
  shadow: '影子运行',
  challenger: '候选',
  champion: '正式使用',
  retired: '停用',
};

/** What gives the score: points by an index system, or a card of the laboratory. One life for both. */
export type ModelKind = 'index_system' | 'card';

export const MODEL_KIND_ZH: Readonly<Record<ModelKind, string>> = {
  index_system: '指标体系',
  card: '评分卡',
};

export type ModelTables = {
  'evaluation.models': {
    model_hash: string;
    kind: ModelKind;
    system_id: string;
    system_version: string;
    grading_id: string;
    grading_version: string;
    body: JSONColumnType<ModelBody | CardBody>;
    proposed_by: string;
    proposed_at: Date;
    receipt_id: string;
  };
  'evaluation.model_states': {
    model_hash: string;
    kind: ModelKind;
    state: ModelState;
    known_from: Date;
    known_to: Date;
    entered_by: string;
    receipt_id: string;
  };
  'evaluation.model_checks': {
    model_hash: string;
    checked_at: Date;
    is_passed: boolean;
    gates: JSONColumnType<Gate[]>;
    checked_by: string;
  };
  'evaluation.model_approvals': {
    model_hash: string;
    approved_by: string;
    approved_at: Date;
    receipt_id: string;
  };
};
