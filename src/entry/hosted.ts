import { join } from 'node:path';
import { HOSTED_RULES, type HostedContext, indicatorReader } from '#evaluation';
import { openFieldCipher } from '#kernel';
import { systemCaller } from '#platform';
import { loadBudgets } from '#security';
import type { Node } from './node.ts';

/** What institutions' own models run with on this node; the node owns the runner. */
export function openHosted(node: Node): HostedContext {
  const { config, database, clock, keys, policies, onnx } = node;
  const { packageFolder, definitionsFolder } = config;
  const places = [packageFolder, ...(definitionsFolder === undefined ? [] : [definitionsFolder])];
  const { book } = node.evaluation;
  return {
    database,
    clock,
    keys,
    policies,
    book,
    onnx,
    cipher: openFieldCipher(config.keysFolder, config.suite),
    budgets: loadBudgets(places.map((place) => join(place, 'models', 'budgets'))),
    readIndicators: indicatorReader(book),
    nodeCaller: systemCaller('hosted_models'),
    rules: HOSTED_RULES,
  };
}
