import type { Generated } from 'kysely';

/** 法定代表人, 经办人. */
export const CAPACITIES = ['legal_representative', 'agent'] as const;
export type Capacity = (typeof CAPACITIES)[number];

/** What an agent may do for the enterprise: 授权, 填报, 异议, 查询. */
export const MANDATE_SCOPES = ['consent', 'file', 'object', 'query'] as const;
export type MandateScope = (typeof MANDATE_SCOPES)[number];

/** What is written; time adds `not_yet` and `expired` when it is read. */
export type Standing = 'entered' | 'granted' | 'frozen' | 'ended';

export type MandateTables = {
  'platform.mandates': {
    enterprise_id: string;
    mandate_id: string;
    known_from: Date;
    /** `infinity` while it is what the node knows; compared in SQL, never read. */
    known_to: Generated<Date>;
    account_id: string;
    capacity: Capacity;
    scope: MandateScope[];
    valid_from: Date;
    valid_to: Date | null;
    standing: Standing;
    via: 'paper' | 'online';
    document_digest: string | null;
    granted_by: string;
    changed_by: string;
    reason: string | null;
    receipt_id: string;
  };
  'platform.mandate_identities': {
    enterprise_id: string;
    mandate_id: string;
    id_number_sealed: string;
  };
};
