import type { JSONColumnType } from 'kysely';
import type { Route } from './definition/rules.ts';

export type HopState = 'due' | 'handed_in' | 'acknowledged' | 'rejected' | 'corrected';

/** Tables that returns owns; no other module names them. Dates are written as text, months as their first day. */
export type ReturnsTables = {
  'returns.month_versions': {
    subject: string;
    month: string;
    version_no: number;
    known_at: Date;
    content: JSONColumnType<object>;
    content_hash: string;
    corrects_hash: string | null;
    reason: string | null;
    sealed_by: string;
    sealed_at: Date;
    receipt_id: string;
  };
  'returns.month_runs': { month: string; kind: 'first' | 'revision'; known_at: Date; done_at: Date | null };
  'returns.hops': {
    hop_id: string;
    month: string;
    route: Route;
    about: string;
    from_party: string;
    to_party: string;
    version_no: number;
    due_on: string;
    due_is_certain: boolean;
    state: HopState;
    content_hash: string | null;
    content: JSONColumnType<object> | null;
    handed_in_by: string | null;
    handed_in_at: Date | null;
    receipt_id: string | null;
    acknowledge_by: string | null;
    acknowledged_by: string | null;
    acknowledged_at: Date | null;
    answer_reason: string | null;
    acknowledge_receipt_id: string | null;
    corrects_hop_id: string | null;
    correction_reason: string | null;
  };
};
