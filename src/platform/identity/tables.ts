/** Tables of identity; `bigint` columns arrive as text. */
export type IdentityTables = {
  'platform.clients': {
    client_id: string;
    participant_id: string;
    label: string;
    redirect_uris: string[];
    grant_types: string[];
    made_by: string;
    made_at: Date;
    disabled_by: string | null;
    disabled_at: Date | null;
  };
  'platform.client_keys': {
    client_id: string;
    kid: string;
    jwk: unknown;
    made_by: string;
    made_at: Date;
    retired_at: Date | null;
  };
  'platform.second_factors': {
    account_id: string;
    sealed_secret: Buffer;
    made_at: Date;
    confirmed_at: Date | null;
    last_step: string | number;
  };
  'platform.outside_accounts': {
    subject_hash: Buffer;
    account_id: string;
    linked_by: string;
    linked_at: Date;
  };
  'platform.recovery_codes': { account_id: string; code_hash: Buffer; used_at: Date | null };
};
