import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import { type DeliveryReceipt, processDelivery, readReceipt, receive, requireContract } from '#lists';
import { requireAllowed } from '#security';
import { DELIVERY_STATE_ZH } from '../../words.ts';
import { withNode } from '../with-node.ts';
import { readGivenText } from '../read-given-file.ts';

type Options = {
  contract: string;
  provider: string;
  mapping?: string;
  withdraw?: boolean;
  synthetic?: boolean;
  json?: boolean;
};

export function addDeliver(program: Command): void {
  program
    .command('deliver')
    .description('交付一个文件 · deliver one file')
    .argument('<file>', 'CSV, TSV, XLSX or JSON Lines; gzip or zip of these')
    .requiredOption('--contract <id>', '数据合同编号 · contract, such as n08_penalty')
    .requiredOption('--provider <name>', '数据提供单位 · provider, as the contract names it')
    .option('--mapping <file>', '列名对照 · YAML mapping for this provider’s file')
    .option('--withdraw', '撤回文件所列的记录 · end the records that the file names')
    .option('--synthetic', '合成数据 · the file was made by xinqiao synth')
    .option('--json', 'one JSON line: the receipt')
    .action(deliver);
}

async function deliver(file: string, options: Options): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const contract = requireContract(node.lists, options.contract);
    requireAllowed(node.policies, caller, 'deliver', { provider: contract.provider, contract: contract.id });
    const received = await receive(
      node.lists,
      {
        contractId: contract.id,
        provider: options.provider,
        kind: options.withdraw === true ? 'withdrawal' : 'records',
        fileName: basename(file),
        mapping: options.mapping === undefined ? '' : readGivenText(options.mapping),
        isSynthetic: options.synthetic === true,
        receivedBy: caller.id,
      },
      createReadStream(file),
    );
    await processDelivery(node.lists, received.deliveryNo, ({ bytesRead, bytesTotal }) =>
      output.progress(contract.name, bytesRead, bytesTotal),
    );
    const receipt = await inTransaction(node.database, (tx) =>
      readReceipt(tx, { delivery: received.deliveryId }),
    );
    output.answer(receipt, () => describeReceipt(receipt, received.isNew));
    if (receipt.state === 'refused' || receipt.state === 'returned') process.exitCode = 1;
  });
}

/** A receipt as a person reads it. */
export function describeReceipt(receipt: DeliveryReceipt, isNew: boolean): string {
  const lines = [
    `${isNew ? '' : '（同一文件已交付过，结果如下）'}${receipt.delivery} ${receipt.contract} ${DELIVERY_STATE_ZH[receipt.state]}`,
  ];
  if (receipt.rows !== null && receipt.new !== null) {
    lines.push(
      `行数 ${receipt.rows} = 新增 ${receipt.new} + 变更 ${receipt.changed} + 未变 ${receipt.unchanged} + 待核 ${receipt.held} + 隔离 ${receipt.quarantined} + 文件内重复 ${receipt.duplicateInFile}`,
    );
  }
  if (receipt.state === 'returned') {
    lines.push(
      `退回：${receipt.rows} 行中有 ${receipt.quarantined} 行不合格，请在 ${receipt.returnDueOn} 前更正后重新交付。`,
    );
  }
  if (receipt.refusal !== null) lines.push(describeRefusal(receipt.refusal));
  for (const defect of receipt.defects.slice(0, 5))
    lines.push(`  第 ${defect.row} 行 ${defect.field}：${defect.message}`);
  if (receipt.defectsTotal > 5) {
    lines.push(
      `  共 ${receipt.defectsTotal} 行有问题；下载：xinqiao deliveries quarantine ${receipt.delivery}`,
    );
  }
  return lines.join('\n');
}

function describeRefusal(refusal: unknown): string {
  const { message, remedy } = refusal as { message: { zh: string }; remedy: { zh: string } };
  return `✗ ${message.zh}\n  ${remedy.zh}`;
}
