import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  confirmPerson,
  decideRequest,
  deliverNotice,
  followMentions,
  followPersonRequests,
  listEnteredPersons,
  listHandledRequests,
  listOwedNotices,
} from '#rights';
import { openPersons } from '../../persons.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 个人信息: what clerks and the node do for natural persons. */
export function addPersons(program: Command): void {
  const persons = rightsGroup(program)
    .command('persons')
    .description('自然人的个人信息 · personal information of natural persons (article 12)');
  persons
    .command('entered')
    .description('待复核的身份登记；给出编号并加 --confirm 即复核 · proofs of identity to be checked')
    .argument('[person]', '登记编号 · id')
    .option('--confirm', '复核 · confirm')
    .option('--json', 'one JSON line')
    .action(entered);
  persons
    .command('requests')
    .description('待答复的请求 · open requests')
    .option('--after <id>', '从该编号之后 · behind this id')
    .option('--json', 'one JSON line')
    .action(requests);
  persons
    .command('decide')
    .description('书面答复一件请求 · answer a request in writing')
    .argument('<request>', '请求编号 · id of the request')
    .requiredOption('--reasons <text>', '书面理由 · the reasons')
    .option('--refuse', '不予 · refuse; else it is granted')
    .option('--looked-by <name>', '复看自动化决定的人的姓名 · the human who looked at the automated decision')
    .option('--json', 'one JSON line')
    .action(decide);
  persons
    .command('notices')
    .description('待送达的告知；给出编号和 --way 即记为送达 · notices owed, or one delivered')
    .argument('[notice]', '告知编号 · id of the notice')
    .option('--way <way>', 'window 窗口, post 邮寄')
    .option('--after <id>', '从该编号之后 · behind this id')
    .option('--json', 'one JSON line')
    .action(notices);
  persons
    .command('follow')
    .description('立即查找新记录中的自然人并跟进请求 · look through new records and follow requests now')
    .option('--json', 'one JSON line')
    .action(follow);
}

async function entered(
  personId: string | undefined,
  { confirm = false, ...options }: Json & { confirm?: boolean },
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openPersons(node);
    if (confirm) {
      await inTransaction(node.database, (tx) =>
        confirmPerson(tx, context, { caller, personId: personId ?? '' }),
      );
      return output.answer({ confirmed: personId }, () => '已复核。 Confirmed.');
    }
    const found = await inTransaction(node.database, (tx) => listEnteredPersons(tx, context, { caller }));
    output.answer({ persons: found }, () =>
      table(
        ['编号', '账号', '核验方式', '录入人'],
        found.map((one) => [one.personId, one.accountId, PROOF_ZH[one.proof], one.enteredBy]),
      ),
    );
  });
}

const PROOF_ZH = { window: '窗口', outside: '统一身份认证' } as const;

async function requests({ after, ...options }: Json & { after?: string }): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openPersons(node);
    const found = await inTransaction(node.database, (tx) =>
      listHandledRequests(tx, context, { caller, after }),
    );
    output.answer({ requests: found }, () =>
      table(
        ['编号', '事项', '目录', '状态', '提出时间'],
        found.map((one) => [
          one.requestId,
          KIND_ZH[one.kind],
          one.contract ?? '',
          STATE_ZH[one.state],
          one.askedAt.toISOString(),
        ]),
      ),
    );
  });
}

const KIND_ZH = {
  correction: '更正',
  deletion: '删除',
  consent_withdrawal: '撤回同意',
  explanation: '说明自动化决定',
} as const;
const STATE_ZH = {
  submitted: '已提出',
  forwarded: '已转办',
  granted: '同意',
  refused: '不予',
  withdrawn: '已撤回',
} as const;

type DecideOptions = Json & { reasons: string; refuse?: boolean; lookedBy?: string };

async function decide(
  requestId: string,
  { reasons, refuse = false, lookedBy, ...options }: DecideOptions,
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const asked = { caller, requestId, granted: !refuse, decision: reasons, lookedBy };
    const { state } = await inTransaction(node.database, (tx) => decideRequest(tx, openPersons(node), asked));
    output.answer({ requestId, state }, () => `${requestId}：${STATE_ZH[state]}`);
  });
}

type NoticeOptions = Json & { way?: string; after?: string };

async function notices(
  noticeId: string | undefined,
  { way, after, ...options }: NoticeOptions,
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openPersons(node);
    if (noticeId !== undefined && (way === 'window' || way === 'post')) {
      await inTransaction(node.database, (tx) => deliverNotice(tx, context, { caller, noticeId, way }));
      return output.answer({ delivered: noticeId, way }, () => '已记为送达。 Recorded as delivered.');
    }
    const found = await inTransaction(node.database, (tx) => listOwedNotices(tx, context, { caller, after }));
    output.answer({ notices: found }, () =>
      table(
        ['编号', '目录', '首次出现'],
        found.map((one) => [one.noticeId, one.contract, one.firstFoundAt.toISOString()]),
      ),
    );
  });
}

async function follow(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const context = openPersons(node);
    const found = await followMentions(context);
    const { answered } = await followPersonRequests(context);
    output.answer(
      { ...found, answered },
      () => `新出现 ${found.mentions} 处，应告知 ${found.notices} 份，答复 ${answered} 件。`,
    );
  });
}
