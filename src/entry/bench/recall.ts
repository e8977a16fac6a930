import assert from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EnterpriseId, inTransaction } from '#kernel';
import { findEnterprise, listDeliveries } from '#lists';
import { recallDisclosures } from '#rights';
import type { Node } from '../node.ts';
import { openRights } from '../rights.ts';
import { type BenchResult, peakMemoryMiB, round, withBenchNode } from './bench-node.ts';
import { deliverFile } from './evaluate-deliver.ts';
import { writeRegister } from './evaluate-files.ts';
import { benchCode } from './ingest-files.ts';
import { fillDisclosures } from './recall-fill.ts';

export type RecallOptions = { readonly rows: number; readonly folder?: string | undefined };

const CONTRACT = 'n08_penalty';
/** Disclosures that rest on the corrected record. */
const TOUCHED = 10_000;

/**
 * One penalty of one enterprise turns out wrong: 10 000 disclosures among all on record are traced, each recipient's notice is
 * signed, recorded, and queued, and its term begins, in one transaction with its commit. The limit is as many bare signatures of
 * the same text and the same rows copied into bare tables with the same indexes.
 */
export async function benchRecall(options: RecallOptions): Promise<BenchResult> {
  return await withBenchNode(options.folder, async (node, folder) => {
    const [subject, other] = await deliverPenalties(node, folder);
    const fillSeconds = await fillDisclosures(node, { ...options, subject: subject.id, touched: TOUCHED });
    await recall(node, other); // statements prepared, keys made
    const cpuBefore = process.cpuUsage();
    const { recalls, seconds } = await recall(node, subject);
    const cpu = process.cpuUsage(cpuBefore);
    assert.equal(recalls, TOUCHED, 'every disclosure that rests on it is recalled, and no other');
    const limit = await measureLimit(node, subject.id);
    return {
      bench: 'recall',
      figure: round(seconds, 3),
      unit: 's',
      work: `${recalls} of ${options.rows} disclosures traced, signed and queued in one transaction; limit: as many signatures and rows`,
      limit: round(limit, 3),
      ratio: round(limit / seconds, 3),
      suite: node.keys.suite,
      processorSeconds: round((cpu.user + cpu.system) / 1e6, 3),
      fillSeconds: round(fillSeconds, 1),
      peakMemoryMiB: peakMemoryMiB(),
      synthetic: true,
    };
  });
}

type Subject = { readonly id: EnterpriseId; readonly recordId: string };

/** Two enterprises with a penalty each: the one that is measured, and one to warm up with. */
async function deliverPenalties(node: Node, folder: string): Promise<readonly [Subject, Subject]> {
  const codes = [0, 1].map(benchCode);
  const path = join(folder, 'recall.csv');
  await writeRegister(path, codes);
  await deliverFile(node, 'n01_registration', path);
  const header = '统一社会信用代码,企业名称,行政处罚决定书文号,处罚类别,罚款金额,处罚决定日期,处罚机关';
  const rows = codes.map((code, n) => `${code},北京基准${n}号有限公司,基罚${n},fine,50000,2026-01-05,基准局`);
  writeFileSync(path, `${header}\n${rows.join('\n')}\n`);
  assert.equal(await deliverFile(node, CONTRACT, path), codes.length, 'both are on record');
  const [delivery] = await inTransaction(node.database, (tx) =>
    listDeliveries(tx, { contract: CONTRACT, limit: 1 }),
  );
  assert(delivery !== undefined, 'the delivery is on record');
  const subjectOf = async (n: number): Promise<Subject> => {
    const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, benchCode(n)));
    // Rows of a file count from 1 after the header.
    return { id: enterpriseId, recordId: `${delivery.delivery}:${n + 1}` };
  };
  return [await subjectOf(0), await subjectOf(1)];
}

/** Seconds with the commit. */
async function recall(
  node: Node,
  { id: enterpriseId, recordId }: Subject,
): Promise<{ readonly recalls: number; readonly seconds: number }> {
  const context = openRights(node);
  const cause = { kind: 'objection', id: 'obj_bench' } as const;
  const began = performance.now();
  const { recalls } = await inTransaction(node.database, (tx) =>
    recallDisclosures(tx, context, {
      enterpriseId,
      contract: CONTRACT,
      recordId,
      cause,
      at: node.clock.now(),
    }),
  );
  return { recalls, seconds: (performance.now() - began) / 1_000 };
}

/** The same work without what finds, decides and composes it. */
async function measureLimit(node: Node, id: EnterpriseId): Promise<number> {
  const { pool } = node.database;
  const { rows } = await pool.query<{ notice: string }>(
    'select notice from rights.recalls where enterprise_id = $1 order by recall_id',
    [id],
  );
  for (const table of COPIED) await pool.query(`create table ${bareOf(table)} (like ${table} including all)`);
  const began = performance.now();
  const key = node.keys.get('report');
  for (const { notice } of rows) key.sign(Buffer.from(notice));
  await inTransaction(node.database, async (tx) => {
    for (const table of COPIED) {
      const columns = table === 'monitoring.messages' ? MESSAGE_COLUMNS : '*';
      const into = columns === '*' ? '' : `(${columns})`;
      await tx.rows(
        `insert into ${bareOf(table)} ${into} select ${columns} from ${table} where enterprise_id = $1`,
        [id],
      );
    }
  });
  return (performance.now() - began) / 1_000;
}

const COPIED = ['rights.recalls', 'rights.terms', 'monitoring.messages'] as const;
/** Without the number that the database gives. */
const MESSAGE_COLUMNS = 'message_id, number, institution_id, platform_id, enterprise_id, type, data, at';

function bareOf(table: string): string {
  return `${table}_bare`;
}
