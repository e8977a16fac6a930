import { join } from 'node:path';
import { loadHandling, type MonitoringContext } from '#monitoring';
import type { Node } from './node.ts';

/** What monitoring works with on this node; terms of handling are those of the files at this moment. */
export function openMonitoring(node: Node): MonitoringContext {
  const { database, policies, keys, clock, logger, config, lists, evaluation } = node;
  const { packageFolder, definitionsFolder } = config;
  const city = definitionsFolder === undefined ? [] : [definitionsFolder];
  return {
    database,
    policies,
    keys,
    clock,
    logger,
    catalogue: lists.catalogue,
    book: evaluation.book,
    handling: loadHandling([join(packageFolder, 'models'), ...city]),
  };
}
