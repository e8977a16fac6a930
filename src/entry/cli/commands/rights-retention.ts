import type { Command } from 'commander';
import { beijingDate, inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import {
  approveHold,
  approveLift,
  countAllExpired,
  HOLD_WORDS,
  listExpired,
  listHolds,
  listRemovals,
  proposeHold,
  proposeLift,
  readRemoval,
  runRetention,
  type ShownHold,
} from '#rights';
import { requireAllowed } from '#security';
import { openRetention } from '../../retention.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 保存期限: what is past its years, what was removed, legal holds. */
export function addRetention(program: Command): void {
  const rights = rightsGroup(program);
  rights
    .command('retention')
    .description('保存期满的记录（试算）、删除及其证明 · records past their years, removal and its proof')
    .option('--contract <id>', '列出该数据集到期的记录 · list the expired records of a dataset')
    .option('--removed', '已删除的批次 · batches that were removed')
    .option('--record <id>', '一条记录的删除证明 · the proof of removal of one record')
    .option('--run', '立即删除到期信息 · remove now what is past its years')
    .option('--json', 'one JSON line')
    .action(retention);
  rights
    .command('hold')
    .description('留存（暂不删除）；提出、解除均须两人 · legal holds; put and lifted by two persons')
    .argument('[hold]', '留存编号，确认或解除时填写 · the hold to confirm or to lift')
    .option('--put', '提出留存 · put a hold')
    .option('--enterprise <code>', '企业 · any code of the enterprise')
    .option('--contract <id>', '数据集 · the dataset')
    .option('--record <id>', '记录 · the record')
    .option('--reason <text>', '依据 · on what it rests')
    .option('--until <day>', '截止日期（默认直至解除） · last Beijing day (default: until it is lifted)')
    .option('--approve', '由另一人确认 · confirm it')
    .option('--lift', '提出解除，须附依据 · propose to lift it, with --reason')
    .option('--approve-lift', '由另一人确认解除 · lift it')
    .option('--json', 'one JSON line')
    .action(hold);
}

type RetentionOptions = Json & {
  contract?: string;
  removed?: boolean;
  record?: string;
  run?: boolean;
};

async function retention(options: RetentionOptions): Promise<void> {
  const { contract, removed = false, record, run = false } = options;
  await withNode(options, async (context) => {
    if (run) return await showRun(context);
    if (record !== undefined) return await showProof(context, record);
    if (removed) return await showBatches(context);
    if (contract !== undefined) return await showExpired(context, contract);
    return await showCounts(context);
  });
}

async function showRun({ node, output, caller }: CommandContext): Promise<void> {
  const done = await runRetention(openRetention(node), { caller });
  const { removed, recalls, waiting, files, quarantined, accesses } = done;
  output.answer(done, () =>
    table(
      ['删除记录', '召回', '暂不删除', '原始文件', '隔离行', '查询记录'],
      [[removed, recalls, waiting, files, quarantined, accesses]],
    ),
  );
}

async function showProof({ node, output, caller }: CommandContext, recordId: string): Promise<void> {
  const removal = await inTransaction(node.database, (tx) =>
    readRemoval(tx, openRetention(node), { caller, recordId }),
  );
  output.answer(removal, () =>
    table(
      ['证明', '数据集', '保存至', '删除时间', '存证回执', '根'],
      [
        [
          removal.removalId,
          removal.contract,
          removal.keptUntil,
          removal.removedAt,
          removal.receiptId,
          removal.merkleRoot,
        ],
      ],
    ),
  );
}

async function showBatches({ node, output, caller }: CommandContext): Promise<void> {
  const batches = await inTransaction(node.database, (tx) =>
    listRemovals(tx, openRetention(node), { caller }),
  );
  output.answer({ batches }, () =>
    table(
      ['批次', '数据集', '记录', '版本', '召回', '删除日', '存证回执'],
      batches.map(({ removalId, contract, records, versions, recalls, removedAt, receiptId }) => [
        removalId,
        contract,
        records,
        versions,
        recalls,
        beijingDate(removedAt),
        receiptId,
      ]),
    ),
  );
}

async function showExpired({ node, output, caller }: CommandContext, contract: string): Promise<void> {
  const page = await inTransaction(node.database, (tx) =>
    listExpired(tx, openRetention(node), { caller, contract }),
  );
  output.answer({ records: page.records, isWhole: page.next === null }, () =>
    table(
      ['记录', '起算日', '保存至', '依据', '版本', '暂不删除'],
      page.records.map(({ recordId, startedOn, keptUntil, basis, versions, waits }) => [
        recordId,
        startedOn,
        keptUntil,
        BASIS_ZH[basis],
        versions.length,
        waits === null ? '' : WAITS_ZH[waits],
      ]),
    ),
  );
}

const BASIS_ZH = { ended: '终止日', fallback: '代用日期', withdrawn: '提供单位撤回日' } as const;
const WAITS_ZH = { hold: '留存', objection: '异议未办结' } as const;

async function showCounts({ node, output, caller }: CommandContext): Promise<void> {
  const context = openRetention(node);
  const counts = await inTransaction(node.database, (tx) => countAllExpired(tx, context, { caller }));
  output.answer({ rules: context.retention.version, counts }, () =>
    table(
      ['数据集', '到期记录', '字段为空时'],
      counts.map(({ contract, expired }) => [
        contract,
        expired,
        context.retention.contracts[contract]?.note.zh ?? '',
      ]),
    ),
  );
}

type HoldOptions = Json & {
  put?: boolean;
  enterprise?: string;
  contract?: string;
  record?: string;
  reason?: string;
  until?: string;
  approve?: boolean;
  lift?: boolean;
  approveLift?: boolean;
};

async function hold(holdId: string | undefined, options: HoldOptions): Promise<void> {
  await withNode(options, async (command) => {
    const { node, output, caller } = command;
    const context = openRetention(node);
    const holds = await inTransaction(node.database, async (tx): Promise<readonly ShownHold[]> => {
      const { reason = '', put = false, approve = false, lift = false, approveLift: end = false } = options;
      if (put) return [await putHold(tx, command, options)];
      if (holdId === undefined) return await listHolds(tx, context, { caller });
      if (approve) return [await approveHold(tx, context, { caller, holdId })];
      if (lift) return [await proposeLift(tx, context, { caller, holdId, reason })];
      if (end) return [await approveLift(tx, context, { caller, holdId })];
      return (await listHolds(tx, context, { caller })).filter((one) => one.holdId === holdId);
    });
    const shown = holds.map(({ enterpriseId, ...one }) => ({
      ...one,
      isOfEnterprise: enterpriseId !== null,
    }));
    output.answer({ holds: shown }, () => describe(holds));
  });
}

async function putHold(tx: Tx, { node, caller }: CommandContext, options: HoldOptions): Promise<ShownHold> {
  const context = openRetention(node);
  const { enterprise, contract = null, record: recordId = null, reason = '', until = null } = options;
  requireAllowed(context.policies, caller, 'propose_hold');
  const enterpriseId = enterprise === undefined ? null : (await findEnterprise(tx, enterprise)).enterpriseId;
  return await proposeHold(tx, context, { caller, enterpriseId, contract, recordId, reason, until });
}

function describe(holds: readonly ShownHold[]): string {
  if (holds.length === 0) return '没有。 None.';
  return table(
    ['留存', '范围', '依据', '截止', '状态'],
    holds.map(({ holdId, enterpriseId, contract, recordId, reason, until, state }) => [
      holdId,
      [enterpriseId === null ? '' : '一家企业', contract ?? '', recordId ?? ''].filter(Boolean).join(' '),
      reason,
      until ?? '直至解除',
      HOLD_WORDS[state].zh,
    ]),
  );
}
