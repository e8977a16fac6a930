import { type Command, Option } from 'commander';
import { inTransaction } from '#kernel';
import {
  acceptItems,
  changeObjectionClock,
  decideItem,
  type DecisionAsked,
  forwardItems,
  ITEM_STATES,
  ITEM_WORDS,
  type ItemState,
  listHandledItems,
  type ObjectionOutcome,
  type ObjectionView,
  OUTCOMES,
  readHandledObjection,
  refuseItems,
  reviewItem,
  TERM_WORDS,
} from '#rights';
import { openObjections } from '../../objections.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 异议: what is to be handled, one objection with its course, and the node's own acts on it. */
export function addObjections(program: Command): void {
  const rights = rightsGroup(program);
  rights
    .command('objections')
    .description('待办的异议事项 · items of objections to be handled')
    .addOption(new Option('--state <state>', '状态 · state').choices([...ITEM_STATES]))
    .option('--json', 'one JSON line')
    .action(objections);
  rights
    .command('objection')
    .description('一份异议；节点受理、转办、处理自身错误、复核 · one objection, and the node’s acts on it')
    .argument('<id>', '异议编号 · id of the objection')
    .addOption(
      new Option('--act <act>', '办理 · act').choices([
        'accept',
        'refuse',
        'forward',
        'decide',
        'review',
        'stop-clock',
        'resume-clock',
      ]),
    )
    .option('--item <n...>', '第几项，缺省为全部可办的 · items; default: all that can be acted on')
    .option('--upheld', '成立 · upheld')
    .addOption(new Option('--outcome <outcome>', '成立时如何处理 · outcome').choices([...OUTCOMES]))
    .addOption(
      new Option('--fault <fault>', '节点自身的错误 · the node’s own error').choices([
        'matching',
        'transport',
      ]),
    )
    .option('--field <name=value...>', '更正后的值 · values after a correction')
    .option('--provider <name>', '中止或恢复哪个单位的计时 · whose clock stops or goes on')
    .option('--words <text>', '书面理由 · reasons in writing')
    .option('--json', 'one JSON line')
    .action(objection);
}

async function objections({ state, ...options }: Json & { state?: ItemState }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const page = { caller, ...(state !== undefined && { states: [state] }) };
    const found = await inTransaction(node.database, (tx) =>
      listHandledItems(tx, openObjections(node), page),
    );
    output.answer(found, () =>
      table(
        ['异议', '项', '企业', '目录', '理由', '提供单位', '状态', '提出'],
        found.items.map((item) => [
          item.objectionId,
          item.itemNo,
          item.name,
          item.contractId,
          item.ground,
          item.provider,
          ITEM_WORDS[item.state].zh,
          item.appliedAt.toISOString().slice(0, 10),
        ]),
      ),
    );
  });
}

type ActOptions = Json & {
  act?: 'accept' | 'refuse' | 'forward' | 'decide' | 'review' | 'stop-clock' | 'resume-clock';
  provider?: string;
  item?: string[];
  upheld?: boolean;
  outcome?: ObjectionOutcome;
  fault?: 'matching' | 'transport';
  field?: string[];
  words?: string;
};

async function objection(id: string, options: ActOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openObjections(node);
    const view = await inTransaction(node.database, async (tx) => {
      const items = options.item?.map(Number);
      const chosen = { caller, objection: id, ...(items !== undefined && { items }) };
      const one = { caller, objection: id, item: items?.[0] ?? 1, decision: decisionOf(options) };
      const words = options.words ?? '';
      if (options.act === 'accept') await acceptItems(tx, context, chosen);
      if (options.act === 'refuse') await refuseItems(tx, context, { ...chosen, words });
      if (options.act === 'forward') await forwardItems(tx, context, chosen);
      if (options.act === 'decide') await decideItem(tx, context, one);
      if (options.act === 'review') await reviewItem(tx, context, one);
      if (options.act === 'stop-clock' || options.act === 'resume-clock') {
        const act = options.act === 'stop-clock' ? 'stop' : 'resume';
        const { provider = '' } = options;
        await changeObjectionClock(tx, context, { caller, objection: id, act, words, provider });
      }
      return await readHandledObjection(tx, context, { caller, objection: id });
    });
    output.answer(view, () => describe(view));
  });
}

function decisionOf({ upheld = false, outcome, fault, field = [], words = '' }: ActOptions): DecisionAsked {
  const fields = field.map((pair) => {
    const at = pair.indexOf('=');
    return at < 0
      ? { field: pair, newValue: null }
      : { field: pair.slice(0, at), newValue: pair.slice(at + 1) };
  });
  return {
    upheld,
    words,
    fields,
    ...(outcome !== undefined && { outcome }),
    ...(fault !== undefined && { fault }),
  };
}

function describe({ objectionId, name, reason, items, terms }: ObjectionView): string {
  const lines = items.map((item) => [
    item.itemNo,
    item.contractId,
    item.recordId,
    item.ground,
    item.fields
      .map(({ field, oldValue, claimedValue }) => `${field}: ${oldValue ?? '空'} → ${claimedValue ?? '空'}`)
      .join('；'),
    ITEM_WORDS[item.state].zh,
    item.decision,
  ]);
  const due = terms.map(({ term, responsible, dueOn, state }) => [
    TERM_WORDS[term].zh,
    responsible.id,
    dueOn,
    state,
  ]);
  return [
    `${objectionId} ${name}`,
    reason,
    table(['项', '目录', '记录', '理由', '字段', '状态', '决定'], lines),
    table(['期限', '办理', '到期', '状态'], due),
  ].join('\n');
}
