import type { Generated } from 'kysely';

/** Tables of sealed fields; no other folder names them. */
export type DataKeyTables = {
  'kernel.data_keys': {
    owner: string;
    key_no: number;
    suite: string;
    master_no: number;
    /** Null once shredded. */
    wrapped: Buffer | null;
    made_at: Generated<Date>;
    shredded_at: Date | null;
  };
};
