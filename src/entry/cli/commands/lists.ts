import type { Command } from 'commander';
import { beijingDate, inTransaction } from '#kernel';
import {
  advanceContract,
  commentContract,
  contractFromOdcs,
  diffContracts,
  findUses,
  type LifeStep,
  listVersions,
  proposeContract,
  requireContract,
  STATE_ZH,
  summariseLists,
} from '#lists';
import { type Act, requireAllowed } from '#security';
import { DISCLOSURE_ZH, LIST_ZH, SHARING_MODE_ZH } from '../../words.ts';
import { type Output, table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { readGivenText } from '../read-given-file.ts';

type Json = { json?: boolean };

export function addLists(program: Command): void {
  const lists = program
    .command('lists')
    .description('三张清单 · the three lists and the life of their contracts');
  lists
    .command('list', { isDefault: true })
    .argument('[contract]', 'show one contract and its versions')
    .option('--json', 'one JSON line')
    .action(async (contract: string | undefined, options: Json) => {
      await (contract === undefined ? showLists(options) : showContract(contract, options));
    });
  lists
    .command('diff')
    .description(
      '新旧版本差异及其影响 · what a file changes, and which tables, consents and indicators use it',
    )
    .argument('<file>', 'contract file to compare with the version in force')
    .option('--json', 'one JSON line')
    .action(showDiff);
  lists
    .command('propose')
    .argument('<file>')
    .option('--note <text>', 'why', '')
    .option('--json', 'one JSON line')
    .action(propose);
  lists
    .command('comment')
    .argument('<contract>')
    .argument('<hash>', 'first characters of the version')
    .argument('<text>')
    .action(async (contractId: string, hash: string, text: string) => {
      await withNode({}, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'comment_contract', { contract: contractId });
        await commentContract(node.lists, { contractId, hash, by: caller.id, text });
        output.answer({ commented: true }, () => '意见已记录。');
      });
    });
  addStep(lists, 'confirm', 'confirm_contract', '部门确认');
  addStep(lists, 'review', 'publish_contract', '节点审核');
  addStep(lists, 'publish', 'publish_contract', '发布');
}

async function showLists(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const contracts = [...node.lists.catalogue.contracts.values()];
    const lines = await inTransaction(node.database, (tx) => summariseLists(tx, contracts));
    output.answer({ lists: lines }, () =>
      table(
        ['编号', '名称', '清单', '提供单位', '共享方式', '公开属性', '最近交付', '记录'],
        lines.map((line) => [
          line.id,
          line.name,
          LIST_ZH[line.list],
          line.provider,
          line.sharingModes.map((mode) => SHARING_MODE_ZH[mode]).join('/'),
          line.disclosures.map((disclosure) => DISCLOSURE_ZH[disclosure]).join('/'),
          line.lastDeliveryAt === null ? null : beijingDate(line.lastDeliveryAt),
          line.records,
        ]),
      ),
    );
  });
}

async function showContract(id: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const contract = requireContract(node.lists, id);
    const versions = await inTransaction(node.database, (tx) => listVersions(tx, id));
    const history = versions.map(({ version, hash, state, proposedBy, publishedBy }) => ({
      version,
      hash,
      state,
      proposedBy,
      publishedBy,
    }));
    output.answer({ contract: { ...contract, text: undefined }, versions: history }, () =>
      [
        `${contract.id} ${contract.name}（${LIST_ZH[contract.list]}，第 ${contract.clause} 条）`,
        `提供单位 ${contract.provider}；职责 ${contract.duty.name}；依据 ${contract.duty.basis}`,
        table(
          ['字段', '名称', '类型', '公开属性', '必填', '来源'],
          contract.fields.map((field) => [
            field.name,
            field.businessName,
            field.kind,
            DISCLOSURE_ZH[field.disclosure],
            field.required ? '是' : '',
            field.source,
          ]),
        ),
        table(
          ['版本', '指纹', '状态', '提出', '发布'],
          history.map((row) => [
            row.version,
            row.hash.slice(0, 12),
            STATE_ZH[row.state],
            row.proposedBy,
            row.publishedBy,
          ]),
        ),
      ].join('\n\n'),
    );
  });
}

async function showDiff(file: string, options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const after = contractFromOdcs(readGivenText(file), file);
    const before = requireContract(node.lists, after.id);
    const diff = diffContracts(before, after);
    const uses = await inTransaction(node.database, (tx) => findUses(tx, node.lists, after.id));
    output.answer({ ...diff, uses }, () =>
      [
        `${before.version} → ${after.version}`,
        ...diff.added.map((name) => `+ ${name}`),
        ...diff.removed.map((name) => `- ${name}`),
        ...diff.changed.map(
          (change) => `~ ${change.field}.${change.what}: ${change.before} → ${change.after}`,
        ),
        `使用情况：表 ${uses.tables.join('、') || '无'}；质量规则 ${uses.qualityRules.join('、') || '无'}；已披露 ${uses.disclosures} 次`,
      ].join('\n'),
    );
  });
}

async function propose(file: string, options: Json & { note: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const text = readGivenText(file);
    requireAllowed(node.policies, caller, 'propose_contract', {});
    const version = await proposeContract(node.lists, { text, by: caller.id, note: options.note });
    sayVersion(output, version);
  });
}

function addStep(lists: Command, step: LifeStep, action: Act, zh: string): void {
  lists
    .command(step)
    .description(zh)
    .argument('<contract>')
    .argument('<hash>', 'first characters of the version')
    .option('--json', 'one JSON line')
    .action(async (contractId: string, hash: string, options: Json) => {
      await withNode(options, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, action, { contract: contractId });
        const { partitions } = node.config;
        sayVersion(
          output,
          await advanceContract(node.lists, { contractId, hash, step, by: caller.id, partitions }),
        );
      });
    });
}

function sayVersion(
  output: Output,
  version: { contractId: string; version: string; hash: string; state: keyof typeof STATE_ZH },
): void {
  const { contractId, hash, state } = version;
  output.answer(
    { contract: contractId, version: version.version, hash, state },
    () => `${contractId} ${version.version} ${hash.slice(0, 12)}：${STATE_ZH[state]}`,
  );
}
