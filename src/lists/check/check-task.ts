import type { RefusalParams, RefusalText } from '#kernel';
import type { CodeTable } from '../contract/code-table.ts';
import type { Contract } from '../contract/shape.ts';
import type { FileFormat } from '../files/open-rows.ts';
import type { Mapping } from './mapping.ts';
import type { Tally } from './rows/tally.ts';

/** One file to check. Everything in it can be sent to another thread. */
export type CheckTask = {
  readonly path: string;
  readonly contract: Contract;
  /** At least those of `codeTablesNeeded(contract)`. */
  readonly codeTables: ReadonlyMap<string, CodeTable>;
  readonly mapping?: Mapping | undefined;
  /** Beijing date of the delivery, `YYYY-MM-DD`. */
  readonly today: string;
  /** Names the thread in diagnostics. */
  readonly deliveryNo?: string | undefined;
};

export type CheckProgress = {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
  readonly quarantined: number;
};

/** What the checking thread says of a file at its end. */
export type Checked = Tally & {
  readonly format: FileFormat;
  /** Column names as the file has them; null for a file without a header. */
  readonly header: readonly string[] | null;
  /** Columns that mean nothing to the contract. */
  readonly ignoredColumns: readonly string[];
  /** Peak resident memory of the whole process so far. */
  readonly peakRssBytes: number;
};

export type CheckSummary = Checked & {
  /** RFC 6962 root, lower-case hex, over the normalised lines of the accepted rows in file order. */
  readonly merkleRoot: string;
};

/** From the worker. Bytes are whole COPY lines in memory that changes hands with the message. */
export type FromWorker =
  | { readonly kind: 'rows' | 'defects'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'progress'; readonly progress: CheckProgress }
  | { readonly kind: 'done'; readonly checked: Checked }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly text: RefusalText;
      readonly params: RefusalParams;
    };

/** To the worker: a file to check, or that one buffer has been taken. */
export type ToWorker = { readonly kind: 'task'; readonly task: CheckTask } | { readonly kind: 'taken' };

/** Buffers sent and not yet taken: enough that neither side waits for a message, few enough to bound memory. */
export const UNTAKEN_BUFFERS_MAX = 4;
