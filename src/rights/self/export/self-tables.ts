import type { Generated } from 'kysely';

/** 已申请, 已制作, 未能制作, 已过保存期. Closed, as in the table's check. */
export type ExportState = 'asked' | 'made' | 'failed' | 'removed';

/** Tables of this part; no other names them. `bigint` columns arrive as text. */
export type SelfTables = {
  'rights.own_exports': {
    enterprise_id: string;
    export_id: string;
    asked_by: string;
    asked_at: Date;
    /** Written as a Beijing date; read as text beside the column. */
    as_of: string | null;
    state: Generated<ExportState>;
    made_at: Date | null;
    remove_at: Date | null;
    known_at: Date | null;
    items: number | null;
    bytes: string | null;
    digest: string | null;
    disclosure_id: string | null;
    receipt_id: string | null;
    refusal: string | null;
  };
  'rights.own_export_pages': { enterprise_id: string; export_id: string; page_no: number; sealed: string };
};
