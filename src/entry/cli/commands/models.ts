import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import {
  approveModel,
  countOutputs,
  HOSTED_STATE_ZH,
  listModels,
  openModel,
  readCard,
  readModelCard,
  requireManifest,
  retireModel,
  writeCard,
} from '#evaluation';
import { inTransaction } from '#kernel';
import { bitsOf } from '#security';
import { openHosted } from '../../hosted.ts';
import { openOutput, table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { readGivenFile, readGivenText } from '../read-given-file.ts';

type Json = { json?: boolean };
type Address = Json & { institution: string };

/** 机构自有模型: what the node's person does with them, and what an institution checks before it uploads. */
export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description('机构自有模型 · models of institutions, run inside the node');
  models
    .command('list', { isDefault: true })
    .description('全部模型及其状态 · every version and where it stands')
    .option('--json', 'one JSON line')
    .action(list);
  addressed(
    models.command('show').description('批准所依据的内容 · what whoever approves it decides on'),
  ).action(show);
  addressed(models.command('approve').description('节点一方批准启用 · approve for the node')).action(approve);
  addressed(models.command('retire').description('停用 · end it for good')).action(retire);
  models
    .command('check')
    .description('上传前自查，不需要节点 · check a file against its manifest, without a node')
    .argument('<file>', 'PMML or ONNX')
    .requiredOption('--manifest <file>', 'YAML or JSON, see docs/hosted-models.md')
    .option('--json', 'one JSON line')
    .action(check);
  models
    .command('export-card')
    .description('评分卡导出为 PMML · write a card of the laboratory as a PMML scorecard')
    .argument('<card>', 'the card that laboratory fit wrote')
    .requiredOption('--out <file>')
    .option('--json', 'one JSON line')
    .action(exportCard);
}

function addressed(command: Command): Command {
  return command
    .argument('<hash>')
    .requiredOption('--institution <id>', 'whose model it is')
    .option('--json', 'one JSON line');
}

async function list(options: Json): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const models = await inTransaction(node.database, (tx) => listModels(tx, openHosted(node), caller));
    output.answer({ models }, () =>
      table(
        ['机构', '模型', '版本', '格式', '状态', '哈希'],
        models.map(({ institution, name, version, format, state, model }) => [
          institution,
          name,
          version,
          format,
          HOSTED_STATE_ZH[state],
          model,
        ]),
      ),
    );
  });
}

async function show(model: string, { institution, ...options }: Address): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const address = { caller, model, institution };
    const card = await inTransaction(node.database, (tx) => readModelCard(tx, openHosted(node), address));
    const { shadow } = card;
    output.answer(card, () =>
      [
        `${card.title.zh}（${card.institution} ${card.name} 第 ${card.version} 版，${HOSTED_STATE_ZH[card.state]}）`,
        `用途：${card.purposes.join('、')}`,
        `输出：${card.output.min} 至 ${card.output.max}，步长 ${card.output.step}；一次运行至多 ${card.bitsPerRun} 比特`,
        ...card.inputs.map((input) =>
          input.from === 'indicator'
            ? `  ${input.name} ← 指标 ${input.indicator}`
            : `  ${input.name} ← 随调用提供`,
        ),
        `影子运行：${shadow.enterprises} 户，出分 ${shadow.scored}，出错 ${shadow.failed}，与启用版本同分 ${shadow.sameScore}`,
      ].join('\n'),
    );
  });
}

async function approve(model: string, { institution, ...options }: Address): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const address = { caller, model, institution };
    const approval = await inTransaction(node.database, (tx) => approveModel(tx, openHosted(node), address));
    output.answer({ model, ...approval }, () =>
      approval.state === 'active' ? '✓ 两人均已批准，模型启用。' : '✓ 节点一方已批准，等待机构一方。',
    );
  });
}

async function retire(model: string, { institution, ...options }: Address): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const address = { caller, model, institution };
    await inTransaction(node.database, (tx) => retireModel(tx, openHosted(node), address));
    output.answer({ model, state: 'retired' }, () => '✓ 模型已停用。');
  });
}

function check(file: string, options: Json & { manifest: string }): void {
  const manifest = requireManifest(parse(readGivenText(options.manifest)));
  openModel(manifest, readGivenFile(file));
  const bitsPerRun = bitsOf(countOutputs(manifest));
  openOutput(options.json === true).answer(
    { name: manifest.name, format: manifest.format, inputs: manifest.inputs.length, bitsPerRun },
    () =>
      `✓ ${manifest.title.zh}：文件与说明相符，${manifest.inputs.length} 个输入，一次运行至多 ${bitsPerRun} 比特`,
  );
}

function exportCard(file: string, options: Json & { out: string }): void {
  const card = readCard(readGivenText(file));
  writeFileSync(options.out, writeCard(card));
  openOutput(options.json === true).answer(
    { card: card.hash, out: options.out },
    () => `✓ 评分卡 ${card.hash.slice(0, 12)} 已写为 PMML：${options.out}`,
  );
}
