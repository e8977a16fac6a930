import { canonicalHash, type Tx } from '#kernel';
import { type Contract, nameRecords, readKnownAt, selectOwn } from '#lists';
import { type Caller, decide } from '#security';
import type { VoluntaryContext } from '../voluntary-context.ts';
import type { Pair } from './source-pairs.ts';

type Searched = {
  readonly caller: Caller;
  readonly source: Contract;
  readonly pairs: readonly Pair[];
};

/** A record that the node holds of the caller's own enterprise and that says all of it, by `<delivery>:<row>`; none under objection. */
export async function findEqual(
  tx: Tx,
  context: VoluntaryContext,
  { caller, source, pairs }: Searched,
): Promise<string | undefined> {
  const { enterpriseId: subject } = caller;
  if (subject === null) return undefined;
  const contracts = [source];
  const knownAt = await readKnownAt(tx, [source.id]);
  const permit = decide(tx, context.policies, {
    caller,
    purpose: 'self',
    subject,
    contracts,
    asOf: { knownAt },
  });
  const fields = pairs.map(({ theirs }) => theirs);
  const [found] = await selectOwn<{ delivery: string; row: number }>(tx, permit, {
    contracts: [{ contract: source, fields }],
    statement: ([relation = '']) => ({
      name: `rights.equal ${canonicalHash([source.hash, fields]).slice(0, 40)}`,
      text: `select r.delivery_no::text as delivery, r.row_no as row from ${relation} r
        where not r.is_disputed and ${fields.map((name, at) => `r.${name}::text = $${at + 3}`).join(' and ')} limit 1`,
      values: pairs.map(({ value }) => value),
    }),
  });
  if (found === undefined) return undefined;
  const place = `${found.delivery}:${found.row}`;
  return (await nameRecords(tx, [place])).get(place);
}
