import type { Contract, DatasetAnswer } from '#lists';
import type { Permit } from '#security';
import type { Tx } from '#kernel';
import type { SelfContext } from './self-context.ts';

export type Words = { readonly zh: string; readonly en: string };

/** One thing that the node has about the enterprise. */
export type OwnItem = {
  /** Unique in its part; the cursor of pages. */
  readonly id: string;
  /** When it happened or became known; null: it has no instant of its own. */
  readonly at: Date | null;
  /** One line, as the PDF prints it. */
  readonly words: Words;
  /** The leaf that proves it. */
  readonly receiptId: string | null;
  /** Everything of it; JSON but for instants. */
  readonly facts: object;
};

/** With what one question reads; the datasets are read once, whichever part comes first. */
export type OwnReading = {
  readonly tx: Tx;
  readonly permit: Permit;
  readonly context: SelfContext;
  readonly contracts: readonly Contract[];
  /** What began after this instant is left out. */
  readonly until: Date;
  readonly datasets: () => Promise<readonly DatasetAnswer[]>;
};

/** One part of everything. A part that is added to the list of `own-parts.ts` is in pages, JSON and PDF. */
export type OwnPart = {
  readonly id: string;
  readonly title: Words;
  /** What a reader should know of all of it. */
  readonly note: Words;
  /** It holds values of records: reading it is an access of its own. */
  readonly holdsRecords: boolean;
  /** Every item, in the order in which they are shown. */
  readonly read: (reading: OwnReading) => Promise<readonly OwnItem[]>;
};

/** Until an instant: what is dated by `at` and began by then. */
export function begunBy<Item>(
  { until }: Pick<OwnReading, 'until'>,
  items: readonly Item[],
  at: (item: Item) => Date,
): Item[] {
  return items.filter((item) => at(item) <= until);
}
