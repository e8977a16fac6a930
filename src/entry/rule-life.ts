import { bringRulesIntoForce, type LifeContext, loadRules, type RuleBook } from '#monitoring';
import { inTransaction } from '#kernel';
import { systemCaller } from '#platform';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';

/** What the life of alert rules works with on this node. */
export function openRuleLife(
  node: Pick<Node, 'database' | 'policies' | 'keys' | 'clock' | 'lists' | 'evaluation'>,
): LifeContext {
  const { database, policies, keys, clock, lists, evaluation } = node;
  return { database, policies, keys, clock, catalogue: lists.catalogue, book: evaluation.book };
}

/** The rules of the files, the city's over the package's: what may be proposed. What is in force the database says. */
export function readRuleFiles({
  config,
  lists,
  evaluation,
}: Pick<Node, 'config' | 'lists' | 'evaluation'>): RuleBook {
  return loadRules(modelFolders(config), evaluation.book, lists.catalogue);
}

/** Sees that the package's tested rules are in force from the first start on. */
export async function bringAlertRulesIntoForce(
  node: Parameters<typeof openRuleLife>[0] & Pick<Node, 'config'>,
): Promise<void> {
  const caller = systemCaller('bring_rules_into_force');
  const rules = readRuleFiles(node);
  await inTransaction(node.database, async (tx) => {
    await bringRulesIntoForce(tx, openRuleLife(node), { caller, rules });
  });
}
