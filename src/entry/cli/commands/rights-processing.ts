import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  type Answers,
  decideAssessment,
  drillFigure,
  fillAssessment,
  listAssessments,
  listMissingAssessments,
  readAssessment,
  readWholeFigures,
  readWholeRegister,
} from '#rights';
import { openProcessing } from '../../processing.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 节点自身义务: the register of processing, its yearly figures, and impact assessments. */
export function addProcessing(program: Command): void {
  const rights = rightsGroup(program);
  rights
    .command('processing')
    .description('个人信息处理活动记录，或年度数字 · the register of processing, or its yearly figures')
    .option('--version-no <n>', '第几版，缺省为现行 · which version; default: in force', Number)
    .option('--year <year>', '某年的数字 · figures of a year instead', Number)
    .option('--figure <id>', '与 --year 合用：所计的事项 · with --year: the matters that it counts')
    .option('--json', 'one JSON line')
    .action(processing);
  rights
    .command('assessment')
    .description(
      '个人信息保护影响评估：缺省列出所缺的和各份；可填写、批准、退回 · impact assessments: list, fill in, approve, return',
    )
    .argument('[id]', '评估编号 · id of an assessment')
    .option('--fill <activity>', '填写：处理活动 · fill in, for an activity')
    .option('--answers <file>', '填写：回答，JSON 对象 · the answers, a JSON object')
    .option('--approve', '批准，须另一人 · approve; another person')
    .option('--reject <reason>', '退回，须另一人 · return with a reason; another person')
    .option('--json', 'one JSON line')
    .action(assessment);
}

type ProcessingOptions = Json & { versionNo?: number; year?: number; figure?: string };

async function processing({ versionNo, year, figure, ...options }: ProcessingOptions): Promise<void> {
  await withNode(options, async (command) => {
    if (year === undefined) return await showRegister(command, versionNo);
    return figure === undefined
      ? await showFigures(command, year)
      : await showRows(command, { year, figure });
  });
}

async function showRegister({ node, output, caller }: CommandContext, version?: number): Promise<void> {
  const context = openProcessing(node);
  const found = await inTransaction(node.database, (tx) =>
    readWholeRegister(tx, context, { caller, version }),
  );
  output.answer(found, () =>
    [
      `第 ${found.registerNo} 版　${found.digest}　${found.register.crossBorder.zh}`,
      table(
        ['活动', '名称', '数据集', '个人信息字段', '敏感', '影响评估', '缺失时'],
        found.register.activities.map((one) => [
          one.id,
          one.zh,
          one.datasets.length,
          one.personalFields,
          one.sensitiveFields,
          one.assessment.state,
          one.stops.zh,
        ]),
      ),
    ].join('\n'),
  );
}

async function showFigures({ node, output, caller }: CommandContext, year: number): Promise<void> {
  const context = openProcessing(node);
  const found = await inTransaction(node.database, (tx) => readWholeFigures(tx, context, { caller, year }));
  output.answer(found, () =>
    table(
      ['数字', '名称', '数', '公布'],
      found.figures.map(({ id, zh, value, isHidden }) => [id, zh, value ?? '', isHidden ? '否' : '是']),
    ),
  );
}

async function showRows(
  { node, output, caller }: CommandContext,
  asked: { readonly year: number; readonly figure: string },
): Promise<void> {
  const context = openProcessing(node);
  const rows = await inTransaction(node.database, (tx) => drillFigure(tx, context, { caller, ...asked }));
  output.answer({ rows }, () =>
    table(
      ['事项', '时间'],
      rows.map(({ matter, at }) => [matter, at.toISOString()]),
    ),
  );
}

type AssessmentOptions = Json & { fill?: string; answers?: string; approve?: boolean; reject?: string };

async function assessment(id: string | undefined, options: AssessmentOptions): Promise<void> {
  await withNode({ ...options, duty: 'security_admin' }, async (command) => {
    const { node, output, caller } = command;
    const context = openProcessing(node);
    const { fill: activity, answers: file, approve = false, reject: reason } = options;
    if (activity !== undefined) {
      const answers = readAnswers(file);
      const asked = { caller, activity, answers };
      const made = await inTransaction(node.database, (tx) => fillAssessment(tx, context, asked));
      return output.answer(made, () => `${made.assessmentId}　风险 ${made.risk}，待另一人批准`);
    }
    if (id === undefined) return await listAll(command);
    if (approve || reason !== undefined) {
      const decision = approve ? 'approved' : 'rejected';
      const asked = { caller, assessment: id, decision, reason } as const;
      await inTransaction(node.database, (tx) => decideAssessment(tx, context, asked));
    }
    const view = await inTransaction(node.database, (tx) =>
      readAssessment(tx, context, { caller, assessment: id }),
    );
    output.answer(view, () => view.answers.map(({ zh, answer }) => `${zh}　${answer}`).join('\n'));
  });
}

/** What the domain checks against the template; a file that is no JSON object has no answers. */
function readAnswers(file: string | undefined): Answers {
  const found: unknown = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
  const pairs = typeof found === 'object' && found !== null ? Object.entries(found) : [];
  return Object.fromEntries(pairs.map(([id, answer]) => [id, String(answer)]));
}

async function listAll({ node, output, caller }: CommandContext): Promise<void> {
  const context = openProcessing(node);
  const found = await inTransaction(node.database, async (tx) => ({
    missing: await listMissingAssessments(tx, context, { caller }),
    assessments: await listAssessments(tx, context, { caller }),
  }));
  output.answer(found, () =>
    [
      table(
        ['缺影响评估的活动', '名称', '现状', '个人信息字段'],
        found.missing.map(({ activityId, zh, state, personalFields }) => [
          activityId,
          zh,
          state,
          personalFields,
        ]),
      ),
      table(
        ['评估', '活动', '版', '风险', '状态', '有效至'],
        found.assessments.map((one) => [
          one.assessmentId,
          one.activityId,
          one.versionNo,
          one.risk,
          one.state,
          one.validUntil ?? '',
        ]),
      ),
    ].join('\n'),
  );
}
