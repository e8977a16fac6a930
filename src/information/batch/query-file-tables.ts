import type { Generated } from 'kysely';

export type QueryFileState = 'received' | 'running' | 'done';

/** Tables of query files; nothing outside this folder names them. */
export type QueryFileTables = {
  'information.query_files': {
    file_id: string;
    participant_id: string;
    caller_id: string;
    digest: string;
    lines: number;
    state: Generated<QueryFileState>;
    sealed_secret: string;
    received_at: Date;
    due_at: Date;
    begun_at: Date | null;
    done_at: Date | null;
    remove_at: Date | null;
    answered: Generated<number>;
    refused: Generated<number>;
  };
  'information.query_file_pages': {
    file_id: string;
    page_no: number;
    sealed_lines: string;
    sealed_answers: string | null;
  };
};
