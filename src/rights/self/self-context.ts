import type { ModelContext, RunContext } from '#evaluation';
import type { FieldCipher, Tx } from '#kernel';
import type { Permit } from '#security';
import type { RightsContext } from '../rights-context.ts';
import type { PrintEverything } from './export/print-shape.ts';

/** What self-query works with beyond what all rights do; made once by entry. */
export type SelfContext = RightsContext & {
  /** By which the enterprise's own score is computed and explained. */
  readonly evaluation: RunContext & ModelContext;
  /** 查而未用, which stands to the right of this module: since when each of these disclosures counts as unused. */
  readonly readUnusedSince: (
    tx: Tx,
    permit: Permit,
    disclosureIds: readonly string[],
  ) => Promise<ReadonlyMap<string, Date>>;
  readonly cipher: FieldCipher;
  readonly nodeName: string;
  readonly publicUrl: string;
  /** Makes the signed PDF; loads font and compiler with the first one. */
  readonly print: PrintEverything;
};
