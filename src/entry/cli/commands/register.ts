import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  acceptReview,
  listMerges,
  listReviews,
  mergeEnterprises,
  rejectReview,
  releaseHeld,
  type ReviewChoice,
  searchEnterprises,
  undoReview,
  unmergeEnterprise,
} from '#lists';
import { requireAllowed } from '#security';
import { REVIEW_REASON_ZH } from '../../words.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

export function addRegister(program: Command): void {
  const register = program.command('register').description('主体登记册 · the enterprise register');
  register
    .command('search')
    .argument('<question>', 'whole code, or at least four characters of a name')
    .option('--json', 'one JSON line')
    .action(async (question: string, options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const found = await inTransaction(node.database, (tx) => searchEnterprises(tx, question));
        output.answer({ enterprises: found }, () =>
          table(
            ['代码', '名称', '曾用名'],
            found.map(({ code, name, formerNames }) => [code, name, formerNames.join('、')]),
          ),
        );
      });
    });
  addMerges(register);
  addReview(register.command('review').description('待核事项 · what a person must decide'));
}

const MERGE_ZH = {
  merged: '已合并',
  merge_proposed: '待复核：合并',
  unmerge_proposed: '待复核：解除',
} as const;

/** One enterprise under two ids: proposed by one person, done when another asks for the same. */
function addMerges(register: Command): void {
  register
    .command('merge')
    .description(
      '合并两户：两人先后办理 · read two entries as one; takes two persons, each giving this command',
    )
    .argument('<code>', 'code of the entry to be merged')
    .requiredOption('--into <code>', '保留的一户 · code of the entry that stays')
    .option('--json', 'one JSON line')
    .action(async (alias: string, options: Json & { into: string }) => {
      await withNode(options, async ({ node, output, caller }) => {
        const { into } = options;
        const done = await inTransaction(node.database, (tx) =>
          mergeEnterprises(tx, node.lists, { caller, alias, into }),
        );
        output.answer({ alias, into, done }, () =>
          done === 'merged' ? `${alias} 已并入 ${into}。` : `已提出，请另一位数据管理员用同一命令复核。`,
        );
      });
    });
  register
    .command('unmerge')
    .description('解除合并：两人先后办理 · end a merge; takes two persons, each giving this command')
    .argument('<code>', 'code of the entry that was merged')
    .option('--json', 'one JSON line')
    .action(async (alias: string, options: Json) => {
      await withNode(options, async ({ node, output, caller }) => {
        const done = await inTransaction(node.database, (tx) =>
          unmergeEnterprise(tx, node.lists, { caller, alias }),
        );
        output.answer({ alias, done }, () =>
          done === 'unmerged' ? `${alias} 的合并已解除。` : `已提出，请另一位数据管理员用同一命令复核。`,
        );
      });
    });
  register
    .command('merges')
    .description('合并一览，待复核的在前 · merges in force, and what waits for a second person')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const merges = await inTransaction(node.database, (tx) => listMerges(tx));
        output.answer({ merges }, () =>
          table(
            ['代码', '并入', '状态', '经办'],
            merges.map(({ alias, into, state, by }) => [alias, into, MERGE_ZH[state], by]),
          ),
        );
      });
    });
}

function addReview(review: Command): void {
  review
    .command('list', { isDefault: true })
    .option('--state <state>', 'open, accepted or rejected', 'open')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'one JSON line')
    .action(async (options: Json & { state: 'open' | 'accepted' | 'rejected'; limit: string }) => {
      await withNode(options, async ({ node, output }) => {
        const limit = Math.min(Math.max(1, Number(options.limit) || 50), 10_000);
        const items = await inTransaction(node.database, (tx) =>
          listReviews(tx, { state: options.state, limit }),
        );
        output.answer({ items }, () =>
          table(
            ['编号', '原因', '代码', '名称', '等待的行', '可能是'],
            items.map((item) => [
              item.reviewNo,
              REVIEW_REASON_ZH[item.reason],
              item.subjectCode,
              item.subjectName,
              item.heldRows,
              item.candidates.map(({ code, name }) => `${name ?? ''} ${code ?? ''}`).join('；'),
            ]),
          ),
        );
      });
    });
  addDecision(
    review,
    'accept',
    '归于某企业，或新立一户 · the rows belong to this enterprise, or to a new one',
  );
  addDecision(review, 'reject', '不属于任何企业 · the rows belong to no enterprise here');
  addDecision(review, 'undo', '撤销处理 · take the decision back');
}

function addDecision(review: Command, name: 'accept' | 'reject' | 'undo', description: string): void {
  const command = review
    .command(name)
    .description(description)
    .argument('<number>')
    .option('--json', 'one JSON line');
  if (name === 'accept')
    command.option('--enterprise <code>', 'code of the enterprise').option('--new', 'make a new one');
  command.action(async (reviewNo: string, options: Json & { enterprise?: string; new?: boolean }) => {
    await withNode(options, async ({ node, output, caller }) => {
      requireAllowed(node.policies, caller, 'review_register', {});
      const act = { reviewNo, decidedBy: caller.id };
      if (name === 'accept') {
        await acceptReview(node.lists, { ...act, choice: choiceOf(options) });
        await releaseHeld(node.lists, reviewNo);
      } else if (name === 'reject') await rejectReview(node.lists, act);
      else await undoReview(node.lists, act);
      output.answer({ review: reviewNo, done: name }, () => `待核事项 ${reviewNo} 已处理。`);
    });
  });
}

function choiceOf(options: { enterprise?: string; new?: boolean }): ReviewChoice {
  return options.new === true ? { isNew: true } : { enterpriseCode: options.enterprise ?? '' };
}
