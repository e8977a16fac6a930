import { type Command, Option } from 'commander';
import { inTransaction } from '#kernel';
import {
  acknowledgeComplaint,
  answerComplaint,
  askComplainant,
  COMPLAINT_OUTCOMES,
  COMPLAINT_STATES,
  COMPLAINT_WORDS,
  type ComplaintOutcome,
  type ComplaintState,
  type ComplaintView,
  listHandledComplaints,
  readComplaintFigures,
  readHandledComplaint,
  stateOnComplaint,
  takeOverComplaint,
  TERM_WORDS,
} from '#rights';
import { openComplaints } from '../../complaints.ts';
import { complaintViewOf, handledComplaintOf } from '../../http/routes/complaint-wire.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 投诉: what is to be handled, one complaint with its course, the node's own acts on it, and the figures of a quarter. */
export function addComplaints(program: Command): void {
  const rights = rightsGroup(program);
  rights
    .command('complaints')
    .description('待办的投诉，或一个季度的统计 · complaints to be handled, or the figures of a quarter')
    .addOption(new Option('--state <state>', '状态 · state').choices([...COMPLAINT_STATES]))
    .option('--after <id>', '从该件之后继续 · continue after this one')
    .option('--figures <quarter>', '季度统计，如 2026-Q1 · figures of an ended quarter')
    .option('--json', 'one JSON line')
    .action(complaints);
  rights
    .command('complaint')
    .description('一件投诉；节点受理、接办、要求补充、陈述、答复 · one complaint, and the node’s acts on it')
    .argument('<id>', '投诉编号 · id of the complaint')
    .addOption(new Option('--act <act>', '办理 · act').choices(Object.keys(ACTS)))
    .addOption(
      new Option('--outcome <outcome>', '答复：是否成立 · outcome of the answer').choices([
        ...COMPLAINT_OUTCOMES,
      ]),
    )
    .option('--words <text>', '书面内容 · words in writing')
    .option('--json', 'one JSON line')
    .action(complaint);
}

type ListOptions = Json & { state?: ComplaintState; after?: string; figures?: string };

async function complaints({ figures, ...options }: ListOptions): Promise<void> {
  await withNode(options, async (context) => {
    if (figures !== undefined) return await showFigures(context, figures);
    return await showList(context, options);
  });
}

async function showList(
  { node, output, caller }: CommandContext,
  { state, after }: ListOptions,
): Promise<void> {
  const context = openComplaints(node);
  const asked = {
    caller,
    ...(state !== undefined && { states: [state] }),
    ...(after !== undefined && { after }),
  };
  const found = await inTransaction(node.database, (tx) => listHandledComplaints(tx, context, asked));
  const lines = found.complaints.map((one) => handledComplaintOf(context.complaintRules, one));
  output.answer({ complaints: lines, next: found.next }, () =>
    table(
      ['投诉', '企业', '事项', '被投诉方', '状态', '提出'],
      lines.map((one) => [
        one.complaintId,
        one.name,
        one.kindWords.zh,
        one.against.id,
        COMPLAINT_WORDS[one.state].zh,
        one.filedAt.slice(0, 10),
      ]),
    ),
  );
}

async function showFigures({ node, output, caller }: CommandContext, quarter: string): Promise<void> {
  const context = openComplaints(node);
  const figures = await inTransaction(node.database, (tx) =>
    readComplaintFigures(tx, context, { caller, quarter }),
  );
  output.answer({ quarter, figures }, () =>
    table(
      ['范围', '对象', '件数', '已答复', '成立', '逾期', '答复日数中位数', '说明'],
      figures.map((one) => [
        one.scope,
        one.key,
        one.complaints,
        one.answered,
        one.upheld,
        one.overdue,
        one.medianDays,
        one.hiddenBecause === null ? '' : '不显示',
      ]),
    ),
  );
}

const ACTS = {
  acknowledge: acknowledgeComplaint,
  take_over: takeOverComplaint,
  ask_back: askComplainant,
  state: stateOnComplaint,
  answer: answerComplaint,
} as const;

type ActOptions = Json & { act?: keyof typeof ACTS; outcome?: ComplaintOutcome; words?: string };

async function complaint(id: string, { act, outcome, words, ...options }: ActOptions): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openComplaints(node);
    const asked = {
      caller,
      complaint: id,
      ...(outcome !== undefined && { outcome }),
      ...(words !== undefined && { words }),
    };
    const view = await inTransaction(node.database, async (tx) => {
      if (act !== undefined) await ACTS[act](tx, context, asked);
      return await readHandledComplaint(tx, context, { caller, complaint: id });
    });
    output.answer(complaintViewOf(context.complaintRules, view), () => describe(view));
  });
}

function describe({ complaintId, name, state, text, terms, steps }: ComplaintView): string {
  const due = terms.map((one) => [TERM_WORDS[one.term].zh, one.dueOn, one.state]);
  const course = steps.map((one) => [one.at.toISOString().slice(0, 10), one.byKind, one.act, one.words]);
  return [
    `${complaintId} ${name}　${COMPLAINT_WORDS[state].zh}`,
    text,
    table(['期限', '到期', '状态'], due),
    table(['日期', '一方', '办理', '内容'], course),
  ].join('\n');
}
