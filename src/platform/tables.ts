import type { Generated } from 'kysely';

/** Tables that platform owns; no other module names them. `bigint` columns arrive as text. */
export type PlatformTables = {
  'platform.accounts': {
    account_id: string;
    login: string;
    kind: AccountKind;
    roles: string[];
    organisation: string | null;
    participant_id: string | null;
    enterprise_id: string | null;
    label_zh: string;
    label_en: string;
    password_salt: Buffer;
    password_hash: Buffer;
    password_cost: unknown;
    is_demonstration: Generated<boolean>;
    made_by: string;
    made_at: Date;
    password_changed_at: Date;
    disabled_at: Date | null;
  };
  'platform.sign_in_attempts': { login_hash: Buffer; attempts: number; last_at: Date };
  'platform.sessions': { token_hash: Buffer; account_id: string; started_at: Date; last_seen_at: Date };
  'platform.search_counts': { account_id: string; minute: Date; searches: number };
};

export const ACCOUNT_KINDS = [
  'operator',
  'provider',
  'institution',
  'platform',
  'regulator',
  'reader',
  'enterprise',
] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];
