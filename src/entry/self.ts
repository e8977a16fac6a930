import { openCertificate, openFieldCipher, type JobHandlers, toEnterpriseId } from '#kernel';
import { readUnusedSince } from '#returns';
import { MAKE_EXPORT, makeExport, openPrinter, type SelfContext, sweepExports } from '#rights';
import { openRuns } from './evaluation.ts';
import type { Node } from './node.ts';
import { openRights } from './rights.ts';

/** What self-query works with on this node. */
export function openSelf(node: Node): SelfContext {
  const { config, lists } = node;
  return {
    ...openRights(node),
    evaluation: openRuns(node),
    readUnusedSince,
    cipher: openFieldCipher(config.keysFolder, config.suite),
    nodeName: config.nodeName,
    publicUrl: config.publicUrl,
    print: printerOf(node),
    get catalogue() {
      return lists.catalogue;
    },
  };
}

/** A demonstration node certifies itself; a city puts its own certificate into the keys folder. */
function printerOf({ config, keys, clock }: Node): SelfContext['print'] {
  const { packageFolder, nodeName, keysFolder: folder } = config;
  const mayCreate = config.databaseUrl === undefined;
  return openPrinter({
    packageFolder,
    nodeName,
    openKey: () =>
      openCertificate({ folder, key: keys.get('pdf'), nodeName, at: clock.now(), mayCreate }).signer,
  });
}

/** What jobs of self-query do; when they run, the table of `serve` says. */
export function selfJobs(node: Node): JobHandlers {
  return {
    [MAKE_EXPORT]: async ({ enterpriseId = '', exportId = '' }) => {
      await makeExport(openSelf(node), { enterpriseId: toEnterpriseId(enterpriseId), exportId });
    },
    sweep_own_exports: async () => {
      await sweepExports(node);
    },
  };
}
