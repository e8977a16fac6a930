import type { EnterpriseId } from '#kernel';
import type { DisclosureParty } from '#security';
import type { FactOf } from './fact-sql.ts';
import { factsOf, foldNumber } from './facts.ts';
import type { OutcomeItem, ReportedItem } from './shape.ts';

/** Every fact that the items speak of, and the loans that their balances belong to. */
export function subjectsOf(
  items: readonly ReportedItem[],
  parties: ReadonlyMap<string, DisclosureParty>,
): FactOf[] {
  return items.flatMap((reported) => {
    if (!('item' in reported)) return [];
    const party = parties.get(reported.item.disclosureId);
    return party === undefined ? [] : factsAbout(party.enterpriseId, reported.item);
  });
}

/** Keys that the database cannot hold as written are left out: the check names them. */
function factsAbout(enterpriseId: EnterpriseId, item: OutcomeItem): FactOf[] {
  const facts = factsOf(item).filter(({ kind, key }) => kind !== 'balance' || isMonthKey(key['month']));
  const loan =
    item.balance === undefined
      ? []
      : [{ kind: 'loan' as const, key: { loan_no: foldNumber(item.balance.loanId) } }];
  return [...facts, ...loan].map((fact) => ({ enterpriseId, fact }));
}

function isMonthKey(month: unknown): boolean {
  return typeof month === 'string' && /^(19|20)\d\d-(0[1-9]|1[0-2])-01$/.test(month);
}
