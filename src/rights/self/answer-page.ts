import { createHash } from 'node:crypto';
import { canonicalJson, inTransaction } from '#kernel';
import { discloseOwn, recordOwnRead } from './export/record-own-read.ts';
import { type Asked, permitAt } from './permit-everything.ts';
import { type EverythingPage, type PageAsked, readPage } from './read-everything.ts';
import type { SelfContext } from './self-context.ts';

export type AnsweredPage = EverythingPage & {
  /** Null: the part holds no values of records, or there were none. */
  readonly disclosureId: string | null;
};

/**
 * One page in one snapshot; where it holds values of records that is an access of its own, on record before it leaves.
 * Throws what `readPage` throws.
 */
export async function answerPage(
  context: SelfContext,
  asked: Asked & { readonly page: PageAsked },
): Promise<AnsweredPage> {
  const page = await inTransaction(context.database, (tx) => readPage(tx, context, asked), 'snapshot');
  if (!page.part.holdsRecords || page.items.length === 0) return { ...page, disclosureId: null };
  const text = canonicalJson(JSON.parse(JSON.stringify(page.items)));
  const digest = createHash('sha256').update(text).digest('hex');
  const { knownAt } = page.permit.asOf;
  const disclosureId = await inTransaction(context.database, async (tx) => {
    const permit = await permitAt(tx, context, { ...asked, knownAt });
    const more = { part: page.part.id, items: page.items.length };
    const read = await recordOwnRead(tx, context, { permit, what: 'everything_page', more });
    await discloseOwn(tx, read, { permit, contracts: contractsOf(page), digest });
    return read.disclosureId;
  });
  return { ...page, disclosureId };
}

/** Those of whose records there is one on the page; a part that is made from records names them all. */
function contractsOf({ items, contracts }: EverythingPage): string[] {
  const named = items.flatMap(({ facts }) =>
    'contract' in facts &&
    typeof facts.contract === 'object' &&
    facts.contract !== null &&
    'id' in facts.contract
      ? [String(facts.contract.id)]
      : [],
  );
  return named.length === 0 ? contracts.map(({ id }) => id) : [...new Set(named)];
}
