import type { Tx } from '#kernel';
import { type DatasetAnswer, readDatasets } from '#lists';
import { type HeldReceipt, readReceipts } from '#security';
import type { OwnItem, OwnPart, OwnReading } from './own-part.ts';
import { OWN_PARTS } from './own-parts.ts';
import { type Asked, permitEverything, type Permitted } from './permit-everything.ts';
import type { SelfContext } from './self-context.ts';
import { SELF_LIMITS } from './self-limits.ts';
import { selfRefusal } from './self-refusals.ts';

export type PartRead = { readonly part: OwnPart; readonly items: readonly OwnItem[] };

export type Everything = Permitted & {
  readonly parts: readonly PartRead[];
  /** By id, of every item that has one; with inclusion proofs where they were asked for. */
  readonly receipts: ReadonlyMap<string, HeldReceipt>;
};

/**
 * Everything the node has about the enterprise, for itself, as of one instant: every part whole, with the receipts of its
 * items. Run it in one snapshot. Throws what `permitEverything` throws.
 */
export async function readEverything(
  tx: Tx,
  context: SelfContext,
  { withProofs = false, ...asked }: Asked & { readonly withProofs?: boolean },
): Promise<Everything> {
  const permitted = await permitEverything(tx, context, asked);
  const reading = openReading(tx, context, permitted);
  const parts: PartRead[] = [];
  for (const part of OWN_PARTS) parts.push({ part, items: await part.read(reading) });
  const ids = receiptIdsOf(parts.flatMap(({ items }) => items));
  const receipts = await readReceipts(tx, permitted.permit, { ids, withProofs });
  return { ...permitted, parts, receipts };
}

export type PageAsked = {
  readonly part: string;
  /** Continue after this item. */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly withProofs: boolean;
};

export type EverythingPage = Permitted & {
  readonly part: OwnPart;
  readonly total: number;
  readonly items: readonly OwnItem[];
  readonly receipts: ReadonlyMap<string, HeldReceipt>;
  /** Null: nothing follows. */
  readonly next: string | null;
};

/** One page of one part, as `readEverything`. Throws also `everything.after_unknown`. */
export async function readPage(
  tx: Tx,
  context: SelfContext,
  { page, ...asked }: Asked & { readonly page: PageAsked },
): Promise<EverythingPage> {
  const permitted = await permitEverything(tx, context, asked);
  const part = requirePart(page.part);
  const all = await part.read(openReading(tx, context, permitted));
  const from = placeAfter(all, page.after);
  const limit = Math.min(page.limit, page.withProofs ? SELF_LIMITS.pageProofsMax : SELF_LIMITS.pageItemsMax);
  const items = all.slice(from, from + limit);
  const { withProofs } = page;
  const ids = withProofs ? receiptIdsOf(items) : [];
  const receipts = await readReceipts(tx, permitted.permit, { ids, withProofs });
  const next = from + limit < all.length ? (items.at(-1)?.id ?? null) : null;
  return { ...permitted, part, total: all.length, items, receipts, next };
}

/** The names of parts, in their order. */
export const PART_IDS: readonly string[] = OWN_PARTS.map(({ id }) => id);

function requirePart(id: string): OwnPart {
  const part = OWN_PARTS.find((candidate) => candidate.id === id);
  if (part === undefined) throw selfRefusal('everything.part_unknown', { part: id.slice(0, 40) });
  return part;
}

function placeAfter(items: readonly OwnItem[], after: string | undefined): number {
  if (after === undefined) return 0;
  const at = items.findIndex(({ id }) => id === after);
  if (at < 0) throw selfRefusal('everything.after_unknown', { after: after.slice(0, 80) });
  return at + 1;
}

function openReading(tx: Tx, context: SelfContext, { permit, contracts, until }: Permitted): OwnReading {
  let datasets: Promise<readonly DatasetAnswer[]> | undefined;
  return {
    tx,
    permit,
    context,
    contracts,
    until,
    datasets: () => {
      datasets ??= readDatasets(tx, permit, { contracts, limit: SELF_LIMITS.itemsPerReadMax });
      return datasets;
    },
  };
}

function receiptIdsOf(items: readonly OwnItem[]): string[] {
  return [...new Set(items.flatMap(({ receiptId }) => receiptId ?? []))];
}
