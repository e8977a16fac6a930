import { createReadStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beijingDate, inTransaction, openFieldCipher } from '#kernel';
import { processDelivery, receive, runQuality, searchEnterprises, sizeRegister } from '#lists';
import {
  type DemonstrationAccount,
  disableDemonstrationAccounts,
  makeDemonstrationAccounts,
  systemCaller,
  withdrawDemonstrationParticipants,
} from '#platform';
import { type CityManifest, readManifest, writeCity } from '#synth';
import type { Node } from './node.ts';

/** The same city on every machine. */
const SEED = 20_220_602;

export type DemonstrationProgress = (step: string, done: number, total: number) => void;

/**
 * Collects the synthetic city through the same deliveries as a real one, once; cut off half way, it goes on where it
 * was, since the same file is the same delivery. Returns whether there was anything to do.
 */
export async function collectDemonstration(node: Node, progress: DemonstrationProgress): Promise<boolean> {
  const folder = join(node.config.dataFolder, 'demonstration');
  const done = join(folder, 'collected');
  if (await exists(done)) return false;
  const manifest = await writeOrReadCity(node, folder, progress);
  for (const [at, delivery] of manifest.deliveries.entries()) {
    progress('归集合成城市', at, manifest.deliveries.length);
    const path = join(folder, delivery.file);
    const received = await receive(
      node.lists,
      {
        contractId: delivery.contract,
        provider: delivery.provider,
        kind: delivery.kind,
        fileName: basename(path),
        mapping: '',
        isSynthetic: true,
        receivedBy: 'system:demonstration',
      },
      createReadStream(path),
    );
    await processDelivery(node.lists, received.deliveryNo);
  }
  progress('归集合成城市', 1, 1);
  await computeFigures(node);
  await writeFile(done, '');
  return true;
}

/** What a running node computes by night: size classes and the quality of the month the files came in. */
async function computeFigures(node: Node): Promise<void> {
  const caller = systemCaller('demonstration');
  await sizeRegister(node.lists, { caller });
  await runQuality(node.lists, { period: beijingDate(node.clock.now()).slice(0, 7), caller });
}

async function writeOrReadCity(
  node: Node,
  folder: string,
  progress: DemonstrationProgress,
): Promise<CityManifest> {
  const written = await readManifest(folder).catch(() => undefined);
  if (written !== undefined) return written;
  const enterprises = node.config.demonstrationEnterprises;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true }); // a start that was cut off here begins again
  const lastMonthEnd = new Date(`${beijingDate(node.clock.now()).slice(0, 7)}-01T00:00:00Z`);
  lastMonthEnd.setUTCDate(0);
  await writeCity({
    folder: partial,
    enterprises,
    seed: SEED,
    months: 24,
    until: lastMonthEnd.toISOString().slice(0, 10),
    catalogue: node.lists.catalogue,
    progress: (done) => progress('生成合成城市', done, enterprises),
  });
  await rename(partial, folder);
  return await readManifest(folder);
}

async function exists(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}

/** The sign-ins that a start prints; the enterprise is the first of the city. Makes who takes part on the way. */
export async function openDemonstrationAccounts(node: Node): Promise<DemonstrationAccount[]> {
  const { contracts } = node.lists.catalogue;
  return await inTransaction(node.database, async (tx) => {
    const [enterprise] = await searchEnterprises(tx, '有限公司');
    const market = contracts.get('b01_registration_bj')?.provider ?? '';
    const tax = contracts.get('n12_taxpayer_a')?.provider ?? '';
    return await makeDemonstrationAccounts(
      tx,
      { by: 'system:demonstration', clock: node.clock, keys: node.keys },
      {
        dataFolder: node.config.dataFolder,
        packageFolder: node.config.packageFolder,
        policies: node.policies,
        cipher: openFieldCipher(node.config.keysFolder, node.config.suite),
        providers: { market, tax },
        enterprise: enterprise && { id: enterprise.enterpriseId, name: enterprise.name },
      },
    );
  });
}

/** A node without demonstration lets nobody in by a demonstration sign-in, whatever its database brings along. */
export async function closeDemonstrationAccounts(node: Node): Promise<void> {
  const act = { by: 'system:start', clock: node.clock, keys: node.keys };
  await inTransaction(node.database, async (tx) => {
    await disableDemonstrationAccounts(tx, act);
    await withdrawDemonstrationParticipants(tx, act);
  });
}
