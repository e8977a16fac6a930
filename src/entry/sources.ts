import { join } from 'node:path';
import type { AskSources } from '#information';
import { askSources, type ListsContext, requireSourcesFit } from '#lists';
import { keepSourceCounts, loadSources, openSources, type SourceBook } from '#platform';
import type { Node } from './node.ts';

/** Departments that are asked at query time. */
export type NodeSources = {
  readonly book: SourceBook;
  readonly ask: AskSources;
  stop(): Promise<void>;
};

/**
 * Opens the sources of the package's definitions and the city's. An endpoint that is only named is connected when
 * `addresses` has its name: the demonstration's stand-in department says its addresses when it starts.
 * Throws `source.…` when a definition, a secret or an address does not hold.
 */
export function openNodeSources(
  node: Pick<Node, 'config' | 'database' | 'clock' | 'logger'> & { readonly lists: ListsContext },
  addresses: Readonly<Record<string, string>>,
): NodeSources {
  const { config, database, clock, logger, lists } = node;
  const folders = [
    join(config.packageFolder, 'models', 'sources'),
    ...(config.definitionsFolder === undefined ? [] : [join(config.definitionsFolder, 'sources')]),
  ];
  const definitions = loadSources(folders);
  requireSourcesFit(definitions, lists.catalogue.contracts);
  const book = openSources({ definitions, addresses, keysFolder: config.keysFolder, clock });
  const counts = keepSourceCounts(database, book, logger);
  return {
    book,
    ask: async (order, { contracts, enterprise, institution }: Parameters<AskSources>[1]) => {
      const parts = { sources: book, codeTables: lists.catalogue.codeTables, clock };
      return await askSources(parts, order, { contracts, identity: enterprise, institution });
    },
    stop: async () => {
      await counts.stop();
      await book.close();
    },
  };
}
